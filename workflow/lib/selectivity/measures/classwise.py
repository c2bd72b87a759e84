"""Scores of every class of one unit, from one pass over its ranking.

For a class, a threshold is described by two counts: ``hits``, its images at or above the threshold, and ``selected``,
all images at or above it. Thresholds lie at distinct activations only, so tied images enter together. Decisions
compare integers: informedness by ``hits * N - selected * P``, precision by cross-multiplication.
"""

from typing import NamedTuple

import numpy as np

from selectivity.measures.compiled import Integer, finite_kernel, kernel
from selectivity.measures.keys import CLASS_BITS, CLASS_MASK

_ONE = np.uint64(1)
# Averages of fractions carry rounding errors: classes this close tie, and the lowest index wins.
AVERAGE_TOLERANCE = 1e-12


class ClassScores(NamedTuple):
    """Per class: totals of its activations and its best scores over all thresholds."""

    sums: np.ndarray
    scatter: np.ndarray  # squared deviations from the class mean
    positive: np.ndarray  # images above zero
    means: np.ndarray
    recall_95: np.ndarray  # largest recall at a precision of at least .95
    informedness: np.ndarray
    max_f1: np.ndarray
    average_precision: np.ndarray
    auc: np.ndarray


def empty_scores(n_classes: int) -> ClassScores:
    """Return the arrays of `ClassScores` for one worker."""
    return ClassScores(*(np.zeros(n_classes) for _ in ClassScores._fields))


@kernel
def collect_selected(
    ranked: np.ndarray,
    n: Integer,
    offsets: np.ndarray,
    filled: np.ndarray,
    excess: np.ndarray,
    selected: np.ndarray,
) -> Integer:
    """List for each class the counts ``selected`` at its members, most active first; return the number of tie groups.

    The list of a class starts at its offset and ends at ``filled``. ``excess`` sums (size of the tie group - 1) over
    its members, from which mid-ranks follow.
    """
    for label in range(len(filled)):
        filled[label] = offsets[label]
        excess[label] = 0
    n_groups = 0
    if n == np.uint64(0):
        return n_groups
    ranked[n] = ~ranked[n - _ONE]  # a sentinel with another key ends the last group
    i = np.uint64(0)
    item = ranked[0]
    while i < n:
        j = i + _ONE
        following = ranked[j]
        if (following ^ item) > CLASS_MASK:
            label = item & CLASS_MASK
            place = filled[label]
            selected[place] = np.uint32(j)
            filled[label] = place + _ONE
        else:
            n_groups += 1
            j = _collect_group(ranked, i, filled, excess, selected)
            following = ranked[j]
        i = j
        item = following
    return n_groups


@kernel
def _collect_group(
    ranked: np.ndarray, start: Integer, filled: np.ndarray, excess: np.ndarray, selected: np.ndarray
) -> Integer:
    """List the members of the tie group that starts at rank `start`; return the rank after it."""
    key = ranked[start] >> CLASS_BITS
    stop = start + _ONE
    while (ranked[stop] >> CLASS_BITS) == key:
        stop += _ONE
    others = np.int64(stop - start) - 1
    for rank in range(start, stop):
        label = ranked[rank] & CLASS_MASK
        place = filled[label]
        selected[place] = np.uint32(stop)
        filled[label] = place + _ONE
        excess[label] += others
    return stop


@finite_kernel
def _bits_of(value: float) -> Integer:
    """Return a float64's bits; those of numbers of at least zero have the order of the numbers."""
    return np.float64(value).view(np.int64)


@finite_kernel
def _value_of(bits: Integer) -> float:
    return np.int64(bits).view(np.float64)


@finite_kernel
def _scan_thresholds(selected: np.ndarray, P: float, N: float) -> tuple[float, float, float, float]:
    """Return the maxima of ``hits*N - selected*P`` and of F1/2, the sum of precisions and the sum of ``selected``.

    Within a tie group only the last member has all hits, and it dominates both maxima. One division serves precision,
    hits / s, and F1/2, hits / (s + P). Maxima are of integers and counts of 32 bits, because the compiler uses SIMD for
    these: three to six times the speed.
    """
    informedness, half_f1 = np.int64(0), np.int64(0)
    precision, rank_sum = 0.0, 0.0
    for k in range(len(selected)):
        s = float(np.int32(selected[k]))
        hits = float(np.int32(k + 1))
        quotient = hits / (s * (s + P))
        informedness = max(informedness, _bits_of(hits * N - s * P))
        half_f1 = max(half_f1, _bits_of(quotient * s))
        precision += quotient * (s + P)
        rank_sum += s
    return _value_of(informedness), _value_of(half_f1), precision, rank_sum


