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


CLASSWISE = (
    "recall_at_95_precision",
    "max_proportion_positive",
    "ccmas",
    "ccmas_2",
    "class_selectivity",
    "max_informedness",
    "max_f1",
    "average_precision",
    "auc",
)
OTHERS = (
    "mean",
    "standard_error",
    "localist_gap",
    "top_class_selectivity",
    "recall_at_95_precision_threshold",
    "recall_at_95_precision_selected",
    "ccmas_mean_in",
    "ccmas_standard_error_in",
    "ccmas_mean_out",
    "ccmas_2_mean_in",
    "ccmas_2_mean_out",
    "informedness_threshold",
    "informedness_selected",
    "informedness_recall",
    "informedness_specificity",
    "informedness_false_positive_rate",
    "informedness_false_discovery_rate",
    "informedness_precision",
    "max_f1_threshold",
)
TOP_RATES = (
    "precision",
    "recall",
    "specificity",
    "informedness",
    "n_classes",
    "n_tied",
    "n_zero",
    "n_top",
)
FLAGS = [
    f"{measure}_is_{flag}"
    for measure in ("ccmas", "ccmas_2")
    for flag in ("out_negative", "sum_not_positive")
]


def undefined(top_k, a):
    """Return the row of a constant unit."""
    row = dict.fromkeys((*CLASSWISE, *OTHERS), nan)
    row |= {f"{name}_{k}": nan for k in top_k for name in TOP_RATES}
    row |= dict.fromkeys([f"{name}_class" for name in CLASSWISE], -1)
    row |= dict.fromkeys(["top_class", *(f"precision_{k}_class" for k in top_k)], -1)
    row |= dict.fromkeys([f"{name}_size" for name in row if name.endswith("_class")], 0)
    row |= {"n_images": len(a), "is_constant": True, "localist": False}
    row |= dict.fromkeys(FLAGS, False)
    row["proportion_positive"] = Fraction(sum(v > 0 for v in a), len(a))
    return row


def fill_top_k(row, a, y, top_k):
    for k in top_k:
        expected, n_classes, n_tied = top_k_expectation(a, y, k)
        c = argmax(present(y), lambda label, e=expected: e[label])
        row[f"precision_{k}"] = expected[c] / min(k, len(a))
        row[f"precision_{k}_class"] = c
        row[f"n_classes_{k}"], row[f"n_tied_{k}"] = n_classes, n_tied
        row[f"n_zero_{k}"], row[f"n_top_{k}"] = zeros_in_top(a, k), min(k, len(a))
        others = len(outside(a, y, c))
        row[f"recall_{k}"] = expected[c] / list(y).count(c)
        if others:
            row[f"specificity_{k}"] = 1 - (min(k, len(a)) - expected[c]) / others
            row[f"informedness_{k}"] = row[f"recall_{k}"] + row[f"specificity_{k}"] - 1


def fill_class_means(row, a, y, candidates):
    means = {c: mean(members(a, y, c)) for c in present(y)}
    first = argmax(candidates, means.__getitem__)
    row["ccmas_class"] = row["class_selectivity_class"] = first
    row["ccmas"] = contrast(means[first], mean(outside(a, y, first)))
    fill_in_and_out(row, "ccmas", a, y, first)
    row["ccmas_standard_error_in"] = standard_error(members(a, y, first))
    others = mean([means[c] for c in means if c != first])
    row["class_selectivity"] = (means[first] - others) / (
        means[first] + others + Fraction(1, 10_000_000)
    )
    rest = [c for c in candidates if c != first]
    if rest:
        second = argmax(rest, means.__getitem__)
        row["ccmas_2_class"] = second
        row["ccmas_2"] = contrast(means[second], mean(outside(a, y, second)))
        fill_in_and_out(row, "ccmas_2", a, y, second)


def fill_in_and_out(row, name, a, y, label):
    inside, rest = mean(members(a, y, label)), mean(outside(a, y, label))
    row[f"{name}_mean_in"], row[f"{name}_mean_out"] = inside, rest
    row[f"{name}_is_out_negative"] = rest < 0
    row[f"{name}_is_sum_not_positive"] = inside + rest <= 0


