"""The rows of the ledger: each printed number beside ours, and the claims, in one form."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from selectivity.claims.evidence import Evidence, NotApplicableError
from selectivity.claims.registry import Finding
from selectivity.errors import ConfigError, nearest
from selectivity.ledger.published import EXACT, Published
from selectivity.ledger.quantities import SYNTHETIC, Quantities, Quantity, compute

REPRODUCED, DIFFERS = "reproduced", "differs"
REFERENCE_ONLY, NOT_COMPUTED = "reference only", "not computed"


@dataclass(frozen=True)
class LedgerRow:
    """One line of the ledger; `section` is claim, published or check."""

    section: str
    id: str
    source: str
    locus: str = ""
    network: str = ""
    dataset: str = ""
    layer: str = ""
    unit: str = ""
    quantity: str = ""
    relation: str = EXACT
    published: str = ""
    standard_error: str = ""
    is_doubtful: bool = False
    our_network: str = ""
    ours: float = math.nan
    difference: float = math.nan
    verdict: str = ""
    reason: str = ""
    note: str = ""


LEDGER_COLUMNS = tuple(field.name for field in fields(LedgerRow))


@dataclass(frozen=True)
class StudyNetwork:
    """A network of the study, and which network and data of the papers it is, if any."""

    evidence: Evidence
    published_as: frozenset[tuple[str, str]] = frozenset()


def study_network(evidence: Evidence, published_as: Mapping[str, Any]) -> StudyNetwork:
    """Return the network with the `published_as` entry of its study."""
    return StudyNetwork(evidence, frozenset(_named(published_as)))


def check_published_as(networks: Iterable[Mapping[str, Any]], rows: Iterable[Published]) -> None:
    """Raise if a network of the study claims to be one of which the papers print no number."""
    known = {(row.network, row.dataset) for row in rows}
    for network in networks:
        for pair in _named(network["published_as"]):
            if pair not in known:
                name, valid = " on ".join(pair), [" on ".join(pair) for pair in known]
                raise ConfigError(
                    f"network '{network['name']}': published_as names {name}, "
                    f"of which the papers print no number{nearest(name, valid)}"
                )


def _named(published_as: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the pairs of a network and a data set: the entry may list several data sets."""
    if not published_as:
        return []
    datasets = published_as["dataset"]
    names = [datasets] if isinstance(datasets, str) else datasets
    return [(published_as["network"], name) for name in names]


def published_rows(
    published: list[Published], quantities: Quantities, networks: list[StudyNetwork]
) -> list[LedgerRow]:
    """Return one row for each printed number, in the order of `published`."""
    return [_published_row(row, quantities, networks) for row in published]


def claim_rows(findings: Iterable[Finding]) -> list[LedgerRow]:
    """Return the findings as ledger rows; the numbers follow the reason."""
    return [
        LedgerRow(
            section="claim",
            id=finding.claim.id,
            source=" ".join(finding.claim.source),
            quantity=finding.claim.statement,
            our_network=finding.network,
            verdict=finding.verdict,
            reason=finding.reason,
            note=finding.claim.remark,
        )
        for finding in findings
    ]


def _published_row(
    row: Published, quantities: Quantities, networks: list[StudyNetwork]
) -> LedgerRow:
    read, quantity, remark = quantities.reading(row)
    remarks = [remark] if remark else []
    if quantity.setting:
        return _line(row, NOT_COMPUTED, quantity.setting)
    if math.isnan(row.value):
        return _line(row, NOT_COMPUTED, "the print is unreadable")
    layers = quantities.layers.get(row.layer, [row.layer])
    same = [n for n in networks if (row.network, row.dataset) in n.published_as]
    if row.network == SYNTHETIC:
        same = networks[:1]
    if not same:
        return _reference(row, read, quantity, layers, networks, remarks)
    evidence = same[0].evidence
    try:
        ours = compute(read, quantity, layers, evidence)
    except NotApplicableError as lack:
        return _line(row, NOT_COMPUTED, "; ".join([str(lack), *remarks]))
    verdict = REPRODUCED if row.agrees_with(ours) else DIFFERS
    network = SYNTHETIC if row.network == SYNTHETIC else evidence.network
    return _line(row, verdict, "; ".join(remarks), network, ours)


def _reference(
    row: Published,
    read: Published,
    quantity: Quantity,
    layers: list[str],
    networks: list[StudyNetwork],
    remarks: list[str],
) -> LedgerRow:
    """Return a row for another network than the paper's: the printed value is shown, but is no target.

    Ours is that of the first network with such layers; a unit's number means nothing in another network.
    """
    reason = "the study has another network or other data"
    if read.unit:
        reason += ", in which the number of a unit means nothing"
    for network in [] if read.unit else networks:
        try:
            ours = compute(read, quantity, layers, network.evidence)
        except NotApplicableError:
            continue
        text = "; ".join([reason, *remarks])
        return _line(row, REFERENCE_ONLY, text, network.evidence.network, ours)
    return _line(row, REFERENCE_ONLY, "; ".join([reason, *remarks]))


def _line(
    row: Published, verdict: str, reason: str, our_network: str = "", ours: float = math.nan
) -> LedgerRow:
    return LedgerRow(
        section="published",
        id=row.id,
        source=row.source,
        locus=row.locus,
        network=row.network,
        dataset=row.dataset,
        layer=row.layer,
        unit=row.unit,
        quantity=row.quantity,
        relation=row.relation,
        published=row.printed,
        standard_error=row.stderr,
        is_doubtful=row.is_doubtful,
        our_network=our_network,
        ours=ours,
        difference=math.nan if verdict == REFERENCE_ONLY else ours - row.value,
        verdict=verdict,
        reason=reason,
        note=row.note,
    )
