"""Literal versions of the named variants, after the released code's own loops.

Activations and labels come in stored order: class by class.
"""

from fractions import Fraction
from math import nan

import oracle_gaps
import oracles


def ranking(a, y):
    """Return the labels from the most active image down, ties in stored order."""
    order = sorted(range(len(a)), key=lambda i: (-float(a[i]), i))
    return [y[i] for i in order], [float(a[i]) for i in order]


def recall_p95_first(a, y):
    labels, _ = ranking(a, y)
    recall = {}
    for c in oracles.present(y):
        P, hits, recall[c] = y.count(c), 0, Fraction(0)
        for i, label in enumerate(labels):
            if hits == P:
                break
            hits += label == c
            if Fraction(hits, i + 1) <= Fraction(95, 100):
                recall[c] = Fraction(hits, P)
                break
    c = oracles.argmax(oracles.present(y), recall.__getitem__)
    return recall[c], c


def informedness_code(a, y, candidates):
    """Return the class and its value, threshold, recall, specificity, FDR and rank at the first maximum."""
    labels, values = ranking(a, y)
    N, found = len(y), {}
    for c in candidates:
        P, hits, best = y.count(c), 0, (Fraction(0), float("inf"), Fraction(0), Fraction(1), nan, 0)
        for i, label in enumerate(labels):
            if hits == P:
                break
            hits += label == c
            misses = i + 1 - hits
            value = Fraction(hits, P) - Fraction(misses, N)
            if value > best[0]:
                specificity = 1 - Fraction(misses, N)
                false = Fraction(misses, i + 1)
                best = (value, values[i], Fraction(hits, P), specificity, false, i + 1)
        found[c] = best
    c = oracles.argmax(candidates, lambda label: found[label][0])
    return c, found[c]


def candidates10(a, y):
    met = []
    for label in ranking(a, y)[0][:100][::-1]:
        if label not in met:
            met.append(label)
    return sorted(met[:10])


def ap_rank(a, y, label, last=None):
    labels, _ = ranking(a, y)
    hits, total = 0, Fraction(0)
    for i, c in enumerate(labels[:last]):
        if c == label:
            hits += 1
            total += Fraction(hits, i + 1)
    return total / y.count(label)


def localist_code(a, y):
    """The released loop, statement by statement."""
    classes = oracles.present(y)
    all_min = [min(oracles.members(a, y, c)) for c in classes]
    all_max = [max(oracles.members(a, y, c)) for c in classes]
    is_selective = False
    for n in range(len(classes)):
        min_notmatch = min(all_min[x] for x in range(len(classes)) if x != n)
        max_notmatch = max(all_max[x] for x in range(len(classes)) if x != n)
        if all_max[n] > min_notmatch and max_notmatch > all_min[n]:
            continue
        on, off = all_min[n] - max_notmatch, min_notmatch - all_max[n]
        selectivity = on if min_notmatch < all_max[n] else off
        is_selective = True
        if all_max[n] == 0 and selectivity == 0:
            is_selective = False
            continue
    return is_selective


def localist_disjoint(a, y):
    for c in oracles.present(y):
        inside, rest = oracles.members(a, y, c), oracles.outside(a, y, c)
        if min(inside) > max(rest) or max(inside) < min(rest):
            return True
    return False


def expected_share(a, y, k, label, skip):
    """Return a class's expected share of ranks skip + 1 to skip + k."""
    counts = []
    for last in (skip, min(k + skip, len(a))):
        counts.append(oracles.top_k_expectation(a, y, last)[0][label] if last else Fraction(0))
    return (counts[1] - counts[0]) / min(k, len(a) - skip)


def upper_part_share(a, y, k, label):
    """Return a class's count at ranks 2 to k + 1 that lie at or above the threshold of the upper part, over k."""
    threshold, _ = oracle_gaps.upper_part(a, 1000)
    last = min(k + 1, sum(Fraction(float(v)) >= threshold for v in a))
    counts = [oracles.top_k_expectation(a, y, n)[0][label] for n in (1, last)]
    return (counts[1] - counts[0]) / min(k, len(a) - 1)


def modal100_recall(a, y):
    """Return the recall at 95 % precision of the modal class of the top 100 above zero, and the class."""
    positive = sum(v > 0 for v in a)
    if not positive:
        return nan, -1
    counts = oracles.top_k_expectation(a, y, min(100, positive))[0]
    c = oracles.argmax(list(counts), counts.__getitem__)
    return oracles.recall_at_95(a, y, c), c


def ccmas_pair(a, y):
    """Return CCMAS and CCMAS_2 with their classes."""
    means = {c: oracles.mean(oracles.members(a, y, c)) for c in oracles.present(y)}
    first = oracles.argmax(list(means), means.__getitem__)
    second = oracles.argmax([c for c in means if c != first], means.__getitem__)
    pair = [
        oracles.contrast(means[c], oracles.mean(oracles.outside(a, y, c))) for c in (first, second)
    ]
    return pair[0], first, pair[1], second


