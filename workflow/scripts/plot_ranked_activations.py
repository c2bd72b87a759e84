"""Ranked activation curves of each layer with the area under them (rafegas2017 figure 1)."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from selectivity.csv_files import save_csv
from selectivity.figures.neuron_features_curves import curve_numbers, plot_curves
from selectivity.figures.style import house_style, save_figure
from selectivity.neuron_features.curves import read_curves
from selectivity.stage import stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(*, network: str, table: Path, curves: dict[str, Path], dpi: int, stem: Path) -> None:
    """Draw one panel a layer."""
    units = pd.read_csv(table)
    units = units[units["network"] == network].set_index("unit")
    areas = {layer: units.loc[units["layer"] == layer, "curve_auc_relative"] for layer in curves}
    values = {layer: read_curves(path)[0] for layer, path in curves.items()}
    numbers = curve_numbers(values, areas)
    with house_style():
        figure = plot_curves(numbers, int(numbers["rank"].max()))
    save_figure(figure, stem, dpi)
    save_csv(numbers, stem.with_name(f"{stem.name}.csv"))


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            network=snakemake.wildcards.network,
            table=Path(snakemake.input.table),
            curves=dict(
                zip(snakemake.params.layers, map(Path, snakemake.input.curves), strict=True)
            ),
            dpi=snakemake.params.dpi,
            stem=Path(snakemake.output.png).with_suffix(""),
        )
