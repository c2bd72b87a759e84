"""Draw a selective unit's image beside those of the units that respond to it more (substitution2020, figure 2)."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from selectivity.csv_files import save_csv
from selectivity.datasets.index import read_classes
from selectivity.figures.picture_rows import substituted_rows
from selectivity.figures.style import house_style, message_figure, save_figure
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
    stem: Path,
    dpi: int,
) -> None:
    """Draw one row a layer."""
    rows = pd.read_csv(units)
    rows = rows[(rows["network"] == network) & rows["is_default"]]
    names = read_classes(classes)["name"].tolist()
    pictures, numbers = substituted_rows(rows, images, names)
    with house_style():
        figure = (
            plot_pictures(list(pictures.values()), list(pictures))
            if pictures
            else message_figure("No unit responds more to another unit's image than its own unit.")
        )
    save_figure(figure, stem, dpi)
    save_csv(numbers, stem.with_name(f"{stem.name}.csv"))


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            units=Path(snakemake.input.units),
            classes=Path(snakemake.input.classes),
            images=dict(
                zip(snakemake.params.layers, map(Path, snakemake.input.images), strict=True)
            ),
            network=snakemake.wildcards.network,
            stem=Path(snakemake.output.png).with_suffix(""),
            dpi=snakemake.params.dpi,
        )
