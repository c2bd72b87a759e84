"""Small pictures on disk, in every form that a dataset can have."""

import io
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image


def picture(seed: int, rows: int = 40, columns: int = 52) -> np.ndarray:
    """Return a smooth random picture, which JPEG keeps nearly as it is."""
    coarse = np.random.default_rng(seed).integers(0, 256, (5, 5, 3), dtype=np.uint8)
    return np.array(Image.fromarray(coarse).resize((columns, rows), Image.Resampling.BICUBIC))


def encoded(image: Image.Image | np.ndarray, form: str = "JPEG", **options) -> bytes:
    """Return the bytes of an image file."""
    buffer = io.BytesIO()
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(
        buffer, form, **options
    )
    return buffer.getvalue()


def class_folders(root: Path, classes=("ant", "bee", "cat"), n_images: int = 4) -> Path:
    """Fill a folder of class folders with JPEG files of different sizes."""
    for c, name in enumerate(classes):
        (root / name).mkdir(parents=True, exist_ok=True)
        for i in range(n_images):
            image = picture(100 * c + i, 40 + i, 52 - i)
            (root / name / f"{name}_{i}.jpg").write_bytes(encoded(image, quality=90))
    return root


def zipped(folder: Path, path: Path, prefix: str = "") -> Path:
    """Pack a folder; members are written in an order other than that of their names."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*"), reverse=True):
            if file.is_file():
                archive.write(file, prefix + file.relative_to(folder).as_posix())
    return path
