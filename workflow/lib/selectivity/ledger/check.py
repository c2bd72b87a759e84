"""The papers against themselves: a printed number beside the one that follows from other printed numbers."""

from dataclasses import dataclass

from selectivity.ledger.published import Published
from selectivity.ledger.rows import LedgerRow

CONSISTENT, INCONSISTENT = "consistent", "inconsistent"


@dataclass(frozen=True)
class Printed:
    """The printed numbers, looked up by their fields."""

    rows: tuple[Published, ...]

    def find(self, **fields: str) -> list[Published]:
        """Return the rows whose fields have these values."""
        return [r for r in self.rows if all(getattr(r, n) == v for n, v in fields.items())]

    def row(self, **fields: str) -> Published:
        """Return the first such row; there must be one."""
        found = self.find(**fields)
        if not found:
            raise LookupError(f"published.tsv has no row with {fields}")
        return found[0]

    def value(self, **fields: str) -> float:
        """Return the number of the first such row."""
        return self.row(**fields).value


@dataclass(frozen=True)
class Check:
    """A recomputed number beside the printed one it should give."""

    about: Published
    quantity: str
    ours: float
    is_consistent: bool
    reason: str
    printed: str = ""
    relation: str = ""


def check_row(id_: str, check: Check) -> LedgerRow:
    """Return a check as a row of the ledger."""
    about = check.about
    printed = check.printed or about.printed
    return LedgerRow(
        section="check",
        id=id_,
        source=about.source,
        locus=about.locus,
        network=about.network,
        dataset=about.dataset,
        layer=about.layer,
        unit=about.unit,
        quantity=check.quantity,
        relation=check.relation or about.relation,
        published=printed,
        is_doubtful=about.is_doubtful,
        ours=check.ours,
        difference=check.ours - float(printed),
        verdict=CONSISTENT if check.is_consistent else INCONSISTENT,
        reason=check.reason,
        note=about.note,
    )


def must_equal(about: Published, quantity: str, ours: float, reason: str) -> Check:
    """Return a check that `ours` is the printed number at its printed precision."""
    return Check(about, quantity, ours, about.agrees_with(ours), reason)
