"""The row of one unit: each measure from the unit's ranking and its class scores."""

from typing import Any

import numpy as np

from selectivity.measures.classwise import ClassScores, best_average, best_class
from selectivity.measures.compiled import Integer, kernel
from selectivity.measures.keys import CLASS_BITS, CLASS_MASK, activation_of
from selectivity.measures.topk import count_top, expected_top
from selectivity.measures.workspace import Classes, Scratch

CCMAS_SMALLEST_SUM = 1e-12
CLASS_SELECTIVITY_EPSILON = 1e-7  # Morcos et al.: keeps silent units finite


@kernel
def contrast(inside: float, outside: float) -> float:
    """Return (inside - outside) / (inside + outside), NaN where the sum vanishes."""
    total = inside + outside
    if abs(total) < CCMAS_SMALLEST_SUM:
        return np.nan
    return (inside - outside) / total


@kernel
def mean_outside(
    label: Integer, also_without: Integer, sums: np.ndarray, classes: Classes
) -> float:
    """Return the mean over all images outside class `label`, and outside `also_without` unless it is -1."""
    total, count = 0.0, 0
    for other in range(len(classes.sizes)):
        if other != label and other != also_without:
            total += sums[other]
            count += classes.sizes[other]
    return total / count


@kernel
def fill_moments(classes: Classes, scores: ClassScores, row: Any) -> None:
    """Fill mean, standard error (n - 1) and the share of images above zero."""
    N = row.n_images
    total, positive = 0.0, 0.0
    for label in range(len(classes.sizes)):
        total += scores.sums[label]
        positive += scores.positive[label]
    mean = total / N
    squares = 0.0
    for label in range(len(classes.sizes)):
        if classes.sizes[label] > 0:
            shift = scores.sums[label] / classes.sizes[label] - mean
            squares += scores.scatter[label] + classes.sizes[label] * shift * shift
    row.mean = mean
    row.standard_error = np.sqrt(squares / (N - 1.0) / N)
    row.proportion_positive = positive / N


@kernel
def fill_class_means(classes: Classes, scores: ClassScores, row: Any) -> None:
    """Fill CCMAS, CCMAS_2 and the class selectivity of Morcos et al."""
    first = best_class(scores.means, classes.sizes, classes.smallest, -1)
    if first < 0:
        return
    row.ccmas_class = first
    row.ccmas = contrast(scores.means[first], mean_outside(first, -1, scores.sums, classes))
    second = best_class(scores.means, classes.sizes, classes.smallest, first)
    if second >= 0:
        row.ccmas_2_class = second
        row.ccmas_2 = contrast(scores.means[second], mean_outside(second, -1, scores.sums, classes))
    others = 0.0
    for label in range(len(classes.sizes)):
        if label != first and classes.sizes[label] > 0:
            others += scores.means[label]
    others /= classes.n_filled - 1
    best = scores.means[first]
    row.class_selectivity_class = first
    row.class_selectivity = (best - others) / (best + others + CLASS_SELECTIVITY_EPSILON)


@kernel
def fill_top_class(ranked: np.ndarray, n_ranked: Integer, classes: Classes, row: Any) -> Integer:
    """Fill the class of the most active image and its recall at perfect precision; return the length of its run."""
    top = np.int64(ranked[0] & CLASS_MASK)  # ties are ranked in class order
    run: Integer = 0
    while run < n_ranked and np.int64(ranked[run] & CLASS_MASK) == top:
        run += 1
    pure = run
    if run < n_ranked:
        key = ranked[run] >> CLASS_BITS
        while pure > 0 and (ranked[pure - 1] >> CLASS_BITS) == key:
            pure -= 1
    row.top_class = top
    row.top_class_selectivity = pure / classes.sizes[top]
    return run


