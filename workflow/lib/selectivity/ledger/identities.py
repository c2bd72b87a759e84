"""What must hold between the measures of any unit, whatever the network: our own numbers checked against each other."""

from collections.abc import Callable

import numpy as np

from selectivity.claims.evidence import Evidence, NotApplicableError, Table
from selectivity.ledger.check import CONSISTENT, INCONSISTENT
from selectivity.ledger.rows import LedgerRow

# Rates are ratios of counts, printed in tables with ten digits.
ROUNDING = 1e-9

Breaks = Callable[[Table], np.ndarray]


def _of(units: Table, *names: str) -> list[np.ndarray]:
    """Return columns as float64; comparisons with NaN are false, so undefined units break nothing."""
    return [units.column(name).astype(np.float64) for name in names]


def _localist(units: Table) -> np.ndarray:
    localist, recall = _of(units, "localist", "top_class_selectivity")
    return ~np.isnan(localist) & ~np.isnan(recall) & ((localist == 1) != (recall == 1))


def _recall(units: Table) -> np.ndarray:
    perfect, relaxed = _of(units, "top_class_selectivity", "recall_at_95_precision")
    return relaxed < perfect - ROUNDING


def _informedness(units: Table) -> np.ndarray:
    j, recall, specificity = _of(
        units, "max_informedness", "informedness_recall", "informedness_specificity"
    )
    return np.abs(recall + specificity - 1 - j) > ROUNDING


def _ccmas(units: Table) -> np.ndarray:
    ccmas, minimum = _of(units, "ccmas", "minimum")
    return (minimum >= 0) & ((ccmas < -ROUNDING) | (ccmas > 1 + ROUNDING))


IDENTITIES: dict[str, Breaks] = {
    "localist without top-class selectivity 1, or the reverse": _localist,
    "recall at 95 % precision below top-class selectivity": _recall,
    "J other than recall + specificity - 1": _informedness,
    "without negative activations, with CCMAS outside 0 to 1": _ccmas,
}


def identity_rows(evidence: Evidence) -> list[LedgerRow]:
    """Return one row an identity: the number of units that break it, which must be 0."""
    rows = []
    for number, (name, breaks) in enumerate(IDENTITIES.items(), start=1):
        try:
            broken = {layer: int(breaks(units).sum()) for layer, units in evidence.layers.items()}
        except NotApplicableError:
            continue
        total = sum(len(units) for units in evidence.layers.values())
        where = ", ".join(f"{layer} {count}" for layer, count in broken.items() if count)
        rows.append(
            LedgerRow(
                section="check",
                id=f"I{number:02d}",
                source="definitions",
                locus="all units",
                layer=" + ".join(evidence.layers),
                quantity=f"units {name}",
                published="0",
                our_network=evidence.network,
                ours=float(sum(broken.values())),
                difference=float(sum(broken.values())),
                verdict=INCONSISTENT if where else CONSISTENT,
                reason=where or f"none of {total} units",
            )
        )
    return rows
