"""The k-means/gap suite as released: k-means++ with Lloyd's iterations, from seeded random starts, and its bugs.

Follows ``h5_analysis_jitterer.py`` and ``kmeans/*.py`` of the released code of gale2019 and gale2020; only the random
numbers are this project's, drawn from the seed of the layer and the number of the unit.
"""

from typing import Any

import numpy as np

from selectivity.measures.clusters import LARGEST_F
from selectivity.measures.columns import GAP_COLUMNS
from selectivity.measures.compiled import Integer, kernel
from selectivity.measures.gaps import class_range, upper_part
from selectivity.measures.ranked_units import RankedUnit
from selectivity.measures.settings import GapSettings, MeasureSettings

# A structured region whose values are each a cluster is split again if fewer clusters reach an f below this.
ALLOWED_ERROR = 0.1


def kmeans_pp_seeded(unit: RankedUnit, settings: MeasureSettings) -> dict[str, float]:
    """Return the columns of the gap suite of a unit; all NaN where the released script skips the unit or stops."""
    limits = settings.gap or GapSettings()
    random = np.random.default_rng([*settings.seed, unit.number])
    skipped = dict.fromkeys(GAP_COLUMNS, np.nan)
    values, labels = ranked_values(unit), unit.labels
    n_upper, threshold = _upper_part(unit, limits.images)
    upper = values[values > threshold]
    if not len(upper):  # images that tie at the maximum fill the upper part: "No Data Found"
        return skipped
    clusters = best_clusters(upper, limits.clusters, random)[0]
    K = len(clusters)
    if K == 1:  # the second k-means is asked to discard 7500 % of the range and finds no points
        return skipped
    gaps = np.array([clusters[c][-1] - clusters[c + 1][0] for c in range(K - 1)])
    if np.count_nonzero(gaps == gaps.max()) > 1:  # an assertion stops the script
        return skipped
    code = int(gaps.argmax()) + 1
    others = np.delete(gaps, code - 1)
    n_half = int(np.count_nonzero(values >= threshold))
    top, n_top = unit.top_class, len(clusters[0])
    columns: dict[str, Any] = {
        "upper_threshold": threshold,
        "n_upper_images": n_upper,
        "n_upper_clusters": K,
        "n_top_class_in_upper_part": np.count_nonzero(labels[:n_half] == top),
        "top_class_extent": _extent(labels[:n_half]),
        "n_top_cluster_images": n_top,
        "n_top_cluster_classes": len(np.unique(labels[:n_top])),
        # BUG: the column is filled with the number of classes in the top cluster.
        "n_top_class_in_top_cluster": len(np.unique(labels[:n_top])),
        "biggest_gap": gaps.max(),
        "biggest_gap_code": code,
        # BUG: with three clusters the second gap is lost.
        "second_biggest_gap": others.max() if K > 3 else 0.0,
        "second_biggest_gap_code": _place(gaps, others) if K > 3 else 0,
        "gap_selectivity": gaps.max() / upper[0],
    }
    structured = _structured_region(values, clusters, code, limits, random)
    if structured is None:
        return skipped
    n_structured, n_clusters = structured
    return {
        **columns,
        "n_structured_images": n_structured,
        "n_structured_clusters": n_clusters,
        "n_structured_classes": len(np.unique(labels[:n_structured])),
        "n_top_class_in_structured": float(np.count_nonzero(labels[:n_structured] == top)),
        **_ranges(unit),
    }


def ranked_values(unit: RankedUnit) -> np.ndarray:
    """Return the activations from the highest down, as float64."""
    return -np.sort(-unit.values.astype(np.float64), kind="stable")


def _upper_part(unit: RankedUnit, most: int) -> tuple[int, float]:
    """Return the number of images above the threshold, and the threshold."""
    found: Any = upper_part(unit.scratch.ranked, unit.n_ranked, unit.base, unit.n_images, most)
    return int(found[0]), float(found[1])


def _extent(labels: np.ndarray) -> int:
    """Return the length of the top run; BUG: a list that is exhausted counts its last image untested."""
    others = np.flatnonzero(labels[:-1] != labels[0])
    return int(others[0]) if len(others) else len(labels)


def _place(gaps: np.ndarray, others: np.ndarray) -> int:
    """Return the code of the biggest of `others`; of equal gaps the lowest, which the script meets first."""
    return int(np.flatnonzero(gaps == others.max())[-1]) + 1


