"""Activations recorded elsewhere, images by units, into the store of the workflow: units by images, sorted by class.

Files larger than memory are fine: rows are read in the order of the store, straight from a ``.npy``; CSV text and
packed HDF5 files whose images are not sorted by class go through a nameless scratch file beside the result.
"""

import logging
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Protocol

import h5py
import hdf5plugin  # noqa: F401  (registers the filters that a recorded file may use)
import numpy as np
import pandas as pd

from selectivity.activations import create_activations
from selectivity.errors import DataError, nearest

log = logging.getLogger(__name__)

ROWS_PER_READ = 2048
FORMATS = (".npy", ".h5", ".hdf5", ".csv")


class Rows(Protocol):
    """A matrix (n_images, n_units) read by rows."""

    shape: tuple[int, int]

    def read(self, rows: np.ndarray) -> np.ndarray:
        """Return some rows as float32."""
        ...


def convert_recorded(
    path: Path, images: pd.DataFrame, n_classes: int, output: Path, provenance: Mapping[str, Any]
) -> None:
    """Write the recorded matrix of a layer as an activation file.

    Parameters
    ----------
    path
        A ``.npy``, a ``.csv`` (a header is optional), or an ``.h5`` with a dataset ``activations``.
    images
        The index made of the labels file: column image is the row of the matrix.
    """
    rows = images["image"].to_numpy()
    with open_rows(path, rows, scratch=output.parent) as matrix:
        n_images, n_units = matrix.shape
        if n_images != len(images):
            raise DataError(
                f"{path} holds {n_images} images (rows), but the labels file names {len(images)}"
            )
        described = {**provenance, "n_images": n_images, "n_units": n_units}
        signed = _has_negative(path, matrix)
        with create_activations(
            output,
            n_units=n_units,
            images=rows,
            labels=images["label"].to_numpy(),
            n_classes=n_classes,
            provenance={**described, "signed": signed},
            signed=signed,
        ) as writer:
            for start in range(0, n_images, ROWS_PER_READ):
                writer.append(matrix.read(rows[start : start + ROWS_PER_READ]))
    log.info("%s: %d images, %d units", path, n_images, n_units)


def _has_negative(path: Path, matrix: Rows) -> bool:
    """Look at all values once, in the order of the file: refuse what is no number, find out whether any is negative."""
    negative = False
    for start in range(0, matrix.shape[0], ROWS_PER_READ):
        rows = np.arange(start, min(start + ROWS_PER_READ, matrix.shape[0]))
        values = matrix.read(rows)
        if not np.isfinite(values).all():
            row, unit = np.argwhere(~np.isfinite(values))[0]
            kind = "NaN" if np.isnan(values[row, unit]) else "infinite (as float32)"
            raise DataError(f"{path}: the activation of image {start + row}, unit {unit} is {kind}")
        negative = negative or bool((values < 0).any())
    return negative


@contextmanager
def open_rows(path: Path, order: np.ndarray, scratch: Path) -> Iterator[Rows]:
    """Open a recorded matrix whose rows will be read in `order`; scratch files are made in the folder `scratch`."""
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise DataError(f"{path}: expected a file that ends in .npy, .csv or .h5")
    if not path.is_file():
        raise DataError(f"{path} does not exist")
    if suffix == ".npy":
        yield _open_npy(path)
        return
    scratch.mkdir(parents=True, exist_ok=True)
    if suffix == ".csv":
        with tempfile.TemporaryFile(dir=scratch) as file:
            yield _spill(file, _csv_blocks(path, len(order)))
        return
    try:
        hdf5 = h5py.File(path, "r")
    except OSError as error:
        raise DataError(f"{path} is not a readable HDF5 file: {error}") from None
    with hdf5:
        matrix = _Hdf5Rows(path, hdf5)
        if (np.diff(order) == 1).all():
            yield matrix
            return
        with tempfile.TemporaryFile(dir=scratch) as file:
            blocks = (
                matrix.read(np.arange(start, min(start + ROWS_PER_READ, matrix.shape[0])))
                for start in range(0, matrix.shape[0], ROWS_PER_READ)
            )
            yield _spill(file, blocks)


def _open_npy(path: Path) -> "_ArrayRows":
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise DataError(f"{path} is not a readable .npy file of numbers: {error}") from None
    _check_matrix(path, array.shape, array.dtype)
    return _ArrayRows(array)


