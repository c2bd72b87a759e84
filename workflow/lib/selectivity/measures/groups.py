"""Classes pooled into one group (school bus, trolleybus and minibus are buses): gale2020 tables A3 to A5."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from selectivity.measures.blocks import UnitStore
from selectivity.measures.columns import empty_records
from selectivity.measures.engine import borrowed_scratch, checked_block
from selectivity.measures.ranked_units import RankedUnit
from selectivity.measures.rows import contrast, fill_informedness
from selectivity.measures.settings import MeasureSettings
from selectivity.measures.units import is_constant, rank_unit
from selectivity.sharding import BLOCK_UNITS

INSIDE = 0  # the group's label when images are sorted into group and rest


def group_rows(
    store: UnitStore, groups: Mapping[str, Sequence[int]], settings: MeasureSettings
) -> list[dict[str, Any]]:
    """Return one row a unit and group of class labels, units in order."""
    rows = []
    orders = {name: split_images(store.class_sizes, labels) for name, labels in groups.items()}
    for start in range(0, store.n_units, BLOCK_UNITS):
        block = store.read_units(start, min(start + BLOCK_UNITS, store.n_units))
        for u, values in enumerate(block):
            for name, (order, sizes) in orders.items():
                scores = measure_group(values[order], sizes, settings)
                rows.append(
                    {"unit": start + u, "unit_printed": start + u + 1, "group": name} | scores
                )
    return rows


def split_images(class_sizes: np.ndarray, labels: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Return the order that puts the group's images first, and the sizes of group and rest."""
    image_labels = np.repeat(np.arange(len(class_sizes)), class_sizes)
    inside = np.isin(image_labels, list(labels))
    order = np.concatenate([np.flatnonzero(inside), np.flatnonzero(~inside)])
    return order, np.array([inside.sum(), (~inside).sum()], np.int64)


def measure_group(
    values: np.ndarray, sizes: np.ndarray, settings: MeasureSettings
) -> dict[str, float]:
    """Measure how selective a unit is for a group: `values` holds the group's images first."""
    row: dict[str, float] = {"n_images_in": int(sizes[0]), "n_images_out": int(sizes[1])}
    parts = {"in": values[: sizes[0]], "out": values[sizes[0] :]}
    for side, part in parts.items():
        row |= {f"{name}_{side}": value for name, value in moments(part).items()}
    row["ccmas"] = contrast(row["mean_in"], row["mean_out"]) if sizes.all() else np.nan
    return row | ranked_scores(values, sizes, settings)


def moments(values: np.ndarray) -> dict[str, float]:
    """Return the share above zero, mean and standard error (n - 1) of some images."""
    n = len(values)
    wide = values.astype(np.float64)
    return {
        "proportion_positive": float((values > 0).mean()) if n else np.nan,
        "mean": float(wide.mean()) if n else np.nan,
        "standard_error": float(wide.std(ddof=1)) / n**0.5 if n > 1 else np.nan,
    }


def ranked_scores(
    values: np.ndarray, sizes: np.ndarray, settings: MeasureSettings
) -> dict[str, float]:
    """Return precision, informedness set and ranking scores of the group."""
    block, classes = checked_block(values[None], sizes, settings)
    rates = ("recall", "specificity", "precision", "false_positive_rate", "false_discovery_rate")
    found = ("threshold", "selected", *rates)
    names = ["max_informedness", *(f"informedness_{name}" for name in found)]
    row: Any = empty_records(1)
    scores: dict[str, float] = {}
    with borrowed_scratch(len(values), 2) as scratch:
        n, base = rank_unit(block[0], block[0].view(np.uint32), classes, scratch)
        defined = bool(sizes.all()) and not is_constant(n, scratch.ranked, len(values))
        unit = RankedUnit.rank(block[0], classes, scratch) if defined else None
        for k in settings.top_k:
            scores[f"precision_{k}"] = _precision(unit, k, 0)
            scores[f"precision_{k}__ranks2to101"] = _precision(unit, k, 1)
        if unit is not None:
            row[0]["n_images"] = len(values)
            fill_informedness(INSIDE, scratch.ranked, base, classes, scratch, row[0])
        scores |= {name: float(row[0][name]) for name in names}
        for name in ("recall_95", "max_f1", "average_precision", "auc"):
            column = "recall_at_95_precision" if name == "recall_95" else name
            value = getattr(scratch.scores, name)[INSIDE] if unit is not None else np.nan
            scores[column] = float(value)
    return scores


def _precision(unit: RankedUnit | None, k: int, skipped: int) -> float:
    """Return the group's expected share of k ranks behind the first `skipped`."""
    if unit is None:
        return np.nan
    last = min(k + skipped, unit.n_images)
    count = unit.expected_counts(last)[INSIDE]
    if skipped:
        count -= unit.expected_counts(skipped)[INSIDE]
    return float(count) / (last - skipped)
