"""Hue rings: color-selective features of each layer around the circle of hues (rafegas2017 figure 7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle, Wedge

from selectivity.figures.neuron_features_data import Layer
from selectivity.figures.neuron_features_examples import LABEL, draw_unit, name_layer, thumbnail
from selectivity.figures.style import FAINT, INK, PAGE, SOFT
from selectivity.figures.tiles import Sheet

SIDES = (0.34, 0.3, 0.26, 0.23, 0.2)  # inches: thumbnails, from large to small
SHIFTS = (0, 1.5, -1.5, 3, -3, 4.5, -4.5)  # degrees
HOLE = 0.5  # inches: radius inside the first ring
BAND = 0.09  # of the circle of hues
NAMES = {
    26.565: "red",
    90: "yellow",
    153.435: "green",
    206.565: "cyan",
    270: "blue",
    333.435: "magenta",
}


def hue_color(degrees: float) -> tuple[float, float, float]:
    """Return the most colorful RGB of a hue in opponent space at a fixed intensity."""
    x, y = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    total = 1.55  # R + G + B
    best = (total / 3,) * 3
    for strength in np.linspace(0, 1.2, 121):
        yellow = (total + strength * y) * 2 / 3  # R + G
        rgb = ((yellow + strength * x) / 2, (yellow - strength * x) / 2, total - yellow)
        if min(rgb) < 0 or max(rgb) > 1:
            break
        best = rgb
    return best


@dataclass(frozen=True)
class Ring:
    """One layer's ring: inner and outer radius in inches, and the side of its thumbnails."""

    inner: float
    outer: float
    side: float

    @property
    def radii(self) -> np.ndarray:
        """Radii at which the middle of a thumbnail may lie, from the outside."""
        room = (self.outer - self.inner - self.side) / 2
        middle = (self.outer + self.inner) / 2
        if room <= 0:
            return np.array([middle])
        return np.linspace(
            middle + room, middle - room, 1 + 2 * max(1, round(3 * room / self.side))
        )


class Places:
    """Where thumbnails of one size lie: upright squares that must not overlap, in one ring or in the next."""

    def __init__(self, side: float) -> None:
        self.room = 1.04 * side
        self.x, self.y = np.empty(0), np.empty(0)

    def take(self, x: float, y: float) -> bool:
        """Take a place if it is free."""
        if (np.maximum(np.abs(self.x - x), np.abs(self.y - y)) < self.room).any():
            return False
        self.x, self.y = np.append(self.x, x), np.append(self.y, y)
        return True


def arrange(
    hues: np.ndarray, order: np.ndarray, ring: Ring, places: Places
) -> list[tuple[int, float, float]]:
    """Return (place in `hues`, x, y) of the features that find room at their hue, the first of `order` first.

    At most ``SHIFTS`` degrees beside it: less than can be seen, but more of a crowd finds room.
    """
    placed = []
    for index in order.tolist():
        for shift, radius in product(SHIFTS, ring.radii.tolist()):
            angle = np.radians(hues[index] + shift)
            x, y = radius * np.cos(angle), radius * np.sin(angle)
            if places.take(x, y):
                placed.append((index, x, y))
                break
    return placed


@dataclass(frozen=True)
class Colored:
    """The color-selective units of one layer, the most selective first."""

    layer: Layer
    units: np.ndarray
    hues: np.ndarray
    indices: np.ndarray


def colored_units(layer: Layer, threshold: float) -> Colored:
    """Return the units of a layer whose color selectivity index reaches the threshold."""
    found = layer.alive()
    found = found[(found["color_selectivity"] >= threshold) & found["hue"].notna()]
    found = found.sort_values("color_selectivity", ascending=False, kind="stable")
    hues, indices = (found[name].to_numpy(float) for name in ("hue", "color_selectivity"))
    return Colored(layer, found.index.to_numpy(), hues, indices)


def arrange_rings(
    colored: Sequence[Colored], edges: np.ndarray
) -> tuple[float, list[list[tuple[int, float, float]]]]:
    """Return the side of the thumbnails and what ``arrange`` gives for each ring.

    The largest side that leaves room for two of three units, else the smallest that can still be looked at.
    """
    for side in SIDES:
        places = Places(side)
        rings = [
            arrange(c.hues, np.arange(len(c.hues)), Ring(inner, outer, side), places)
            for c, inner, outer in zip(colored, edges[:-1], edges[1:], strict=True)
        ]
        if sum(map(len, rings)) >= 2 / 3 * sum(len(c.units) for c in colored):
            break
    return side, rings


