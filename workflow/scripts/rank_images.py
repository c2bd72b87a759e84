"""Rank the images of each unit of a layer: the highest, guards against picking cherries, and the ranked curve."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from tqdm import tqdm

from selectivity.activations import ActivationStore, open_activations
from selectivity.allocator import keep_freed_memory
from selectivity.errors import ConfigError
from selectivity.neuron_features.curves import write_curves
from selectivity.neuron_features.ranking import Images, ranked_curve, unit_blocks, unit_table
from selectivity.neuron_features.settings import RankingSettings
from selectivity.parquet import write_table
from selectivity.stage import stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    *, activations: Path, settings: RankingSettings, seed: int, top_images: Path, curves: Path
) -> None:
    """Read the activations of a layer once, in blocks of units."""
    keep_freed_memory()
    tables, ranked, highest = [], [], []
    with open_activations(activations) as store:
        images = Images(store.images, store.labels, store.n_classes)
        for start, stop in tqdm(list(unit_blocks(store.n_units)), disable=None, unit="block"):
            values = read_values(store, start, stop, settings.relu)
            positions = store.read_positions(start, stop) if store.map_shape else None
            for row, unit in enumerate(range(start, stop)):
                places = None if positions is None else positions[row]
                tables.append(unit_table(values[row], places, images, unit, settings, seed))
                ranked.append(ranked_curve(values[row], settings.n_ranks))
                highest.append(float(values[row].max()))
        provenance = store.provenance | {"ranking": vars(settings), "seed": seed}
    write_table(pd.concat(tables, ignore_index=True), top_images, provenance)
    write_curves(curves, np.array(ranked), np.array(highest), provenance)


def read_values(store: ActivationStore, start: int, stop: int, relu: str) -> np.ndarray:
    """Return the activations before or after the ReLU, whichever of the file's two sets that is."""
    if relu == "post" or (not store.has_pre_relu and store.provenance.get("relu") == "pre"):
        return store.read_units(start, stop)
    if not store.has_pre_relu:
        raise ConfigError(
            f"{store.path} holds no activations before the ReLU: set `pre_relu: true` under `activations`, or "
            "`relu: post` under `neuron_features`"
        )
    return store.read_pre_relu(start, stop)


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            activations=Path(snakemake.input.activations),
            settings=RankingSettings.from_section(snakemake.params.settings),
            seed=snakemake.params.seed,
            top_images=Path(snakemake.output.top_images),
            curves=Path(snakemake.output.curves),
        )
