"""Box plots of the k-means/gap suite by layer: clusters, gaps and what lies above the biggest gap."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from selectivity.csv_files import save_csv
from selectivity.figures.boxes import box_numbers, gap_panels
from selectivity.figures.boxplots import plot_measures_by_layer
from selectivity.figures.inputs import read_measures
from selectivity.figures.style import house_style, save_figure
from selectivity.stage import stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(*, measures: Sequence[Path], stem: Path, layers: Sequence[str], dpi: int) -> None:
    """Draw the suite for all layers of a network."""
    units, panels = read_measures(measures, layers), gap_panels()
    with house_style():
        figure = plot_measures_by_layer(units, layers, panels)
    save_figure(figure, stem, dpi)
    save_csv(box_numbers(units, layers, panels), stem.with_name(f"{stem.name}.csv"))


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            measures=[Path(path) for path in snakemake.input.measures],
            stem=Path(snakemake.output.png).with_suffix(""),
            layers=snakemake.params.layers,
            dpi=snakemake.params.dpi,
        )
