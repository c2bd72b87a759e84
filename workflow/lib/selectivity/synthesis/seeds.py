"""Randomness fixed by what an image is, never by when or beside what it is made."""

import hashlib
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Identity:
    """Whose images are made: with a unit and a restart it fixes all randomness of one image."""

    seed: int
    network: str
    layer: str

    def _entropy(self, *extra: int) -> list[int]:
        return [self.seed, _number(self.network), _number(self.layer), *extra]

    def noise(self, unit: int, restart: int, shape: tuple[int, ...]) -> np.ndarray:
        """Return standard normal noise, float32, for the start of one image."""
        generator = np.random.default_rng(self._entropy(unit, restart))
        return generator.standard_normal(shape, dtype=np.float32)

    def order(self, n_units: int) -> list[int]:
        """Return the units of the layer in random order."""
        return np.random.default_rng(self._entropy(n_units)).permutation(n_units).tolist()

    def shifts(self, n_steps: int, reach: int) -> np.ndarray:
        """Return the jitter of every step, (n_steps, 2); all images of a layer share it."""
        generator = np.random.default_rng(self._entropy())
        return generator.integers(-reach, reach + 1, size=(n_steps, 2))


def _number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
