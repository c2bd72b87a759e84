"""Slow, literal measures, written from the definitions in exact fractions and independent of the engine.

Each function takes the activations of one unit and the label of each image, in any order.
"""

from fractions import Fraction
from math import comb, inf, nan, sqrt


def members(a, y, label):
    return [Fraction(float(v)) for v, w in zip(a, y, strict=True) if w == label]


def outside(a, y, label):
    return [Fraction(float(v)) for v, w in zip(a, y, strict=True) if w != label]


def mean(values):
    return sum(values, Fraction(0)) / len(values)


def present(y, smallest=1):
    return [c for c in sorted(set(y)) if list(y).count(c) >= smallest]


def argmax(candidates, value):
    """Return the class of the largest value, the lowest index among equals."""
    return max(candidates, key=lambda c: (value(c), -c))


def counts_at(a, y, label, t):
    """Return TP, FP, P and the number of other images at threshold `t` (selected: a >= t)."""
    tp = sum(1 for v, w in zip(a, y, strict=True) if v >= t and w == label)
    fp = sum(1 for v, w in zip(a, y, strict=True) if v >= t and w != label)
    return tp, fp, list(y).count(label), len(y) - list(y).count(label)


def thresholds(a):
    """Return the distinct activations from the highest down."""
    return sorted({float(v) for v in a}, reverse=True)


def localist_gap(a, y):
    return max(min(members(a, y, c)) - max(outside(a, y, c)) for c in present(y))


def top_class(a, y):
    return min(w for v, w in zip(a, y, strict=True) if v == max(a))


def top_class_selectivity(a, y):
    c = top_class(a, y)
    inside = members(a, y, c)
    return Fraction(sum(v > max(outside(a, y, c)) for v in inside), len(inside))


def recall_at_95(a, y, label):
    best = Fraction(0)
    for t in thresholds(a):
        tp, fp, P, _ = counts_at(a, y, label, t)
        if Fraction(tp, tp + fp) >= Fraction(95, 100):
            best = max(best, Fraction(tp, P))
    return best


def recall_at_95_threshold(a, y, label):
    """Return the highest threshold that reaches the recall at 95 % precision, and what it selects."""
    best = recall_at_95(a, y, label)
    for t in thresholds(a):
        tp, fp, P, _ = counts_at(a, y, label, t)
        if best and Fraction(tp, tp + fp) >= Fraction(95, 100) and Fraction(tp, P) == best:
            return t, tp + fp
    return inf, 0


def informedness(a, y, label):
    """Return J, t, recall, FPR, FDR and S at the highest threshold of the maximum; t may be +inf."""
    best = (Fraction(0), inf, Fraction(0), Fraction(0), nan, 0)
    for t in thresholds(a):
        tp, fp, P, others = counts_at(a, y, label, t)
        recall, fpr = Fraction(tp, P), Fraction(fp, others)
        if recall - fpr > best[0]:
            best = (recall - fpr, t, recall, fpr, Fraction(fp, tp + fp), tp + fp)
    return best


def f1_at(a, y, label, t):
    tp, fp, P, _ = counts_at(a, y, label, t)
    return Fraction(2 * tp, 2 * tp + fp + (P - tp))


def max_f1(a, y, label):
    return max(f1_at(a, y, label, t) for t in thresholds(a))


def max_f1_threshold(a, y, label):
    return max(t for t in thresholds(a) if f1_at(a, y, label, t) == max_f1(a, y, label))


def proportion_positive(a, y, label):
    inside = members(a, y, label)
    return Fraction(sum(v > 0 for v in inside), len(inside))


def average_precision(a, y, label):
    total, last = Fraction(0), Fraction(0)
    for t in thresholds(a):
        tp, fp, P, _ = counts_at(a, y, label, t)
        total += (Fraction(tp, P) - last) * Fraction(tp, tp + fp)
        last = Fraction(tp, P)
    return total


def auc(a, y, label):
    wins = Fraction(0)
    inside, rest = members(a, y, label), outside(a, y, label)
    for v in inside:
        wins += sum(Fraction(1) if v > w else Fraction(v == w, 2) for w in rest)
    return wins / (len(inside) * len(rest))


def top_k_expectation(a, y, k):
    """Return expected count of each class, expected number of distinct classes and tied images at k."""
    k = min(k, len(a))
    boundary = sorted(map(float, a), reverse=True)[k - 1]
    above = [w for v, w in zip(a, y, strict=True) if v > boundary]
    tied = [w for v, w in zip(a, y, strict=True) if v == boundary]
    places = k - len(above)
    expected, n_classes = {}, Fraction(0)
    for c in present(y):
        n_tied = tied.count(c)
        expected[c] = above.count(c) + Fraction(places * n_tied, len(tied))
        if c in above:
            n_classes += 1
        else:
            n_classes += 1 - Fraction(comb(len(tied) - n_tied, places), comb(len(tied), places))
    return expected, n_classes, len(tied)


def zeros_in_top(a, k):
    """Return the number of zeros among the k most active images: tied zeros are as good as each other."""
    ordered = sorted(map(float, a), reverse=True)
    return ordered[:k].count(0.0)


def contrast(inside, rest):
    return nan if abs(inside + rest) < 1e-12 else (inside - rest) / (inside + rest)


def standard_error(values):
    if len(values) < 2:
        return nan
    center = mean(values)
    return sqrt(sum((v - center) ** 2 for v in values) / (len(values) - 1) / len(values))


def moments(a):
    values = [Fraction(float(v)) for v in a]
    center = mean(values)
    variance = sum((v - center) ** 2 for v in values) / (len(values) - 1)
    return center, sqrt(variance / len(values)), Fraction(sum(v > 0 for v in values), len(values))