def unit_variants(a, y, top_k):
    """Return every variant of one unit as a dictionary of column -> value."""
    row = {}

    def put(variant, column, value, label=None):
        row[f"{column}__{variant}"] = value
        if label is not None:
            row[f"{column}_class__{variant}"] = label

    put("recall_p95_first", "recall_at_95_precision", *recall_p95_first(a, y))
    top, classes, labels = oracles.top_class(a, y), oracles.present(y), ranking(a, y)[0]
    inside, rest = oracles.members(a, y, top), oracles.outside(a, y, top)
    put("topimage_class", "ccmas", oracles.contrast(oracles.mean(inside), oracles.mean(rest)), top)
    recall = oracles.recall_at_95(a, y, top)
    put("topimage_class", "recall_at_95_precision", recall, top)
    put("modal100_class", "recall_at_95_precision", *modal100_recall(a, y))
    for k in top_k:
        put("topimage_class", f"precision_{k}", expected_share(a, y, k, top, 0), top)
        put("topimage_ranks2to101", f"precision_{k}", expected_share(a, y, k, top, 1), top)
        put("topimage_upper_part", f"precision_{k}", upper_part_share(a, y, k, top), top)
        shares = {c: expected_share(a, y, k, c, 1) for c in classes}
        c = oracles.argmax(classes, shares.__getitem__)
        put("ranks2to101", f"precision_{k}", shares[c], c)
        c = oracles.argmax(classes, labels[:k].count)
        put("rank", f"precision_{k}", Fraction(labels[:k].count(c), min(k, len(a))), c)
        put("rank", f"n_classes_{k}", len(set(labels[:k])))
    fill_means(put, a, y, classes)
    for variant, candidates in (
        ("informedness_code", classes),
        ("informedness_code_candidates10", candidates10(a, y)),
    ):
        c, best = informedness_code(a, y, candidates)
        put(variant, "max_informedness", best[0], c)
        put(variant, "informedness_threshold", best[1])
        put(variant, "informedness_recall", best[2])
        put(variant, "informedness_specificity", best[3])
        put(variant, "informedness_false_positive_rate", 1 - best[3])
        put(variant, "informedness_false_discovery_rate", best[4])
        put(variant, "informedness_selected", best[5])
        put(variant, "informedness_precision", 1 - best[4])
    fill_candidates(put, a, y)
    put("localist_disjoint", "localist", localist_disjoint(a, y))
    put("localist_code", "localist", localist_code(a, y))
    run = next(i for i, c in enumerate(labels) if c != labels[0])
    put("run_length", "top_class_selectivity", Fraction(run, y.count(top)))
    for variant, last in (("ap_rank", None), ("ap_100", 100)):
        values = {c: ap_rank(a, y, c, last) for c in classes}
        c = oracles.argmax(classes, values.__getitem__)
        put(variant, "average_precision", values[c], c)
    put("ddof0", "standard_error", population_error(oracles.members(a, [0] * len(a), 0)))
    first = ccmas_pair(a, y)[1]
    put("ddof0", "ccmas_standard_error_in", population_error(oracles.members(a, y, first)))
    return row


def population_error(values):
    center = oracles.mean(values)
    return float(sum((v - center) ** 2 for v in values) / len(values) / len(values)) ** 0.5


def fill_means(put, a, y, classes):
    exact = [Fraction(float(v)) for v in a]
    for variant, values in (
        ("shifted", [v - min(exact) for v in exact]),
        ("relu", [max(v, Fraction(0)) for v in exact]),
    ):
        ccmas, first, second_ccmas, second = ccmas_pair(values, y)
        put(variant, "ccmas", ccmas, first)
        put(variant, "ccmas_2", second_ccmas, second)
    means = {c: oracles.mean(oracles.members(a, y, c)) for c in classes}
    _, first, _, second = ccmas_pair(a, y)
    for column, c in (("ccmas", first), ("ccmas_2", second)):
        others = oracles.mean([means[d] for d in classes if d != c])
        put("morcos", column, oracles.contrast(means[c], others), c)
    outside = oracles.mean(oracles.outside(a, y, first))
    value = (means[first] - outside) / (means[first] + outside + Fraction(1, 10**7))
    put("pooled", "class_selectivity", value, first)
    kept = [i for i in range(len(a)) if y[i] != first]
    rest = oracles.outside([a[i] for i in kept], [y[i] for i in kept], second)
    value = oracles.contrast(means[second], oracles.mean(rest)) if rest else nan
    shortened = [c for c in range(max(classes) + 1) if c != first]
    put("ccmas2_without_best", "ccmas_2", value, shortened.index(second))


def fill_candidates(put, a, y):
    scores = {
        "recall_at_95_precision": oracles.recall_at_95,
        "max_f1": oracles.max_f1,
        "average_precision": oracles.average_precision,
        "max_informedness": lambda a, y, c: oracles.informedness(a, y, c)[0],
    }
    found = candidates10(a, y)
    for column, score in scores.items():
        values = {c: score(a, y, c) for c in found}
        c = oracles.argmax(found, values.__getitem__)
        put("candidates10", column, values[c], c)
