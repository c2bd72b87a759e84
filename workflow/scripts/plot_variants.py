"""How far the named variants move each measure: paper, code, exact."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from selectivity.csv_files import save_csv
from selectivity.figures.style import house_style, save_figure
from selectivity.figures.variants import plot_variants, variant_shifts
from selectivity.measure_tables import gather_layers
from selectivity.stage import stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    *, measures: list[Path], stem: Path, network: str, variants: Sequence[str], dpi: int
) -> None:
    """Draw the shifts of all units of `network`."""
    units = gather_layers(measures)
    shifts = variant_shifts(units[units["network"] == network], variants)
    with house_style():
        figure = plot_variants(shifts, network)
    save_figure(figure, stem, dpi)
    save_csv(shifts, stem.with_name(f"{stem.name}.csv"))


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            measures=[Path(path) for path in snakemake.input.measures],
            stem=Path(snakemake.output.png).with_suffix(""),
            network=snakemake.wildcards.network,
            variants=snakemake.params.variants,
            dpi=snakemake.params.dpi,
        )
