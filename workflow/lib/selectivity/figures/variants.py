"""How far variants move measures: exact definitions, other readings of the papers, and released code."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from selectivity.figures.style import INK, PAGE, PALETTE, SOFT, message_figure, new_figure
from selectivity.measures.columns import GAP_COLUMNS
from selectivity.measures.variant_names import VARIANTS

COLORS = {"paper": PALETTE["blue"], "code": PALETTE["red"]}
QUANTILES = {"min": 0, "q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95, "max": 1}
ROW_HEIGHT = 0.17  # inches, as below: a line, and title and axis of a panel
FRAME_HEIGHT = 0.32
# In the table of numbers only: thresholds and counts, what follows from another rate, most of the k-means/gap suite.
NOT_DRAWN = {
    "informedness_threshold",
    "informedness_selected",
    "informedness_precision",
    "informedness_false_positive_rate",
    *(set(GAP_COLUMNS) - {"n_upper_clusters", "gap_selectivity"}),
}
_CHANGED = 1e-12


def variant_shifts(units: pd.DataFrame, variants: Sequence[str]) -> pd.DataFrame:
    """Return one row a measure and variant: quantiles of variant - exact over units, and the share that changes.

    Columns that name classes are compared by the share of units whose class changes.
    """
    rows = []
    for column in units.columns:
        measure, _, variant = column.partition("__")
        if variant not in variants:
            continue
        exact, other = units[measure].astype(float), units[column].astype(float)
        both = exact.notna() & other.notna()
        shift = (other - exact)[both & np.isfinite(exact) & np.isfinite(other)]
        row: dict[str, Any] = {"measure": measure, "variant": variant}
        row |= {"origin": VARIANTS[variant].origin, "n_units": len(shift)}
        row["share_changed"] = float((shift.abs() > _CHANGED).mean()) if len(shift) else np.nan
        names_class = measure.endswith("_class")
        for name, share in QUANTILES.items():
            known = len(shift) and not names_class
            row[name] = float(shift.quantile(share)) if known else np.nan
        rows.append(row)
    return pd.DataFrame(rows)


def plot_variants(shifts: pd.DataFrame, network: str) -> Figure:
    """Draw one panel a measure with one line a variant; the exact value is the vertical line at 0."""
    drawn = shifts[shifts["q50"].notna() & ~shifts["measure"].isin(NOT_DRAWN)]
    if drawn.empty:
        return message_figure("The study asks for no variant of a measure, or no unit has one.")
    groups = list(drawn.groupby("measure", sort=False))
    n_columns = 2 if len(groups) > 3 else 1
    heights = [ROW_HEIGHT * (len(rows) + 1) + FRAME_HEIGHT for _, rows in groups]
    columns = _balanced(heights, n_columns)
    tallest = max(sum(heights[i] for i in column) for column in columns)
    figure = new_figure(PAGE, 0.4 + tallest)
    figure.set_layout_engine("constrained", wspace=0.08, hspace=0.05)
    for place, column in enumerate(columns):
        ratios = [len(groups[i][1]) + 1 for i in column]
        part = figure.add_gridspec(1, n_columns)[place].subgridspec(
            len(column), 1, height_ratios=ratios
        )
        for row, i in enumerate(column):
            _draw_measure(figure.add_subplot(part[row]), *groups[i])
    handles = [
        Line2D([], [], color=COLORS["paper"], marker="o", label="another reading of a paper"),
        Line2D([], [], color=COLORS["code"], marker="o", label="released code"),
        Line2D([], [], color=SOFT, linewidth=0.8, label=f"exact ({network}, all units)"),
    ]
    figure.legend(handles=handles, loc="outside lower left", ncols=3, labelcolor=SOFT)
    return figure


def _balanced(heights: Sequence[float], n_columns: int) -> list[list[int]]:
    """Split the panels, in order, into columns of about equal height."""
    columns: list[list[int]] = [[]]
    filled, share = 0.0, sum(heights) / n_columns
    for i, height in enumerate(heights):
        if columns[-1] and filled + height / 2 > share * len(columns) and len(columns) < n_columns:
            columns.append([])
        columns[-1].append(i)
        filled += height
    return columns


def _draw_measure(axes: Axes, measure: Any, rows: pd.DataFrame) -> None:
    """Draw the shifts of one measure, one variant below the other."""
    axes.axvline(0, color=SOFT, linewidth=0.8, zorder=0)
    low, high = _limits(rows)
    axes.set_xlim(low, high)
    for place, row in enumerate(rows.to_dict("records")):
        color = COLORS[row["origin"]]
        axes.plot([row["q05"], row["q95"]], [place, place], color=color, linewidth=0.8)
        axes.plot([row["q25"], row["q75"]], [place, place], color=color, linewidth=2.4)
        axes.plot([row["q50"]], [place], "o", color=color, markersize=3.5)
        for end, beyond in ((row["min"], 4), (row["max"], 5)):  # carets at the edge of the panel
            marker = "|" if low <= end <= high else beyond
            x = min(max(end, low), high)
            axes.plot([x], [place], marker=marker, color=color, markersize=3.5, clip_on=False)
        note: Any = {"xycoords": ("axes fraction", "data"), "va": "center", "color": SOFT}
        text = f"{row['share_changed']:.0%}"
        axes.annotate(text, (1.04, place), fontsize=6.5, annotation_clip=False, **note)
    axes.set_yticks(range(len(rows)), list(rows["variant"]))
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.xaxis.set_major_locator(MaxNLocator(4, min_n_ticks=2))
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_title(str(measure), color=INK, fontsize=7.5)


def _limits(rows: pd.DataFrame) -> tuple[float, float]:
    """Return the range of a panel: what 90 % of the units need, so that few extremes do not flatten it."""
    low, high = min(rows["q05"].min(), 0.0), max(rows["q95"].max(), 0.0)
    if low == high:
        low, high = min(rows["min"].min(), -0.01), max(rows["max"].max(), 0.01)
    margin = 0.1 * (high - low)
    return low - margin, high + margin
