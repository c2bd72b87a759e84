"""Draw a selective unit's image beside those of the units that respond to it more (substitution2020, figure 2)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from selectivity.datasets.index import read_classes
from selectivity.figures.picture_rows import sheet_rows, substituted_rows
from selectivity.figures.style import house_style, message_figure, save_figure, save_numbers
from selectivity.figures.substitution import plot_pictures
from selectivity.stage import stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    *,
    units: Path,
    classes: Path,
    images: Mapping[str, Path],
    network: str,
    substituted: Path,
    sheet: Path,
    dpi: int,
) -> None:
    """Draw one row a layer; and a sheet of images of every layer, the most selective units first."""
    rows = pd.read_csv(units)
    rows = rows[(rows["network"] == network) & rows["is_default"]]
    names = read_classes(classes)["name"].tolist()
    for make, stem in ((substituted_rows, substituted), (sheet_rows, sheet)):
        pictures, numbers = make(rows, images, names)
        layers: Sequence[str] = list(pictures)
        with house_style():
            figure = (
                plot_pictures([pictures[layer] for layer in layers], layers)
                if layers
                else message_figure(
                    "No unit responds more to another unit's image than its own unit."
                )
            )
        save_figure(figure, stem, dpi)
        save_numbers(numbers, stem.with_name(f"{stem.name}.csv"))


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            units=Path(snakemake.input.units),
            classes=Path(snakemake.input.classes),
            images=dict(
                zip(snakemake.params.layers, map(Path, snakemake.input.images), strict=True)
            ),
            network=snakemake.wildcards.network,
            substituted=Path(snakemake.output.substituted_png).with_suffix(""),
            sheet=Path(snakemake.output.sheet_png).with_suffix(""),
            dpi=snakemake.params.dpi,
        )
