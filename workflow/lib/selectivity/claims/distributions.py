"""Claims on the distribution of a unit's activations, from the activation summary: C11, C12, C29, C30."""

from collections.abc import Mapping

from selectivity.claims.evidence import Evidence, NotApplicableError, Table

Outcome = tuple[bool, dict[str, float], str]


def _rectified(units: Table) -> Table:
    if float(units.values("minimum").min()) < 0:
        raise NotApplicableError(
            f"{units.name} has negative activations: it was recorded before its ReLU"
        )
    return units


def _most_precise(units: Table) -> tuple[Table, int]:
    row = _rectified(units).best("precision_60")
    if int(units.column("precise_class")[row]) < 0:
        raise NotApplicableError(f"the most precise unit of {units.name} has no class")
    return units, row


def members_over_whole_range(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C11: members of the class of the most precise fc6 unit are found down to the unit's minimum, zero."""
    units, row = _most_precise(evidence.role("fc6"))
    unit, low = int(units.column("unit")[row]), float(units.column("minimum")[row])
    least = float(units.column("precise_class_minimum")[row])
    share = float(units.column("precise_class_zero_share")[row])
    numbers = {"unit": float(unit), "its minimum": low, "least of the class": least}
    numbers |= {"share of the class at zero": share}
    holds = least == low == 0 and share >= thresholds["share"]
    reason = (
        f"{share:.1%} of the class of unit {unit} is at zero; its least active image at {least:.3g}"
    )
    return holds, numbers, reason


def mode_is_zero(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C12: the most frequent activation of that class is zero."""
    units, row = _most_precise(evidence.role("fc6"))
    unit, mode = int(units.column("unit")[row]), float(units.column("precise_class_mode")[row])
    reason = f"the mode of the class of unit {unit} is {mode:.3g}"
    return mode == 0, {"unit": float(unit), "mode": mode}, reason


def sparse(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C29: most activations of fc6 are zero; silent units are left out."""
    units = _rectified(evidence.role("fc6"))
    share = units.where(units.column("maximum") > 0).mean("zero_share")
    return (
        share > thresholds["share"],
        {"zero share": share},
        f"{share:.1%} of the activations are zero",
    )


def exponential(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C30: the positive activations are exponential rather than Gaussian, by majority of the fc6 units."""
    units = _rectified(evidence.role("fc6"))
    better = units.values("aic_half_normal") - units.values("aic_exponential") > 0
    share = float(better.mean())
    reason = f"the exponential fits better in {share:.1%} of {better.size} units"
    return share > thresholds["share"], {"share": share}, reason


TESTS = {"C11": members_over_whole_range, "C12": mode_is_zero, "C29": sparse, "C30": exponential}
