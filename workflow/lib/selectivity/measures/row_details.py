"""What a row tells beside the measures: the parts of a ratio, thresholds and sizes, and rates of the top k."""

from typing import Any

import numpy as np

from selectivity.measures.classwise import ClassScores
from selectivity.measures.compiled import Integer, kernel
from selectivity.measures.keys import activation_of
from selectivity.measures.rows import mean_outside
from selectivity.measures.workspace import Classes, Scratch


@kernel
def fill_means_in_and_out(classes: Classes, scores: ClassScores, row: Any) -> None:
    """Fill what CCMAS and CCMAS_2 are made of, and whether negative means take them out of their range."""
    label = row.ccmas_class
    if label >= 0:
        inside, outside = scores.means[label], mean_outside(label, -1, scores.sums, classes)
        n = float(classes.sizes[label])
        row.ccmas_mean_in, row.ccmas_mean_out = inside, outside
        row.ccmas_standard_error_in = np.sqrt(scores.scatter[label] / (n - 1.0) / n)
        row.ccmas_is_out_negative = outside < 0.0
        row.ccmas_is_sum_not_positive = inside + outside <= 0.0
    label = row.ccmas_2_class
    if label >= 0:
        inside, outside = scores.means[label], mean_outside(label, -1, scores.sums, classes)
        row.ccmas_2_mean_in, row.ccmas_2_mean_out = inside, outside
        row.ccmas_2_is_out_negative = outside < 0.0
        row.ccmas_2_is_sum_not_positive = inside + outside <= 0.0


@kernel
def fill_thresholds(
    ranked: np.ndarray, base: Integer, classes: Classes, scratch: Scratch, row: Any
) -> None:
    """Fill the highest thresholds of the best recall at 95 % precision and of the maximum F1."""
    N = row.n_images
    label = row.recall_at_95_precision_class
    if label < 0:
        return
    P, start = classes.sizes[label], classes.offsets[label]
    n_listed = np.int64(scratch.filled[label] - start)
    n_zero = P - n_listed
    selected: Integer = 0
    row.recall_at_95_precision_threshold = np.inf
    if n_zero > 0 and 20 * P >= 19 * N:
        selected = N
        row.recall_at_95_precision_threshold = 0.0
    else:
        for k in range(n_listed):
            s = np.int64(scratch.selected[start + np.uint64(k)])
            if 19 * s > 20 * P:
                break
            if 20 * (k + 1) >= 19 * s:
                selected = s
        if selected > 0:
            row.recall_at_95_precision_threshold = activation_of(ranked[selected - 1], base)
    row.recall_at_95_precision_selected = selected
    label = row.max_f1_class
    P, start = classes.sizes[label], classes.offsets[label]
    n_listed = np.int64(scratch.filled[label] - start)
    hits: Integer = 0
    selected = 0
    for k in range(n_listed):
        s = np.int64(scratch.selected[start + np.uint64(k)])
        if (k + 1) * (selected + P) > hits * (s + P):
            hits, selected = k + 1, s
    if n_listed < P and P * (selected + P) > hits * (N + P):
        row.max_f1_threshold = 0.0
    else:
        row.max_f1_threshold = activation_of(ranked[selected - 1], base)


@kernel
def fill_best_share(classes: Classes, scores: ClassScores, row: Any) -> None:
    """Fill the largest share of a class above zero, and that class."""
    best = -1
    for label in range(len(classes.sizes)):
        if classes.sizes[label] < classes.smallest:
            continue
        if best < 0 or scores.positive[label] * classes.sizes[best] > (
            scores.positive[best] * classes.sizes[label]
        ):
            best = label
    if best >= 0:
        row.max_proportion_positive_class = best
        row.max_proportion_positive = scores.positive[best] / classes.sizes[best]


@kernel
def fill_top_rates(
    top_k: np.ndarray,
    n_ranked: Integer,
    base: Integer,
    classes: Classes,
    scratch: Scratch,
    fractions: np.ndarray,
    winners: np.ndarray,
) -> None:
    """Fill zeros among the top k, its size, and the rates of the modal class when the top k is selected.

    `fractions` and `winners` are those of `fill_top_k`; expected counts of ties enter the rates linearly, so that
    these are expectations too.
    """
    N = np.int64(classes.offsets[len(classes.sizes)])
    for i in range(len(top_k)):
        k = min(top_k[i], N)
        n_zero = max(k - n_ranked, 0)
        for rank in range(min(k, n_ranked)):
            n_zero += np.int64(activation_of(scratch.ranked[rank], base) == 0.0)
        P = float(classes.sizes[winners[i]])
        hits = fractions[0, i] * k
        recall, specificity = hits / P, 1.0 - (k - hits) / (N - P)
        fractions[3, i] = n_zero
        fractions[4, i] = k
        fractions[5, i], fractions[6, i] = recall, specificity
        fractions[7, i] = recall + specificity - 1.0
