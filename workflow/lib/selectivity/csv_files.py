"""Tables that a reader opens, as CSV: one number format, and whole or not there at all."""

from pathlib import Path

import pandas as pd

from selectivity.files import atomic


def save_csv(table: pd.DataFrame, path: Path) -> None:
    """Write `table` without its index, numbers with ten digits; equal content gives equal bytes everywhere."""
    with atomic(path) as temporary:
        table.to_csv(temporary, index=False, float_format="%.10g", lineterminator="\n")
