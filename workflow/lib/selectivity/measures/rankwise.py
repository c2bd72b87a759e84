"""Scores with one threshold per rank, as the papers' released code has them: the order of ties decides.

Ties are ranked in the order in which images are stored, class by class.
"""

from typing import NamedTuple

import numpy as np

from selectivity.measures.compiled import Integer, kernel
from selectivity.measures.keys import CLASS_MASK

SHORT_LIST = 100  # ranks of the truncated average precision


class RankScores(NamedTuple):
    """Per class: the best ``hits*N - misses*P`` over ranks, where it lies, and sums of precisions at hits."""

    best: np.ndarray
    best_rank: np.ndarray
    best_hits: np.ndarray
    precision: np.ndarray
    precision_100: np.ndarray


@kernel
def label_ranks(
    ranked: np.ndarray,
    n_ranked: Integer,
    offsets: np.ndarray,
    filled: np.ndarray,
    labels: np.ndarray,
) -> None:
    """Write the class at each rank; images that were not ranked (zeros) follow class by class."""
    for rank in range(n_ranked):
        labels[rank] = ranked[rank] & CLASS_MASK
    rank = n_ranked
    for label in range(len(filled)):
        n_zero = np.int64(offsets[label + 1] - filled[label])
        labels[rank : rank + n_zero] = label
        rank += n_zero


@kernel
def score_ranks(
    labels: np.ndarray, sizes: np.ndarray, hits: np.ndarray, scores: RankScores
) -> None:
    """Scan the ranks from the top and fill the scores of every class; all arrays come in zeroed."""
    N = len(labels)
    for i in range(N):
        label = labels[i]
        hits[label] += 1
        tp, rank, P = hits[label], i + 1, sizes[label]
        value = tp * N - (rank - tp) * P
        if value > scores.best[label]:
            scores.best[label] = value
            scores.best_rank[label] = rank
            scores.best_hits[label] = tp
        scores.precision[label] += tp / rank
        if rank <= SHORT_LIST:
            scores.precision_100[label] += tp / rank


@kernel
def first_fall(labels: np.ndarray, label: Integer, P: Integer) -> Integer:
    """Return the hits at the first rank whose precision is at most .95, or 0 if all members come before."""
    hits: Integer = 0
    for i in range(len(labels)):
        if hits == P:
            return 0
        hits += np.int64(labels[i] == label)
        if 20 * hits <= 19 * (i + 1):
            return hits
    return 0
