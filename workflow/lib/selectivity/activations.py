"""The activations of one layer on disk: units by images, images sorted by class, provenance beside the numbers.

HDF5 that needs no plugin; config/README.md shows how to read it. Post-ReLU layers leave their zeros out (see `packed`),
signed layers are stored as they are. Either way the activations of a unit are one piece of the file. Batches come image
by image and are collected in memory: writing each batch across the units would cost ten times as much.
"""

import json
import logging
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

import h5py
import numpy as np

from selectivity.errors import DataError, ProvenanceError
from selectivity.files import atomic
from selectivity.packed import PackedUnits, PackedWriter

log = logging.getLogger(__name__)

# Images that are held in memory; a multiple of 8.
IMAGES_PER_BLOCK = 8192
UNITS_PER_TURN = 16


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
        open_scratch: Callable[[], IO[bytes]],
    ) -> None:
        self._file, self._shape = file, (n_units, n_images)
        self._written = self._held = 0
        self._n_places = int(np.prod(map_shape)) if map_shape is not None else 0
        dtypes = {"activations": np.dtype(np.float32)}
        if map_shape is not None:
            dtypes["position"] = np.min_scalar_type(self._n_places - 1)
        if pre_relu:
            dtypes["pre_relu"] = np.dtype(np.float32)
        n_rows = min(IMAGES_PER_BLOCK, n_images)
        self._buffers = {name: _row_buffer(n_rows, n_units, kind) for name, kind in dtypes.items()}
        self._packed: PackedWriter | None = None
        self._packed_as: dict[str, str] = {}
        if not signed:
            self._packed_as["activations"] = "values"
            # A zero has a place too where it hides a value before the ReLU.
            if map_shape is not None and not pre_relu:
                self._packed_as["position"] = "position"
            kept = {stored: dtypes[name] for name, stored in self._packed_as.items()}
            self._packed = PackedWriter(n_units, n_images, kept, open_scratch)
        self._raw = [name for name in dtypes if name not in self._packed_as]
        for name in self._raw:
            file.create_dataset(name, self._shape, dtypes[name])

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
        if positions is not None and ((positions < 0) | (positions >= self._n_places)).any():
            raise ValueError(f"positions must lie in 0..{self._n_places - 1}")
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
        if self._written + self._held != self._shape[1]:
            raise DataError(f"{self._written + self._held} of {self._shape[1]} images were written")
        self._flush()
        if self._packed is not None:
            self._packed.finish(self._file.create_group("activations"))

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
        if not n_held:
            return
        for unit in range(0, self._shape[0], UNITS_PER_TURN):
            units = slice(unit, unit + UNITS_PER_TURN)
            block = {name: _turned(rows[:n_held, units]) for name, rows in self._buffers.items()}
            for name in self._raw:
                self._file[name][units, first : first + n_held] = block.pop(name)
            if self._packed is not None:
                self._packed.add(
                    unit, {self._packed_as[name]: part for name, part in block.items()}
                )
        self._written, self._held = first + n_held, 0


# Images by units become units by images. Rows of 4,096 numbers all begin at one place of the processor's cache and push
# each other out; an odd number of cache lines a row, and tiles, are nine times as fast (measured).
CACHE_LINE = 64
IMAGES_PER_TILE = 256


def _row_buffer(n_rows: int, n_units: int, dtype: np.dtype) -> np.ndarray:
    """Return an array (n_rows, n_units) whose rows are an odd number of cache lines apart."""
    lines = -(-n_units * dtype.itemsize // CACHE_LINE) | 1
    return np.empty((n_rows, lines * CACHE_LINE // dtype.itemsize), dtype)[:, :n_units]


def _turned(rows: np.ndarray) -> np.ndarray:
    """Return the transpose of some columns of a buffer as an array of its own."""
    turned = np.empty(rows.shape[::-1], rows.dtype)
    for first in range(0, len(rows), IMAGES_PER_TILE):
        tile = slice(first, first + IMAGES_PER_TILE)
        turned[:, tile] = rows[tile].T
    return turned


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
        Whether values may be negative, as without a ReLU: such layers are stored raw, others without their zeros.
    map_shape
        Rows and columns of the map that each value is the maximum of; positions are then stored too. Without `pre_relu`
        those of zeros in layers without negative values are stored as 0.
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
    with atomic(path) as temporary, h5py.File(temporary, "w") as file, ExitStack() as scratch:
        file["image"] = np.asarray(images, dtype=np.int64)
        file["label"] = labels
        file["class_offsets"] = np.searchsorted(labels, np.arange(n_classes + 1)).astype(np.int64)
        file.attrs["provenance"] = json.dumps(dict(provenance), sort_keys=True)
        file.attrs["signed"] = bool(signed)
        if map_shape is not None:
            file.attrs["map_rows"], file.attrs["map_cols"] = map_shape

        def open_scratch() -> IO[bytes]:
            return scratch.enter_context(tempfile.TemporaryFile(dir=temporary.parent))

        n_images = len(labels)
        writer = ActivationWriter(
            file, n_units, n_images, signed, map_shape, pre_relu, open_scratch
        )
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
        self.n_images = len(self.labels)
        self.signed = bool(file.attrs["signed"])
        activations = file["activations"]
        self._packed = (
            PackedUnits(activations, self.n_images) if isinstance(activations, h5py.Group) else None
        )
        self.n_units = self._packed.n_units if self._packed else len(activations)

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
        return self._read("position", start, stop).astype(np.int32)

    def read_pre_relu(self, start: int, stop: int) -> np.ndarray:
        """Return the values before the ReLU (units, images), float32."""
        return self._read("pre_relu", start, stop)

    def _read(self, name: str, start: int, stop: int) -> np.ndarray:
        if not 0 <= start <= stop <= self.n_units:
            raise IndexError(f"units {start}..{stop} of {self.n_units}")
        packed = "values" if name == "activations" else name
        if self._packed is not None and packed in self._file["activations"]:
            return self._packed.read(packed, start, stop)
        if name not in self._file:
            raise DataError(f"{self.path} holds no '{name}'")
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
