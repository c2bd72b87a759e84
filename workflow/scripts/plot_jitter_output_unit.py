"""Jitterplots of one output unit before and after the softmax (gale2019 figure 4)."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from selectivity.csv_files import save_csv
from selectivity.datasets.index import read_classes
from selectivity.figures.inputs import read_unit, unit_points
from selectivity.figures.output_unit import choose_unit, plot_output_unit, separation
from selectivity.figures.style import house_style, message_figure, save_figure
from selectivity.stage import stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    *,
    activations: Mapping[str, Path],
    measures: Path,
    classes: Path,
    stem: Path,
    points: Path,
    network: str,
    layers: Mapping[str, str],
    output_class: str | None,
    seed: int,
    dpi: int,
) -> None:
    """Draw the unit of `output_class`, else a typical one; `layers` and `activations` by stage.

    `measures` are those of the last stage.
    """
    table = read_classes(classes)
    chosen = choose_unit(pd.read_parquet(measures), table, output_class)
    if chosen is None:
        with house_style():
            figure = message_figure("No output unit stands for a class of this dataset.")
        numbers, shown = pd.DataFrame(columns=["layer"]), pd.DataFrame(columns=["layer"])
    else:
        names = table["name"].tolist()
        units = {
            stage: read_unit(
                activations[stage], {"network": network, "layer": layer}, *chosen, names
            )
            for stage, layer in layers.items()
        }
        with house_style():
            figure = plot_output_unit(units, seed)
        numbers = pd.DataFrame([{"network": network, **separation(u)} for u in units.values()])
        shown = pd.concat([unit_points(u).assign(layer=u.layer) for u in units.values()])
    save_figure(figure, stem, dpi)
    save_csv(numbers, stem.with_name(f"{stem.name}.csv"))
    save_csv(shown, points)


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        layers = snakemake.params.layers
        files = [Path(path) for path in snakemake.input.activations]
        main(
            activations=dict(zip(layers, files, strict=True)),
            measures=Path(snakemake.input.measures),
            classes=Path(snakemake.input.classes),
            stem=Path(snakemake.output.png).with_suffix(""),
            points=Path(snakemake.output.points),
            network=snakemake.wildcards.network,
            layers=layers,
            output_class=snakemake.params.output_class,
            seed=snakemake.params.seed,
            dpi=snakemake.params.dpi,
        )