@kernel
def fill_localist(
    ranked: np.ndarray,
    n_ranked: Integer,
    base: Integer,
    run: Integer,
    classes: Classes,
    scratch: Scratch,
    row: Any,
) -> None:
    """Fill the largest gap between a class and all others; the top class's run has the length `run`."""
    highest = activation_of(ranked[0], base)
    outside_top = activation_of(ranked[run], base) if run < n_ranked else 0.0
    gap = -np.inf
    for label in range(len(classes.sizes)):
        if classes.sizes[label] > 0:
            lowest = lowest_member(label, ranked, base, classes, scratch)
            gap = max(gap, lowest - (outside_top if label == row.top_class else highest))
    row.localist_gap = gap
    row.localist = 1.0 if gap > 0.0 else 0.0


@kernel
def lowest_member(
    label: Integer, ranked: np.ndarray, base: Integer, classes: Classes, scratch: Scratch
) -> float:
    """Return the smallest activation of a class."""
    stop = scratch.filled[label]
    if np.int64(stop - classes.offsets[label]) < classes.sizes[label]:
        return 0.0
    rank = scratch.selected[stop - np.uint64(1)] - np.uint64(1)
    return activation_of(ranked[rank], base)


@kernel
def fill_informedness(
    label: Integer, ranked: np.ndarray, base: Integer, classes: Classes, scratch: Scratch, row: Any
) -> None:
    """Fill the rates at the highest threshold that reaches the class's maximum informedness."""
    P, N = classes.sizes[label], row.n_images
    best: Integer = 0
    hits, selected = 0, best
    row.informedness_threshold = np.inf
    start = classes.offsets[label]
    for k in range(np.int64(scratch.filled[label] - start)):
        s = np.int64(scratch.selected[start + np.uint64(k)])
        value = (k + 1) * N - s * P
        if value > best:
            best, hits, selected = value, k + 1, s
    if selected > 0:
        row.informedness_threshold = activation_of(ranked[selected - 1], base)
        row.informedness_false_discovery_rate = (selected - hits) / selected
        row.informedness_precision = hits / selected
    row.informedness_selected = selected
    row.max_informedness_class = label
    row.max_informedness = best / (float(P) * float(N - P))
    row.informedness_recall = hits / P
    row.informedness_specificity = (N - P - selected + hits) / (N - P)
    row.informedness_false_positive_rate = (selected - hits) / (N - P)


@kernel
def fill_best_classes(classes: Classes, scores: ClassScores, row: Any) -> None:
    """Fill the class-wise maxima of recall at 95 % precision, F1, average precision and AUC."""
    label = best_class(scores.recall_95, classes.sizes, classes.smallest, -1)
    if label < 0:
        return
    row.recall_at_95_precision_class = label
    row.recall_at_95_precision = scores.recall_95[label]
    label = best_average(scores.max_f1, classes.sizes, classes.smallest)
    row.max_f1_class = label
    row.max_f1 = scores.max_f1[label]
    label = best_average(scores.average_precision, classes.sizes, classes.smallest)
    row.average_precision_class = label
    row.average_precision = scores.average_precision[label]
    label = best_class(scores.auc, classes.sizes, classes.smallest, -1)
    row.auc_class = label
    row.auc = scores.auc[label]


@kernel
def fill_top_k(
    top_k: np.ndarray,
    n_ranked: Integer,
    classes: Classes,
    scratch: Scratch,
    fractions: np.ndarray,
    winners: np.ndarray,
) -> None:
    """Fill precision, number of classes and tied images at every k: the first rows of `fractions` (rows, n_k)."""
    N = np.int64(classes.offsets[len(classes.sizes)])
    for i in range(len(top_k)):
        k = min(top_k[i], N)
        places, n_tied = count_top(
            k,
            scratch.ranked,
            n_ranked,
            classes.sizes,
            scratch.filled,
            classes.offsets,
            scratch.above,
            scratch.tied,
        )
        label, count, n_classes = expected_top(scratch.above, scratch.tied, places, n_tied)
        fractions[0, i] = count / k
        fractions[1, i] = n_classes
        fractions[2, i] = n_tied
        winners[i] = label
