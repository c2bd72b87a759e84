"""Ranked activation curves of a few units of each layer, with the area under each (rafegas2017 figure 1)."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.figure import Figure

from selectivity.figures.neuron_features_data import spread_out
from selectivity.figures.style import FAINT, PAGE, SOFT, new_figure

N_CURVES = 8


def curve_numbers(
    curves: Mapping[str, np.ndarray], auc: Mapping[str, pd.Series], n_curves: int = N_CURVES
) -> pd.DataFrame:
    """Return the curves drawn: the extremes of each layer and units evenly spaced in area between them."""
    parts = []
    for layer, units in auc.items():
        for unit in spread_out(units, n_curves):
            values = curves[layer][unit]
            known = np.isfinite(values)
            part = {"layer": layer, "unit": unit, "auc_percent": 100 * units.loc[unit]}
            ranks = {"rank": np.flatnonzero(known) + 1, "normalized_activation": values[known]}
            parts.append(pd.DataFrame({**ranks, **part}))
    columns = ["layer", "unit", "auc_percent", "rank", "normalized_activation"]
    return pd.concat(parts, ignore_index=True)[columns]


def plot_curves(numbers: pd.DataFrame, n_ranks: int) -> Figure:
    """Draw one panel a layer; the legend gives the area in percent of the largest of all layers."""
    layers = list(dict.fromkeys(numbers["layer"]))
    n_columns = min(3, len(layers))
    n_rows = -(-len(layers) // n_columns)
    figure = new_figure(PAGE, 0.4 + 2.0 * n_rows)
    grid = figure.subplots(n_rows, n_columns, sharex=True, sharey=True, squeeze=False)
    lowest = min(0.0, float(numbers["normalized_activation"].min()))
    for axes, layer in zip(grid.flat, layers, strict=False):
        mine = numbers[numbers["layer"] == layer]
        units = list(dict.fromkeys(mine["unit"]))
        shades = colormaps["viridis"](np.linspace(0, 0.88, max(len(units), 2)))
        for unit, shade in zip(units, shades, strict=False):
            curve = mine[mine["unit"] == unit]
            label = f"{curve['auc_percent'].iloc[0]:.2f}"
            axes.plot(
                curve["rank"], curve["normalized_activation"], color=shade, lw=1.1, label=label
            )
        axes.set(xlim=(1, n_ranks), ylim=(lowest, 1.02))
        axes.set_title(layer, parse_math=False)
        axes.grid(axis="y", color=FAINT)
        legend = axes.legend(
            title="AUC, %", fontsize=5.8, title_fontsize=6, loc="lower left", ncols=4, alignment="left",
            labelspacing=0.2, columnspacing=0.9, handlelength=0.9, handletextpad=0.4, borderaxespad=0.2,
        )  # fmt: skip
        legend.get_frame().set(facecolor="white", alpha=0.7, linewidth=0)
        legend.set_frame_on(True)
    for axes in grid.flat[len(layers) :]:
        axes.set_visible(False)
    for axes in grid.flat[max(0, len(layers) - n_columns) : len(layers)]:
        axes.tick_params(labelbottom=True)  # the lowest panel of each column
    figure.supxlabel("image, by rank of activation", fontsize=7.5, color=SOFT)
    figure.supylabel("activation / largest activation of the unit", fontsize=7.5, color=SOFT)
    return figure
