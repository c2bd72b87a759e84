"""The HDF5 file of a layer's neuron features.

``neuron_feature`` (units, rows, columns, RGB in [0, 1]) and ``crop_deviation`` (the same shape: the
standard deviation of the crops in opponent space), one chunk a unit; ``n_images``, ``weight_sum``,
``sharpness``, ``activation_max`` and ``is_dead`` a unit; ``provenance`` as in every result file.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import hdf5plugin
import numpy as np

from selectivity.errors import DataError, ProvenanceError
from selectivity.files import atomic
from selectivity.neuron_features.building import Features


def write_features(
    path: Path,
    parts: Iterable[Features],
    activation_max: np.ndarray,
    shape: tuple[int, int],
    provenance: Mapping[str, Any],
) -> None:
    """Write the features of all units as they come."""
    n_units = len(activation_max)
    with atomic(path) as temporary, h5py.File(temporary, "w") as file:
        images = [
            file.create_dataset(
                name,
                (n_units, *shape, 3),
                np.float32,
                chunks=(1, *shape, 3),
                fillvalue=np.nan,
                **hdf5plugin.Blosc(cname="lz4", clevel=1, shuffle=hdf5plugin.Blosc.SHUFFLE),
            )
            for name in ("neuron_feature", "crop_deviation")
        ]
        n_images = file.create_dataset("n_images", (n_units,), np.int32)
        weight_sum = file.create_dataset("weight_sum", (n_units,), np.float64)
        sharpness = file.create_dataset("sharpness", (n_units,), np.float64, fillvalue=np.nan)
        file["activation_max"] = np.asarray(activation_max, np.float64)
        file["is_dead"] = np.asarray(activation_max) <= 0
        file.attrs["provenance"] = json.dumps(dict(provenance), sort_keys=True)
        for part in parts:
            units = slice(part.start, part.start + len(part.features))
            images[0][units], images[1][units] = part.features, part.spread
            n_images[units], weight_sum[units] = part.n_images, part.weight_sum
            sharpness[units] = part.sharpness
            del part  # not kept while the next range is built


class FeatureStore:
    """Neuron features of a layer, read in ranges of units."""

    def __init__(self, file: h5py.File) -> None:
        self.file = file
        self.n_units, self.rows, self.columns = file["neuron_feature"].shape[:3]
        self.n_images = file["n_images"][:]
        self.weight_sum = file["weight_sum"][:]
        self.sharpness = file["sharpness"][:]
        self.activation_max = file["activation_max"][:]
        self.is_dead = file["is_dead"][:]
        self.provenance: dict[str, Any] = json.loads(file.attrs["provenance"])

    def features(self, start: int, stop: int) -> np.ndarray:
        """Return neuron features (units, rows, columns, RGB) in [0, 1]."""
        return self.file["neuron_feature"][start:stop]

    def feature(self, unit: int) -> np.ndarray:
        """Return one neuron feature."""
        return self.features(unit, unit + 1)[0]

    def deviations(self, start: int, stop: int) -> np.ndarray:
        """Return the standard deviations of the crops in opponent space, of the features' shape."""
        return self.file["crop_deviation"][start:stop]

    def blocks(self, memory: int = 1 << 28) -> Iterator[tuple[int, int]]:
        """Yield ranges of units whose features and deviations take about `memory` bytes."""
        n = max(1, int(memory // (self.rows * self.columns * 24)))
        for start in range(0, self.n_units, n):
            yield start, min(start + n, self.n_units)


@contextmanager
def open_features(path: Path, expected: Mapping[str, Any] | None = None) -> Iterator[FeatureStore]:
    """Open a layer's neuron features; refuse a file with another provenance than `expected`."""
    if not Path(path).exists():
        raise DataError(f"{path} does not exist")
    with h5py.File(path, "r") as file:
        store = FeatureStore(file)
        wrong = sorted(k for k, v in (expected or {}).items() if store.provenance.get(k) != v)
        if wrong:
            raise ProvenanceError(f"{path} was made with another {', '.join(wrong)}")
        yield store
