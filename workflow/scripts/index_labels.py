"""Index images whose activations were recorded elsewhere: row i of the labels file is image i."""

from pathlib import Path
from typing import TYPE_CHECKING

from selectivity.datasets.index import IndexSettings, index_labels, write_index
from selectivity.stage import stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(*, labels: Path, code: str, output: Path) -> None:
    """Write index.parquet, classes.csv and bad_files.csv into the folder `output`."""
    index = index_labels(labels, IndexSettings())
    write_index(index, output, {"labels": labels.name, "code": code})


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            labels=Path(snakemake.input.labels),
            code=snakemake.params.code,
            output=Path(snakemake.output.index).parent,
        )
