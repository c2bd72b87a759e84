"""The most precise unit of a layer: its activations, its class, example images (gale2020 figure 3)."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from selectivity.csv_files import save_csv
from selectivity.datasets import ImageSource
from selectivity.datasets.index import read_classes
from selectivity.figures.boxes import ranks_in
from selectivity.figures.inputs import load_examples, read_unit, unit_points
from selectivity.figures.precise_unit import (
    example_images,
    most_precise_unit,
    plot_precise_unit,
    unit_numbers,
)
from selectivity.figures.style import house_style, message_figure, save_figure
from selectivity.stage import stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    *,
    activations: Path,
    measures: Path,
    classes: Path,
    index: Path | None,
    source: ImageSource | None,
    stem: Path,
    points: Path,
    network: str,
    layer: str,
    seed: int,
    dpi: int,
) -> None:
    """Draw the unit, with example images where the study has pictures (`index` and `source`)."""
    table = pd.read_parquet(measures)
    k, _ = ranks_in(table.columns)
    best = most_precise_unit(table, k)
    if best is None:
        with house_style():
            figure = message_figure(f"No unit of {layer} has a precision: all are constant.")
        numbers, shown = pd.DataFrame(columns=["layer"]), pd.DataFrame(columns=["image"])
    else:
        names = read_classes(classes)["name"].tolist()
        unit = read_unit(activations, {"network": network, "layer": layer}, *best, names)
        pictures = None
        if index is not None and source is not None:
            places = example_images(unit, seed)
            pictures = load_examples(places, unit.images, pd.read_parquet(index), source)
        with house_style():
            figure = plot_precise_unit(unit, k, seed, pictures)
        numbers = pd.DataFrame([{"network": network, **unit_numbers(unit, k)}])
        shown = unit_points(unit)
    save_figure(figure, stem, dpi)
    save_csv(numbers, stem.with_name(f"{stem.name}.csv"))
    save_csv(shown, points)


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        index, images = snakemake.input.get("index"), snakemake.input.get("images")
        main(
            activations=Path(snakemake.input.activations),
            measures=Path(snakemake.input.measures),
            classes=Path(snakemake.input.classes),
            index=Path(index) if index else None,
            source=ImageSource(Path(images), snakemake.params.folder) if images else None,
            stem=Path(snakemake.output.png).with_suffix(""),
            points=Path(snakemake.output.points),
            network=snakemake.wildcards.network,
            layer=snakemake.wildcards.layer,
            seed=snakemake.params.seed,
            dpi=snakemake.params.dpi,
        )
