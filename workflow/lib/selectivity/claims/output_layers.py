"""Claims on the output layers before and after the softmax: C03, C08, C09, C10, C18."""

from collections.abc import Mapping

import numpy as np

from selectivity.claims.evidence import Evidence, NotApplicableError, Table, in_words

Outcome = tuple[bool, dict[str, float], str]
TOP = "top_class_selectivity"


def _with_own_class(units: Table) -> Table:
    """Return the output units that stand for a class of the data set."""
    own = units.where(units.column("own_class") >= 0)
    if not len(own):
        raise NotApplicableError(
            f"no unit of {units.name} is known to stand for a class of the data set"
        )
    return own


def far_more_selective(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C03: selectivity jumps from the hidden layers to fc8 and again to prob."""
    hidden = max(units.mean(TOP) for units in evidence.hidden())
    fc8, prob = evidence.role("fc8").mean(TOP), evidence.role("prob").mean(TOP)
    holds = fc8 > thresholds["factor"] * hidden and prob > thresholds["factor"] * fc8
    numbers = {"largest hidden mean": hidden, "fc8 mean": fc8, "prob mean": prob}
    reason = f"mean {in_words(TOP)}: at most {hidden:.4f} in hidden layers, {fc8:.4f} in fc8, {prob:.4f} in prob"
    return holds, numbers, reason


def no_localist_output(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C08: no unit of prob is localist."""
    units = evidence.role("prob")
    count = int(units.values("localist").sum())
    return count == 0, {"count": float(count)}, f"{count} of {len(units)} units are localist"


def high_but_imperfect(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C09: prob units have high but not perfect selectivity, for their own class."""
    units = _with_own_class(evidence.role("prob"))
    median = float(np.median(units.values(TOP)))
    share = float((units.column("top_class") == units.column("own_class")).mean())
    holds = thresholds["low"] < median < thresholds["high"] and share > thresholds["own_class"]
    reason = f"median {in_words(TOP)} {median:.3f}"
    reason += f"; the top class is the unit's own in {share:.1%} of {len(units)} units"
    return holds, {"median": median, "own class share": share}, reason


def separates_its_class(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C10: fc8 units separate their class well although their top-class selectivity is low."""
    layer = evidence.role("fc8")
    auroc = float(np.median(_with_own_class(layer).values("own_class_auroc")))
    mean = layer.mean(TOP)
    holds = auroc > thresholds["auroc"] and mean < thresholds["top_class_selectivity"]
    reason = f"median AUROC of the own class {auroc:.3f}, mean {in_words(TOP)} {mean:.3f}"
    return holds, {"median AUROC": auroc, f"mean {in_words(TOP)}": mean}, reason


def ccmas_above_one(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C18: before the softmax, CCMAS can exceed 1."""
    values = evidence.role("fc8").values("ccmas")
    count, largest = int((values > 1).sum()), float(values.max())
    reason = f"{count} of {values.size} units exceed 1; the largest CCMAS is {largest:.3f}"
    return count >= 1, {"count": float(count), "maximum": largest}, reason


TESTS = {
    "C03": far_more_selective,
    "C08": no_localist_output,
    "C09": high_but_imperfect,
    "C10": separates_its_class,
    "C18": ccmas_above_one,
}
