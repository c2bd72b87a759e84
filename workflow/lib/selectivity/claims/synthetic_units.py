"""Claims on CCMAS that three made-up units decide (gale2019 figure 5): C19, C20."""

from collections.abc import Mapping

import numpy as np

from selectivity.claims.evidence import Evidence

Outcome = tuple[bool, dict[str, float], str]


def _unit(evidence: Evidence, letter: str) -> tuple[float, float]:
    units = evidence.table("synthetic")
    row = int(np.flatnonzero(units.column("unit") == letter)[0])
    return float(units.column("ccmas")[row]), float(units.column("top_class_selectivity")[row])


def _outcome(evidence: Evidence, thresholds: Mapping[str, float], letter: str) -> Outcome:
    ccmas, top = _unit(evidence, letter)
    holds = abs(ccmas - thresholds["ccmas"]) <= thresholds["ccmas_tolerance"] and bool(
        np.isclose(top, thresholds["top_class_selectivity"], rtol=0, atol=1e-12)
    )
    numbers = {"ccmas": ccmas, "top_class_selectivity": top}
    return holds, numbers, f"unit ({letter}): CCMAS {ccmas:.4f}, top-class selectivity {top:.3f}"


def single_active_image(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C19: a single active image suffices for a CCMAS of 1."""
    return _outcome(evidence, thresholds, "a")


def perfect_with_low_ccmas(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C20: a unit that separates its class perfectly can have a CCMAS near zero."""
    return _outcome(evidence, thresholds, "c")


TESTS = {"C19": single_active_image, "C20": perfect_with_low_ccmas}
