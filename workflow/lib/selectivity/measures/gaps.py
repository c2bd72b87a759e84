"""The k-means/gap suite of the released code of gale2019 and gale2020: clusters of a unit's most active images.

The upper part of a unit are the images in the upper half of its range of activations, or the most active ones where
these are many. It is split into clusters by exact k-means; the biggest gap between neighboring clusters sets a
structured region apart, everything above the gap, which is clustered once more.
"""

from typing import Any

import numpy as np

from selectivity.measures.clusters import (
    Partitions,
    choose_clusters,
    new_partitions,
    partition,
)
from selectivity.measures.columns import GAP_RECORD
from selectivity.measures.compiled import Integer, kernel
from selectivity.measures.keys import CLASS_MASK, activation_of
from selectivity.measures.rows import lowest_member
from selectivity.measures.settings import GapSettings
from selectivity.measures.workspace import Classes, Scratch


def new_gap_partitions(settings: GapSettings) -> Partitions:
    """Return the working memory of one worker: about a quarter of a megabyte."""
    return new_partitions(settings.images, max(settings.clusters, settings.structured_clusters))


def empty_gaps(n_units: int) -> np.ndarray:
    """Return one undefined record a unit."""
    records = np.zeros(n_units, GAP_RECORD)
    for name in GAP_RECORD.names or ():
        records[name] = np.nan
    return records


@kernel
def _value(rank: Integer, ranked: np.ndarray, n_ranked: Integer, base: Integer) -> float:
    """Return the activation at a rank; ranks behind the ranked images are zeros."""
    return activation_of(ranked[rank], base) if rank < n_ranked else 0.0


@kernel
def count_above(
    threshold: float, ranked: np.ndarray, n_ranked: Integer, base: Integer, N: Integer
) -> Integer:
    """Return the number of images above `threshold`."""
    low, high = 0, N
    while low < high:
        middle = (low + high) // 2
        if _value(middle, ranked, n_ranked, base) > threshold:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def upper_part(
    ranked: np.ndarray, n_ranked: Integer, base: Integer, N: Integer, most: Integer
) -> tuple[Integer, float]:
    """Return the number of images of the upper part, and the activation that they exceed.

    More than `most` images in the upper half of the range leave those above the activation at rank `most`. Where that
    is the maximum, the images that share the maximum are kept.
    """
    highest = _value(0, ranked, n_ranked, base)
    lowest = _value(N - 1, ranked, n_ranked, base)
    threshold = lowest + 0.5 * (highest - lowest)
    n_upper = count_above(threshold, ranked, n_ranked, base, N)
    if n_upper > most:
        threshold = _value(most - 1, ranked, n_ranked, base)
        n_upper = count_above(threshold, ranked, n_ranked, base, N)
    while n_upper == 0 or (
        threshold == highest and n_upper < N and _value(n_upper, ranked, n_ranked, base) == highest
    ):
        n_upper += 1
    return n_upper, threshold


@kernel
def _list_values(
    ranked: np.ndarray, base: Integer, n_images: Integer, p: Partitions, ends: np.ndarray
) -> Integer:
    """List the distinct activations of the first images, how many share each, and at which rank they end."""
    n: Integer = 0
    for rank in range(n_images):
        value = activation_of(ranked[rank], base)
        if n > 0 and p.values[n - 1] == value:
            p.counts[n - 1] += 1.0
        else:
            p.values[n], p.counts[n] = value, 1.0
            n += 1
        ends[n - 1] = rank + 1
    return n


@kernel
def count_classes(ranked: np.ndarray, n_images: Integer, seen: np.ndarray) -> Integer:
    """Return the number of classes among the first images; `seen` has one entry a class."""
    seen[:] = 0
    n_classes: Integer = 0
    for rank in range(n_images):
        label = ranked[rank] & CLASS_MASK
        n_classes += np.int64(seen[label] == 0)
        seen[label] = 1
    return n_classes


@kernel
def _count_class(ranked: np.ndarray, n_images: Integer, label: Integer) -> Integer:
    count: Integer = 0
    for rank in range(n_images):
        count += np.int64(np.int64(ranked[rank] & CLASS_MASK) == label)
    return count


