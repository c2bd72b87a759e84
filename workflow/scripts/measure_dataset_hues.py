"""Measure the distribution of hues in the images of the dataset, each pixel weighted by its chroma."""

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from selectivity.csv_files import save_csv
from selectivity.datasets import ImageSource, open_images
from selectivity.datasets.index import read_index
from selectivity.neuron_features.color import hue_histogram
from selectivity.parallel import bounded_map
from selectivity.stage import fix_threads, stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake

PIXELS = 128 * 128  # looked at in each image at most, evenly spaced


def main(
    *,
    index: Path,
    source: ImageSource,
    n_images: int,
    n_bins: int,
    seed: int,
    threads: int,
    hues: Path,
) -> None:
    """Write one row a bin; every image counts the same, whatever its size."""
    fix_threads(1)
    table, _ = read_index(index)
    images = open_images(table, source)
    chosen = np.arange(len(table))
    if n_images < len(table):
        chosen = np.sort(np.random.default_rng(seed).choice(len(table), n_images, replace=False))

    def histogram(row: int) -> np.ndarray:
        pixels = images[row]
        step = math.ceil(math.sqrt(pixels.shape[0] * pixels.shape[1] / PIXELS))
        pixels = pixels[::step, ::step]
        return hue_histogram(pixels, n_bins) / (pixels.shape[0] * pixels.shape[1])

    total = np.zeros(n_bins)
    for counts in bounded_map(histogram, chosen.tolist(), threads):
        total += counts
    edges = np.linspace(0, 360, n_bins + 1)
    columns = {"from_degrees": edges[:-1], "to_degrees": edges[1:], "weight": total / total.sum()}
    save_csv(pd.DataFrame(columns), hues)


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            index=Path(snakemake.input.index),
            source=ImageSource(Path(snakemake.input.images), snakemake.params.folder),
            n_images=snakemake.params.n_images,
            n_bins=snakemake.params.n_bins,
            seed=snakemake.params.seed,
            threads=snakemake.threads,
            hues=Path(snakemake.output.hues),
        )
