"""Box plots of measures by layer: gale2020 figure 2 and gale2019 figure 2.

Drawn as in the papers: red median, box from the 25th to the 75th percentile, whiskers to the last
value within 1.5 box heights, red crosses beyond, green mean with its standard error.
"""

from collections.abc import Sequence
from string import ascii_lowercase
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from selectivity.figures.boxes import Panel, boxes_of
from selectivity.figures.style import (
    FAINT,
    INK,
    PAGE,
    PALETTE,
    SOFT,
    layer_colors,
    new_figure,
    panel_title,
    tint,
)

MEDIAN = PALETTE["red"]
MEAN = PALETTE["green"]
CHANCE = SOFT
MAX_VECTOR_OUTLIERS = 300  # more crosses than these become an image inside the PDF and SVG


def plot_measures_by_layer(
    units: pd.DataFrame,
    layers: Sequence[str],
    panels: Sequence[Panel],
    chance: pd.DataFrame | None = None,
) -> Figure:
    """Draw one panel a measure with one box a layer.

    `units` has one row a unit with a column `layer`; `chance` has the columns layer, measure, q05,
    q50, q95 and optionally untrained_median and ideal, in fractions.
    """
    columns = _columns_for(len(layers), len(panels))
    n_rows = -(-len(panels) // columns)
    figure = new_figure(PAGE, 0.55 + _row_height(layers, n_rows) * n_rows)
    figure.set_layout_engine("constrained", wspace=0.06, hspace=0.07)
    grid = figure.subplots(n_rows, columns, sharex=True, squeeze=False)
    for place, panel in enumerate(panels):
        axes = grid.flat[place]
        boxes = {layer: box for _, layer, box in boxes_of(units, layers, [panel])}
        _draw_panel(axes, panel, boxes, chance)
        panel_title(axes, ascii_lowercase[place], panel.title, panel.note)
        axes.tick_params(labelbottom=place + columns >= len(panels))
    for spare in grid.flat[len(panels) :]:
        spare.set_visible(False)
    key = _key(chance)
    columns = len(key) if len(key) <= 5 else 4
    figure.legend(handles=key, loc="outside lower left", ncols=columns, labelcolor=SOFT)
    return figure


def _columns_for(n_layers: int, n_panels: int) -> int:
    widest = 3 if n_layers <= 16 else 2 if n_layers <= 30 else 1
    return min(widest, n_panels)


def _row_height(layers: Sequence[str], n_rows: int) -> float:
    longest = max(map(len, layers), default=0)
    rotated = 0.06 * longest if len(layers) > 4 or longest > 6 else 0.0
    return 1.75 + rotated / n_rows


def _draw_panel(
    axes: Axes, panel: Panel, boxes: dict[str, dict[str, Any]], chance: pd.DataFrame | None
) -> None:
    layers = list(boxes)
    limits = _limits(panel, list(boxes.values()))
    axes.set_ylim(*limits)
    axes.set_xlim(-0.6, len(layers) - 0.4)
    axes.grid(axis="y")
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    counts = panel.column.startswith("n_") or panel.column.endswith("_code")
    steps = [1, 2, 5, 10] if counts else [1, 2, 2.5, 5, 10]
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=steps, integer=counts))
    colors = layer_colors(layers)
    for place, (layer, box) in enumerate(boxes.items()):
        if chance is not None:
            _draw_chance(axes, place, panel, chance[chance["layer"] == layer])
        _draw_box(axes, place, box, colors[layer], limits)
    _name_layers(axes, layers)


def _name_layers(axes: Axes, layers: Sequence[str]) -> None:
    many = len(layers) > 12
    turned = {"rotation": 90} if many else {"rotation": 45, "ha": "right"}
    flat = len(layers) <= 4 and max(map(len, layers)) <= 6
    style: Any = {} if flat else {"rotation_mode": "default" if many else "anchor", **turned}
    axes.set_xticks(range(len(layers)), layers, **style)


def _limits(panel: Panel, boxes: Sequence[dict[str, Any]]) -> tuple[float, float]:
    """Return the range of the axis: the natural one, widened to what the boxes and outliers need.

    CCMAS of a layer with negative activations has a pole, so that one outlier could flatten all
    boxes; outliers further away than twice the range of the whiskers are put on the edge instead.
    """
    ends = [box[name] for box in boxes for name in ("whisker_low", "whisker_high")]
    ends = [end for end in [*ends, panel.low, panel.high] if end is not None and np.isfinite(end)]
    low, high = (min(ends), max(ends)) if ends else (0.0, 1.0)
    outliers = np.concatenate([box["outliers"] for box in boxes]) if boxes else np.empty(0)
    if panel.high is None:
        high = max(high, outliers.max(initial=high))
    else:
        reach = 2 * (high - low)
        near = outliers[(outliers >= low - reach) & (outliers <= high + reach)]
        low, high = near.min(initial=low), near.max(initial=high)
    if high <= low:
        high = low + 1.0
    margin = 0.04 * (high - low)
    return float(low - margin), float(high + margin)