def fill_maxima(row, a, y, candidates):
    scores = {
        "recall_at_95_precision": recall_at_95,
        "max_proportion_positive": proportion_positive,
        "max_f1": max_f1,
        "average_precision": average_precision,
        "auc": auc,
    }
    for name, score in scores.items():
        values = {c: score(a, y, c) for c in candidates}
        row[f"{name}_class"] = argmax(candidates, values.__getitem__)
        row[name] = values[row[f"{name}_class"]]
    row["max_f1_threshold"] = max_f1_threshold(a, y, row["max_f1_class"])
    threshold, selected = recall_at_95_threshold(a, y, row["recall_at_95_precision_class"])
    row["recall_at_95_precision_threshold"] = threshold
    row["recall_at_95_precision_selected"] = selected
    found = {c: informedness(a, y, c) for c in candidates}
    c = argmax(candidates, lambda label: found[label][0])
    row["max_informedness_class"] = c
    row["max_informedness"], row["informedness_threshold"], row["informedness_recall"] = found[c][
        :3
    ]
    row["informedness_false_positive_rate"] = found[c][3]
    row["informedness_specificity"] = 1 - found[c][3]
    row["informedness_false_discovery_rate"], row["informedness_selected"] = found[c][4:]
    row["informedness_precision"] = 1 - found[c][4]


def unit_measures(a, y, top_k=(60, 100), min_class_size=1):
    """Return every default measure of one unit as a dictionary of column -> value."""
    row = undefined(top_k, a)
    if len(present(y)) < 2:
        row["localist"] = nan
    if len(set(map(float, a))) == 1:
        row["localist"] = False if len(present(y)) > 1 else nan
        return row
    fill_defined(row, a, y, top_k, min_class_size)
    for name in [name for name in row if name.endswith("_class")]:
        row[f"{name}_size"] = list(y).count(row[name])
    return row


def fill_defined(row, a, y, top_k, min_class_size):
    """Fill the row of a unit that is not constant."""
    row["is_constant"] = False
    row["mean"], row["standard_error"], row["proportion_positive"] = moments(a)
    row["top_class"] = top_class(a, y)
    fill_top_k(row, a, y, top_k)
    if len(present(y)) < 2:
        return
    row["localist_gap"] = localist_gap(a, y)
    row["localist"] = row["localist_gap"] > 0
    row["top_class_selectivity"] = top_class_selectivity(a, y)
    candidates = present(y, min_class_size)
    if candidates:
        fill_class_means(row, a, y, candidates)
        fill_maxima(row, a, y, candidates)


# rafegas2017, definitions.md section 7


def top_images(a, images, k):
    """Return the k images of the highest values, the lowest id among equals."""
    ranked = sorted(zip(a, images, strict=True), key=lambda pair: (-pair[0], pair[1]))
    return [image for _, image in ranked[:k]]


def quantile_images(a, images, n):
    """Return the images at n evenly spaced ranks from the lowest value to the highest, the lowest id among equals."""
    ranked = sorted(zip(a, images, strict=True))
    n = min(n, len(ranked))
    ranks = {round(i * (len(ranked) - 1) / (n - 1)) if n > 1 else 0 for i in range(n)}
    return [ranked[rank][1] for rank in sorted(ranks)]


def class_selectivity_index(a, y, threshold):
    """Return gamma of equations 3 and 4; negative activations count as 0."""
    weights = [max(Fraction(float(v)), Fraction(0)) for v in a]
    if len(a) < 2 or not sum(weights):
        return nan
    shares = sorted(
        (
            sum(w for w, c in zip(weights, y, strict=True) if c == label) / sum(weights)
            for label in set(y)
        ),
        reverse=True,
    )
    shares = [share for share in shares if share]
    m = next(
        m
        for m in range(1, len(shares) + 1)
        if sum(shares[:m]) >= threshold - Fraction(1, 10**9) or m == len(shares)
    )
    return float(Fraction(len(a) - m, len(a) - 1))
