"""Named variants of the measures, each computed beside the default as ``<column>__<variant>``.

A variant is a function of a ranked unit that returns the columns it changes. What each one stands for is said in
`variant_names`.
"""

from typing import Any

import numpy as np

from selectivity.measures.gaps import upper_part
from selectivity.measures.ranked_units import RankedUnit
from selectivity.measures.rankwise import SHORT_LIST, first_fall
from selectivity.measures.rows import CLASS_SELECTIVITY_EPSILON, contrast
from selectivity.measures.settings import GapSettings, MeasureSettings

Columns = dict[str, float]


def with_class(column: str, value: float, label: int) -> Columns:
    """Return a value and the class it belongs to."""
    return {column: float(value), f"{column}_class": label}


def winner(column: str, values: np.ndarray, label: int) -> Columns:
    """Return the value of the winning class, undefined where no class was eligible."""
    return with_class(column, values[label] if label >= 0 else np.nan, label)


def recall_p95_first(unit: RankedUnit, settings: MeasureSettings) -> Columns:
    """Only the class of rank 1 can score: any other has a precision of 0 there."""
    recall = np.zeros(len(unit.classes.sizes))
    P = unit.classes.sizes[unit.top_class]
    recall[unit.top_class] = first_fall(unit.labels, unit.top_class, P) / P
    return winner("recall_at_95_precision", recall, unit.best(recall))


def topimage_class(unit: RankedUnit, settings: MeasureSettings) -> Columns:
    """Precision, CCMAS and recall at 95 % precision of the class of the most active image."""
    label = unit.top_class
    columns = with_class("ccmas", ccmas_of(label, unit.scores.sums, unit), label)
    columns |= winner("recall_at_95_precision", unit.scores.recall_95, label)
    for k in settings.top_k:
        k_used = min(k, unit.n_images)
        share = unit.expected_counts(k_used)[label] / k_used
        columns |= with_class(f"precision_{k}", share, label)
    return columns


def modal100_class(unit: RankedUnit, settings: MeasureSettings) -> Columns:
    """Recall at 95 % precision of the most frequent class among the 100 most active images above zero."""
    n_used = min(SHORT_LIST, int(np.count_nonzero(unit.values > 0)))
    label = int(np.argmax(np.round(unit.expected_counts(n_used), 12))) if n_used else -1
    return winner("recall_at_95_precision", unit.scores.recall_95, label)


def ranks2to101(unit: RankedUnit, settings: MeasureSettings) -> Columns:
    """Precision of the modal class when the most active image is skipped."""
    columns: Columns = {}
    for k in settings.top_k:
        counts, k_used = skipped_counts(unit, k)
        label = int(np.argmax(np.round(counts, 12)))
        columns |= with_class(f"precision_{k}", counts[label] / k_used, label)
    return columns


def topimage_ranks2to101(unit: RankedUnit, settings: MeasureSettings) -> Columns:
    """Precision of the most active image's class when that image is skipped."""
    columns: Columns = {}
    for k in settings.top_k:
        counts, k_used = skipped_counts(unit, k)
        columns |= with_class(f"precision_{k}", counts[unit.top_class] / k_used, unit.top_class)
    return columns


def topimage_upper_part(unit: RankedUnit, settings: MeasureSettings) -> Columns:
    """Count the top image's class behind the top image, no further than the upper part of the range."""
    most = (settings.gap or GapSettings()).images
    found: Any = upper_part(unit.scratch.ranked, unit.n_ranked, unit.base, unit.n_images, most)
    n_half = int(np.count_nonzero(unit.values >= found[1]))
    columns: Columns = {}
    for k in settings.top_k:
        n_counted, k_used = min(k, n_half - 1), min(k, unit.n_images - 1)
        count = skipped_counts(unit, n_counted)[0][unit.top_class] if n_counted else 0.0
        columns |= with_class(f"precision_{k}", count / k_used, unit.top_class)
    return columns


def skipped_counts(unit: RankedUnit, k: int) -> tuple[np.ndarray, int]:
    """Return each class's expected count at ranks 2 to k + 1, and the number of these ranks."""
    k_used = min(k, unit.n_images - 1)
    return unit.expected_counts(k_used + 1) - unit.expected_counts(1), k_used


