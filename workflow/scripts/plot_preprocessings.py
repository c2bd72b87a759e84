"""How the preparation of the images moves accuracy and measures."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from selectivity.csv_files import save_csv
from selectivity.figures.preprocessings import plot_preprocessings, plotted_numbers
from selectivity.figures.style import house_style, save_figure
from selectivity.stage import stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(*, accuracy: Path, differences: Path, network: str, dpi: int, stem: Path) -> None:
    """Draw the tables of one network."""
    accuracies, measures = pd.read_csv(accuracy), pd.read_csv(differences)
    with house_style():
        figure = plot_preprocessings(accuracies, measures, network)
    save_figure(figure, stem, dpi)
    save_csv(plotted_numbers(accuracies, measures), stem.with_name(f"{stem.name}.csv"))


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            accuracy=Path(snakemake.input.accuracy),
            differences=Path(snakemake.input.differences),
            network=snakemake.wildcards.network,
            dpi=snakemake.params.dpi,
            stem=Path(snakemake.output.png).with_suffix(""),
        )
