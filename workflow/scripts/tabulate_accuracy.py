"""Tabulate how often a network is right, by class and over all."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from selectivity.accuracy import accuracy_table
from selectivity.csv_files import save_csv
from selectivity.datasets.ilsvrc import read_class_table
from selectivity.datasets.index import read_classes
from selectivity.parquet import read_table
from selectivity.stage import stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake

log = logging.getLogger("selectivity")


def main(
    *, predictions: Path, classes: Path, output: Path, class_table: Path | None = None
) -> None:
    """Write one row a class and a last one for all classes; `class_table` names outputs beyond those classes."""
    facts = read_class_table(class_table) if class_table else None
    names = {} if facts is None else dict(zip(facts["output"], facts["name"], strict=True))
    table = accuracy_table(read_table(predictions)[0], read_classes(classes), names)
    total = table.iloc[-1]
    log.info(
        "%d images: top-1 %.1f %%, top-5 %.1f %%",
        total["n_images"],
        100 * total["accuracy_top1"],
        100 * total["accuracy_top5"],
    )
    save_csv(table, output)


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            predictions=Path(snakemake.input.predictions),
            classes=Path(snakemake.input.classes),
            class_table=Path(snakemake.input.class_table) if snakemake.input.class_table else None,
            output=Path(snakemake.output.accuracy),
        )
