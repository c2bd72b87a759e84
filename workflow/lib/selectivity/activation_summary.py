"""What the claims need to know of a unit's activations beyond the measures: zeros, shape, its class, its own class.

One pass over the activation store in blocks of units, so that memory does not grow with the layer.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

N_MODE_BINS = 100
BLOCK_UNITS = 16


class Store(Protocol):
    """The part of an open activation store that is read here."""

    n_units: int
    n_classes: int
    labels: np.ndarray

    def read_units(self, start: int, stop: int) -> np.ndarray:
        """Return activations (units, images)."""
        ...


@dataclass(frozen=True)
class UnitClasses:
    """For each unit the class of its precision, and the class it stands for if it is an output; -1 = none."""

    precise: np.ndarray
    own: np.ndarray


def own_classes(n_units: int, outputs: Sequence[int]) -> np.ndarray:
    """Return the class that each output unit stands for, -1 where the data set has none.

    `outputs` holds the output unit of each class, in the order of the labels.
    """
    own = np.full(n_units, -1, dtype=np.int64)
    for label, unit in enumerate(outputs):
        if 0 <= unit < n_units:
            own[unit] = label
    return own


def exponential_aic(positive: np.ndarray) -> float:
    """Return Akaike's criterion of an exponential distribution at its best rate; NaN below two values."""
    if positive.size < 2:
        return float("nan")
    log_likelihood = -positive.size * (np.log(positive.mean()) + 1)
    return float(2 - 2 * log_likelihood)


def half_normal_aic(positive: np.ndarray) -> float:
    """Return Akaike's criterion of a half-normal distribution at its best scale; NaN below two values."""
    if positive.size < 2:
        return float("nan")
    log_scale = 0.5 * np.log(np.mean(np.square(positive)))
    log_likelihood = positive.size * (0.5 * np.log(2 / np.pi) - log_scale - 0.5)
    return float(2 - 2 * log_likelihood)


def auroc(members: np.ndarray, others: np.ndarray) -> float:
    """Return the share of (member, other) pairs in order, ties counted half; NaN if either is empty."""
    if not members.size or not others.size:
        return float("nan")
    others = np.sort(others)
    below = np.searchsorted(others, members, side="left").astype(np.float64)
    not_above = np.searchsorted(others, members, side="right")
    return float((below + not_above).sum() / (2 * members.size * others.size))


def mode(members: np.ndarray, low: float, high: float) -> float:
    """Return 0 if more members lie exactly at zero than in any bin of 1 % of the range, else that bin's center."""
    nonzero = members[members != 0]
    if high <= low:
        return float(low)
    counts, edges = np.histogram(nonzero, bins=N_MODE_BINS, range=(low, high))
    fullest = int(counts.argmax())
    if members.size - nonzero.size >= counts[fullest]:
        return 0.0
    return float((edges[fullest] + edges[fullest + 1]) / 2)


def _class_columns(members: np.ndarray, low: float, high: float) -> dict[str, float]:
    spread = members.std(ddof=1) / np.sqrt(members.size) if members.size > 1 else float("nan")
    return {
        "precise_class_n_images": float(members.size),
        "precise_class_n_zero": float((members == 0).sum()),
        "precise_class_zero_share": float((members == 0).mean()),
        "precise_class_minimum": float(members.min()),
        "precise_class_mean": float(members.mean()),
        "precise_class_standard_error": float(spread),
        "precise_class_mode": mode(members, low, high),
    }


_NO_CLASS = dict.fromkeys(_class_columns(np.zeros(1), 0, 0), float("nan"))


def summarize_unit(
    values: np.ndarray, labels: np.ndarray, precise: int, own: int
) -> dict[str, float]:
    """Return the summary of one unit's activations (images,)."""
    values = values.astype(np.float64)
    low, high = float(values.min()), float(values.max())
    positive = values[values > 0]
    is_own = labels == own
    members = values[labels == precise]
    return {
        "minimum": low,
        "maximum": high,
        "n_zero": float((values == 0).sum()),
        "n_positive": float(positive.size),
        "zero_share": float((values == 0).mean()),
        "aic_exponential": exponential_aic(positive),
        "aic_half_normal": half_normal_aic(positive),
        **(_class_columns(members, low, high) if members.size else _NO_CLASS),
        "own_class_auroc": auroc(values[is_own], values[~is_own]) if own >= 0 else float("nan"),
    }


def summarize(store: Store, classes: UnitClasses) -> dict[str, np.ndarray]:
    """Return the summary of all units of a layer as columns."""
    rows = list(_rows(store, classes))
    columns = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    return {
        "unit": np.arange(store.n_units, dtype=np.int64),
        **columns,
        "precise_class": classes.precise.astype(np.int64),
        "own_class": classes.own.astype(np.int64),
    }


def _rows(store: Store, classes: UnitClasses) -> Iterator[dict[str, float]]:
    for start in range(0, store.n_units, BLOCK_UNITS):
        block = store.read_units(start, min(start + BLOCK_UNITS, store.n_units))
        for offset, values in enumerate(block):
            unit = start + offset
            precise, own = int(classes.precise[unit]), int(classes.own[unit])
            yield summarize_unit(values, store.labels, precise, own)
