"""Jitterplots of units that should detect a group of classes, each of them in a color of its own: gale2020 figure 5."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import ScaledTranslation

from selectivity.errors import ConfigError
from selectivity.figures.jitter import SPREAD, activation_range, jitter
from selectivity.figures.style import (
    CYCLE,
    INK,
    MARKERS,
    PAGE,
    POINTS,
    message_figure,
    new_figure,
    panel_title,
    short_number,
)

# The first three are those of the paper: blue squares, red pentagons, green stars.
LOOKS = tuple(zip(CYCLE, MARKERS, strict=False))
MAX_CLASSES = len(LOOKS)


@dataclass(frozen=True)
class GroupUnit:
    """The activations of one unit, and the classes of one group among the images."""

    group: str
    layer: str
    unit: int
    values: np.ndarray  # (n_images,)
    labels: np.ndarray  # (n_images,)
    images: np.ndarray  # (n_images,)
    scores: Mapping[str, float]
    classes: Mapping[int, str]  # label to readable name


def choose_units(table: pd.DataFrame, wanted: Mapping[str, Sequence[int]], k: int) -> pd.DataFrame:
    """Return the rows to draw of a table of groups: the units named of a layer, else its most precise one.

    `wanted` names units by layer; of equal precision over `k` images the first unit wins.
    """
    chosen = []
    for (layer, _), rows in table.groupby(["layer", "group"], sort=False, observed=True):
        units = wanted.get(str(layer))
        absent = sorted(set(units or []) - set(rows["unit"]))
        if absent:
            raise ConfigError(
                f"figures.group_units: {layer} has no unit {absent[0]} (units 0 to {rows['unit'].max()})"
            )
        precision = rows[f"precision_{k}"].to_numpy(np.float64)
        if units:
            chosen.append(rows.set_index("unit", drop=False).loc[list(units)])
        elif np.isfinite(precision).any():
            chosen.append(rows.iloc[[int(np.nanargmax(precision))]])
    return pd.concat(chosen, ignore_index=True) if chosen else table.iloc[:0]


def plot_group_units(units: Sequence[GroupUnit], k: int, seed: int) -> Figure:
    """Draw one jitterplot a unit, the images of its group in color."""
    if not units:
        return message_figure("No unit of the layers drawn answers to these groups.")
    figure = new_figure(PAGE, 0.35 + 1.6 * len(units))
    rows: Any = figure.subplots(len(units), 1, squeeze=False)[:, 0]
    for place, (axes, unit) in enumerate(zip(rows, units, strict=True)):
        _draw_points(axes, unit, seed)
        title = f"{unit.layer}.{unit.unit}, {unit.group}"
        panel_title(axes, _letter(place), title, _note(unit, k), lift=1)
    rows[-1].set_xlabel("activation")
    return figure


def group_points(unit: GroupUnit) -> pd.DataFrame:
    """Return the points of a jitterplot."""
    return pd.DataFrame(
        {
            "group": unit.group,
            "layer": unit.layer,
            "unit": unit.unit,
            "image": unit.images,
            "label": unit.labels,
            "activation": unit.values,
        }
    )


def _draw_points(axes: Axes, unit: GroupUnit, seed: int) -> None:
    heights = jitter(len(unit.values), seed, unit.layer, unit.unit)
    others = ~np.isin(unit.labels, list(unit.classes))
    style: dict[str, Any] = {"linestyle": "none", "markeredgewidth": 0}
    axes.plot(
        unit.values[others], heights[others], marker="o", color=POINTS, rasterized=True,
        alpha=float(np.clip(4000 / max(len(unit.values), 1), 0.05, 0.4)),
        markersize=1.6 if len(unit.values) > 20_000 else 2.4, **style,
    )  # fmt: skip
    handles = []
    for (name, labels), (color, marker) in zip(_shown(unit).items(), LOOKS, strict=False):
        member = np.isin(unit.labels, labels)
        size = 5.0 if marker == "*" else 3.4
        look: dict[str, Any] = {"color": color, "marker": marker, "markersize": size, **style}
        axes.plot(unit.values[member], heights[member], alpha=0.75, rasterized=True, **look)
        handles.append(Line2D([], [], label=f"{name} ({member.sum():,})", **look))
    handles.append(
        Line2D([], [], label=f"others ({others.sum():,})", marker="o", color=POINTS, **style)
    )
    beside_the_title = axes.transAxes + ScaledTranslation(0, 15 / 72, axes.figure.dpi_scale_trans)
    axes.legend(
        handles=handles, loc="lower right", bbox_to_anchor=(1, 1), ncols=len(handles),
        bbox_transform=beside_the_title, labelcolor=INK, fontsize=6.5, handlelength=0.8,
        columnspacing=1.0, borderaxespad=0, borderpad=0,
    )  # fmt: skip
    axes.set_xlim(*activation_range(unit.values))
    axes.set_ylim(1 - 1.12 * SPREAD, 1 + 1.12 * SPREAD)
    axes.spines["left"].set_visible(False)
    axes.set_yticks([])


def _shown(unit: GroupUnit) -> dict[str, list[int]]:
    """Return labels by name in the legend: each class, or all as one where there are too many to tell apart."""
    if len(unit.classes) > MAX_CLASSES:
        return {unit.group: list(unit.classes)}
    return {name: [label] for label, name in unit.classes.items()}


def _note(unit: GroupUnit, k: int) -> str:
    scores = unit.scores
    note = f"precision@{k} {scores[f'precision_{k}']:.2f}, CCMAS {scores['ccmas']:.2f}, mean "
    inside, outside = (short_number(scores[f"mean_{side}"]) for side in ("in", "out"))
    note += f"{inside} inside and {outside} outside the group, above zero "
    return (
        note + f"{scores['proportion_positive_in']:.0%} and {scores['proportion_positive_out']:.0%}"
    )


def _letter(place: int) -> str:
    return "abcdefghijklmnopqrstuvwxyz"[place] if place < 26 else ""
