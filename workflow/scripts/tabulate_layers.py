"""Every layer in a few numbers: mean, standard error, median and maximum of each measure."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from selectivity.csv_files import save_csv
from selectivity.stage import stage_log
from selectivity.tables import layer_summary, main_summary, save_page

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake

NOTE = (
    "Means over the units of each layer; constant units have no measures and are left out of them. "
    "share not positive: activations at or below zero. layers.csv holds every measure."
)


def main(*, measures: Sequence[Path], table: Path, page: Path) -> None:
    """Write the long table as CSV and the means of the main measures as a page."""
    units = pd.concat([pd.read_parquet(path) for path in measures], ignore_index=True)
    summary = layer_summary(units)
    save_csv(summary, table)
    save_page(main_summary(summary), page, "Selectivity of each layer", NOTE)


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            measures=[Path(path) for path in snakemake.input.measures],
            table=Path(snakemake.output.table),
            page=Path(snakemake.output.page),
        )
