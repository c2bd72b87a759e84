"""What a box plot of a measure by layer shows: its panels and its numbers."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Panel:
    """One measure of a figure: its column, what stands above it, and its natural range."""

    column: str
    title: str
    note: str
    low: float | None = 0.0
    high: float | None = 1.0
    scale: float = 1.0  # 100 where the paper prints percent


def ranks_in(columns: Sequence[str]) -> tuple[int, int]:
    """Return the papers' small and large number of top images, 60 and 100, or the study's own."""
    found = (re.fullmatch(r"precision_(\d+)", str(name)) for name in columns)
    ranks = sorted(int(match[1]) for match in found if match)
    return (60 if 60 in ranks else ranks[0]), (100 if 100 in ranks else ranks[-1])


def nine_panels(columns: Sequence[str]) -> tuple[Panel, ...]:
    """Return the panels a to i of gale2020 figure 2."""
    small, large = ranks_in(columns)
    at = "at maximum informedness"
    return (
        Panel(f"precision_{small}", "Precision", f"of the {small} most active images"),
        Panel(f"n_classes_{large}", "Number of classes", f"in the {large} most active", 0, None),
        Panel("ccmas", "CCMAS", "best class against all others"),
        Panel("top_class_selectivity", "Recall", "at precision 1", 0, None),
        Panel("recall_at_95_precision", "Recall", "at precision .95", 0, None),
        Panel("max_informedness", "Maximum informedness", "recall + specificity \u2212 1"),
        Panel("informedness_specificity", "Specificity", at),
        Panel("informedness_recall", "Recall", at),
        Panel("informedness_false_discovery_rate", "False-alarm proportion", at),
    )


def three_panels(columns: Sequence[str]) -> tuple[Panel, ...]:
    """Return the panels a to c of gale2019 figure 2."""
    _, large = ranks_in(columns)
    return (
        Panel(
            "top_class_selectivity",
            "Top-class selectivity",
            "recall at precision 1, %",
            0,
            None,
            100,
        ),
        Panel(
            f"precision_{large}", "Precision", f"of the {large} most active images, %", 0, 100, 100
        ),
        Panel("ccmas", "CCMAS", "best class against all others", 0, 1),
    )


def gap_panels() -> tuple[Panel, ...]:
    """Return the panels of the k-means/gap suite."""
    return (
        Panel("n_upper_clusters", "Number of clusters", "in the upper part of the range", 1, None),
        Panel("biggest_gap_code", "Place of the biggest gap", "clusters above it", 1, None),
        Panel("gap_selectivity", "Gap selectivity", "biggest gap / maximum", 0, 0.5),
        Panel("n_structured_images", "Structured region", "images above the gap", 0, None),
        Panel("n_structured_classes", "Structured region", "classes above the gap", 0, None),
        Panel("n_top_cluster_classes", "Top cluster", "classes in it", 0, None),
    )


def box_statistics(values: np.ndarray) -> dict[str, Any]:
    """Return what a box plot shows of `values` (NaN and infinite left out), NaN where undefined."""
    finite = np.sort(np.asarray(values, dtype=np.float64)[np.isfinite(values)])
    n = len(finite)
    numbers = {"n_units": n, "n_undefined": len(values) - n}
    names = ("mean", "standard_error", "median", "q25", "q75", "whisker_low", "whisker_high")
    if n == 0:
        return {**numbers, **dict.fromkeys(names, np.nan), "outliers": finite}
    q25, median, q75 = np.quantile(finite, (0.25, 0.5, 0.75))
    reach = 1.5 * (q75 - q25)
    inside = finite[(finite >= q25 - reach) & (finite <= q75 + reach)]
    low, high = min(inside[0], q25), max(inside[-1], q75)
    error = finite.std(ddof=1) / np.sqrt(n) if n > 1 else np.nan
    shown = (finite.mean(), error, median, q25, q75, low, high)
    outliers = finite[(finite < low) | (finite > high)]
    return {**numbers, **dict(zip(names, map(float, shown), strict=True)), "outliers": outliers}


def box_numbers(
    units: pd.DataFrame, layers: Sequence[str], panels: Sequence[Panel]
) -> pd.DataFrame:
    """Return one row a panel and layer with what its box shows, in the panel's scale."""
    rows = []
    for panel, layer, box in boxes_of(units, layers, panels):
        outliers = box.pop("outliers")
        row = {"measure": panel.column, "scale": panel.scale, "layer": layer, **box}
        rows.append({**row, "n_outliers": len(outliers)})
    return pd.DataFrame(rows)


def boxes_of(
    units: pd.DataFrame, layers: Sequence[str], panels: Sequence[Panel]
) -> Iterator[tuple[Panel, str, dict[str, Any]]]:
    """Yield panel, layer and `box_statistics` in the panel's scale, panel by panel."""
    groups = {str(layer): group for layer, group in units.groupby("layer", observed=True)}
    for panel in panels:
        for layer in layers:
            values = groups[layer][panel.column].to_numpy(dtype=np.float64) * panel.scale
            yield panel, layer, box_statistics(values)
