"""Stacked bars by layer: responses to neuron features, color and class selectivity (figures 4, 8 and 9)."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from selectivity.csv_files import save_csv
from selectivity.figures.neuron_features_bars import (
    CLASS,
    COLOR,
    RESPONSE,
    bar_numbers,
    plot_bars,
    reach_note,
)
from selectivity.figures.style import house_style, save_figure
from selectivity.stage import stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake

STACKS = {"feature_responses": RESPONSE, "color_by_layer": COLOR, "class_by_layer": CLASS}


def main(*, network: str, layers: list[str], table: Path, dpi: int, folder: Path) -> None:
    """Draw one figure an index."""
    units = pd.read_csv(table)
    units = units[units["network"] == network]
    for name, stack in STACKS.items():
        numbers = bar_numbers(units, layers, stack)
        with house_style():
            figure = plot_bars(numbers, stack, reach_note(units, stack))
        save_figure(figure, folder / name, dpi)
        save_csv(numbers, folder / f"{name}.csv")


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            network=snakemake.wildcards.network,
            layers=snakemake.params.layers,
            table=Path(snakemake.input.table),
            dpi=snakemake.params.dpi,
            folder=Path(snakemake.output[0]).parent,
        )