def rank(unit: RankedUnit, settings: MeasureSettings) -> Columns:
    """Precision and number of classes when ties at the k-th place are cut in stored order."""
    columns: Columns = {}
    for k in settings.top_k:
        counts = np.bincount(unit.labels[:k])
        label = int(counts.argmax())
        columns |= with_class(f"precision_{k}", counts[label] / counts.sum(), label)
        columns[f"n_classes_{k}"] = float(np.count_nonzero(counts))
    return columns


def ccmas_of(label: int, sums: np.ndarray, unit: RankedUnit, without: int = -1) -> float:
    """Return CCMAS of a class, the images of class `without` left out."""
    sizes = unit.classes.sizes
    others = unit.others(label, without)
    if label < 0 or not others.any():
        return np.nan
    return contrast(sums[label] / sizes[label], sums[others].sum() / sizes[others].sum())


def both_ccmas(unit: RankedUnit, sums: np.ndarray) -> Columns:
    """Return CCMAS and CCMAS_2 from class sums."""
    means = sums / np.maximum(unit.classes.sizes, 1)
    first = unit.best(means)
    second = unit.best(means, without=first)
    return {
        **with_class("ccmas", ccmas_of(first, sums, unit), first),
        **with_class("ccmas_2", ccmas_of(second, sums, unit), second),
    }


def ccmas2_without_best(unit: RankedUnit, settings: MeasureSettings) -> Columns:
    """CCMAS_2 after the best class is deleted; its class is an index into the shortened list."""
    first = unit.best(unit.scores.means)
    second = unit.best(unit.scores.means, without=first)
    value = ccmas_of(second, unit.scores.sums, unit, without=first)
    return with_class("ccmas_2", value, second - int(second > first))


def shifted(unit: RankedUnit, settings: MeasureSettings) -> Columns:
    """CCMAS above the unit's minimum."""
    lowest = float(unit.values.min())
    return both_ccmas(unit, unit.class_sums(unit.values.astype(np.float64) - lowest))


def relu(unit: RankedUnit, settings: MeasureSettings) -> Columns:
    """CCMAS of the rectified activations."""
    return both_ccmas(unit, unit.class_sums(np.maximum(unit.values, 0)))


def morcos(unit: RankedUnit, settings: MeasureSettings) -> Columns:
    """CCMAS against the mean of the other class means."""
    means = unit.scores.means
    columns: Columns = {}
    label = -1
    for column in ("ccmas", "ccmas_2"):
        label = unit.best(means, without=label)
        others = means[unit.others(label)].mean()
        value = contrast(means[label], others) if label >= 0 else np.nan
        columns |= with_class(column, value, label)
    return columns


def pooled(unit: RankedUnit, settings: MeasureSettings) -> Columns:
    """Class selectivity against the mean over all other images."""
    sums, sizes = unit.scores.sums, unit.classes.sizes
    label = unit.best(unit.scores.means)
    if label < 0:
        return with_class("class_selectivity", np.nan, -1)
    others = unit.others(label)
    outside = sums[others].sum() / sizes[others].sum()
    inside = unit.scores.means[label]
    value = (inside - outside) / (inside + outside + CLASS_SELECTIVITY_EPSILON)
    return with_class("class_selectivity", value, label)


def informedness_code(unit: RankedUnit, settings: MeasureSettings) -> Columns:
    """Maximum informedness as released: rank thresholds, specificity 1 - FP/N."""
    return code_informedness(unit, eligible(unit))


def informedness_code_candidates10(unit: RankedUnit, settings: MeasureSettings) -> Columns:
    """Maximum informedness as released, over its ten candidate classes."""
    return code_informedness(unit, candidates_of(unit))


def code_informedness(unit: RankedUnit, candidates: np.ndarray) -> Columns:
    """Return the informedness columns of the best candidate class, by rank thresholds."""
    rates = ("recall", "specificity", "precision", "false_positive_rate", "false_discovery_rate")
    names = ("selected", *rates)
    if not len(candidates):
        empty = {f"informedness_{name}": np.nan for name in ("threshold", *names)}
        return {**with_class("max_informedness", np.nan, -1), **empty}
    N, scores = unit.n_images, unit.rank_scores
    sizes = unit.classes.sizes[candidates]
    values = scores.best[candidates] / (sizes * float(N))
    best = int(np.argmax(values))
    label, P = int(candidates[best]), int(sizes[best])
    selected, hits = int(scores.best_rank[label]), int(scores.best_hits[label])
    misses = selected - hits
    ordered = np.partition(unit.values, N - selected) if selected else np.array([np.inf])
    precision, false = (hits / selected, misses / selected) if selected else (np.nan, np.nan)
    values_of = (selected, hits / P, 1 - misses / N, precision, misses / N, false)
    return {
        **with_class("max_informedness", values[best], label),
        "informedness_threshold": float(ordered[N - selected if selected else 0]),
        **{f"informedness_{name}": value for name, value in zip(names, values_of, strict=True)},
    }


