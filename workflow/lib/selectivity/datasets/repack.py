"""Published archives that cannot be read image by image, written once as a zip that can.

A compressed tar has no directory, and CIFAR-10's binary version is one long array. Nothing is
extracted: names come from the archive but only ever become names in a zip. Pixels do not change:
image files are copied byte by byte, arrays become PNG.
"""

import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

import numpy as np
from tqdm import tqdm

from selectivity.datasets.sources import SUFFIXES
from selectivity.errors import DataError
from selectivity.files import atomic

CIFAR10_CLASSES = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip
CIFAR10_RECORD = 1 + 3 * 32 * 32
CIFAR10_IMAGES = 10_000
EPOCH = (1980, 1, 1, 0, 0, 0)  # the only date a zip can bear that depends on nothing


def repack(archive: Path, output: Path) -> int:
    """Write the images of a compressed tar, or of CIFAR-10's binary archive, into a zip; return how many."""
    with atomic(output) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as target:
        n_images = 0
        for name, content in tqdm(_images(archive), "images repacked", disable=None, unit="image"):
            target.writestr(zipfile.ZipInfo(name, EPOCH), content)
            n_images += 1
        if not n_images:
            raise DataError(f"{archive} holds no images")
    return n_images


def _images(archive: Path) -> Iterator[tuple[str, bytes]]:
    """Yield names and contents in the order of the archive; a folder around everything is left out."""
    with _open(archive) as source:
        for member in source:
            path = PurePosixPath(member.name.removeprefix("./"))
            if not member.isfile():
                continue
            if path.is_absolute() or ".." in path.parts:
                raise DataError(f"{archive}: the name '{member.name}' leads out of the archive")
            content = source.extractfile(member)
            assert content is not None
            if path.suffix == ".bin":
                yield from _cifar10(path, content.read())
            elif path.suffix.lower() in SUFFIXES and len(path.parts) > 2:
                yield "/".join(path.parts[1:]), content.read()


@contextmanager
def _open(archive: Path) -> Iterator[tarfile.TarFile]:
    """Open a tar; damage found at any later point is a `DataError` too."""
    try:
        with tarfile.open(archive, "r:*") as source:
            yield source
    except (tarfile.TarError, EOFError, OSError, zlib.error, struct.error) as error:
        raise DataError(f"{archive} is not a whole tar: {error}") from None


def _cifar10(path: PurePosixPath, content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the images of a batch as ``train/<class>/<batch>_<number>.png`` or ``test/...``."""
    records = np.frombuffer(content, np.uint8)
    if records.size != CIFAR10_IMAGES * CIFAR10_RECORD:
        expected = CIFAR10_IMAGES * CIFAR10_RECORD
        raise DataError(f"{path} has {records.size} bytes, a batch of CIFAR-10 has {expected}")
    records = records.reshape(-1, CIFAR10_RECORD)
    if records[:, 0].max() >= len(CIFAR10_CLASSES):
        raise DataError(f"{path} is no batch of CIFAR-10: a label is {records[:, 0].max()}")
    split = "test" if path.stem.startswith("test") else "train"
    for number, record in enumerate(records):
        pixels = record[1:].reshape(3, 32, 32).transpose(1, 2, 0)
        yield f"{split}/{CIFAR10_CLASSES[record[0]]}/{path.stem}_{number:05d}.png", _png(pixels)


def _png(pixels: np.ndarray) -> bytes:
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(stream, "png", compress_level=1)
    return stream.getvalue()
