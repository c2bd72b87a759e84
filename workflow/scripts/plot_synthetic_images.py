"""Draw a sheet of synthetic images, a row a layer."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from selectivity.csv_files import save_csv
from selectivity.datasets.index import read_classes
from selectivity.figures.picture_rows import drawn_rows, selective_rows
from selectivity.figures.style import house_style, save_figure
from selectivity.figures.substitution import plot_pictures
from selectivity.stage import stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    *,
    images: Mapping[str, Path],
    classes: Path,
    units: Path | None,
    network: str,
    objectives: Sequence[str],
    scalar: str,
    stem: Path,
    dpi: int,
) -> None:
    """Draw the most class-selective units of each layer where `units` tells them, else the first ones made."""
    table = read_classes(classes)
    objective = "iam" if "iam" in objectives else objectives[0]
    if units is None:
        names = table.set_index("output")["name"].to_dict()
        pictures, numbers = drawn_rows(images, objective, scalar, names)
    else:
        rows = pd.read_csv(units)
        rows = rows[(rows["network"] == network) & rows["is_default"]]
        pictures, numbers = selective_rows(rows, images, table["name"].tolist())
    with house_style():
        figure = plot_pictures(list(pictures.values()), list(pictures))
    save_figure(figure, stem, dpi)
    save_csv(numbers, stem.with_name(f"{stem.name}.csv"))


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        given = snakemake.input.get("units")
        main(
            images=dict(
                zip(snakemake.params.layers, map(Path, snakemake.input.images), strict=True)
            ),
            classes=Path(snakemake.input.classes),
            units=Path(given) if given else None,
            network=snakemake.wildcards.network,
            objectives=snakemake.params.objectives,
            scalar=snakemake.params.scalar,
            stem=Path(snakemake.output.png).with_suffix(""),
            dpi=snakemake.params.dpi,
        )
