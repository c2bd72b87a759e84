"""Tabulate the ablation of all layers, and whether RS or class selectivity foretells the worth of a unit."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from selectivity.ablation.summary import summary_table
from selectivity.csv_files import save_csv
from selectivity.parquet import read_table
from selectivity.stage import stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    *, curves: Sequence[Path], units: Sequence[Path], seed: int, summary: Path, table: Path
) -> None:
    """Write the units of all layers, and one row a layer and fill."""
    every_curve = pd.concat([read_table(path)[0] for path in curves], ignore_index=True)
    every_unit = pd.concat([read_table(path)[0] for path in units], ignore_index=True)
    save_csv(every_unit, table)
    save_csv(summary_table(every_curve, every_unit, seed), summary)


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            curves=[Path(path) for path in snakemake.input.curves],
            units=[Path(path) for path in snakemake.input.units],
            seed=snakemake.params.seed,
            summary=Path(snakemake.output.summary),
            table=Path(snakemake.output.units),
        )
