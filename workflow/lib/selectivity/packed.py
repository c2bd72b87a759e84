"""Rectified activations on disk: where a unit is not zero, a bit an image, and its values there.

Most activations behind a ReLU are exact zeros. Without them a layer takes its share of non-zero values and 1/32 of the
space of float32, whatever the values, and reading costs a sixth of what a general compressor costs at that size. Three
flat arrays hold the units one after the other, so that a unit, or a block of units, is one piece of the file:

``nonzero``
    uint8 (n_units, n_images / 8, rounded up): one bit an image, the highest of a byte first.
``values``
    float32: the non-zero activations of unit 0 in the order of the images, then those of unit 1, and so on.
``start``
    int64 (n_units + 1): where each unit begins in ``values``.

``position``, of layers with maps, stands beside ``values``: where in its map each non-zero activation lies.
"""

from collections.abc import Callable, Mapping
from typing import IO, Any

import h5py
import numba
import numpy as np

from selectivity.errors import DataError

UNITS_PER_PIECE = 16


class PackedWriter:
    """Takes blocks of images in turn and writes them unit by unit at the end.

    Until then the blocks lie in scratch files, which `open_scratch` opens and the caller closes.
    """

    def __init__(
        self,
        n_units: int,
        n_images: int,
        dtypes: Mapping[str, np.dtype],
        open_scratch: Callable[[], IO[bytes]],
    ) -> None:
        self._n_units = n_units
        self._n_bytes = -(-n_images // 8)
        self._bits = _Pieces(n_units, np.dtype(np.uint8), open_scratch())
        self._values = {
            name: _Pieces(n_units, dtype, open_scratch()) for name, dtype in dtypes.items()
        }

    def add(self, first: int, block: Mapping[str, np.ndarray]) -> None:
        """Add the next units of a block, from unit `first` on: by name (units, images).

        What is kept is decided by ``values``. All blocks but the last have a multiple of 8 images.
        """
        nonzero = block["values"] != 0  # -0.0 is a zero
        bits = np.packbits(nonzero, axis=1)
        self._bits.add(first, bits.ravel(), np.full(len(bits), bits.shape[1]))
        counts = np.count_nonzero(nonzero, axis=1)
        for name, pieces in self._values.items():
            pieces.add(first, block[name][nonzero], counts)

    def finish(self, group: h5py.Group) -> None:
        """Write the arrays."""
        counts = self._values["values"].counts()
        start = np.concatenate([[0], np.cumsum(counts)])
        group["start"] = start
        bits = group.create_dataset("nonzero", (self._n_units, self._n_bytes), np.uint8)
        kept = {
            name: group.create_dataset(name, (start[-1],), pieces.dtype)
            for name, pieces in self._values.items()
        }
        for first in range(0, self._n_units, UNITS_PER_PIECE):
            last = min(first + UNITS_PER_PIECE, self._n_units)
            bits[first:last] = self._bits.gather(first, last).reshape(last - first, -1)
            for name, pieces in self._values.items():
                kept[name][start[first] : start[last]] = pieces.gather(first, last)


class _Pieces:
    """Items of units in a scratch file, block of images after block; put together unit by unit."""

    def __init__(self, n_units: int, dtype: np.dtype, file: IO[bytes]) -> None:
        self.dtype = dtype
        self._n_units, self._file = n_units, file
        self._counts: list[np.ndarray] = []  # of each block: items of each unit

    def add(self, first: int, items: np.ndarray, counts: np.ndarray) -> None:
        """Append the items of units `first`, `first` + 1, ... in a block, of which they have `counts`."""
        if first == 0:
            self._counts.append(np.zeros(self._n_units, np.int64))
        self._counts[-1][first : first + len(counts)] = counts
        self._file.write(np.ascontiguousarray(items).data)

    def counts(self) -> np.ndarray:
        """Return the number of items of each unit."""
        return np.sum(self._counts, axis=0)

    def gather(self, first: int, last: int) -> np.ndarray:
        """Return all items of units `first` to `last`, one unit after the other."""
        parts: list[list[np.ndarray]] = [[] for _ in range(first, last)]
        block_start = 0
        for counts in self._counts:
            size = self.dtype.itemsize
            self._file.seek((block_start + int(counts[:first].sum())) * size)
            ends = np.cumsum(counts[first:last])
            read = np.frombuffer(self._file.read(int(ends[-1]) * size), self.dtype)
            for unit, part in zip(parts, np.split(read, ends[:-1]), strict=True):
                unit.append(part)
            block_start += int(counts.sum())
        return np.concatenate([part for unit in parts for part in unit])


class PackedUnits:
    """Reads units of a packed layer with their zeros."""

    def __init__(self, group: h5py.Group, n_images: int) -> None:
        self._group, self._n_images = group, n_images
        self._start: np.ndarray = group["start"][:]
        self.n_units = len(self._start) - 1

    def read(self, name: str, first: int, last: int) -> np.ndarray:
        """Return the array `name`, ``values`` or ``position``, of units `first` to `last`: (units, images)."""
        source: Any = self._group[name]
        start = self._start[first : last + 1]
        kept = source[start[0] : start[-1]]
        dense = np.empty((last - first, self._n_images), source.dtype)
        unsigned = np.dtype(f"u{source.dtype.itemsize}")
        for row, bits, low, high in zip(
            dense.view(unsigned),
            self._group["nonzero"][first:last],
            start[:-1] - start[0],
            start[1:] - start[0],
            strict=True,
        ):
            n_set = _unpack(bits, kept[low:high].view(unsigned), row)
            if n_set != high - low:
                raise DataError(
                    f"{self._group.file.filename} is damaged: a unit has {n_set} activations that are not zero, but "
                    f"{high - low} values. Remove it and run again"
                )
        return dense


@numba.njit(nogil=True, cache=True)
def _unpack(bits: np.ndarray, kept: np.ndarray, row: np.ndarray) -> int:
    """Write the items of `kept` where `bits` are set and 0 elsewhere; return how many are set.

    Without a branch on a bit, which the processor would often guess wrong: half the time of NumPy's way, by a list of
    places, and a third of the memory traffic, which threads share. Items come as unsigned integers.
    """
    items = kept if len(kept) > 0 else np.zeros(1, kept.dtype)
    last, taken = np.uint64(len(items) - 1), np.uint64(0)
    n_whole = np.uint64(len(row) // 8)
    for i in range(n_whole):
        byte, first = np.uint64(bits[i]), np.uint64(8) * i
        for j in range(np.uint64(8)):
            bit = (byte >> (np.uint64(7) - j)) & np.uint64(1)
            row[first + j] = items[min(taken, last)] * bit
            taken += bit
    for j in range(np.uint64(len(row) % 8)):
        bit = (np.uint64(bits[n_whole]) >> (np.uint64(7) - j)) & np.uint64(1)
        row[np.uint64(8) * n_whole + j] = items[min(taken, last)] * bit
        taken += bit
    return int(taken)
