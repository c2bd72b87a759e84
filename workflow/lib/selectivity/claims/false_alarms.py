"""Claims on the point of maximum informedness: C22-C25."""

from collections.abc import Mapping

import numpy as np

from selectivity.claims.evidence import Evidence, pool

Outcome = tuple[bool, dict[str, float], str]
J = "max_informedness"

# Rates are ratios of counts: far above rounding, far below one image in a million.
ROUNDING = 1e-9


def high_informedness(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C22: maximum informedness can be high in the fully connected layers."""
    units = pool(evidence.any_of("fc6", "fc7"))
    largest = float(units.values(J).max())
    reason = f"the largest maximum informedness in {units.name} is {largest:.3f}"
    return largest > thresholds["above"], {"maximum": largest}, reason


def mostly_false_alarms(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C23: even at maximum informedness most selected images are false alarms."""
    values = pool(evidence.hidden()).values("informedness_false_discovery_rate")
    smallest = float(values.min())
    numbers = {"minimum": smallest, "median": float(np.median(values))}
    return (
        smallest > thresholds["above"],
        numbers,
        f"the smallest false discovery rate is {smallest:.3f}",
    )


def false_positive_bound(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C24: the false positive rate cannot exceed 1 - J, so the printed false alarms cannot be that rate."""
    units = pool(evidence.hidden())
    excess = units.column("informedness_false_positive_rate") - (1 - units.column(J))
    defined = excess[~np.isnan(excess.astype(np.float64))]
    count = int((defined > ROUNDING).sum())
    largest = float(units.values("informedness_false_positive_rate").max())
    reason = f"{count} of {defined.size} units break the bound; the largest false positive rate is {largest:.3f}"
    return count == 0, {"count": float(count), "largest rate": largest}, reason


def same_class(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C25: the units of fc7 with the highest informedness and recall prefer the same class."""
    units = evidence.role("fc7")
    best_j, best_top = units.best(J), units.best("top_class_selectivity")
    first = int(units.column(f"{J}_class")[best_j])
    second = int(units.column("top_class")[best_top])
    numbers = {"class by informedness": float(first), "class by recall": float(second)}
    ids = [int(units.column("unit")[row]) for row in (best_j, best_top)]
    reason = f"unit {ids[0]} prefers class {first}, unit {ids[1]} class {second}"
    return first == second, numbers, reason


TESTS = {
    "C22": high_informedness,
    "C23": mostly_false_alarms,
    "C24": false_positive_bound,
    "C25": same_class,
}
