"""Figures 1 to 6 of substitution2020: Representative Substitution against class selectivity, and synthetic images."""

from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_lowercase
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from selectivity.figures.style import (
    FAINT,
    INK,
    PAGE,
    PALETTE,
    SOFT,
    new_figure,
    panel_title,
)

# The paper's figure 1 shows both kinds of images: AM as open, IAM as filled marks.
OBJECTIVES = {"am": ("AM", PALETTE["orange"], "o"), "iam": ("IAM", PALETTE["blue"], "o")}


def plot_scatter(units: pd.DataFrame, summary: pd.DataFrame, layers: Sequence[str]) -> Figure:
    """Draw RS against class selectivity, one panel a layer (figures 1, 3a, 4, 5 and 6a).

    `units` has one row a unit and objective at one setting, `summary` the rank correlations of the same setting.
    """
    n_rows = -(-len(layers) // 4)
    n_columns = -(-len(layers) // n_rows)
    figure = new_figure(PAGE * n_columns / 4 + 0.6, 0.35 + 2.0 * n_rows)
    grid = figure.subplots(n_rows, n_columns, sharex=True, squeeze=False)
    for axes in grid.flat[len(layers) :]:
        axes.set_visible(False)
    for place, layer in enumerate(layers):
        axes = grid.flat[place]
        here = units[units["layer"] == layer]
        _scatter(axes, here)
        rho = summary[summary["layer"] == layer].set_index("objective")["rho"]
        panel_title(axes, ascii_lowercase[place % 26], layer, _correlations(rho))
        axes.set_xlim(-0.03, 1.03)
        # Every layer on its own scale, since RS falls with depth, but noise is not drawn large.
        top = max(0.1, float(here["rs"].max())) * 1.3  # with room for the note
        axes.set_ylim(-0.03 * top, top)
        _share_of_zero(axes, here)
        axes.grid(True, color=FAINT)
    for axes in grid[:, 0]:
        axes.set_ylabel("Representative Substitution")
    for column in range(n_columns):
        last = max(row for row in range(n_rows) if row * n_columns + column < len(layers))
        grid[last, column].set_xlabel("class selectivity")
        grid[last, column].tick_params(labelbottom=True)
    marks: dict[str, Artist] = {}
    for axes in grid.flat[: len(layers)]:
        marks |= dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    figure.legend(marks.values(), marks.keys(), loc="outside upper right", ncols=len(marks))
    return figure


def _scatter(axes: Axes, units: pd.DataFrame) -> None:
    for objective, (label, color, marker) in OBJECTIVES.items():
        rows = units[units["objective"] == objective]
        face = color if objective == "iam" else "none"
        is_good = ~rows["am_failed"].to_numpy(bool)
        axes.scatter(
            rows["class_selectivity"][is_good],
            rows["rs"][is_good],
            s=10,
            marker=marker,
            facecolor=face,
            edgecolor=color,
            linewidth=0.6,
            alpha=0.7,
            label=f"{label} images",
            rasterized=len(rows) > 1000,
        )
        if (~is_good).any():
            axes.scatter(
                rows["class_selectivity"][~is_good],
                rows["rs"][~is_good],
                s=10,
                marker="x",
                color=color,
                linewidth=0.7,
                label=f"{label}, not excited",
            )


def _share_of_zero(axes: Axes, units: pd.DataFrame) -> None:
    """Write how many points lie on top of each other at zero."""
    last = units[units["objective"] == ("iam" if (units["objective"] == "iam").any() else "am")]
    share = (last["rs"] == 0).mean()
    place: Any = {"xycoords": "axes fraction", "ha": "right", "va": "top"}
    note = f"{len(last)} units\n{100 * share:.3g} % at RS 0"
    axes.annotate(note, (0.98, 0.97), fontsize=6.5, color=SOFT, **place)


def _correlations(rho: pd.Series) -> str:
    parts = [
        f"{OBJECTIVES[name][0]} {'n/a' if np.isnan(rho[name]) else f'{rho[name]:+.2f}'}"
        for name in OBJECTIVES
        if name in rho.index
    ]
    return "Spearman " + ", ".join(parts) if parts else ""


def plot_by_depth(summary: pd.DataFrame, layers: Sequence[str]) -> Figure:
    """Draw rank correlation, RS and class selectivity by layer (figures 3b and 6b); `summary` of one setting."""
    figure = new_figure(PAGE, 2.5)
    panels = figure.subplots(1, 3)
    columns = (
        ("rho", "Spearman's rho", "selectivity and RS"),
        ("mean_rs", "mean RS", "Representative Substitution"),
        ("mean_selectivity", "mean class selectivity", "class selectivity"),
    )
    for letter, axes, (column, label, title) in zip("abc", panels, columns, strict=True):
        if column == "mean_selectivity":  # that of photographs, whatever was maximized
            once = summary.drop_duplicates("layer").set_index("layer")
            axes.plot(once.reindex(list(layers))[column].to_numpy(), color=INK, marker="o")
        else:
            _plot_objectives(axes, summary, layers, column)
        panel_title(axes, letter, title, "")
        axes.set_ylabel(label)
        axes.set_xticks(range(len(layers)), layers, rotation=90 if len(layers) > 6 else 0)
        axes.margins(x=0.08, y=0.12)
    return figure


def _plot_objectives(axes: Axes, summary: pd.DataFrame, layers: Sequence[str], column: str) -> None:
    places = np.arange(len(layers))
    for objective, (name, color, marker) in OBJECTIVES.items():
        rows = summary[summary["objective"] == objective].set_index("layer")
        if rows.empty:
            continue
        rows = rows.reindex(list(layers))
        axes.plot(
            places,
            rows[column],
            color=color,
            marker=marker,
            markerfacecolor=color if objective == "iam" else "white",
            label=f"{name} images",
        )
        if column == "rho":
            _mark_insignificant(axes, places, rows)
    if column == "rho":
        axes.axhline(0, color=SOFT, linewidth=0.6)
        axes.legend()


def _mark_insignificant(axes: Axes, places: np.ndarray, rows: pd.DataFrame) -> None:
    """Ring the correlations that chance explains (p of .05 or more)."""
    chance = (rows["p"] >= 0.05).to_numpy()
    axes.scatter(
        places[chance],
        rows["rho"][chance],
        s=45,
        facecolor="none",
        edgecolor=SOFT,
        linewidth=0.6,
        zorder=3,
    )


@dataclass(frozen=True)
class Picture:
    """A synthetic image and what to write below it."""

    pixels: np.ndarray  # (rows, columns, 3) in [0, 1]
    title: str
    note: str = ""


def plot_pictures(rows: Sequence[Sequence[Picture]], names: Sequence[str]) -> Figure:
    """Draw rows of synthetic images, each row with a name at its left (figure 2, and sheets of images)."""
    n_columns = max(len(row) for row in rows)
    cell = min(1.3, PAGE / n_columns)
    figure = new_figure(cell * n_columns + 0.5, (cell + 0.36) * len(rows) + 0.1)
    figure.set_layout_engine("constrained", wspace=0.02, hspace=0.03, w_pad=0.02, h_pad=0.04)
    grid = figure.subplots(len(rows), n_columns, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for line, row, name in zip(grid, rows, names, strict=True):
        for axes, picture in zip(line, row, strict=False):
            axes.set_axis_on()
            axes.imshow(picture.pixels, interpolation="nearest")
            axes.set_xticks([])
            axes.set_yticks([])
            for spine in axes.spines.values():
                spine.set_visible(False)
            axes.set_title(picture.title, fontsize=6.5, loc="center", pad=2)
            axes.set_xlabel(picture.note, fontsize=6, color=SOFT, labelpad=2)
        line[0].set_ylabel(name, fontsize=7.5, color=INK)
    return figure
