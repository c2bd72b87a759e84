"""Mean activation of every unit over the images of each class, in one pass and without storing activations.

Class selectivity as in Morcos et al. (2018) and substitution2020 needs the spatial mean of each map over all test
images, whatever the study records for the other measures.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from selectivity.errors import DataError
from selectivity.files import atomic


class ClassSums:
    """Sums of activations by layer, unit and class, added up batch by batch in float64."""

    def __init__(self, n_classes: int) -> None:
        self.n_classes = n_classes
        self.sizes = np.zeros(n_classes, np.int64)
        self._sums: dict[str, np.ndarray] = {}  # (n_units, n_classes)

    def add(self, outputs: Mapping[str, np.ndarray], labels: np.ndarray) -> None:
        """Add a batch: by layer (n_images, n_units), and the label of each image."""
        self.sizes += np.bincount(labels, minlength=self.n_classes)
        for layer, values in outputs.items():
            sums = self._sums.setdefault(layer, np.zeros((values.shape[1], self.n_classes)))
            for label in np.unique(labels):
                sums[:, label] += values[labels == label].sum(axis=0, dtype=np.float64)

    def means(self) -> dict[str, np.ndarray]:
        """Return by layer (n_units, n_classes); NaN for classes without images."""
        with np.errstate(invalid="ignore"):
            return {layer: sums / self.sizes for layer, sums in self._sums.items()}


def add_all(
    batches: Iterable[tuple[Mapping[str, np.ndarray], np.ndarray]], n_classes: int
) -> ClassSums:
    """Return the sums over all batches of (outputs by layer, labels)."""
    sums = ClassSums(n_classes)
    for outputs, labels in batches:
        sums.add(outputs, labels)
    return sums


def write_class_means(path: Path, sums: ClassSums, provenance: Mapping[str, Any]) -> None:
    """Write ``class_sizes`` and one dataset (n_units, n_classes) a layer."""
    with atomic(path) as temporary, h5py.File(temporary, "w") as file:
        file.attrs["provenance"] = json.dumps(dict(provenance), sort_keys=True)
        file["class_sizes"] = sums.sizes
        group = file.create_group("layers")
        for layer, means in sums.means().items():
            group[layer] = means


def read_class_means(path: Path, layer: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the class means of a layer, (n_units, n_classes), and the class sizes."""
    with h5py.File(path, "r") as file:
        if layer not in file["layers"]:
            raise DataError(f"{path} has no layer '{layer}'")
        return file["layers"][layer][...], file["class_sizes"][...]


def unit_means(means: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Return the mean of each unit over all images, from its class means."""
    present = sizes > 0
    return means[:, present] @ sizes[present] / sizes.sum()
