"""Stacked bars by layer: responses to neuron features, color and class selectivity (rafegas2017 figures 4, 8, 9)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from selectivity.figures.style import INK, PAGE, PALETTE, SOFT, new_figure


@dataclass(frozen=True)
class Stack:
    """How a column is cut into bins and named."""

    column: str
    title: str
    edges: tuple[float, ...]  # of the bins; the last bin takes what lies above
    below: bool  # whether values below the first edge have a bin of their own
    percent: bool
    colormap: str = "viridis"

    def labels(self) -> list[str]:
        """Return the names of the bins, from the lowest."""
        unit, scale = (" %", 100) if self.percent else ("", 1)
        names = [
            f"{scale * low:g} to {scale * high:g}{unit}"
            for low, high in zip(self.edges[:-1], self.edges[1:], strict=True)
        ]
        return ["< 0"] * self.below + names

    def counts(self, values: np.ndarray) -> np.ndarray:
        """Return how many values fall into each bin; undefined ones fall into none."""
        known = values[np.isfinite(values)]
        # a value that rounding pushed under an edge belongs above it
        places = np.searchsorted(self.edges, known + 1e-12, side="right") - 1
        places = np.clip(places, -1 if self.below else 0, len(self.edges) - 2)
        return np.bincount(places + int(self.below), minlength=len(self.edges) - 1 + self.below)


TENTHS = tuple(float(edge) for edge in np.linspace(0, 1, 11).round(1))
RESPONSE = Stack("nf_response", "response to the own neuron feature", TENTHS, True, True)
COLOR = Stack("color_selectivity", "color selectivity index", TENTHS, False, False, "plasma")
CLASS = Stack("class_selectivity_index", "class selectivity index", TENTHS, False, False)


def bar_numbers(table: pd.DataFrame, layers: Sequence[str], stack: Stack) -> pd.DataFrame:
    """Return share and count of each bin in each layer, and the units where the value is undefined."""
    records = []
    for layer in layers:
        values = table.loc[table["layer"] == layer, stack.column].to_numpy(float)
        counts = stack.counts(values)
        total = counts.sum()
        for label, count in zip(stack.labels(), counts.tolist(), strict=True):
            share = count / total if total else np.nan
            records.append((layer, stack.column, label, count, share, len(values) - int(total)))
    columns = ["layer", "index", "bin", "n_units", "share", "n_undefined"]
    return pd.DataFrame(records, columns=columns)


def reach_note(units: pd.DataFrame, stack: Stack) -> str:
    """Return what to know about the values an index can have: the class index has a floor where classes are few."""
    if stack is not CLASS:
        return ""
    least = float(units["class_selectivity_index_least"].max())
    return (
        f"with the few classes of these images no index is below {least:.2f}" if least > 0 else ""
    )


def plot_bars(numbers: pd.DataFrame, stack: Stack, note: str = "") -> Figure:
    """Draw one bar a layer, the lowest bin at the bottom; undefined units are counted above the bar."""
    layers = list(dict.fromkeys(numbers["layer"]))
    labels = stack.labels()
    shades = list(colormaps[stack.colormap](np.linspace(0.04, 0.96, len(labels) - stack.below)))
    if stack.below:
        shades.insert(0, np.array([0.83, 0.84, 0.86, 1.0]))
    figure = new_figure(min(PAGE, 1.9 + 0.62 * len(layers)), 3.0)
    axes = figure.subplots()
    bottom = np.zeros(len(layers))
    for label, shade in zip(labels, shades, strict=True):
        shares = numbers[numbers["bin"] == label].set_index("layer")["share"].reindex(layers)
        heights = 100 * shares.fillna(0).to_numpy()
        axes.bar(
            layers,
            heights,
            0.72,
            bottom,
            color=shade,
            edgecolor="white",
            linewidth=0.4,
            label=label,
        )
        _name_parts(axes, heights, bottom, shade)
        bottom += heights
    _count_units(axes, numbers, layers)
    axes.set(ylim=(0, 100), ylabel="units, %", xlim=(-0.6, len(layers) - 0.4))
    axes.tick_params(axis="x", length=0)
    if note:
        axes.set_xlabel(note, loc="left", fontsize=6.5, color=SOFT)
    handles, names = axes.get_legend_handles_labels()
    axes.legend(
        handles[::-1], names[::-1], title=stack.title.replace(" index", "\nindex").replace("own ", "own\n"),
        loc="center left", bbox_to_anchor=(1.0, 0.5), title_fontsize=7, alignment="left", labelspacing=0.25,
    )  # fmt: skip
    return figure


def _name_parts(axes: Axes, heights: np.ndarray, bottom: np.ndarray, shade: np.ndarray) -> None:
    """Write the share into every part that has room for it."""
    luminance = float(shade[:3] @ [0.299, 0.587, 0.114])
    color = INK if luminance > 0.55 else "white"
    for place, (height, base) in enumerate(zip(heights, bottom, strict=True)):
        if height >= 5:
            axes.text(
                place,
                base + height / 2,
                f"{height:.0f}",
                ha="center",
                va="center",
                fontsize=6,
                color=color,
            )


def _count_units(axes: Axes, numbers: pd.DataFrame, layers: Sequence[str]) -> None:
    """Write above each bar how many units it stands for, and how many have no value."""
    for place, layer in enumerate(layers):
        mine = numbers[numbers["layer"] == layer]
        total, lost = int(mine["n_units"].sum()), int(mine["n_undefined"].iloc[0])
        axes.text(place, 101.5, f"{total}", ha="center", va="bottom", fontsize=6.5, color=SOFT)
        if lost:
            axes.text(
                place,
                106,
                f"{lost} dead",
                ha="center",
                va="bottom",
                fontsize=6,
                color=PALETTE["red"],
            )
