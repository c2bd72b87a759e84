"""Measure a layer that does not fit into memory: blocks of units, read and measured by the same thread."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from selectivity.measures.engine import measure_units, share_units
from selectivity.measures.settings import MeasureSettings
from selectivity.sharding import BLOCK_UNITS


class UnitStore(Protocol):
    """Activations of a layer, stored class by class, that can be read by ranges of units."""

    @property
    def n_units(self) -> int:
        """Number of units."""

    @property
    def class_sizes(self) -> np.ndarray:
        """Number of images of each class."""

    def read_units(self, start: int, stop: int) -> np.ndarray:
        """Return the activations (units, images) of a range of units."""


@dataclass(frozen=True)
class ArrayStore:
    """A `UnitStore` in memory: activations (n_units, n_images)."""

    activations: np.ndarray
    class_sizes: np.ndarray

    @property
    def n_units(self) -> int:
        """Number of units."""
        return len(self.activations)

    def read_units(self, start: int, stop: int) -> np.ndarray:
        """Return the activations of a range of units."""
        return self.activations[start:stop]


def measure_store(
    store: UnitStore,
    start: int,
    stop: int,
    settings: MeasureSettings,
    threads: int = 1,
    progress: Callable[[int], object] | None = None,
) -> dict[str, np.ndarray]:
    """Measure units `start` to `stop` of a store; return one array a column.

    Each thread holds one block of units and its working memory, whatever the size of the layer. `progress` is told the
    number of units done.
    """
    sizes = store.class_sizes
    measured: dict[int, dict[str, np.ndarray]] = {}

    def measure_block(first: int, last: int) -> None:
        block = store.read_units(start + first, start + last)
        measured[first] = measure_units(block, sizes, settings, first_unit=start + first)
        if progress is not None:
            progress(last - first)

    share_units(measure_block, stop - start, threads, BLOCK_UNITS)
    if not measured:
        return measure_units(np.empty((0, sizes.sum()), np.float32), sizes, settings)
    parts = [measured[first] for first in sorted(measured)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
