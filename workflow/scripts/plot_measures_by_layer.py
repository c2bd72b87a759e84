"""Box plots of the measures by layer: gale2020 figure 2 (hidden layers), gale2019 figure 2 (all)."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from selectivity.csv_files import save_csv
from selectivity.figures.boxes import Panel, box_numbers, nine_panels, three_panels
from selectivity.figures.boxplots import plot_measures_by_layer
from selectivity.figures.inputs import read_measures
from selectivity.figures.style import house_style, save_figure
from selectivity.stage import stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    *,
    measures: Sequence[Path],
    chance: Path | None,
    nine: Path,
    three: Path,
    layers: Sequence[str],
    hidden: Sequence[str],
    dpi: int,
) -> None:
    """Draw the nine measures of the hidden layers and three measures of all layers."""
    units = read_measures(measures, layers)
    bands = None
    if chance is not None:
        bands = pd.read_csv(chance)
        bands = bands[bands["network"] == units["network"].iloc[0]]
    drawn: list[tuple[Path, Sequence[str], Sequence[Panel]]] = [
        (nine, hidden, nine_panels(units.columns)),
        (three, layers, three_panels(units.columns)),
    ]
    for stem, shown, panels in drawn:
        with house_style():
            figure = plot_measures_by_layer(units, shown, panels, bands)
        save_figure(figure, stem, dpi)
        save_csv(box_numbers(units, shown, panels), stem.with_name(f"{stem.name}.csv"))


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        chance = snakemake.input.get("chance")
        main(
            measures=[Path(path) for path in snakemake.input.measures],
            chance=Path(str(chance)) if chance else None,
            nine=Path(snakemake.output.nine_png).with_suffix(""),
            three=Path(snakemake.output.three_png).with_suffix(""),
            layers=snakemake.params.layers,
            hidden=snakemake.params.hidden,
            dpi=snakemake.params.dpi,
        )
