"""Precision and number of classes among the k most active images, in expectation over the order of ties.

Images that tie at the k-th place share the places left: a class counts its images above the boundary value, and of the
places left the share that it has among the tied images. No seed and no order of images enters.
"""

import numpy as np

from selectivity.measures.compiled import Integer, kernel
from selectivity.measures.keys import CLASS_BITS, CLASS_MASK


@kernel
def count_top(
    k: Integer,
    ranked: np.ndarray,
    n_ranked: Integer,
    sizes: np.ndarray,
    filled: np.ndarray,
    offsets: np.ndarray,
    above: np.ndarray,
    tied: np.ndarray,
) -> tuple[Integer, Integer]:
    """Count each class above the k-th value and at it; return the places left and the number of tied images."""
    above[:] = 0
    tied[:] = 0
    if k > n_ranked:
        n_above = n_ranked
        for label in range(len(sizes)):
            above[label] = np.int64(filled[label] - offsets[label])
            tied[label] = sizes[label] - above[label]
        return k - n_above, np.int64(offsets[len(sizes)]) - n_above
    n_above = k - 1
    key = ranked[n_above] >> CLASS_BITS
    while n_above > 0 and (ranked[n_above - 1] >> CLASS_BITS) == key:
        n_above -= 1
    for rank in range(n_above):
        above[ranked[rank] & CLASS_MASK] += 1
    stop = n_above
    while stop < n_ranked and (ranked[stop] >> CLASS_BITS) == key:
        tied[ranked[stop] & CLASS_MASK] += 1
        stop += 1
    return k - n_above, stop - n_above


@kernel
def _probability_absent(tied: Integer, n_tied: Integer, places: Integer) -> float:
    """Return the chance that none of `tied` images takes one of `places` drawn from `n_tied` (hypergeometric)."""
    if places > n_tied - tied:
        return 0.0
    fewer, more = min(tied, places), max(tied, places)
    absent = 1.0
    for i in range(fewer):
        absent *= (n_tied - more - i) / (n_tied - i)
    return absent


@kernel
def expected_top(
    above: np.ndarray, tied: np.ndarray, places: Integer, n_tied: Integer
) -> tuple[Integer, float, float]:
    """Return the class with the largest expected count, that count, and the expected number of distinct classes."""
    best, best_count, n_classes = 0, np.int64(-1), 0.0
    for label in range(len(above)):
        count = above[label] * n_tied + places * tied[label]
        if count > best_count:
            best, best_count = label, count
        if above[label] > 0:
            n_classes += 1.0
        elif tied[label] > 0:
            n_classes += 1.0 - _probability_absent(tied[label], n_tied, places)
    return best, best_count / n_tied, n_classes
