"""Figures of ablation: accuracy as units are removed, and what foretells the worth of a unit."""

from collections.abc import Sequence
from string import ascii_lowercase

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from selectivity.figures.style import FAINT, PAGE, PALETTE, SOFT, new_figure, panel_title
from selectivity.substitution import rank_correlation

ORDERS = {
    "most_selective_first": ("most selective first", PALETTE["red"], "-"),
    "least_selective_first": ("least selective first", PALETTE["red"], ":"),
    "lowest_rs_first": ("lowest RS first", PALETTE["blue"], "-"),
    "highest_rs_first": ("highest RS first", PALETTE["blue"], ":"),
}
SCORES = {
    "class_selectivity": ("class selectivity", PALETTE["red"]),
    "rs": ("RS", PALETTE["blue"]),
}


def plot_ablation(
    curves: pd.DataFrame, units: pd.DataFrame, layers: Sequence[str], fill: str
) -> Figure:
    """Draw a row of three panels a layer: curves, and the drop of each unit against selectivity and against RS."""
    figure = new_figure(PAGE, 0.4 + 2.1 * len(layers))
    grid = figure.subplots(len(layers), 3, squeeze=False, width_ratios=[1.5, 1, 1])
    for place, layer in enumerate(layers):
        here = (curves["layer"] == layer) & (curves["fill"] == fill)
        _draw_curves(grid[place, 0], curves[here])
        panel_title(grid[place, 0], ascii_lowercase[place % 26], layer, f"silenced units: {fill}")
        rows = units[(units["layer"] == layer) & (units["fill"] == fill)]
        for axes, (score, (label, color)) in zip(grid[place, 1:], SCORES.items(), strict=True):
            axes.axhline(0, color=SOFT, linewidth=0.6)
            axes.scatter(rows[score], rows["drop"], s=9, color=color, alpha=0.7, linewidth=0)
            rho, _ = rank_correlation(rows[score], rows["drop"])
            panel_title(axes, "", "", "" if np.isnan(rho) else f"Spearman {rho:+.2f}")
            axes.set_xlabel(label)
            # RS lies mostly near zero, and how far up it goes depends on the layer.
            right = 1 if score == "class_selectivity" else max(0.05, rows[score].max())
            axes.set_xlim(-0.03 * right, 1.03 * right)
            axes.grid(True, color=FAINT)
        grid[place, 1].set_ylabel("accuracy lost without the unit")
    handles, labels = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels))
    return figure


def _draw_curves(axes: Axes, curves: pd.DataFrame) -> None:
    random = curves[curves["order"] == "random"]
    if len(random):
        band = random.groupby("n_removed")["accuracy"].agg(["mean", "min", "max"])
        axes.fill_between(band.index, band["min"], band["max"], color=FAINT, linewidth=0)
        axes.plot(band.index, band["mean"], color=SOFT, label="random (range)")
    for order, (label, color, style) in ORDERS.items():
        rows = curves[curves["order"] == order]
        if len(rows):
            axes.plot(rows["n_removed"], rows["accuracy"], style, color=color, label=label)
    axes.set_xlabel("units removed")
    axes.set_ylabel("accuracy")
    axes.set_ylim(0, None)
    axes.set_xlim(0, max(int(curves["n_removed"].max()), 1))
    axes.grid(True, color=FAINT)
