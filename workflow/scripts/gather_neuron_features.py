"""Gather the color and class indices of all layers and networks into one table."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from selectivity.files import atomic
from selectivity.neuron_features.measuring import relative_auc
from selectivity.parquet import read_table
from selectivity.stage import stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(*, tables: list[Path], gathered: Path) -> None:
    """Write one row a unit, in the order of the study; areas relative to the largest of the network."""
    table = pd.concat([read_table(path)[0] for path in tables], ignore_index=True)
    table.insert(table.columns.get_loc("curve_auc") + 1, "curve_auc_relative", relative_auc(table))
    with atomic(gathered) as temporary:
        table.to_csv(temporary, index=False, float_format="%.10g", lineterminator="\n")


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            tables=[Path(path) for path in snakemake.input.tables],
            gathered=Path(snakemake.output.gathered),
        )
