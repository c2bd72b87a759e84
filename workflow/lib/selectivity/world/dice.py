"""Random choices for drawing, fast enough for hundreds of draws a picture."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np

Item = TypeVar("Item")


class Dice:
    """Scalar draws from one generator, fetched in blocks because single draws are slow."""

    _BLOCK = 256

    def __init__(self, generator: np.random.Generator) -> None:
        self._generator = generator
        self._pool: list[float] = []

    def _next(self) -> float:
        if not self._pool:
            self._pool = self._generator.random(self._BLOCK).tolist()
        return self._pool.pop()

    def uniform(self, low: float, high: float) -> float:
        """Return a number between `low` and `high`."""
        return low + (high - low) * self._next()

    def integer(self, n: int) -> int:
        """Return one of 0 ... n - 1."""
        return int(self._next() * n)

    def chance(self, probability: float) -> bool:
        """Return true with the given probability."""
        return self._next() < probability

    def choice(self, items: Sequence[Item]) -> Item:
        """Return one of the items, all equally likely."""
        return items[self.integer(len(items))]

    def weighted(self, weights: Mapping[str, float]) -> str:
        """Return one of the keys with probability proportional to its weight."""
        rest = self._next() * sum(weights.values())
        last = ""
        for name, weight in weights.items():
            rest -= weight
            last = name
            if rest < 0:
                break
        return last
