"""Draw the learning curve of a network that the workflow trained."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from selectivity.figures.learning_curve import curve_numbers, plot_learning_curve
from selectivity.figures.style import house_style, save_figure, save_numbers
from selectivity.stage import stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(*, record: Path, dpi: int, stem: Path) -> None:
    """Draw loss and accuracy, and write the numbers drawn."""
    numbers = curve_numbers(json.loads(record.read_text(encoding="utf-8"))["history"])
    with house_style():
        figure = plot_learning_curve(numbers)
    save_figure(figure, stem, dpi)
    save_numbers(numbers, stem.with_name(f"{stem.name}.csv"))


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            record=Path(snakemake.input.record),
            dpi=snakemake.params.dpi,
            stem=Path(snakemake.output.pdf).with_suffix(""),
        )
