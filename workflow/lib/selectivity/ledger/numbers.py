"""How the ledger writes numbers: as many digits as can be read, the same everywhere."""

import math
from collections.abc import Mapping

MINUS = "\u2212"
RELATION_SIGNS = {"=": "", "<": "< ", ">": "> ", "about": "about "}


def number_text(value: float, digits: int = 4) -> str:
    """Return a number with `digits` significant digits, whole numbers whole, nothing for NaN."""
    if math.isnan(value):
        return ""
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}".replace("-", MINUS)
    text = f"{value:.{digits}g}"
    if "e" in text and 1e-4 <= abs(value) < 1e15:
        text = f"{value:,.0f}"
    return text.replace("-", MINUS)


def difference_text(value: float) -> str:
    """Return a difference with its sign and three significant digits."""
    text = number_text(value, digits=3)
    return f"+{text}" if value > 0 and text else text


def numbers_text(numbers: Mapping[str, float]) -> str:
    """Return named numbers as one line."""
    return " · ".join(f"{name} {number_text(value)}" for name, value in numbers.items())
