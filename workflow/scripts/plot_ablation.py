"""Draw the accuracy of a network as units are silenced, and the worth of each unit against its scores."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from selectivity.csv_files import save_csv
from selectivity.figures.ablation import plot_ablation
from selectivity.figures.style import house_style, save_figure
from selectivity.parquet import read_table
from selectivity.stage import stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    *,
    curves: Sequence[Path],
    units: Sequence[Path],
    layers: Sequence[str],
    fill: str,
    stem: Path,
    dpi: int,
) -> None:
    """Draw all ablated layers of one network."""
    every_curve = pd.concat([read_table(path)[0] for path in curves], ignore_index=True)
    every_unit = pd.concat([read_table(path)[0] for path in units], ignore_index=True)
    with house_style():
        figure = plot_ablation(every_curve, every_unit, layers, fill)
    save_figure(figure, stem, dpi)
    save_csv(every_curve, stem.with_name(f"{stem.name}.csv"))


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            curves=[Path(path) for path in snakemake.input.curves],
            units=[Path(path) for path in snakemake.input.units],
            layers=snakemake.params.layers,
            fill=snakemake.params.fill,
            stem=Path(snakemake.output.png).with_suffix(""),
            dpi=snakemake.params.dpi,
        )
