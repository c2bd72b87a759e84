"""Correlations between five measures, ours beside the printed ones (gale2020 table A2)."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from selectivity.csv_files import save_csv
from selectivity.figures.correlations import (
    correlation_numbers,
    plot_correlations,
    pooled_correlations,
)
from selectivity.figures.inputs import read_published
from selectivity.figures.style import house_style, save_figure
from selectivity.stage import stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(*, correlations: Path, published: Path, stem: Path, network: str, dpi: int) -> None:
    """Draw the correlations over the hidden units of `network`."""
    ours = pooled_correlations(pd.read_csv(correlations), network)
    numbers = correlation_numbers(ours, read_published(published))
    with house_style():
        figure = plot_correlations(numbers, network)
    save_figure(figure, stem, dpi)
    save_csv(numbers, stem.with_name(f"{stem.name}.csv"))


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            correlations=Path(snakemake.input.correlations),
            published=Path(snakemake.input.published),
            stem=Path(snakemake.output.png).with_suffix(""),
            network=snakemake.wildcards.network,
            dpi=snakemake.params.dpi,
        )
