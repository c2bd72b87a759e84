"""Jitterplots: the activations of one unit as points, spread in height only to be seen.

The recipe of the papers' released code: height 1 + U(-.25, .25), the images of one class drawn last
and dark, all others gray and transparent, no vertical axis, the horizontal one from the lowest
activation to 10 % beyond the highest.
"""

from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np
from matplotlib.axes import Axes

from selectivity.figures.style import INK, PALETTE, POINTS

SPREAD = 0.25
THRESHOLD = PALETTE["red"]
TOP_RANK = PALETTE["blue"]


@dataclass(frozen=True)
class UnitActivations:
    """The activations of one unit to all images, and the class to show among them."""

    layer: str
    unit: int
    values: np.ndarray  # (n_images,)
    labels: np.ndarray  # (n_images,)
    images: np.ndarray  # (n_images,)
    label: int
    class_name: str

    @property
    def member(self) -> np.ndarray:
        """Whether an image belongs to the class that is shown."""
        return self.labels == self.label

    @property
    def name(self) -> str:
        """The unit as the papers write it: fc6.1199."""
        return f"{self.layer}.{self.unit}"


def jitter(n_points: int, seed: int, layer: str, unit: int) -> np.ndarray:
    """Return the heights of the points; they depend on the seed and the unit only."""
    generator = np.random.default_rng([seed, crc32(layer.encode()), unit])
    return 1 + generator.uniform(-SPREAD, SPREAD, n_points)


def activation_range(values: np.ndarray) -> tuple[float, float]:
    """Return the papers' horizontal range, with a little room left of the lowest activation."""
    low, high = float(values.min()), float(values.max())
    width = high - low or abs(high) or 1.0
    return low - 0.02 * width, high + (0.1 * high if high > 0 else 0.1 * width)


def draw_jitter(axes: Axes, unit: UnitActivations, seed: int) -> None:
    """Draw the points of one unit, those of its class in black."""
    heights = jitter(len(unit.values), seed, unit.layer, unit.unit)
    others = ~unit.member
    n_images = len(unit.values)
    style: dict[str, Any] = {"linestyle": "none", "marker": "o", "markeredgewidth": 0}
    axes.plot(
        unit.values[others],
        heights[others],
        color=POINTS,
        alpha=float(np.clip(4000 / max(n_images, 1), 0.05, 0.4)),
        markersize=1.6 if n_images > 20_000 else 2.4,
        rasterized=True,
        **style,
    )
    axes.plot(
        unit.values[unit.member],
        heights[unit.member],
        color=INK,
        alpha=0.75,
        markersize=2.6,
        rasterized=bool(unit.member.sum() > 1000),
        **style,
    )
    axes.set_xlim(*activation_range(unit.values))
    axes.set_ylim(1 - 1.12 * SPREAD, 1 + 1.12 * SPREAD)
    axes.spines["left"].set_visible(False)
    axes.set_yticks([])


def mark(axes: Axes, value: float, text: str, color: str, *, dashed: bool, level: int = 0) -> None:
    """Draw a vertical line through the points and name it above the axes, on one of two levels."""
    axes.axvline(value, color=color, linewidth=2.4 if dashed else 1.4, zorder=4)
    if dashed:  # the paper's white dashes, on a colored line that shows them beside the points too
        axes.axvline(value, color="white", linewidth=1.3, linestyle=(0, (3, 2)), zorder=4.1)
    low, high = axes.get_xlim()
    right = (value - low) > 0.6 * (high - low)
    axes.annotate(
        text,
        (value, 1),
        xycoords=("data", "axes fraction"),
        xytext=(-2 if right else 2, 3 + 9 * level),
        textcoords="offset points",
        ha="right" if right else "left",
        color=color,
        fontsize=6.5,
        parse_math=False,
    )
