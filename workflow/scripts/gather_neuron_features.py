"""Gather what is known of neuron features of all layers and networks into tables."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from selectivity.csv_files import save_csv
from selectivity.neuron_features.measuring import color_shares, with_layer_columns
from selectivity.parquet import read_table
from selectivity.stage import stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(*, indices: list[Path], fields: list[Path], outputs: dict[str, Path]) -> None:
    """Write units, shares of color-selective ones and receptive fields, as the study orders."""
    sizes = pd.concat([pd.read_csv(path) for path in fields], ignore_index=True)
    units = pd.concat([read_table(path)[0] for path in indices], ignore_index=True)
    tables = {"units": with_layer_columns(units, sizes), "shares": color_shares(units)}
    tables["fields"] = sizes
    for name, table in tables.items():
        save_csv(table, outputs[name])


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            indices=[Path(path) for path in snakemake.input.indices],
            fields=[Path(path) for path in snakemake.input.fields],
            outputs={name: Path(path) for name, path in snakemake.output.items()},
        )
