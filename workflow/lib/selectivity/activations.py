"""The activations of one layer on disk: units by images, images sorted by class, provenance beside the numbers.

HDF5 with chunks of 16 units by 8,192 images. Batches come image by image and are collected in memory until they fill
chunks: writing each batch across the chunks would cost ten times as much. Post-ReLU layers are packed with Zstandard
and no shuffle (their redundancy is whole zero values, which shuffling would tear apart), signed layers are stored raw.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import hdf5plugin
import numpy as np

from selectivity.errors import DataError, ProvenanceError
from selectivity.files import atomic

log = logging.getLogger(__name__)

UNITS_PER_CHUNK = 16
IMAGES_PER_CHUNK = 8192


class ActivationWriter:
    """Appends batches of images to the file of a layer; see `create_activations`."""

    def __init__(
        self,
        file: h5py.File,
        n_units: int,
        n_images: int,
        signed: bool,
        map_shape: tuple[int, int] | None,
        pre_relu: bool,
    ) -> None:
        self._shape = (n_units, n_images)
        self._written = self._held = 0
        n_rows = min(IMAGES_PER_CHUNK, n_images)
        self._buffers: dict[str, np.ndarray] = {}
        packed = hdf5plugin.Zstd(clevel=1)
        columns: dict[str, tuple[Any, Any]] = {
            "activations": (np.float32, None if signed else packed)
        }
        if map_shape is not None:
            columns["position"] = (np.int32, packed)
        if pre_relu:
            columns["pre_relu"] = (np.float32, None)
        for name, (dtype, filters) in columns.items():
            chunks = (min(UNITS_PER_CHUNK, n_units), n_rows)
            options = dict(filters) if filters is not None else {}
            file.create_dataset(name, self._shape, dtype, chunks=chunks, **options)
            self._buffers[name] = np.empty((n_rows, n_units), dtype)
        self._file = file

    def append(
        self,
        values: np.ndarray,
        positions: np.ndarray | None = None,
        pre_relu: np.ndarray | None = None,
    ) -> None:
        """Add a batch (images, units), in the order of the images given at the beginning."""
        given = {"activations": values, "position": positions, "pre_relu": pre_relu}
        batch = {name: array for name, array in given.items() if array is not None}
        if batch.keys() != self._buffers.keys():
            raise ValueError(f"expected {sorted(self._buffers)}, got {sorted(batch)}")
        n_units, n_images = self._shape
        for name, array in batch.items():
            if array.ndim != 2 or array.shape[1] != n_units or len(array) != len(values):
                raise ValueError(f"{name}: expected (images, {n_units}), got {array.shape}")
        if self._written + self._held + len(values) > n_images:
            raise ValueError(f"more than the {n_images} images announced")
        self._check_finite(values)
        start = 0
        while start < len(values):
            stop = start + min(len(values) - start, self._capacity() - self._held)
            for name, array in batch.items():
                self._buffers[name][self._held : self._held + stop - start] = array[start:stop]
            self._held += stop - start
            start = stop
            if self._held == self._capacity():
                self._flush()

    def finish(self) -> None:
        """Write what is left; raise when images are missing."""
        self._flush()
        if self._written != self._shape[1]:
            raise DataError(f"{self._written} of {self._shape[1]} images were written")

    def _capacity(self) -> int:
        return len(next(iter(self._buffers.values())))

    def _check_finite(self, values: np.ndarray) -> None:
        if not np.isfinite(values).all():
            image, unit = np.argwhere(~np.isfinite(values))[0]
            raise DataError(
                f"the activation of unit {unit} to image {self._written + self._held + image} (in the order of the "
                f"file) is {values[image, unit]}, not a finite number"
            )

    def _flush(self) -> None:
        n_held, first = self._held, self._written
        for name, rows in self._buffers.items():
            for unit in range(0, self._shape[0], UNITS_PER_CHUNK):
                units = slice(unit, unit + UNITS_PER_CHUNK)
                chunk = np.ascontiguousarray(rows[:n_held, units].T)
                self._file[name][units, first : first + n_held] = chunk
        self._written, self._held = first + n_held, 0


@contextmanager
def create_activations(
    path: Path,
    *,
    n_units: int,
    images: np.ndarray,
    labels: np.ndarray,
    n_classes: int,
    provenance: Mapping[str, Any],
    signed: bool,
    map_shape: tuple[int, int] | None = None,
    pre_relu: bool = False,
) -> Iterator[ActivationWriter]:
    """Create the file of a layer and yield its writer; the file appears when the block ends without an error.

    Parameters
    ----------
    images, labels
        Image ids and class labels, sorted by class: the order in which batches are appended.
    signed
        Whether values may be negative, as without a ReLU: such layers are stored raw.
    map_shape
        Rows and columns of the map that each value is the maximum of; positions are then stored too.
    pre_relu
        Whether a second value, before the ReLU, comes with each.
    """
    labels = np.asarray(labels, dtype=np.int32)
    if not len(labels) or not n_units:
        raise DataError(
            f"{path}: nothing to store, there are {len(labels)} images and {n_units} units"
        )
    if (np.diff(labels) < 0).any() or labels[0] < 0 or labels[-1] >= n_classes:
        raise ValueError("labels must be sorted and lie in 0..n_classes - 1")
    with atomic(path) as temporary, h5py.File(temporary, "w") as file:
        file["image"] = np.asarray(images, dtype=np.int64)
        file["label"] = labels
        file["class_offsets"] = np.searchsorted(labels, np.arange(n_classes + 1)).astype(np.int64)
        file.attrs["provenance"] = json.dumps(dict(provenance), sort_keys=True)
        file.attrs["signed"] = bool(signed)
        if map_shape is not None:
            file.attrs["map_rows"], file.attrs["map_cols"] = map_shape
        writer = ActivationWriter(file, n_units, len(labels), signed, map_shape, pre_relu)
        yield writer
        writer.finish()


class ActivationStore:
    """The activations of a layer, read by blocks of units; see `open_activations`."""

    def __init__(self, path: Path, file: h5py.File) -> None:
        self.path = path
        self._file = file
        self.provenance: dict[str, Any] = json.loads(file.attrs["provenance"])
        self.labels: np.ndarray = file["label"][:]  # (n_images,)
        self.images: np.ndarray = file["image"][:]  # (n_images,)
        self.class_offsets: np.ndarray = file["class_offsets"][:]  # (n_classes + 1,)
        self.n_units, self.n_images = map(int, file["activations"].shape)
        self.signed = bool(file.attrs["signed"])

    @property
    def n_classes(self) -> int:
        """Number of classes in the dataset's class table, those without images included."""
        return len(self.class_offsets) - 1

    @property
    def class_sizes(self) -> np.ndarray:
        """Number of images of each class."""
        return np.diff(self.class_offsets)

    @property
    def map_shape(self) -> tuple[int, int] | None:
        """Rows and columns of a conv layer's map."""
        if "map_rows" not in self._file.attrs:
            return None
        return int(self._file.attrs["map_rows"]), int(self._file.attrs["map_cols"])

    @property
    def has_pre_relu(self) -> bool:
        """Whether values before the ReLU are stored beside those after it."""
        return "pre_relu" in self._file

    def read_units(self, start: int, stop: int) -> np.ndarray:
        """Return the activations (units, images) of units start..stop-1, float32."""
        return self._read("activations", start, stop)

    def read_positions(self, start: int, stop: int) -> np.ndarray:
        """Return where each maximum lies in its map, counted by rows: (units, images), int32."""
        return self._read("position", start, stop)

    def read_pre_relu(self, start: int, stop: int) -> np.ndarray:
        """Return the values before the ReLU (units, images), float32."""
        return self._read("pre_relu", start, stop)

    def _read(self, name: str, start: int, stop: int) -> np.ndarray:
        if name not in self._file:
            raise DataError(f"{self.path} holds no '{name}'")
        if not 0 <= start <= stop <= self.n_units:
            raise IndexError(f"units {start}..{stop} of {self.n_units}")
        return self._file[name][start:stop]