def _structured_region(
    values: np.ndarray,
    clusters: list[np.ndarray],
    code: int,
    limits: GapSettings,
    random: np.random.Generator,
) -> tuple[int, int] | None:
    """Return the number of images and of clusters of the structured region, None where it holds no points.

    BUG: the share of the range to discard is taken as middle of the gap / range, without subtracting the minimum,
    so that the region begins at minimum + middle.
    """
    if code == 1:
        return len(clusters[0]), 1
    low, high = clusters[code][0], clusters[code - 1][-1]
    region = values[values > values[-1] + (low + 0.5 * (high - low))]
    if not len(region):
        return None
    n_distinct = len(np.unique(region))
    found, fs = best_clusters(region, limits.structured_clusters, random)
    if len(found) == n_distinct > 1 and (fs[: n_distinct - 1] < ALLOWED_ERROR).any():
        found, _ = best_clusters(region, n_distinct - 1, random)
    return len(region), len(found)


def _ranges(unit: RankedUnit) -> dict[str, float]:
    """Return the ranges of the top class and of the two CCMAS classes.

    BUG: the second class is found in a list without the first, and its place there is looked up in the whole list.
    """
    present = unit.present
    first = unit.best(unit.scores.means)
    second = unit.best(unit.scores.means, without=first)
    columns = {"top_class_range": unit.top_class, "ccmas_class_range": first}
    columns["ccmas_2_class_range"] = -1
    if second >= 0:
        place = int(np.flatnonzero(present[present != first] == second)[0])
        columns["ccmas_2_class_range"] = int(present[place])
    return {name: float(_range(unit, label)) for name, label in columns.items()}


def _range(unit: RankedUnit, label: int) -> float:
    found: Any = class_range(label, unit.base, unit.classes, unit.scratch)
    return float(found)


def best_clusters(
    values: np.ndarray, most: int, random: np.random.Generator
) -> tuple[list[np.ndarray], np.ndarray]:
    """Return the clusters of descending `values` at the smallest f(K), top first, and f(1), f(2), ...

    K runs to the number of distinct values, at most `most`; K is 1 where the smallest f is above .85.
    """
    most = min(most, len(np.unique(values)))
    fs, found = np.ones(most), []
    squares, alpha = 0.0, 0.0
    for k in range(1, most + 1):
        centers = lloyd(values, starting_centers(values, k, random))
        last, squares = squares, _squares(values, centers)
        if k > 1:
            alpha = 0.25 if k == 2 else alpha + (1 - alpha) / 6
            fs[k - 1] = squares / (alpha * last) if last > 0 else 1.0
        found.append(centers)
    best = int(fs.argmin())
    if fs[best] > LARGEST_F:
        best = 0
    return [part for part in _split(values, found[best]) if len(part)], fs


def starting_centers(values: np.ndarray, k: int, random: np.random.Generator) -> np.ndarray:
    """Return k centers by k-means++, in ascending order."""
    first = int(random.integers(len(values)))
    return np.sort(_plus_plus(values, first, 1.0 - random.random(k - 1)))


@kernel
def _plus_plus(values: np.ndarray, first: Integer, draws: np.ndarray) -> np.ndarray:
    """Return the first center and one for each draw, in proportion to the squared distance from the nearest center."""
    centers = np.empty(len(draws) + 1)
    centers[0] = values[first]
    distances = (values - centers[0]) ** 2
    for j in range(len(draws)):
        total = distances.sum()
        share, place = distances[0] / total, 0
        while share < draws[j] and place + 1 < len(values):
            place += 1
            share += distances[place] / total
        centers[j + 1] = values[place]
        for i in range(len(values)):
            distances[i] = min(distances[i], (values[i] - centers[j + 1]) ** 2)
    return centers


@kernel
def lloyd(values: np.ndarray, centers: np.ndarray) -> np.ndarray:
    """Return the ascending centers at which Lloyd's iterations repeat; a set that loses a center is not taken.

    `values` descend; one in the middle between two centers is the lower one's.
    """
    k, n = len(centers), len(values)
    while True:
        following = np.empty(k)
        start = 0
        for c in range(k - 1, -1, -1):
            total, stop = 0.0, start
            while stop < n and (c == 0 or values[stop] > (centers[c] + centers[c - 1]) / 2.0):
                total += values[stop]
                stop += 1
            if stop == start:
                return centers
            following[c] = total / (stop - start)
            if c + 1 < k and following[c] >= following[c + 1]:
                return centers
            start = stop
        if np.array_equal(following, centers):
            return centers
        centers = following


def _edges(values: np.ndarray, centers: np.ndarray) -> np.ndarray:
    """Return where the values nearest to each center begin, top center first, and their end.

    Between two centers a value is the lower one's.
    """
    middles = (centers[1:] + centers[:-1]) / 2
    above = len(values) - np.searchsorted(values[::-1], middles, side="right")
    return np.concatenate([[0], above[::-1], [len(values)]])


def _split(values: np.ndarray, centers: np.ndarray) -> list[np.ndarray]:
    """Return the values nearest to each center, top center first."""
    return np.split(values, _edges(values, centers)[1:-1])


def _squares(values: np.ndarray, centers: np.ndarray) -> float:
    nearest = np.repeat(centers[::-1], np.diff(_edges(values, centers)))
    return float(((values - nearest) ** 2).sum())
