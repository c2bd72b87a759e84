"""Exact one-dimensional k-means of weighted values, for every number of clusters and for every part at the top.

In one dimension the clusters of least squares are intervals of the sorted values, so that dynamic programming finds
the best of all partitions: the best k intervals of the j largest values end with an interval that starts at i, behind
the best k - 1 intervals of the i largest. The best i grows with j, which leaves O(n log n) steps a number of clusters.

How many clusters there are is told by the statistic of Pham, Dimov and Nguyen (2005, Selection of K in K-means
clustering), f(K) = S_K / (alpha_K S_(K-1)), as the released code of gale2019 and gale2020 uses it.
"""

from typing import NamedTuple

import numpy as np

from selectivity.measures.compiled import Integer, kernel

# Partitions whose squares differ by less than this share of the total scatter tie; so do statistics f this close.
TIE = 1e-12
# K = 1 unless the smallest f(K) is at most this (the released code's 1 - error).
LARGEST_F = 0.85
# alpha_2 = 1 - 3 / (4 dimensions), in one dimension.
_ALPHA_2 = 0.25
_ONE = np.uint64(1)


class Partitions(NamedTuple):
    """Distinct values, largest first, and the best partitions of their first j into k clusters.

    The arrays hold up to n values and K clusters; ``starts[k, j]`` is where the lowest of k clusters begins.
    """

    values: np.ndarray  # (n,)
    counts: np.ndarray  # (n,) float64: images of each value
    sums: np.ndarray  # (3, n + 1): running totals of images, values and squares about the mean
    squares: np.ndarray  # (2, n + 1): within-cluster sums of k - 1 and of k clusters
    open_cost: (
        np.ndarray
    )  # (n + 1,): what i values in k - 1 clusters leave to a cluster that starts at i
    starts: np.ndarray  # (K + 1, n + 1) int32


def new_partitions(n_values: int, n_clusters: int) -> Partitions:
    """Return the memory for up to `n_values` distinct values in up to `n_clusters` clusters."""
    n = n_values + 1
    return Partitions(
        values=np.empty(n_values),
        counts=np.empty(n_values),
        sums=np.empty((3, n)),
        squares=np.empty((2, n)),
        open_cost=np.empty(n),
        starts=np.empty((n_clusters + 1, n), np.int32),
    )


@kernel
def partition(p: Partitions, n: Integer, n_clusters: Integer) -> None:
    """Find the best partitions of the first j of `n` distinct values into k clusters, k up to `n_clusters`.

    Of partitions that tie, the one with the largest lowest cluster is kept, then the one with the largest next one.
    """
    images, total, square = p.sums[0], p.sums[1], p.sums[2]
    weight, mean = 0.0, 0.0
    for i in range(n):
        weight += p.counts[i]
        mean += p.counts[i] * (p.values[i] - p.values[0])
    mean = p.values[0] + mean / weight
    images[0], total[0], square[0] = 0.0, 0.0, 0.0
    for i in range(n):
        deviation = p.values[i] - mean
        images[i + 1] = images[i] + p.counts[i]
        total[i + 1] = total[i] + p.counts[i] * deviation
        square[i + 1] = square[i] + p.counts[i] * deviation * deviation
    tie = TIE * square[n]
    p.starts[1, : n + 1] = 0
    last, this = p.squares[0], p.squares[1]
    for j in range(1, n + 1):
        last[j] = square[j] - total[j] * total[j] / images[j]
    for k in range(2, n_clusters + 1):
        _add_cluster(p, n, k, tie, last, this)
        last, this = this, last


@kernel
def _add_cluster(
    p: Partitions, n: Integer, k: Integer, tie: float, last: np.ndarray, this: np.ndarray
) -> None:
    """Find the best k clusters of the first j values for all j, from those of k - 1 clusters (`last`).

    In the order of halving: the best start for j lies between those for its neighbors to the left and right, and not
    before that of k - 1 clusters.
    """
    images, total, square = p.sums[0], p.sums[1], p.sums[2]
    open_cost, starts, before = p.open_cost, p.starts[k], p.starts[k - 1]
    for i in range(k - 1, n):
        open_cost[i] = last[i] - square[i]
    length = n - k + 1
    step = 1
    while step < length:
        step *= 2
    while step > 0:
        for place in range(step, length + 1, 2 * step):
            j = np.uint64(k - 1 + place)  # unsigned indices spare a test per access
            low, stop = np.uint64(before[j]), j
            if place > step:
                low = max(low, np.uint64(starts[j - np.uint64(step)]))
            if place + step <= length:
                stop = min(stop, np.uint64(starts[j + np.uint64(step)]) + _ONE)
            low = max(min(low, stop - _ONE), np.uint64(k - 1))
            total_j, images_j = total[j], images[j]
            below = total_j - total[low]
            best = open_cost[low] - below * below / (images_j - images[low])
            start: Integer = low
            for i in range(low + _ONE, stop):
                below = total_j - total[i]
                cost = open_cost[i] - below * below / (images_j - images[i])
                if cost < best - tie:
                    best, start = cost, i
            starts[j] = start
            this[j] = max(square[j] + best, 0.0)
        step //= 2


@kernel
def cluster_bounds(starts: np.ndarray, n: Integer, k: Integer, bounds: np.ndarray) -> None:
    """Write where the best k clusters of the first `n` values begin, top first, and behind them `n`."""
    bounds[k] = n
    for cluster in range(k, 0, -1):
        bounds[cluster - 1] = starts[cluster, bounds[cluster]]


@kernel
def within_squares(values: np.ndarray, counts: np.ndarray, bounds: np.ndarray, k: Integer) -> float:
    """Return the sum of squares about the means of k clusters; exactly 0 for clusters of equal values."""
    squares = 0.0
    for cluster in range(k):
        start, stop = bounds[cluster], bounds[cluster + 1]
        origin = values[start]
        images, total = 0.0, 0.0
        for i in range(start, stop):
            images += counts[i]
            total += counts[i] * (values[i] - origin)
        mean = total / images
        for i in range(start, stop):
            deviation = (values[i] - origin) - mean
            squares += counts[i] * deviation * deviation
    return squares


@kernel
def choose_clusters(p: Partitions, n: Integer, most: Integer, bounds: np.ndarray) -> Integer:
    """Return the number of clusters of the first `n` values, at most `most`, and write their `bounds`.

    f(1) = 1, and f(K) = 1 where S_(K-1) = 0; the smallest K of the smallest f, or 1 unless that f is at most .85.
    """
    best, best_f, alpha = 1, 1.0, _ALPHA_2
    cluster_bounds(p.starts, n, 1, bounds)
    last = within_squares(p.values, p.counts, bounds, 1)
    for k in range(2, min(most, n) + 1):
        if k > 2:
            alpha += (1.0 - alpha) / 6.0
        cluster_bounds(p.starts, n, k, bounds)
        squares = within_squares(p.values, p.counts, bounds, k)
        f = squares / (alpha * last) if last > 0.0 else 1.0
        if f < best_f - TIE:
            best, best_f = k, f
        last = squares
    if best_f > LARGEST_F + TIE:
        best = 1
    cluster_bounds(p.starts, n, best, bounds)
    return best
