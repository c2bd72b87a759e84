"""Correlations between measures over units, ours beside the printed ones: gale2020 table A2."""

from itertools import combinations
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from selectivity.figures.style import DIVERGING, INK, SOFT, new_figure

# The names of published.tsv in the order of the table, and how they are written.
MEASURES = {
    "precision": "precision",
    "ccmas": "CCMAS",
    "recall_p95": "recall at\nprecision .95",
    "max_informedness": "maximum\ninformedness",
    "n_classes_top100": "classes in\nthe top 100",
}


POOLED = "hidden"
# Our columns by those names; precision and number of classes have their k added.
_COLUMNS = {
    "ccmas": "ccmas",
    "recall_at_95_precision": "recall_p95",
    "max_informedness": "max_informedness",
}


def pooled_correlations(table: pd.DataFrame, network: str) -> pd.DataFrame:
    """Return the correlations over all hidden units of a network: first, second, n, r.

    `table` has the columns network, layer (`POOLED` for all hidden layers together), first, second
    (columns of the measures), n_units and pearson. Of several k the smallest is taken for precision
    (60 in gale2020) and the largest for the number of classes (100).
    """
    rows = table[(table["network"] == network) & (table["layer"] == POOLED)]
    columns = {*rows["first"], *rows["second"]}
    names = dict(_COLUMNS)
    for prefix, name, choose in (
        ("precision_", "precision", min),
        ("n_classes_", "n_classes_top100", max),
    ):
        ranks = [int(c.removeprefix(prefix)) for c in columns if c.startswith(prefix)]
        if ranks:
            names[f"{prefix}{choose(ranks)}"] = name
    named = {side: rows[side].map(names) for side in ("first", "second")}
    return pd.DataFrame({**named, "n": rows["n_units"], "r": rows["pearson"]}).dropna(
        subset=["first", "second"]
    )


def correlation_numbers(ours: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """Return one row a pair of measures: our r (of `ours`: first, second, r, n) and the printed r."""
    rows = []
    for first, second in combinations(MEASURES, 2):
        pair = {first, second}
        here = ours[[{a, b} == pair for a, b in zip(ours["first"], ours["second"], strict=True)]]
        printed = published.loc[published["quantity"] == f"pearson_{first}__{second}", "value"]
        r = float(here["r"].iloc[0]) if len(here) else np.nan
        rows.append(
            {
                "first": first,
                "second": second,
                "n_units": int(here["n"].iloc[0]) if len(here) else 0,
                "r": r,
                "gale2020": float(printed.iloc[0]) if len(printed) else np.nan,
            }
        )
    return pd.DataFrame(rows).assign(difference=lambda table: table["r"] - table["gale2020"])


def plot_correlations(numbers: pd.DataFrame, network: str) -> Figure:
    """Draw one square of cells: below the diagonal ours, above it the paper's, mirrored."""
    names = list(MEASURES)
    figure = new_figure(4.6, 4.3)
    axes: Any = figure.subplots()
    axes.set(xlim=(-0.5, len(names) - 0.5), ylim=(len(names) - 0.5, -0.5), aspect="equal")
    axes.set_axis_off()
    for place, label in enumerate(MEASURES.values()):
        axes.text(place, place, label, ha="center", va="center", fontsize=7)
    for row in numbers.to_dict("records"):
        first, second = names.index(row["first"]), names.index(row["second"])
        _draw_cell(axes, first, second, row["r"])
        _draw_cell(axes, second, first, row["gale2020"])
    n_units = int(numbers["n_units"].max())
    below, above = (0.0, -0.02), (1.0, 1.02)
    style: Any = {"transform": axes.transAxes, "color": SOFT, "fontsize": 7, "parse_math": False}
    axes.text(*below, f"below: {network}, {n_units:,} units", va="top", **style)
    axes.text(*above, "above: gale2020, table A2", ha="right", va="bottom", **style)
    return figure


def _draw_cell(axes: Axes, column: int, row: int, r: float) -> None:
    """Draw r as a square, its color the sign and strength, with the number inside."""
    corner, size = (column - 0.47, row - 0.47), 0.94
    if not np.isfinite(r):
        axes.add_patch(Rectangle(corner, size, size, color="#f3f4f6", linewidth=0))
        axes.text(column, row, "undefined", ha="center", va="center", color=SOFT, fontsize=6.5)
        return
    color = mpl.colormaps[DIVERGING](0.5 + 0.42 * np.clip(r, -1, 1))
    axes.add_patch(Rectangle(corner, size, size, color=color, linewidth=0))
    ink = "white" if abs(r) > 0.6 else INK
    text = f"{r:.2f}".replace("-", "\u2212")
    axes.text(column, row, text, ha="center", va="center", color=ink, fontsize=9)
