"""The pictures of a dataset by their row in the index, decoded when asked for."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import h5py
import hdf5plugin  # noqa: F401  (registers the filters that images.h5 may use)
import numpy as np
import pandas as pd

from selectivity.datasets.decoding import decode_image
from selectivity.datasets.sources import ImageSource
from selectivity.errors import DataError


class Images(Protocol):
    """Images by row: 8-bit RGB arrays of shape (rows, columns, 3). Any number of threads may read."""

    def __len__(self) -> int:
        """Return the number of images."""
        ...

    def __getitem__(self, row: int) -> np.ndarray:
        """Return one image."""
        ...

    def load(self, rows: Sequence[int] | np.ndarray) -> list[np.ndarray]:
        """Return several images."""
        ...


def open_images(index: pd.DataFrame, source: ImageSource) -> Images:
    """Open the images of `index`, in its order; item i belongs to row i of the table."""
    if source.kind == "world":
        return _WorldImages(Path(source.images), index["image"].to_numpy())
    return _FileImages(source, index["path"].tolist())


class _FileImages:
    """Images in files of their own, in a folder or a zip."""

    def __init__(self, source: ImageSource, paths: list[str]) -> None:
        self._reader, self._paths = source.open(), paths

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, row: int) -> np.ndarray:
        path = self._paths[row]
        return decode_image(self._reader.read(path), path)

    def load(self, rows: Sequence[int] | np.ndarray) -> list[np.ndarray]:
        return [self[int(row)] for row in rows]


class _WorldImages:
    """Images of the generated world: row i of its HDF5 file is image id i."""

    def __init__(self, path: Path, ids: np.ndarray) -> None:
        self._images = h5py.File(path, "r")["images"]
        self._ids = np.asarray(ids, dtype=np.int64)
        if len(ids) and (self._ids.min() < 0 or self._ids.max() >= len(self._images)):
            raise DataError(f"{path} holds {len(self._images)} images, the index asks for others")

    def __len__(self) -> int:
        return len(self._ids)

    def __getitem__(self, row: int) -> np.ndarray:
        return self._images[int(self._ids[row])]

    def load(self, rows: Sequence[int] | np.ndarray) -> list[np.ndarray]:
        ids = self._ids[np.asarray(rows)]
        first, last = int(ids.min()), int(ids.max())
        if last - first < 4 * len(ids):  # close together: one read is cheaper than many
            block = self._images[first : last + 1]
            return [block[i - first] for i in ids]
        return [self._images[int(i)] for i in ids]
