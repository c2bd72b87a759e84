"""Measure how often a network errs on the images that it has seen in color, now in gray."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from selectivity.allocator import keep_freed_memory
from selectivity.csv_files import save_csv
from selectivity.datasets import ImageSource, open_images
from selectivity.datasets.index import read_classes, read_index
from selectivity.extraction import Extraction, choose_device
from selectivity.networks import Preprocessing, build_network, load_weights
from selectivity.neuron_features.gray import WEIGHTS, GrayImages, error_rates, rows_of
from selectivity.parquet import read_table
from selectivity.predictions import prediction_table
from selectivity.stage import fix_threads, stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    *,
    network: str,
    build: dict[str, Any],
    weights: Path,
    index: Path,
    classes: Path,
    source: ImageSource,
    predictions: Path,
    n_images: int,
    seed: int,
    device: str,
    batch_size: int,
    workers: int,
    accuracy: Path,
) -> None:
    """Write top-1 and top-5 errors in color, in gray by luma and in gray by the mean of the channels."""
    fix_threads(1)
    keep_freed_memory()
    images, _ = read_index(index)
    names = read_classes(classes)
    seen = read_table(predictions)[0]
    if 0 < n_images < len(seen):
        chosen = np.random.default_rng(seed).choice(len(seen), n_images, replace=False)
        seen = seen.iloc[np.sort(chosen)]
    rows = rows_of(images, seen["image"].to_numpy())
    module = build_network(build["constructor"], build["arguments"])
    load_weights(module, weights)
    extraction = Extraction(
        module,
        Preprocessing.from_config(build["preprocessing"]),
        {"output": "output"},
        device=choose_device(device),
        workers=workers,
        batch_size=batch_size,
    )
    records = [{"images": "rgb", **error_rates(seen, names)}]
    for kind in WEIGHTS:
        pictures = GrayImages(open_images(images, source), kind)
        scores: list[np.ndarray] = []
        with tqdm(total=len(rows), desc=f"images in {kind}", disable=None) as progress:
            for batch in extraction.run(pictures, rows):
                scores.append(batch.outputs["output"].values)
                progress.update(len(batch.rows))
        table = prediction_table(images.iloc[rows], names, scores)
        records.append({"images": kind, **error_rates(table, names)})
    rates = pd.DataFrame(records)
    rates.insert(0, "network", network)
    rates.insert(2, "n_images", len(rows))
    save_csv(rates, accuracy)


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            network=snakemake.wildcards.network,
            build=snakemake.params.build,
            weights=Path(snakemake.input.weights),
            index=Path(snakemake.input.index),
            classes=Path(snakemake.input.classes),
            source=ImageSource(Path(snakemake.input.images), snakemake.params.folder),
            predictions=Path(snakemake.input.predictions),
            n_images=snakemake.params.n_images,
            seed=snakemake.params.seed,
            device=snakemake.resources.device,
            batch_size=snakemake.resources.batch_size,
            workers=snakemake.threads,
            accuracy=Path(snakemake.output.accuracy),
        )
