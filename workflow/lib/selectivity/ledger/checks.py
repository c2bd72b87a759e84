"""All checks of the papers against themselves, as rows of the ledger."""

from collections.abc import Iterable

from selectivity.ledger import arithmetic, contradictions
from selectivity.ledger.check import Printed, check_row
from selectivity.ledger.published import Published
from selectivity.ledger.rows import LedgerRow

CHECKS = arithmetic.CHECKS + contradictions.CHECKS


def check_rows(published: Iterable[Published]) -> list[LedgerRow]:
    """Return all checks as ledger rows, numbered K001, K002, ..."""
    printed = Printed(tuple(published))
    checks = [check for make in CHECKS for check in make(printed)]
    return [check_row(f"K{number:03d}", check) for number, check in enumerate(checks, start=1)]
