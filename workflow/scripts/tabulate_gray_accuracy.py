"""Write the errors of all networks on images in color and in gray as one table and page."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from selectivity.csv_files import save_csv
from selectivity.stage import stage_log
from selectivity.tables import save_page

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake

NOTE = (
    "Shares of images that are wrong at the first guess and within the first five. rgb: in color; luma: ITU-R 601; "
    "intensity: the mean of red, green and blue."
)


def main(*, accuracies: list[Path], table: Path, page: Path) -> None:
    """Join the networks in the order of the study."""
    rates = pd.concat([pd.read_csv(path) for path in accuracies], ignore_index=True)
    save_csv(rates, table)
    save_page(rates, page, "Errors in color and in gray", NOTE)


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            accuracies=[Path(path) for path in snakemake.input.accuracies],
            table=Path(snakemake.output.table),
            page=Path(snakemake.output.page),
        )
