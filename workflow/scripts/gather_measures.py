"""Join the shards of a layer into its table of measures."""

from pathlib import Path
from typing import TYPE_CHECKING

from selectivity.measure_tables import gather_shards
from selectivity.parquet import write_table
from selectivity.stage import stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(*, shards: list[Path], table: Path) -> None:
    """Check that the shards tile the layer and write all units with the provenance of their measures."""
    rows, provenance = gather_shards(shards)
    write_table(rows, table, provenance)


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            shards=[Path(path) for path in snakemake.input.shards],
            table=Path(snakemake.output.table),
        )
