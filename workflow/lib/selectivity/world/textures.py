"""Textures of walls, floors, skies and grounds, as mixtures of two colors over the picture."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from selectivity.world.dice import Dice
from selectivity.world.pen import RESOLUTION

Plane = NDArray[np.float32]  # (RESOLUTION, RESOLUTION)
Rgb = NDArray[np.float32]

_AXIS = (np.arange(RESOLUTION) + 0.5) / RESOLUTION - 0.5
X, Y = (grid.astype(np.float32) for grid in np.meshgrid(_AXIS, _AXIS))


def _rotated(angle: float) -> tuple[Plane, Plane]:
    cosine, sine = math.cos(angle), math.sin(angle)
    return X * cosine + Y * sine, Y * cosine - X * sine


def _angle(dice: Dice) -> float:
    """Return an upright, level or diagonal direction more often than an odd one."""
    if dice.chance(0.6):
        return dice.integer(4) * math.pi / 4
    return dice.uniform(0, math.pi)


def _sharpen(wave: Plane, gain: float) -> Plane:
    return 0.5 + 0.5 * np.tanh(gain * wave)


def plain(dice: Dice, noise: np.random.Generator) -> Plane:
    """Return a soft vertical gradient."""
    return np.clip(0.5 + Y * dice.uniform(0.6, 1.4), 0, 1)


def striped(dice: Dice, noise: np.random.Generator) -> Plane:
    """Return parallel stripes."""
    across, _ = _rotated(_angle(dice))
    return _sharpen(np.sin(2 * math.pi * dice.uniform(4, 9) * across + dice.uniform(0, 6.28)), 4)


def checkered(dice: Dice, noise: np.random.Generator) -> Plane:
    """Return a checkerboard."""
    u, v = _rotated(_angle(dice))
    pitch = 2 * math.pi * dice.uniform(2.5, 5.5)
    return _sharpen(np.sin(pitch * u + dice.uniform(0, 6.28)) * np.sin(pitch * v), 8)


def dotted(dice: Dice, noise: np.random.Generator) -> Plane:
    """Return a lattice of round dots."""
    u, v = _rotated(math.pi / 4 if dice.chance(0.6) else _angle(dice))
    pitch = 2 * math.pi * dice.uniform(3.5, 6.5)
    return _sharpen(np.cos(pitch * u + dice.uniform(0, 6.28)) + np.cos(pitch * v) - 0.9, 5)


def grainy(dice: Dice, noise: np.random.Generator) -> Plane:
    """Return soft irregular mottling."""
    cells = 8 << dice.integer(3)
    grid = Image.fromarray(noise.random((cells, cells), dtype=np.float32))
    return np.asarray(grid.resize((RESOLUTION, RESOLUTION), Image.Resampling.BICUBIC))


def wavy(dice: Dice, noise: np.random.Generator) -> Plane:
    """Return rows of waves, as on water."""
    ripple = 0.035 * np.sin(2 * math.pi * dice.uniform(2, 5) * X + dice.uniform(0, 6.28))
    return _sharpen(np.sin(2 * math.pi * dice.uniform(5, 10) * (Y + ripple)), 1.6)


def grassy(dice: Dice, noise: np.random.Generator) -> Plane:
    """Return upright blades."""
    grid = Image.fromarray(noise.random((14, RESOLUTION), dtype=np.float32))
    return np.asarray(grid.resize((RESOLUTION, RESOLUTION), Image.Resampling.BILINEAR))


def starry(dice: Dice, noise: np.random.Generator) -> Plane:
    """Return scattered bright points."""
    points = noise.random((RESOLUTION, RESOLUTION), dtype=np.float32)
    return np.clip((points - 0.984) * 90, 0, 1)


def bricked(dice: Dice, noise: np.random.Generator) -> Plane:
    """Return the joints of a brick wall."""
    rows = (Y + 0.5) * dice.uniform(5, 9) + 0.01
    row = np.floor(rows)
    columns = ((X + 0.5) * dice.uniform(2.5, 4.5) + 0.5 * (row % 2)) % 1
    return ((rows - row < 0.16) | (columns < 0.08)).astype(np.float32)


_WEIGHTS: dict[str, Callable[[Dice, np.random.Generator], Plane]] = {
    "none": plain,
    "striped": striped,
    "checkered": checkered,
    "dotted": dotted,
    "grainy": grainy,
    "wavy": wavy,
    "grassy": grassy,
    "starry": starry,
    "bricked": bricked,
}


def weave(name: str, first: Rgb, second: Rgb, dice: Dice, noise: np.random.Generator) -> Rgb:
    """Return the picture (rows, columns, 3) of a texture between two colors, values 0 ... 255."""
    weight = _WEIGHTS[name](dice, noise)
    return first + (second - first) * weight[..., None]
