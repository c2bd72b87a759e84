"""Write the measures of all units of a study as one table that a reader can open."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from selectivity.csv_files import save_csv
from selectivity.measure_tables import gather_layers, with_columns
from selectivity.stage import stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(*, layers: list[Path], others: list[Path], table: Path) -> None:
    """Join the layers in the order of the study; beside their measures the columns of `others` for the same units."""
    units = gather_layers(layers)
    for path in others:
        units = with_columns(units, pd.read_csv(path))
    save_csv(units, table)


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            layers=[Path(path) for path in snakemake.input.layers],
            others=[Path(path) for path in snakemake.input.others],
            table=Path(snakemake.output.table),
        )