def _draw_box(
    axes: Axes, place: int, box: dict[str, Any], color: str, limits: tuple[float, float]
) -> None:
    if box["n_units"] == 0:
        middle = sum(limits) / 2
        axes.text(place, middle, "undefined", color=SOFT, rotation=90, ha="center", va="center")
        return
    line = {"color": color, "linewidth": 0.9}
    names = {"med": "median", "q1": "q25", "q3": "q75"}
    names |= {"whislo": "whisker_low", "whishi": "whisker_high"}
    axes.bxp(
        [{key: box[name] for key, name in names.items()}],
        positions=[place],
        widths=0.56,
        showfliers=False,
        patch_artist=True,
        manage_ticks=False,
        boxprops={"facecolor": tint(color, 0.3), "edgecolor": color, "linewidth": 0.9},
        medianprops={"color": MEDIAN, "linewidth": 1.6, "solid_capstyle": "butt"},
        whiskerprops=line,
        capprops=line,
    )
    _draw_outliers(axes, place, box["outliers"], limits)
    _draw_mean(axes, place, box["mean"], box["standard_error"], limits)


def _draw_mean(
    axes: Axes, place: int, mean: float, error: float, limits: tuple[float, float]
) -> None:
    """Draw the mean with its standard error, at the edge as a triangle where it is beyond."""
    low, high = limits
    inside = low <= mean <= high
    axes.errorbar(
        [place],
        [np.clip(mean, low, high)],
        yerr=[error] if inside and np.isfinite(error) else None,
        fmt="o" if inside else "^" if mean > high else "v",
        markersize=3.4,
        markeredgecolor="white",
        markeredgewidth=0.5,
        color=MEAN,
        elinewidth=1.1,
        capsize=2.2,
        capthick=1.1,
        zorder=5,
        clip_on=inside,
    )


def _draw_outliers(
    axes: Axes, place: int, outliers: np.ndarray, limits: tuple[float, float]
) -> None:
    low, high = limits
    inside = outliers[(outliers >= low) & (outliers <= high)]
    many = len(inside) > MAX_VECTOR_OUTLIERS
    style: dict[str, Any] = {"linestyle": "none", "color": MEDIAN, "zorder": 3}
    axes.plot(
        np.full(len(inside), place),
        inside,
        marker="+",
        markersize=3.2,
        markeredgewidth=0.6,
        alpha=0.75,
        rasterized=many,
        **style,
    )
    for edge, marker, beyond in ((low, "v", outliers < low), (high, "^", outliers > high)):
        if beyond.any():
            axes.plot([place], [edge], marker=marker, markersize=3.5, clip_on=False, **style)
            offset = (3, 3) if marker == "v" else (3, -6)
            text = f"+{int(beyond.sum())}"
            axes.annotate(
                text,
                (place, edge),
                xytext=offset,
                textcoords="offset points",
                fontsize=6,
                color=MEDIAN,
            )


def _draw_chance(axes: Axes, place: int, panel: Panel, chance: pd.DataFrame) -> None:
    rows = chance[chance["measure"] == panel.column]
    for row in rows.to_dict("records"):
        ends = np.array([place - 0.42, place + 0.42])
        low, middle, high = (row[name] * panel.scale for name in ("q05", "q50", "q95"))
        axes.fill_between(ends, low, high, color=FAINT, linewidth=0, alpha=0.9, zorder=0.6)
        axes.plot(ends, [middle, middle], color=CHANCE, linewidth=0.8, zorder=0.7)
        if np.isfinite(row.get("untrained_median", np.nan)):
            value = row["untrained_median"] * panel.scale
            axes.plot([place], [value], "x", color=INK, markersize=3.5, zorder=6)
        if np.isfinite(row.get("ideal", np.nan)):
            value = row["ideal"] * panel.scale
            axes.plot(ends, [value, value], ":", color=INK, linewidth=1.0, zorder=0.7)


def _key(chance: pd.DataFrame | None) -> list[Artist]:
    handles: list[Artist] = [
        Line2D([], [], color=MEDIAN, linewidth=1.6, label="median"),
        Patch(facecolor=tint(SOFT, 0.3), edgecolor=SOFT, label="25 to 75 %"),
        Line2D([], [], color=SOFT, linewidth=0.9, label="within 1.5 box heights"),
        Line2D([], [], color=MEDIAN, linestyle="none", marker="+", label="outlier"),
        Line2D([], [], color=MEAN, marker="o", markersize=3.4, label="mean ± SE"),
    ]
    if chance is None:
        return handles
    handles.append(Patch(facecolor=FAINT, label="chance, 5 to 95 %"))
    marks: dict[str, Any] = {
        "untrained_median": {"label": "untrained", "marker": "x", "linestyle": "none"},
        "ideal": {"label": "ideal detector", "linestyle": ":"},
    }
    for column, look in marks.items():
        if column in chance and chance[column].notna().any():
            handles.append(Line2D([], [], color=INK, markersize=3.5, **look))
    return handles
