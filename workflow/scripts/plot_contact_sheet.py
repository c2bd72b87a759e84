"""Show examples of every class of the picture world, grouped as in the ontology."""

from pathlib import Path
from typing import TYPE_CHECKING

from selectivity.csv_files import save_csv
from selectivity.datasets import ImageSource, open_images
from selectivity.datasets.index import read_classes, read_index
from selectivity.figures.style import house_style, save_figure
from selectivity.figures.world import choose_examples, contact_sheet
from selectivity.stage import stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    *, images: Path, index: Path, classes: Path, n_examples: int, dpi: int, stem: Path
) -> None:
    """Draw `n_examples` test images of each class; the CSV tells which."""
    chosen = choose_examples(read_index(index)[0], n_examples)
    table = read_classes(classes)
    pictures = open_images(chosen, ImageSource(images, ""))
    rows = chosen.groupby("class", sort=False).indices
    with house_style():
        figure = contact_sheet(
            {name: pictures.load(rows[name]) for name in table["class"]},
            dict(zip(table["class"], table["parents"], strict=True)),
        )
    save_figure(figure, stem, dpi=dpi)
    save_csv(chosen[["class", "label", "image", "split"]], stem.with_suffix(".csv"))


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            images=Path(snakemake.input.images),
            index=Path(snakemake.input.index),
            classes=Path(snakemake.input.classes),
            n_examples=snakemake.params.n_examples,
            dpi=snakemake.params.dpi,
            stem=Path(snakemake.output.png).with_suffix(""),
        )
