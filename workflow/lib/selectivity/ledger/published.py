"""The printed numbers of the papers, read as what they are: a value, a bound or a text, at a printed precision."""

import csv
import math
import re
from dataclasses import dataclass
from pathlib import Path

from selectivity.errors import DataError

COLUMNS = (
    "source",
    "locus",
    "network",
    "dataset",
    "layer",
    "unit",
    "quantity",
    "value",
    "stderr",
    "note",
)
EXACT, BELOW, ABOVE, ABOUT = "=", "<", ">", "about"

# How the notes mark a bound. Notes are free text, so only these forms count.
_BELOW = re.compile(r"^lt\b|^fewer than\b")
_ABOVE = re.compile(r"^gt\b|^more than\b|^over\b|^strictly greater\b|^>=")
_ABOUT = re.compile(r"^approx\b")
_ONE_BASED = re.compile(r"^unit id (is )?1-based")
_DOUBTFUL = re.compile(r"\bocr\?")
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)")

# Differences below this are rounding of floating-point arithmetic, not of the printed number.
ROUNDING = 1e-9


@dataclass(frozen=True)
class Published:
    """One printed number."""

    id: str
    source: str
    locus: str
    network: str
    dataset: str
    layer: str
    unit: str
    quantity: str
    printed: str
    stderr: str
    note: str

    @property
    def value(self) -> float:
        """The number as printed; NaN where a text is printed or the print is unreadable."""
        return float(self.printed) if _NUMBER.fullmatch(self.printed) else math.nan

    @property
    def relation(self) -> str:
        """Whether the number is exact, a bound or approximate."""
        for pattern, relation in ((_BELOW, BELOW), (_ABOVE, ABOVE), (_ABOUT, ABOUT)):
            if pattern.search(self.note):
                return relation
        return EXACT

    @property
    def is_doubtful(self) -> bool:
        """Whether the scan of the paper garbles the number."""
        return bool(_DOUBTFUL.search(self.note))

    @property
    def unit_index(self) -> int:
        """The unit counted from 0; -1 where no number is printed. Bus units are printed counted from 1."""
        if not self.unit.isdigit():
            return -1
        return int(self.unit) - 1 if _ONE_BASED.search(self.note) else int(self.unit)

    @property
    def tolerance(self) -> float:
        """Half a step of the last printed digit; for approximate numbers a step of the last digit that is not 0."""
        digits = self.printed.lstrip("+-")
        decimals = len(digits.partition(".")[2])
        if self.relation != ABOUT:
            return 0.5 * 10.0**-decimals
        zeros = 0 if "." in digits else len(digits) - len(digits.rstrip("0"))
        return 10.0 ** (zeros - decimals)

    def agrees_with(self, ours: float) -> bool:
        """Return whether `ours` (in the printed unit) is the printed number, or within the printed bound."""
        if self.relation == BELOW:
            return ours < self.value
        if self.relation == ABOVE:
            return ours > self.value
        return abs(ours - self.value) <= self.tolerance + ROUNDING


def read_published(path: Path) -> list[Published]:
    """Return the rows of `published.tsv`, numbered in the order of the file."""
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    if not lines or tuple(lines[0]) != COLUMNS:
        raise DataError(f"{path}: expected the columns {', '.join(COLUMNS)}")
    rows = []
    for number, fields in enumerate(lines[1:], start=1):
        if len(fields) != len(COLUMNS):
            raise DataError(
                f"{path}, line {number + 1}: {len(fields)} columns, expected {len(COLUMNS)}"
            )
        rows.append(Published(f"P{number:03d}", *fields))
    return rows
