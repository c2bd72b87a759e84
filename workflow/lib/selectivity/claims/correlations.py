"""Claims on the correlations between measures over all hidden units (gale2020, table A2): C26-C28."""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from selectivity.claims.evidence import Evidence, NotApplicableError, correlation, in_words, pool

Outcome = tuple[bool, dict[str, float], str]
PRECISION, CCMAS, RECALL, J = "precision_60", "ccmas", "recall_at_95_precision", "max_informedness"
N_CLASSES = "n_classes_100"
MODERATE = ((PRECISION, CCMAS), (PRECISION, RECALL))
WEAK = ((PRECISION, J), (CCMAS, RECALL), (CCMAS, J), (RECALL, J))
# From the strongest to the weakest negative correlation.
NEGATIVE = ((PRECISION, N_CLASSES), (CCMAS, N_CLASSES), (J, N_CLASSES), (RECALL, N_CLASSES))


def _correlations(evidence: Evidence, pairs: tuple[tuple[str, str], ...]) -> dict[str, float]:
    units = pool(evidence.hidden())
    numbers = {f"r({in_words(a)}, {in_words(b)})": correlation(units, a, b) for a, b in pairs}
    undefined = [name for name, r in numbers.items() if np.isnan(r)]
    if undefined:
        raise NotApplicableError(f"{', '.join(undefined)} undefined over the units of {units.name}")
    return numbers


def _reason(numbers: Mapping[str, float]) -> str:
    return ", ".join(f"{name} = {r:.2f}" for name, r in numbers.items())


def moderate(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C26: precision goes with CCMAS and with recall at 95 % precision."""
    numbers = _correlations(evidence, MODERATE)
    return all(r > thresholds["above"] for r in numbers.values()), numbers, _reason(numbers)


def weak(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C27: the remaining positive correlations are weak."""
    numbers = _correlations(evidence, WEAK)
    return all(0 < r < thresholds["below"] for r in numbers.values()), numbers, _reason(numbers)


def negative(evidence: Evidence, thresholds: Mapping[str, float]) -> Outcome:
    """C28: all four measures fall with the number of classes in the top 100, precision most."""
    numbers = _correlations(evidence, NEGATIVE)
    values = list(numbers.values())
    holds = values[-1] < 0 and all(a < b for a, b in pairwise(values))
    return holds, numbers, _reason(numbers)


TESTS = {"C26": moderate, "C27": weak, "C28": negative}
