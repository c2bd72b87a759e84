"""Claims on the hidden layers that need the measures only: C01, C02, C04-C07, C13-C17, C21."""

import math
from collections.abc import Mapping

import numpy as np

from selectivity.claims.evidence import Evidence, Table, in_words, pool
from selectivity.claims.roles import HIDDEN_ROLES

Numbers = dict[str, float]
Outcome = tuple[bool, Numbers, str]
TOP, CCMAS = "top_class_selectivity", "ccmas"


def _means(layers: list[Table], column: str) -> Numbers:
    return {f"{units.name} mean {in_words(column)}": units.mean(column) for units in layers}


def _names(layers: list[Table]) -> str:
    return ", ".join(units.name for units in layers)


def no_localist_unit(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C01: hidden layers contain no localist unit."""
    layers = evidence.hidden()
    counts = {
        f"{units.name} localist units": float(units.values("localist").sum()) for units in layers
    }
    n_localist, n_units = sum(counts.values()), sum(len(units) for units in layers)
    reason = f"{n_localist:.0f} of {n_units} hidden units ({_names(layers)}) are localist"
    return n_localist == 0, counts, reason


def rises_with_depth(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C02: the means rise from conv5 over fc6 to fc7; CCMAS may stall within its error from fc6 to fc7."""
    layers = [evidence.role(role) for role in HIDDEN_ROLES]
    numbers: Numbers = {}
    falls = []
    for column in (TOP, "precision_100", CCMAS):
        numbers |= _means(layers, column)
        means = [units.mean(column) for units in layers]
        slack = 0.0
        if column == CCMAS:
            errors = [units.standard_error(column) for units in layers[1:]]
            slack = thresholds["standard_errors"] * math.hypot(*errors)
        rises = means[0] < means[1] and (means[1] < means[2] or means[1] - means[2] < slack)
        falls += [] if rises else [in_words(column)]
    reason = f"no steady rise of {' and '.join(falls)}" if falls else "all three means rise"
    return not falls, numbers, f"{reason} over {_names(layers)}"


def _largest_mean(evidence: Evidence, column: str) -> tuple[float, Numbers]:
    numbers = _means(evidence.hidden(), column)
    return max(numbers.values()), numbers


def tiny_top_class_selectivity(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C04: the mean top-class selectivity of each hidden layer is tiny."""
    largest, numbers = _largest_mean(evidence, TOP)
    reason = f"the largest mean over hidden layers is {largest:.4f}, against {thresholds['below']}"
    return largest < thresholds["below"], numbers, reason


def _smallest_ratio(evidence: Evidence, column: str, thresholds: Mapping[str, float]) -> Outcome:
    ratios = {}
    for units in evidence.hidden():
        top = units.mean(TOP)
        ratios[f"{units.name} ratio"] = units.mean(column) / top if top > 0 else float("inf")
    smallest = min(ratios.values())
    reason = (
        f"the smallest ratio of mean {in_words(column)} to mean {in_words(TOP)} is {smallest:.1f}"
    )
    return smallest >= thresholds["ratio"], ratios, f"{reason}, against {thresholds['ratio']:g}"


def precision_exceeds_recall(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C05: precision is more than ten times the recall at perfect precision."""
    return _smallest_ratio(evidence, "precision_100", thresholds)


def ccmas_exceeds_recall(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C06: CCMAS suggests far more selectivity than top-class selectivity."""
    return _smallest_ratio(evidence, CCMAS, thresholds)


def low_maximum(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C07: no hidden unit reaches 10 % top-class selectivity."""
    numbers = {f"{u.name} maximum": float(u.values(TOP).max()) for u in evidence.hidden()}
    largest = max(numbers.values())
    reason = f"the largest {in_words(TOP)} of a hidden unit is {largest:.3f}, against {thresholds['below']}"
    return largest < thresholds["below"], numbers, reason


def few_precise_units(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C13: some fc7 units are almost perfectly precise, but few."""
    values = evidence.role("fc7").values("precision_60")
    count = int((values > thresholds["precision"]).sum())
    share = count / values.size
    reason = f"{count} of {values.size} units ({share:.1%}) have a precision above {thresholds['precision']}"
    return (
        count >= 1 and share < thresholds["share"],
        {"count": float(count), "share": share},
        reason,
    )


def most_have_high_ccmas(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C14: most fc7 units have a CCMAS above .9."""
    share = float((evidence.role("fc7").values(CCMAS) > thresholds["ccmas"]).mean())
    reason = f"{share:.1%} of the units have a CCMAS above {thresholds['ccmas']}"
    return share > thresholds["share"], {"share": share}, reason


def best_ccmas_is_imprecise(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C15: the unit with the highest CCMAS is not the most precise one; its precision is low."""
    numbers: Numbers = {}
    parts, holds = [], True
    for units in evidence.any_of("fc6", "fc7"):
        best, precise = units.best(CCMAS), units.best("precision_100")
        precision = float(units.column("precision_100")[best])
        numbers |= {f"{units.name} best CCMAS unit": float(units.column("unit")[best])}
        numbers |= {f"{units.name} its precision": precision}
        numbers |= {f"{units.name} most precise unit": float(units.column("unit")[precise])}
        holds &= best != precise and precision < thresholds["precision"]
        parts.append(f"{units.name} {precision:.2f}")
    return holds, numbers, f"precision of the unit with the highest CCMAS: {', '.join(parts)}"


def second_best_ccmas(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C16: the second-best CCMAS nearly equals the best in each hidden layer."""
    gaps = {f"{u.name} mean gap": u.mean(CCMAS) - u.mean("ccmas_2") for u in evidence.hidden()}
    holds = all(0 < gap < thresholds["gap"] for gap in gaps.values())
    smallest, largest = min(gaps.values()), max(gaps.values())
    reason = f"the gaps of the means lie between {smallest:.3f} and {largest:.3f}"
    return holds, gaps, f"{reason}, against at most {thresholds['gap']}"


def three_classes(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C17: the classes of CCMAS, CCMAS_2 and precision can all differ in one unit."""
    units = pool(evidence.hidden())
    columns = ("ccmas_class", "ccmas_2_class", "precision_100_class")
    classes = np.stack([units.column(name).astype(np.int64) for name in columns])
    classes = classes[:, (classes >= 0).all(axis=0)]
    a, b, c = classes
    count = int(((a != b) & (b != c) & (a != c)).sum())
    share = count / max(a.size, 1)
    reason = f"{count} of {a.size} hidden units name three different classes"
    return share > thresholds["share"], {"count": float(count), "share": share}, reason


def low_recall_at_95(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C21: recall at 95 % precision stays low, at most and in the median over all hidden units."""
    values = pool(evidence.hidden()).values("recall_at_95_precision")
    largest, median = float(values.max()), float(np.median(values))
    holds = largest < thresholds["maximum"] and median < thresholds["median"]
    reason = (
        f"the largest value is {largest:.3f} and the median {median:.4f} over {values.size} units"
    )
    return holds, {"maximum": largest, "median": median}, reason


TESTS = {
    "C01": no_localist_unit,
    "C02": rises_with_depth,
    "C04": tiny_top_class_selectivity,
    "C05": precision_exceeds_recall,
    "C06": ccmas_exceeds_recall,
    "C07": low_maximum,
    "C13": few_precise_units,
    "C14": most_have_high_ccmas,
    "C15": best_ccmas_is_imprecise,
    "C16": second_best_ccmas,
    "C17": three_classes,
    "C21": low_recall_at_95,
}
