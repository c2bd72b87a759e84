"""Parts of the picture world as files, drawn by separate jobs and gathered into one dataset."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import h5py
import hdf5plugin
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from selectivity.errors import DataError
from selectivity.files import atomic
from selectivity.world.composition import SceneSettings, make_picture
from selectivity.world.pen import RESOLUTION
from selectivity.world.vocabulary import MASK_CHANNELS, SCENES, VOCABULARIES

FIELDS = ("images", "masks", "label", "scene")
# One image is read at a time, in any order; masks compress to a twentieth and are read in runs.
_CHUNKS = {"images": 1, "masks": 16, "label": 512, "scene": 512}
_BLOCK = 512  # rows written at a time: whole chunks of every field


def draw_pictures(
    first: int, stop: int, seed: int, settings: SceneSettings
) -> dict[str, NDArray[Any]]:
    """Draw pictures `first` ... `stop` - 1 and return them as arrays, one row a picture."""
    n = stop - first
    arrays: dict[str, NDArray[Any]] = {
        "images": np.empty((n, RESOLUTION, RESOLUTION, 3), np.uint8),
        "masks": np.empty((n, len(MASK_CHANNELS), RESOLUTION, RESOLUTION), np.uint8),
        "label": np.empty(n, np.int32),
        "scene": np.empty(n, np.uint8),
    }
    for row in tqdm(range(n), "draw", unit=" pictures", disable=None):
        picture = make_picture(seed, first + row, settings)
        arrays["images"][row], arrays["masks"][row] = picture.rgb, picture.masks
        arrays["label"][row], arrays["scene"][row] = picture.label, picture.scene
    return arrays


def write_shard(
    path: Path, arrays: Mapping[str, NDArray[Any]], first: int, provenance: Mapping[str, Any]
) -> None:
    """Write consecutive pictures, the first of which has image id `first`."""
    with atomic(path) as temporary, h5py.File(temporary, "w") as file:
        for name in FIELDS:
            file.create_dataset(name, data=arrays[name])
        file.attrs["first"] = first
        file.attrs["provenance"] = json.dumps(dict(provenance), sort_keys=True)


def gather_shards(
    paths: Sequence[Path], path: Path, n_images: int, provenance: Mapping[str, Any]
) -> str:
    """Join shards into one file of `n_images` pictures, row i being image id i; return its digest.

    Raises
    ------
    DataError
        When the shards were drawn with other settings or do not hold each picture exactly once.
    """
    digest = hashlib.sha256()
    with ExitStack() as stack:
        shards = [stack.enter_context(h5py.File(shard, "r")) for shard in paths]
        shards.sort(key=lambda shard: int(shard.attrs["first"]))
        _check(shards, n_images, provenance)
        temporary = stack.enter_context(atomic(path))
        file = stack.enter_context(h5py.File(temporary, "w"))
        _create(file, shards[0], n_images)
        for name in FIELDS:
            start = 0
            for block in _blocks([shard[name] for shard in shards]):
                file[name][start : start + len(block)] = block
                digest.update(block.tobytes())
                start += len(block)
        file.attrs["mask_channels"] = json.dumps(MASK_CHANNELS)
        file.attrs["vocabularies"] = json.dumps({**VOCABULARIES, "scene": SCENES}, sort_keys=True)
        file.attrs["provenance"] = json.dumps(dict(provenance), sort_keys=True)
    return digest.hexdigest()


def _check(shards: Sequence[h5py.File], n_images: int, provenance: Mapping[str, Any]) -> None:
    expected = json.dumps(dict(provenance), sort_keys=True)
    reached = 0
    for shard in shards:
        if shard.attrs["provenance"] != expected:
            raise DataError(
                f"{shard.filename} was drawn with {shard.attrs['provenance']}, not with {expected}"
            )
        if shard.attrs["first"] != reached:
            raise DataError(
                f"shards do not tile the dataset: expected one that starts at image {reached}, "
                f"found {shard.filename}, which starts at image {shard.attrs['first']}"
            )
        reached += len(shard["label"])
    if reached != n_images:
        raise DataError(f"shards hold {reached} images, but the dataset has {n_images}")


def _blocks(parts: Sequence[h5py.Dataset]) -> Iterator[NDArray[Any]]:
    """Yield the rows of all parts, `_BLOCK` at a time wherever the parts end.

    The layout of an HDF5 file follows the order and size of the writes, so these must not depend on the shards.
    """
    rest = parts[0][:0]
    for part in parts:
        for start in range(0, len(part), _BLOCK):
            rest = np.concatenate([rest, part[start : start + _BLOCK]])
            while len(rest) >= _BLOCK:
                yield rest[:_BLOCK]
                rest = rest[_BLOCK:]
    if len(rest):
        yield rest


def _create(file: h5py.File, example: h5py.File, n_images: int) -> None:
    for name in FIELDS:
        source = example[name]
        file.create_dataset(
            name,
            shape=(n_images, *source.shape[1:]),
            dtype=source.dtype,
            chunks=(min(_CHUNKS[name], n_images), *source.shape[1:]),
            compression=None if name == "images" else hdf5plugin.Zstd(clevel=3),
        )
