"""Draw Representative Substitution against class selectivity (substitution2020, figures 1 and 3 to 6)."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from selectivity.csv_files import save_csv
from selectivity.figures.style import house_style, save_figure
from selectivity.figures.substitution import plot_by_depth, plot_scatter
from selectivity.stage import stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake

SHOWN = ["network", "layer", "unit", "objective", "scalar", "step", "class_selectivity", "rs"]


def main(
    *,
    units: Path,
    layers: Path,
    network: str,
    scattered: Sequence[str] | None,
    scatter: Path,
    by_depth: Path,
    dpi: int,
) -> None:
    """Draw both figures of one network at the setting that the verdicts are about."""
    rows = pd.read_csv(units)
    rows = rows[(rows["network"] == network) & rows["is_default"]]
    keys = ["network", "layer", "objective", "scalar", "step"]
    summary = pd.read_csv(layers).merge(rows[keys].drop_duplicates(), on=keys)
    names = list(rows.sort_values("depth")["layer"].unique())
    shown = [name for name in names if name in (scattered or names)]
    convolutional = list(rows[rows["kind"] == "conv"].sort_values("depth")["layer"].unique())
    deep = convolutional if len(convolutional) > 1 else names
    with house_style():
        figures = (plot_scatter(rows, summary, shown), plot_by_depth(summary, deep))
    save_figure(figures[0], scatter, dpi)
    save_figure(figures[1], by_depth, dpi)
    kept = rows[rows["layer"].isin(shown)]
    save_csv(kept[[*SHOWN, "am_failed"]], scatter.with_name(f"{scatter.name}.csv"))
    save_csv(summary, by_depth.with_name(f"{by_depth.name}.csv"))


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            units=Path(snakemake.input.units),
            layers=Path(snakemake.input.layers),
            network=snakemake.wildcards.network,
            scattered=snakemake.params.scattered,
            scatter=Path(snakemake.output.scatter_png).with_suffix(""),
            by_depth=Path(snakemake.output.by_depth_png).with_suffix(""),
            dpi=snakemake.params.dpi,
        )
