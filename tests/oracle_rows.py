"""Every default measure of one unit as a row of the table, filled from the literal measures of `oracles`."""

from fractions import Fraction
from math import nan

from oracles import (
    argmax,
    auc,
    average_precision,
    contrast,
    informedness,
    localist_gap,
    max_f1,
    max_f1_threshold,
    mean,
    members,
    moments,
    outside,
    present,
    proportion_positive,
    recall_at_95,
    recall_at_95_threshold,
    standard_error,
    top_class,
    top_class_selectivity,
    top_k_expectation,
    zeros_in_top,
)

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