def _check_matrix(where: object, shape: tuple[int, ...], dtype: np.dtype) -> None:
    if len(shape) != 2:
        raise DataError(
            f"{where}: expected a matrix (n_images, n_units), found shape {tuple(shape)}"
        )
    if 0 in shape:
        raise DataError(f"{where}: the matrix is empty, its shape is {tuple(shape)}")
    if dtype.kind not in "fiub":
        raise DataError(f"{where}: expected real numbers, found {dtype}")


class _ArrayRows:
    """Rows of a memory-mapped array."""

    def __init__(self, array: np.ndarray) -> None:
        self._array = array
        self.shape = (int(array.shape[0]), int(array.shape[1]))

    def read(self, rows: np.ndarray) -> np.ndarray:
        return _float32(self._array[rows])


class _Hdf5Rows:
    """Consecutive rows of the dataset ``activations``."""

    def __init__(self, path: Path, file: h5py.File) -> None:
        self._dataset = file.get("activations")
        if not isinstance(self._dataset, h5py.Dataset):
            raise DataError(f"{path} has no dataset 'activations'{nearest('activations', file)}")
        _check_matrix(path, self._dataset.shape, self._dataset.dtype)
        self.shape = (int(self._dataset.shape[0]), int(self._dataset.shape[1]))

    def read(self, rows: np.ndarray) -> np.ndarray:
        return _float32(self._dataset[int(rows[0]) : int(rows[-1]) + 1])


def _float32(values: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):  # becomes infinite, and is refused as such
        return values.astype(np.float32)


def _csv_blocks(path: Path, n_images: int) -> Iterator[np.ndarray]:
    """Read a CSV of numbers, with or without a header, by blocks of rows."""
    header = _csv_header(path, n_images)
    start = 0
    try:
        for table in pd.read_csv(path, header=header, chunksize=ROWS_PER_READ):
            for unit, column in enumerate(table.columns):
                _check_column(path, table[column], start, unit)
            start += len(table)
            yield _float32(table.to_numpy(dtype=np.float64))
    except (pd.errors.ParserError, UnicodeDecodeError) as error:
        raise DataError(f"{path} is not a CSV of numbers: {error}") from None


def _csv_header(path: Path, n_images: int) -> int | None:
    """Return the line of the header: 0, or None where the first line holds activations.

    A header may be numbers itself: pandas writes 0, 1, 2 ... for columns without names. It is one when there is a
    line more than there are labels.
    """
    try:
        with path.open(encoding="utf-8-sig") as file:  # spreadsheets begin with a byte order mark
            first = file.readline().strip()
            n_lines = 1 + sum(1 for line in file if line.strip())
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not a CSV of numbers: {error}") from None
    if not first:
        raise DataError(f"{path}: the file is empty")
    cells = [cell.strip().strip('"') for cell in first.split(",")]
    named = not all(_is_number(cell) for cell in cells if cell)
    counted = cells[1:] == [str(i) for i in range(len(cells) - 1)]
    if cells[0] == "" and len(cells) > 1 and (named or counted):
        raise DataError(
            f"{path}: the first column has no name and looks like row numbers; write the file without them "
            "(pandas: to_csv(index=False))"
        )
    numbered = cells == [str(i) for i in range(len(cells))]
    return 0 if named or (numbered and n_lines == n_images + 1) else None


def _check_column(path: Path, values: pd.Series, start: int, unit: int) -> None:
    if values.dtype.kind not in "fiub":
        row = int(np.flatnonzero(pd.to_numeric(values, errors="coerce").isna())[0])
        raise DataError(
            f"{path}: the activation of image {start + row}, unit {unit} is not a number: '{values.iloc[row]}'"
        )


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _spill(file: IO[bytes], blocks: Iterator[np.ndarray]) -> _ArrayRows:
    """Write blocks of rows into a scratch file and map it."""
    n_images = n_units = 0
    for block in blocks:
        file.write(np.ascontiguousarray(block).tobytes())
        n_images, n_units = n_images + block.shape[0], block.shape[1]
    if not n_images or not n_units:
        raise DataError("the file holds no activations")
    file.flush()
    return _ArrayRows(np.memmap(file, np.float32, "r", shape=(n_images, n_units)))
