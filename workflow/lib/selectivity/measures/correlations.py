"""Correlations between measures over units: gale2020 table A2, pooled and by layer."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from scipy import stats

FEWEST_UNITS = 3


def table_measures(top_k: Sequence[int]) -> list[str]:
    """Return the five measures of table A2, in its order, and its precision over the largest k.

    The table does not state the k of its precision; the smallest is taken first (60 in gale2020), the number of
    classes over the largest (100).
    """
    first, last = min(top_k), max(top_k)
    names = [f"precision_{first}", "ccmas", "recall_at_95_precision", "max_informedness"]
    extra = [f"precision_{last}"] if last != first else []
    return [*names, f"n_classes_{last}", *extra]


def correlate(first: np.ndarray, second: np.ndarray) -> dict[str, float]:
    """Return n, Pearson's r and Spearman's rho with two-sided p over units where both are defined."""
    first, second = np.asarray(first, np.float64), np.asarray(second, np.float64)
    both = np.isfinite(first) & np.isfinite(second)
    first, second = first[both], second[both]
    row = {"n_units": int(both.sum())}
    names = ("pearson", "pearson_p", "spearman", "spearman_p")
    varies = len(first) >= FEWEST_UNITS and np.ptp(first) > 0 and np.ptp(second) > 0
    if not varies:
        return row | dict.fromkeys(names, np.nan)
    values = [*stats.pearsonr(first, second), *stats.spearmanr(first, second)]
    return row | {name: float(value) for name, value in zip(names, values, strict=True)}


def correlation_rows(
    columns: Mapping[str, np.ndarray], measures: Sequence[str]
) -> list[dict[str, Any]]:
    """Return one row a pair of measures."""
    return [
        {"first": first, "second": second, **correlate(columns[first], columns[second])}
        for first, second in combinations(measures, 2)
    ]
