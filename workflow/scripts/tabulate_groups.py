"""Write the scores of all units for all groups of classes as one table."""

from pathlib import Path
from typing import TYPE_CHECKING

from selectivity.csv_files import save_csv
from selectivity.measure_tables import gather_layers
from selectivity.stage import stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(*, layers: list[Path], table: Path) -> None:
    """Join the layers in the order of the study."""
    save_csv(gather_layers(layers), table)


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            layers=[Path(path) for path in snakemake.input.layers],
            table=Path(snakemake.output.table),
        )
