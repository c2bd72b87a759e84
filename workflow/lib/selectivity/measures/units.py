"""All measures of one unit: rank its activations, score its classes, fill its row."""

from typing import Any

import numpy as np

from selectivity.measures.classwise import best_class, collect_selected, score_classes
from selectivity.measures.compiled import Integer, kernel
from selectivity.measures.keys import CLASS_BITS, CLASS_MASK, bit_length
from selectivity.measures.loading import load_unit
from selectivity.measures.row_details import (
    fill_best_share,
    fill_means_in_and_out,
    fill_thresholds,
    fill_top_rates,
)
from selectivity.measures.rows import (
    fill_best_classes,
    fill_class_means,
    fill_informedness,
    fill_localist,
    fill_moments,
    fill_top_class,
    fill_top_k,
)
from selectivity.measures.sorting import sort_packed, sort_signed
from selectivity.measures.workspace import Classes, Scratch


@kernel
def rank_unit(
    column: np.ndarray, bits: np.ndarray, classes: Classes, scratch: Scratch
) -> tuple[Integer, Integer]:
    """Sort a unit and list its counts by class; return the number of ranked images and the base of the keys."""
    scores = scratch.scores
    n, is_signed, lowest, highest = load_unit(
        column, bits, classes.offsets, scratch.packed, scores.sums, scores.scatter, scores.positive
    )
    class_bits = bit_length(len(classes.sizes) - 1)
    if is_signed:
        n = np.uint64(len(bits))
        base = sort_signed(
            bits,
            classes.offsets,
            lowest,
            highest,
            class_bits,
            scratch.packed,
            scratch.ranked,
            scratch.counts,
            scratch.ends,
        )
    elif n > np.uint64(0):
        base = sort_packed(
            scratch.packed, scratch.ranked, n, class_bits, scratch.counts, scratch.ends
        )
    else:
        return np.int64(0), np.uint64(0)
    collect_selected(
        scratch.ranked, n, classes.offsets, scratch.filled, scratch.excess, scratch.selected
    )
    return np.int64(n), base


@kernel
def is_constant(n_ranked: Integer, ranked: np.ndarray, N: Integer) -> bool:
    """Tell whether all activations of a ranked unit are equal."""
    if n_ranked == 0:
        return True
    return n_ranked == N and (ranked[0] >> CLASS_BITS) == (ranked[N - 1] >> CLASS_BITS)


@kernel
def measure_unit(
    column: np.ndarray,
    bits: np.ndarray,
    classes: Classes,
    top_k: np.ndarray,
    scratch: Scratch,
    row: Any,
    fractions: np.ndarray,
    winners: np.ndarray,
) -> tuple[bool, Integer, Integer]:
    """Fill one unit's row; return whether its activations are finite, and what `rank_unit` returns."""
    row.n_images = len(column)
    n_ranked, base = rank_unit(column, bits, classes, scratch)
    ranked, scores = scratch.ranked, scratch.scores
    for label in range(len(classes.sizes)):
        if not np.isfinite(scores.sums[label]):
            return False, n_ranked, base
    row.localist = 0.0 if classes.n_filled > 1 else np.nan
    fill_moments(classes, scores, row)
    if is_constant(n_ranked, ranked, row.n_images):
        row.is_constant = True
        row.mean, row.standard_error = np.nan, np.nan
        return True, n_ranked, base
    fill_top_k(top_k, n_ranked, classes, scratch, fractions, winners)
    fill_top_rates(top_k, n_ranked, base, classes, scratch, fractions, winners)
    if classes.n_filled < 2:
        row.top_class = np.int64(ranked[0] & CLASS_MASK)
        return True, n_ranked, base
    score_classes(
        classes.sizes,
        classes.offsets,
        n_ranked,
        scratch.filled,
        scratch.excess,
        scratch.selected,
        scores,
    )
    run = fill_top_class(ranked, n_ranked, classes, row)
    fill_localist(ranked, n_ranked, base, run, classes, scratch, row)
    fill_class_means(classes, scores, row)
    fill_means_in_and_out(classes, scores, row)
    fill_best_share(classes, scores, row)
    fill_best_classes(classes, scores, row)
    fill_thresholds(ranked, base, classes, scratch, row)
    label = best_class(scores.informedness, classes.sizes, classes.smallest, -1)
    if label >= 0:
        fill_informedness(label, ranked, base, classes, scratch, row)
    return True, n_ranked, base
