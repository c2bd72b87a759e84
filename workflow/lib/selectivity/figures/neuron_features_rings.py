"""Hue rings: color-selective features of each layer around the circle of hues (rafegas2017 figure 7)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Wedge

from selectivity.figures.neuron_features_data import Layer
from selectivity.figures.neuron_features_examples import LABEL, draw_unit, name_layer, thumbnail
from selectivity.figures.style import FAINT, INK, PAGE, SOFT
from selectivity.figures.tiles import Sheet

HOLE = 0.62  # inches: radius inside the first ring
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
    def lanes(self) -> list[float]:
        """Radii of the middles of as many thumbnails as fit between the edges."""
        n = max(1, int((self.outer - self.inner) / (self.side * 1.08)))
        width = (self.outer - self.inner) / n
        return [self.outer - width * (lane + 0.5) for lane in range(n)]


def arrange(hues: np.ndarray, order: np.ndarray, ring: Ring) -> list[tuple[int, float]]:
    """Return (place in `hues`, radius) of the features that find room at their hue, the first of `order` first."""
    placed: list[tuple[int, float]] = []
    lanes: dict[float, list[float]] = {radius: [] for radius in ring.lanes}
    for index in order.tolist():
        for radius, taken in lanes.items():
            # thumbnails are upright squares: their diagonal keeps neighbors apart at any angle
            room = np.degrees(2 * np.arcsin(min(1.0, ring.side * 1.2 / (2 * radius))))
            apart = [abs((hues[index] - other + 180) % 360 - 180) for other in taken]
            if not apart or min(apart) >= room:
                taken.append(float(hues[index]))
                placed.append((index, radius))
                break
    return placed


def plot_hue_rings(
    layers: Sequence[Layer], dataset_hues: pd.DataFrame, threshold: float, n_top: int = 4
) -> tuple[Figure, pd.DataFrame]:
    """Draw rings, the first layer inside; below them the strongest units and the hues of the images."""
    radius = PAGE / 2 - BAND - 0.22
    widths = np.full(len(layers), (radius - HOLE) / len(layers))
    edges = HOLE + np.concatenate([[0], np.cumsum(widths)])
    row = 0.85
    below = 2 * (radius + BAND) + 0.85
    sheet = Sheet(PAGE, below + row * len(layers) + 1.8)
    axes = sheet.axes(0, 0.1, PAGE, 2 * (radius + BAND) + 0.4)
    half_width, half_height = PAGE / 2, radius + BAND + 0.2
    axes.set(xlim=(-half_width, half_width), ylim=(-half_height, half_height))
    axes.set_axis_off()
    _draw_circle(axes, radius)
    records = []
    for layer, inner, outer in zip(layers, edges[:-1], edges[1:], strict=True):
        axes.add_patch(Circle((0, 0), outer, fill=False, color=FAINT, lw=0.6))
        records += _draw_ring(axes, layer, Ring(inner, outer, _side(outer - inner)), threshold)
    axes.add_patch(Circle((0, 0), HOLE, fill=False, color=FAINT, lw=0.6))
    _name_rings(axes, layers, edges)
    numbers = pd.DataFrame(
        records, columns=["layer", "unit", "hue", "color_selectivity", "is_drawn"]
    )
    _draw_top(sheet, layers, numbers, below, row, n_top)
    _draw_hues(sheet, numbers, dataset_hues, below + row * len(layers) + 0.25)
    return sheet.figure, numbers


def _side(width: float) -> float:
    """Return the side of the thumbnails in a ring of this width: one, two or three lanes."""
    n_lanes = 1 if width < 0.34 else 2 if width < 0.62 else 3
    return min(0.3, width / n_lanes / 1.1)


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


def _draw_ring(axes: Axes, layer: Layer, ring: Ring, threshold: float) -> list[tuple[object, ...]]:
    colored = layer.alive()
    colored = colored[(colored["color_selectivity"] >= threshold) & colored["hue"].notna()]
    units, hues = colored.index.to_numpy(), colored["hue"].to_numpy(float)
    indices = colored["color_selectivity"].to_numpy(float)
    placed = dict(arrange(hues, np.argsort(-indices, kind="stable"), ring))
    half = ring.side / 2
    for index, radius in placed.items():
        angle = np.radians(hues[index])
        x, y = radius * np.cos(angle), radius * np.sin(angle)
        image = thumbnail(layer, int(units[index]))
        axes.imshow(
            image,
            extent=(x - half, x + half, y - half, y + half),
            interpolation="antialiased",
            zorder=3,
        )
    axes.set_xlim(axes.get_xlim())
    return [
        (layer.name, int(unit), float(hue), float(alpha), place in placed)
        for place, (unit, hue, alpha) in enumerate(zip(units, hues, indices, strict=True))
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


def units_by_hue(numbers: pd.DataFrame, n_bins: int = 12) -> np.ndarray:
    """Return how many color-selective units fall into each bin of hue."""
    return np.histogram(numbers["hue"].to_numpy(float), n_bins, (0, 360))[0]
