"""Draw the learning curve of a network that the workflow trained."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from selectivity.csv_files import save_csv
from selectivity.datasets.index import read_classes
from selectivity.figures.style import house_style, save_figure
from selectivity.figures.training import plot_training
from selectivity.stage import stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(*, record: Path, classes: Path, dpi: int, stem: Path) -> None:
    """Plot the history in the training's `record`."""
    described = json.loads(record.read_text())
    history = pd.DataFrame(described["history"])
    with house_style():
        figure = plot_training(history, described["accuracy"], len(read_classes(classes)))
    save_figure(figure, stem, dpi=dpi)
    save_csv(history, stem.with_suffix(".csv"))


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            record=Path(snakemake.input.record),
            classes=Path(snakemake.input.classes),
            dpi=snakemake.params.dpi,
            stem=Path(snakemake.output.png).with_suffix(""),
        )