@kernel
def class_range(label: Integer, base: Integer, classes: Classes, scratch: Scratch) -> float:
    """Return the range of the activations of a class, NaN without a class."""
    if label < 0:
        return np.nan
    start = classes.offsets[label]
    if scratch.filled[label] == start:
        return 0.0
    # The first entry of the class's list is the number of images at or above its most active one.
    highest = activation_of(scratch.ranked[scratch.selected[start] - np.uint32(1)], base)
    return highest - lowest_member(label, scratch.ranked, base, classes, scratch)


@kernel
def _fill_gap_sizes(p: Partitions, K: Integer, bounds: np.ndarray, gaps: Any) -> Integer:
    """Fill the two biggest gaps, counted from the top; of equal gaps the lower. Return the number of the biggest."""
    best, second = 0, 0
    gaps.biggest_gap, gaps.second_biggest_gap = 0.0, 0.0
    for code in range(1, K):
        gap = p.values[bounds[code] - 1] - p.values[bounds[code]]
        if gap >= gaps.biggest_gap:
            gaps.second_biggest_gap, second = gaps.biggest_gap, best
            gaps.biggest_gap, best = gap, code
        elif gap >= gaps.second_biggest_gap:
            gaps.second_biggest_gap, second = gap, code
    if best > 0:
        gaps.biggest_gap_code = best
    if second > 0:
        gaps.second_biggest_gap_code = second
    return best


@kernel
def fill_gaps(
    n_ranked: Integer,
    base: Integer,
    classes: Classes,
    limits: np.ndarray,
    scratch: Scratch,
    p: Partitions,
    row: Any,
    gaps: Any,
) -> None:
    """Fill the gap suite of a unit that is not constant, whose `row` is filled and whose ranking is in `scratch`.

    `limits` are the most images of the upper part, the most clusters and the most clusters of the structured region.
    """
    N, ranked = row.n_images, scratch.ranked
    n_upper, threshold = upper_part(ranked, n_ranked, base, N, limits[0])
    ends = np.empty(limits[0], np.int64)
    bounds = np.empty(limits.max() + 1, np.int64)
    n = _list_values(ranked, base, n_upper, p, ends)
    partition(p, n, min(limits[1:].max(), n))
    K = choose_clusters(p, n, limits[1], bounds)
    gaps.upper_threshold = threshold
    gaps.n_upper_images, gaps.n_upper_clusters = n_upper, K
    gaps.n_top_class_in_upper_part = _count_class(ranked, n_upper, row.top_class)
    best = _fill_gap_sizes(p, K, bounds, gaps)
    lowest = _value(N - 1, ranked, n_ranked, base)
    gaps.gap_selectivity = gaps.biggest_gap / (p.values[0] - min(lowest, 0.0))
    n_top = ends[bounds[1] - 1]
    gaps.n_top_cluster_images = n_top
    gaps.n_top_cluster_classes = count_classes(ranked, n_top, scratch.above)
    gaps.n_top_class_in_top_cluster = _count_class(ranked, n_top, row.top_class)
    if best > 0:
        n = bounds[best]
        n_structured = ends[n - 1]
        gaps.n_structured_images = n_structured
        gaps.n_structured_classes = count_classes(ranked, n_structured, scratch.above)
        gaps.n_top_class_in_structured = _count_class(ranked, n_structured, row.top_class)
        gaps.n_structured_clusters = 1
        if best > 1:
            gaps.n_structured_clusters = choose_clusters(p, n, limits[2], bounds)
    if classes.n_filled > 1:
        n_pure = np.round(row.top_class_selectivity * classes.sizes[row.top_class])
        gaps.top_class_extent = min(n_pure, float(n_upper))
    gaps.top_class_range = class_range(row.top_class, base, classes, scratch)
    gaps.ccmas_class_range = class_range(row.ccmas_class, base, classes, scratch)
    gaps.ccmas_2_class_range = class_range(row.ccmas_2_class, base, classes, scratch)