def candidates10(unit: RankedUnit, settings: MeasureSettings) -> Columns:
    """Class-wise maxima over the released code's ten candidate classes."""
    found = candidates_of(unit)
    columns: Columns = {}
    scores = {
        "recall_at_95_precision": unit.scores.recall_95,
        "max_informedness": unit.scores.informedness,
        "max_f1": unit.scores.max_f1,
        "average_precision": unit.scores.average_precision,
    }
    for column, values in scores.items():
        label = int(found[np.argmax(np.round(values[found], 12))]) if len(found) else -1
        columns |= winner(column, values, label)
    return columns


def candidates_of(unit: RankedUnit) -> np.ndarray:
    """Return the first ten classes met from rank 100 up to rank 1, in class order."""
    met = dict.fromkeys(unit.labels[99::-1].tolist())
    first_ten = sorted(list(met)[:10])
    return np.array([c for c in first_ten if c in set(eligible(unit).tolist())], np.int64)


def eligible(unit: RankedUnit) -> np.ndarray:
    """Return the classes that are large enough to win."""
    return np.flatnonzero(unit.classes.sizes >= unit.classes.smallest)


def localist_disjoint(unit: RankedUnit, settings: MeasureSettings) -> Columns:
    """Ask for a class that lies entirely above or entirely below all others."""
    lowest, highest = unit.class_range()
    apart = (lowest > largest_other(highest)) | (highest < -largest_other(-lowest))
    return {"localist": float(apart.any())}


def localist_code(unit: RankedUnit, settings: MeasureSettings) -> Columns:
    """Follow the released loop over classes, which lets a silent class reset the flag."""
    lowest, highest = unit.class_range()
    lowest_other, highest_other = -largest_other(-lowest), largest_other(highest)
    found = False
    for i in range(len(lowest)):
        if highest[i] > lowest_other[i] and highest_other[i] > lowest[i]:
            continue
        on = lowest_other[i] < highest[i]
        gap = lowest[i] - highest_other[i] if on else lowest_other[i] - highest[i]
        found = not (highest[i] == 0 and gap == 0)
    return {"localist": float(found)}


def largest_other(values: np.ndarray) -> np.ndarray:
    """Return for each element the largest of all others."""
    best = int(np.argmax(values))
    others = np.full(len(values), values[best])
    others[best] = np.delete(values, best).max()
    return others


def run_length(unit: RankedUnit, settings: MeasureSettings) -> Columns:
    """Top-class selectivity from the run at the top of the list."""
    others = np.flatnonzero(unit.labels != unit.top_class)
    return {"top_class_selectivity": int(others[0]) / int(unit.classes.sizes[unit.top_class])}


def ap_rank(unit: RankedUnit, settings: MeasureSettings) -> Columns:
    """Average precision with ties in stored order."""
    return rank_average(unit, unit.rank_scores.precision)


def ap_100(unit: RankedUnit, settings: MeasureSettings) -> Columns:
    """Average precision of the first 100 ranks."""
    return rank_average(unit, unit.rank_scores.precision_100)


def rank_average(unit: RankedUnit, precision: np.ndarray) -> Columns:
    """Return the class-wise maximum of a sum of precisions divided by the class size."""
    values = precision / np.maximum(unit.classes.sizes, 1)
    return winner("average_precision", values, unit.best_average(values))


def ddof0(unit: RankedUnit, settings: MeasureSettings) -> Columns:
    """Take standard errors from the population's standard deviation."""
    best = unit.best(unit.scores.means)
    inside = np.nan
    if best >= 0:
        inside = float(unit.scores.scatter[best]) ** 0.5 / int(unit.classes.sizes[best])
    whole = float(unit.values.std(dtype=np.float64)) / unit.n_images**0.5
    return {"standard_error": whole, "ccmas_standard_error_in": inside}
