"""Three made-up units on which the measures disagree, computed beside printed (gale2019 figure 5)."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from selectivity.csv_files import save_csv
from selectivity.figures.inputs import read_published
from selectivity.figures.style import house_style, save_figure
from selectivity.figures.synthetic_units import plot_synthetic_units, synthetic_numbers
from selectivity.measures import MeasureSettings, measure_units
from selectivity.stage import stage_log
from selectivity.synthetic_units import LETTERS, class_sizes, synthetic_activations

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(*, published: Path, stem: Path, points: Path, seed: int, dpi: int) -> None:
    """Make the units, measure them and draw them."""
    activations = synthetic_activations(seed)
    measured = measure_units(activations, class_sizes(), MeasureSettings(top_k=(100,)))
    numbers = synthetic_numbers(measured, read_published(published))
    with house_style():
        figure = plot_synthetic_units(activations, numbers, seed)
    save_figure(figure, stem, dpi)
    save_csv(numbers, stem.with_name(f"{stem.name}.csv"))
    items = pd.DataFrame(activations.T, columns=[f"unit_{letter}" for letter in LETTERS])
    items.insert(0, "label", np.repeat(np.arange(len(class_sizes())), class_sizes()))
    save_csv(items, points)


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            published=Path(snakemake.input.published),
            stem=Path(snakemake.output.png).with_suffix(""),
            points=Path(snakemake.output.points),
            seed=snakemake.params.seed,
            dpi=snakemake.params.dpi,
        )