def plot_hue_rings(
    layers: Sequence[Layer], dataset_hues: pd.DataFrame, threshold: float, n_top: int = 4
) -> tuple[Figure, pd.DataFrame]:
    """Draw rings, the first layer inside; below them the strongest units and the hues of the images."""
    radius = PAGE / 2 - BAND - 0.22
    edges = np.linspace(HOLE, radius - 0.04, len(layers) + 1)
    row = 0.85
    below = 2 * (radius + BAND) + 0.85
    sheet = Sheet(PAGE, below + row * len(layers) + 1.8)
    axes = sheet.axes(0, 0.1, PAGE, 2 * (radius + BAND) + 0.4)
    half_width, half_height = PAGE / 2, radius + BAND + 0.2
    axes.set_axis_off()
    _draw_circle(axes, radius)
    colored = [colored_units(layer, threshold) for layer in layers]
    side, rings = arrange_rings(colored, edges)
    records = []
    for units, placed in zip(colored, rings, strict=True):
        records += _draw_ring(axes, units, placed, side)
    axes.set(xlim=(-half_width, half_width), ylim=(-half_height, half_height))
    for edge in edges:
        axes.add_patch(Circle((0, 0), edge, fill=False, color=FAINT, lw=0.6))
    _name_rings(axes, layers, edges)
    numbers = pd.DataFrame(
        records, columns=["layer", "unit", "hue", "color_selectivity", "is_drawn"]
    )
    note = f"{len(numbers)} units of color index {threshold:g} and more"
    n_hidden = int((~numbers["is_drawn"].astype(bool)).sum())
    if n_hidden:
        note += f",\n{n_hidden} without room at their hue"
    sheet.text(0, below - 0.62, note, fontsize=6.5, color=SOFT)
    _draw_top(sheet, layers, numbers, below, row, n_top)
    _draw_hues(sheet, numbers, dataset_hues, below + row * len(layers) + 0.25)
    return sheet.figure, numbers


def _draw_circle(axes: Axes, radius: float) -> None:
    for start in range(0, 360, 2):
        color = hue_color(start + 1)
        axes.add_patch(
            Wedge((0, 0), radius + BAND, start, start + 2.2, width=BAND, color=color, lw=0)
        )
    for degrees, name in NAMES.items():
        angle = np.radians(degrees)
        x, y = (radius + BAND + 0.1) * np.cos(angle), (radius + BAND + 0.1) * np.sin(angle)
        turn = (degrees - 90) % 360
        turn = turn - 180 if 90 < turn < 270 else turn
        axes.text(x, y, name, rotation=turn, ha="center", va="center", fontsize=6.5, color=SOFT)


def _draw_ring(
    axes: Axes, colored: Colored, placed: list[tuple[int, float, float]], side: float
) -> list[tuple[object, ...]]:
    half = side / 2
    for index, x, y in placed:
        axes.imshow(
            thumbnail(colored.layer, int(colored.units[index])),
            extent=(x - half, x + half, y - half, y + half),
            interpolation="antialiased",
            zorder=3,
        )
        frame = Rectangle(
            (x - half, y - half), side, side, fill=False, color=FAINT, lw=0.3, zorder=3
        )
        axes.add_patch(frame)
    drawn = {index for index, *_ in placed}
    columns = zip(colored.units, colored.hues, colored.indices, strict=True)
    return [
        (colored.layer.name, int(unit), float(hue), float(index), place in drawn)
        for place, (unit, hue, index) in enumerate(columns)
    ]


def _name_rings(axes: Axes, layers: Sequence[Layer], edges: np.ndarray) -> None:
    """Write the names along the magenta direction, where the papers' units are rarest."""
    angle = np.radians(315)
    for layer, inner, outer in zip(layers, edges[:-1], edges[1:], strict=True):
        radius = (inner + outer) / 2
        box = {
            "boxstyle": "round,pad=0.15",
            "facecolor": "white",
            "edgecolor": "none",
            "alpha": 0.85,
        }
        axes.text(
            radius * np.cos(angle), radius * np.sin(angle), layer.name, rotation=-45, ha="center", va="center",
            fontsize=6, color=INK, bbox=box, zorder=4, parse_math=False,
        )  # fmt: skip


def _draw_top(
    sheet: Sheet, layers: Sequence[Layer], numbers: pd.DataFrame, y: float, row: float, n_top: int
) -> None:
    """Draw the most color-selective units of each layer with their crops."""
    sheet.text(
        0,
        y - 0.2,
        "The most color-selective units of each layer, with their crops and color index",
        fontsize=8,
    )
    label, gap = LABEL, 0.16
    side = min(row - 0.2, ((PAGE - label) / n_top - gap - 0.05) / 2)
    for line, layer in enumerate(layers):
        top = y + line * row + 0.1
        name_layer(sheet, layer, 0, top + 0.1)
        mine = numbers[numbers["layer"] == layer.name]
        best = mine.sort_values("color_selectivity", ascending=False, kind="stable")[:n_top]
        for place, unit in enumerate(best["unit"].tolist()):
            x = label + place * (PAGE - label) / n_top
            title = f"unit {unit} · {layer.value(unit, 'color_selectivity'):.2f}"
            draw_unit(sheet, layer, unit, x, top, side, title=title)


def _draw_hues(sheet: Sheet, numbers: pd.DataFrame, dataset: pd.DataFrame, y: float) -> None:
    """Draw the hues of the images, and over them those of the color-selective units."""
    axes = sheet.axes(LABEL, y + 0.1, PAGE - LABEL - 0.05, 1.05)
    width = dataset["to_degrees"] - dataset["from_degrees"]
    middle = dataset["from_degrees"] + width / 2
    colors = [hue_color(hue) for hue in middle]
    axes.bar(middle, 100 * dataset["weight"], width * 0.94, color=colors)
    edges = np.append(dataset["from_degrees"], 360.0)
    hues = numbers["hue"].to_numpy(float)
    counts = np.histogram(hues, edges)[0] / max(len(hues), 1)
    axes.stairs(100 * counts, edges, color=INK, lw=1.0)
    axes.set(xlim=(0, 360), xticks=list(NAMES), xlabel="hue", ylabel="%")
    axes.set_xticklabels(list(NAMES.values()))
    axes.set_title("Hues of the images, by chroma (bars), and of the color-selective units (line)")
