"""The measures of a unit when labels are permuted over its images: the ranking is kept, labels are dealt anew.

Dealing shuffled labels to ranks is the same as permuting them over images, and needs no image numbers. One shuffled
deck serves all units: each reads it from a first card of its own, going around, so that units are nearly independent.
A permutation costs one pass over the ranking, which needs neither the sort nor a search for ties.
"""

from typing import Any, NamedTuple

import numpy as np

from selectivity.measures.classwise import best_class, score_classes
from selectivity.measures.compiled import Integer, kernel
from selectivity.measures.keys import CLASS_BITS, CLASS_MASK, activation_of
from selectivity.measures.rows import (
    fill_best_classes,
    fill_class_means,
    fill_informedness,
    fill_localist,
    fill_top_class,
    fill_top_k,
)
from selectivity.measures.units import is_constant, rank_unit
from selectivity.measures.workspace import Classes, Scratch

LEAST_DEALT = 1024  # ranks that get their label even when no top k reaches so far


class RankedValues(NamedTuple):
    """What a ranking tells at each rank, whatever the labels."""

    values: np.ndarray  # float32
    selected: np.ndarray  # uint32: images at or above the activation
    tied: np.ndarray  # uint32: the ranks that tie with another, in ascending order
    others: np.ndarray  # uint32: with how many


def shuffled_labels(class_sizes: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Return the labels of all images in random order."""
    labels = np.repeat(np.arange(len(class_sizes), dtype=np.uint16), class_sizes)
    generator.shuffle(labels)
    return labels


def new_ranked_values(n_images: int) -> RankedValues:
    """Return the memory for one unit."""
    kinds = (np.float32, np.uint32, np.uint32, np.uint32)
    return RankedValues(*(np.zeros(n_images, kind) for kind in kinds))


@kernel
def read_ranking(ranked: np.ndarray, n: Integer, base: Integer, out: RankedValues) -> Integer:
    """Fill `out` from a ranking; return the number of ranks that tie with another."""
    n_tied: Integer = 0
    start = 0
    while start < n:
        key = ranked[start] >> CLASS_BITS
        stop = start + 1
        while stop < n and (ranked[stop] >> CLASS_BITS) == key:
            stop += 1
        value = np.float32(activation_of(ranked[start], base))
        for rank in range(start, stop):
            out.values[rank] = value
            out.selected[rank] = stop
            if stop - start > 1:
                out.tied[n_tied] = rank
                out.others[n_tied] = stop - start - 1
                n_tied += 1
        start = stop
    return n_tied


@kernel
def last_rank_needed(ranked: np.ndarray, n: Integer, k: Integer) -> Integer:
    """Return how many ranks show the top k, its last tie group and the rank behind it."""
    rank = min(k, n)
    while (
        rank < n and rank > 0 and (ranked[rank] >> CLASS_BITS) == (ranked[rank - 1] >> CLASS_BITS)
    ):
        rank += 1
    return min(max(rank + 1, LEAST_DEALT), n)


@kernel
def deal_top(
    ranked: np.ndarray,
    n: Integer,
    needed: Integer,
    labels: np.ndarray,
    first: Integer,
    out: np.ndarray,
) -> None:
    """Copy the top ranks to `out` with the labels dealt to them: those needed, and on while all are of one class."""
    N = len(labels)
    is_pure = True
    for rank in range(n):
        if rank >= needed and not is_pure:
            break
        card = first + rank
        if card >= N:
            card -= N
        out[rank] = (ranked[rank] & ~CLASS_MASK) | np.uint64(labels[card])
        is_pure = is_pure and (out[rank] & CLASS_MASK) == (out[0] & CLASS_MASK)


@kernel
def deal_ranks(
    labels: np.ndarray,
    values: np.ndarray,
    selected: np.ndarray,
    filled: np.ndarray,
    sums: np.ndarray,
    out: np.ndarray,
) -> None:
    """Add the `selected` counts and the values of consecutive ranks to the lists and sums of their classes."""
    for i in range(len(values)):
        label = np.uint64(labels[i])
        place = filled[label]
        out[place] = selected[i]
        filled[label] = place + np.uint64(1)
        sums[label] += np.float64(values[i])


@kernel
def deal_all(
    labels: np.ndarray,
    first: Integer,
    n: Integer,
    n_tied: Integer,
    ranking: RankedValues,
    classes: Classes,
    scratch: Scratch,
) -> None:
    """Deal labels, from card `first` on and around, to all ranks: the class lists and sums of a permuted unit."""
    N = len(labels)
    filled, sums, excess = scratch.filled, scratch.scores.sums, scratch.excess
    for label in range(len(filled)):
        filled[label] = classes.offsets[label]
        sums[label] = 0.0
        excess[label] = 0
    turn = min(n, N - first)
    values, selected = ranking.values, ranking.selected
    deal_ranks(labels[first:], values[:turn], selected[:turn], filled, sums, scratch.selected)
    deal_ranks(labels, values[turn:n], selected[turn:n], filled, sums, scratch.selected)
    for i in range(n_tied):
        card = first + np.int64(ranking.tied[i])
        if card >= N:
            card -= N
        excess[labels[card]] += np.int64(ranking.others[i])


@kernel
def measure_permuted(
    labels: np.ndarray,
    first: Integer,
    n: Integer,
    base: Integer,
    needed: Integer,
    n_tied: Integer,
    ranking: RankedValues,
    classes: Classes,
    top_k: np.ndarray,
    scratch: Scratch,
    row: Any,
    fractions: np.ndarray,
    winners: np.ndarray,
) -> None:
    """Fill the row of a unit under permuted labels; its own ranking lies in ``scratch.packed``."""
    scores, dealt, own = scratch.scores, scratch.ranked, scratch.packed
    row.n_images = len(labels)
    deal_top(own, n, needed, labels, first, dealt)
    deal_all(labels, first, n, n_tied, ranking, classes, scratch)
    score_classes(
        classes.sizes,
        classes.offsets,
        n,
        scratch.filled,
        scratch.excess,
        scratch.selected,
        scores,
    )
    fill_top_k(top_k, n, classes, scratch, fractions, winners)
    run = fill_top_class(dealt, n, classes, row)
    fill_localist(own, n, base, run, classes, scratch, row)
    fill_class_means(classes, scores, row)
    fill_best_classes(classes, scores, row)
    label = best_class(scores.informedness, classes.sizes, classes.smallest, -1)
    if label >= 0:
        fill_informedness(label, own, base, classes, scratch, row)


@kernel
def measure_decks(
    column: np.ndarray,
    bits: np.ndarray,
    decks: np.ndarray,
    firsts: np.ndarray,
    classes: Classes,
    top_k: np.ndarray,
    scratch: Scratch,
    ranking: RankedValues,
    rows: Any,
    fractions: np.ndarray,
    winners: np.ndarray,
) -> None:
    """Rank a unit once and fill one row for each of `decks`, shuffled labels (n_decks, n_images)."""
    n, base = rank_unit(column, bits, classes, scratch)
    if is_constant(n, scratch.ranked, len(column)):
        return
    own = scratch.packed
    own[: n + 1] = scratch.ranked[: n + 1]
    n_tied = read_ranking(own, n, base, ranking)
    needed = last_rank_needed(own, n, top_k.max())
    for d in range(len(firsts)):
        measure_permuted(
            decks[d],
            firsts[d],
            n,
            base,
            needed,
            n_tied,
            ranking,
            classes,
            top_k,
            scratch,
            rows[d],
            fractions[d],
            winners,
        )