@finite_kernel
def _has_repeats(selected: np.ndarray) -> bool:
    """Tell whether two members of a class tie; without a branch per member."""
    repeats: Integer = 0
    for k in range(len(selected) - 1):
        repeats += np.int64(selected[k] == selected[k + 1])
    return repeats > 0


@kernel
def _tied_precision(selected: np.ndarray) -> float:
    """Return what the sum of precisions lacks because tied members were counted one after the other."""
    missing = 0.0
    last = len(selected)
    for k in range(len(selected) - 2, -1, -1):
        if selected[k] != selected[k + 1]:
            last = k + 1
        else:
            missing += float(last - k - 1) / float(selected[k])
    return missing


@kernel
def _hits_at_95(selected: np.ndarray, P: Integer, N: Integer, n_zero: Integer) -> Integer:
    """Return the largest number of hits at a threshold with a precision of at least .95."""
    if n_zero > 0 and 20 * P >= 19 * N:
        return P
    hits = 0
    for k in range(len(selected)):
        s = np.int64(selected[k])
        if 19 * s > 20 * P:
            break
        if 20 * (k + 1) >= 19 * s:
            hits = k + 1
    return hits


@kernel
def score_class(
    selected: np.ndarray, P: Integer, N: Integer, n_ranked: Integer, excess: Integer
) -> tuple[float, float, float, float, float]:
    """Return a class's recall at 95 % precision, informedness, F1, average precision and AUC.

    Its ranked members have the counts `selected`; the rest of its images are zero.
    """
    n_zero = P - len(selected)
    informedness, half_f1, precision, rank_sum = _scan_thresholds(selected, float(P), float(N))
    if excess > 0 and _has_repeats(selected):
        precision += _tied_precision(selected)
    if n_zero > 0:
        precision += n_zero * (P / N)
        half_f1 = max(half_f1, P / (N + P))
    pairs = float(P) * float(N - P)
    # Twice the sum of mid-ranks: a member of a tie group that ends at s has 2s - (size - 1).
    twice_ranks = 2.0 * rank_sum - float(excess) + float(n_zero) * float(n_ranked + 1 + N)
    twice_lost = twice_ranks - float(P) * float(P + 1)
    return (
        _hits_at_95(selected, P, N, n_zero) / P,
        informedness / pairs,
        2.0 * half_f1,
        precision / P,
        (2.0 * pairs - twice_lost) / (2.0 * pairs),
    )


@kernel
def score_classes(
    sizes: np.ndarray,
    offsets: np.ndarray,
    n_ranked: Integer,
    filled: np.ndarray,
    excess: np.ndarray,
    selected: np.ndarray,
    scores: ClassScores,
) -> None:
    """Fill the scores of every class that has images."""
    N = np.int64(offsets[len(sizes)])
    means, recall_95, informedness = scores.means, scores.recall_95, scores.informedness
    max_f1, average_precision, auc = scores.max_f1, scores.average_precision, scores.auc
    for label in range(len(sizes)):
        P = sizes[label]
        if P == 0:
            continue
        members = selected[offsets[label] : filled[label]]
        found = score_class(members, P, N, n_ranked, excess[label])
        recall_95[label], informedness[label] = found[0], found[1]
        max_f1[label], average_precision[label], auc[label] = found[2], found[3], found[4]
        means[label] = scores.sums[label] / P


@kernel
def best_class(
    values: np.ndarray, sizes: np.ndarray, smallest: Integer, skipped: Integer
) -> Integer:
    """Return the class of the largest value, the lowest index among equals, or -1 if none is eligible."""
    best = -1
    for label in range(len(sizes)):
        if sizes[label] < smallest or label == skipped:
            continue
        if best < 0 or values[label] > values[best]:
            best = label
    return best


@kernel
def best_average(values: np.ndarray, sizes: np.ndarray, smallest: Integer) -> Integer:
    """Return the best class as `best_class` does, for averages that carry rounding errors."""
    best = best_class(values, sizes, smallest, -1)
    for label in range(best):
        if sizes[label] >= smallest and values[label] >= values[best] - AVERAGE_TOLERANCE:
            return label
    return best
