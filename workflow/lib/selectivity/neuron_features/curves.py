"""The file of a layer's ranked activation curves: ``curve`` (units, ranks) and ``activation_max`` (units,)."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from selectivity.files import atomic


def write_curves(
    path: Path, curves: np.ndarray, activation_max: np.ndarray, provenance: Mapping[str, Any]
) -> None:
    """Write normalized activations in descending order, and the highest activation, of every unit."""
    with atomic(path) as temporary, h5py.File(temporary, "w") as file:
        file.create_dataset("curve", data=curves.astype(np.float32))
        file["activation_max"] = np.asarray(activation_max, np.float64)
        file.attrs["provenance"] = json.dumps(dict(provenance), sort_keys=True)


def read_curves(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return the curves and the highest activations."""
    with h5py.File(path, "r") as file:
        return file["curve"][:], file["activation_max"][:]
