"""The k-means/gap suite from definitions 3.17, in exact fractions and by trying every partition."""

from fractions import Fraction
from itertools import combinations
from math import nan

import oracles

COLUMNS = (
    "upper_threshold",
    "n_upper_images",
    "n_upper_clusters",
    "n_top_class_in_upper_part",
    "top_class_extent",
    "n_top_cluster_images",
    "n_top_cluster_classes",
    "n_top_class_in_top_cluster",
    "biggest_gap",
    "biggest_gap_code",
    "second_biggest_gap",
    "second_biggest_gap_code",
    "gap_selectivity",
    "n_structured_images",
    "n_structured_clusters",
    "n_structured_classes",
    "n_top_class_in_structured",
    "top_class_range",
    "ccmas_class_range",
    "ccmas_2_class_range",
)


def upper_part(a, most):
    """Return the threshold and the activations of the upper part, highest first."""
    ordered = sorted((Fraction(float(v)) for v in a), reverse=True)
    span = ordered[0] - ordered[-1]
    d = Fraction(1, 2)
    if sum(v > ordered[-1] + d * span for v in ordered) > most:
        d = (ordered[most - 1] - ordered[-1]) / span
    threshold = ordered[-1] + d * span
    kept = [v for v in ordered if v > threshold]
    return threshold, kept or [v for v in ordered if v == ordered[0]]


def squares(values):
    center = oracles.mean(values)
    return sum((v - center) ** 2 for v in values)


def every_partition(values, k):
    """Yield all ways to cut descending `values`, ties together, into k clusters."""
    distinct = sorted(set(values), reverse=True)
    for cuts in combinations(range(1, len(distinct)), k - 1):
        ends = [distinct[c - 1] for c in cuts] + [distinct[-1]]
        clusters, rest = [], list(values)
        for end in ends:
            clusters.append([v for v in rest if v >= end])
            rest = [v for v in rest if v < end]
        yield clusters


def best_partition(values, k):
    """Return the partition of least squares, of equal ones that of the largest lowest clusters."""

    def cost(clusters):
        return sum(map(squares, clusters)), [-len(set(c)) for c in reversed(clusters)]

    return min(every_partition(values, k), key=cost)


def choose(values, most):
    """Return the clusters at the K of the smallest f(K) of Pham, Dimov and Nguyen."""
    best, best_f, alpha, last = 1, Fraction(1), None, squares(values)
    for k in range(2, min(most, len(set(values))) + 1):
        alpha = Fraction(1, 4) if k == 2 else alpha + (1 - alpha) / 6
        s = sum(map(squares, best_partition(values, k)))
        f = Fraction(1) if last == 0 else s / (alpha * last)
        if f < best_f:
            best, best_f = k, f
        last = s
    return best_partition(values, best if best_f <= Fraction(85, 100) else 1)


def unit_gaps(a, y, most=1000, clusters=20, structured=10):
    """Return the gap suite of one unit as a dictionary of column -> value."""
    row = dict.fromkeys(COLUMNS, nan)
    if len(set(map(float, a))) == 1:
        return row
    exact = [Fraction(float(v)) for v in a]
    classes = oracles.present(y)
    top = oracles.top_class(a, y)
    threshold, upper = upper_part(a, most)
    found = choose(upper, clusters)
    row["upper_threshold"], row["n_upper_images"] = threshold, len(upper)
    row["n_upper_clusters"] = len(found)

    def labels_from(lowest):
        return [w for v, w in zip(exact, y, strict=True) if v >= lowest]

    row["n_top_class_in_upper_part"] = labels_from(upper[-1]).count(top)
    if len(classes) > 1:
        above = max(oracles.outside(a, y, top))
        mine = [v for v in oracles.members(a, y, top) if v > above and v >= upper[-1]]
        row["top_class_extent"] = len(mine)
    inside = labels_from(found[0][-1])
    row["n_top_cluster_images"], row["n_top_cluster_classes"] = len(inside), len(set(inside))
    row["n_top_class_in_top_cluster"] = inside.count(top)
    gaps = [found[c][-1] - found[c + 1][0] for c in range(len(found) - 1)]
    row["biggest_gap"] = row["second_biggest_gap"] = 0
    if gaps:
        code = max(range(len(gaps)), key=lambda c: (gaps[c], c))
        row["biggest_gap"], row["biggest_gap_code"] = gaps[code], code + 1
        rest = [c for c in range(len(gaps)) if c != code]
        if rest:
            second = max(rest, key=lambda c: (gaps[c], c))
            row["second_biggest_gap"] = gaps[second]
            row["second_biggest_gap_code"] = second + 1
        region = [v for cluster in found[: code + 1] for v in cluster]
        inside = labels_from(region[-1])
        row["n_structured_images"], row["n_structured_classes"] = len(inside), len(set(inside))
        row["n_top_class_in_structured"] = inside.count(top)
        row["n_structured_clusters"] = 1 if code == 0 else len(choose(region, structured))
    row["gap_selectivity"] = row["biggest_gap"] / (max(exact) - min([*exact, 0]))
    row["top_class_range"] = spread(a, y, top)
    if len(classes) > 1:
        means = {c: oracles.mean(oracles.members(a, y, c)) for c in classes}
        first = oracles.argmax(classes, means.__getitem__)
        second = oracles.argmax([c for c in classes if c != first], means.__getitem__)
        row["ccmas_class_range"] = spread(a, y, first)
        row["ccmas_2_class_range"] = spread(a, y, second)
    return row


def spread(a, y, label):
    inside = oracles.members(a, y, label)
    return max(inside) - min(inside)
