"""The unit of highest CCMAS and the most precise unit of each layer (gale2020 table A1)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from selectivity.csv_files import save_csv
from selectivity.datasets.index import read_classes
from selectivity.figures.boxes import ranks_in
from selectivity.stage import stage_log
from selectivity.tables import best_units, save_page

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake

NOTE = (
    "For each layer the unit with the highest CCMAS and the one with the highest precision, "
    "both with both scores (gale2020, table A1)."
)


def main(*, measures: Sequence[Path], classes: Mapping[str, Path], table: Path, page: Path) -> None:
    """Write the table as CSV and as a page; `classes` by network."""
    units = pd.concat([pd.read_parquet(path) for path in measures], ignore_index=True)
    names = {network: read_classes(path)["name"].tolist() for network, path in classes.items()}
    _, k = ranks_in(units.columns)
    best = best_units(units, k, names)
    save_csv(best, table)
    save_page(best, page, "Best units of each layer", NOTE)


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        files = [Path(path) for path in snakemake.input.classes]
        main(
            measures=[Path(path) for path in snakemake.input.measures],
            classes=dict(zip(snakemake.params.networks, files, strict=True)),
            table=Path(snakemake.output.table),
            page=Path(snakemake.output.page),
        )