@contextmanager
def open_activations(
    path: Path, expected: Mapping[str, Any] | None = None
) -> Iterator[ActivationStore]:
    """Open the file of a layer for reading.

    Raises
    ------
    ProvenanceError
        When the file was made with other settings than `expected`, a part of the provenance, says.
    DataError
        When there is no such file, or it holds no activations.
    """
    if not Path(path).is_file():
        raise DataError(f"{path} does not exist")
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise DataError(f"{path} is not a readable HDF5 file: {error}") from None
    with file:
        needed = ("activations", "image", "label", "class_offsets")
        missing = [name for name in needed if name not in file]
        if missing or "provenance" not in file.attrs:
            lack = f"dataset '{missing[0]}'" if missing else "attribute 'provenance'"
            raise DataError(f"{path} is not a file of activations: it has no {lack}")
        store = ActivationStore(Path(path), file)
        check_provenance(path, store.provenance, expected or {})
        yield store


def check_provenance(path: Path, found: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    """Raise `ProvenanceError` naming each key of `expected` whose value in `found` differs."""
    wanted = json.loads(json.dumps(dict(expected)))
    differing = sorted(key for key in wanted if key not in found or found[key] != wanted[key])
    if differing:
        told = "; ".join(
            f"{key} is {found.get(key, 'not recorded')!r}, asked for {wanted[key]!r}"
            for key in differing
        )
        raise ProvenanceError(
            f"{path} was made with other settings: {told}. Remove it and run again"
        )
