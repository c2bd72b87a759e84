"""Let a network classify the images of the dataset: its five best answers and whether the first is correct."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm import tqdm

from selectivity.allocator import keep_freed_memory
from selectivity.datasets import ImageSource, open_images
from selectivity.datasets.index import read_classes, read_index
from selectivity.extraction import Extraction, choose_device
from selectivity.files import sha256_of
from selectivity.networks import Preprocessing, build_network, load_weights
from selectivity.parquet import write_table
from selectivity.predictions import prediction_table, select_split
from selectivity.stage import fix_threads, stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    *,
    index: Path,
    classes: Path,
    source: ImageSource,
    weights: Path,
    network: Mapping[str, Any],
    split: str,
    provenance: Mapping[str, Any],
    device: str,
    batch_size: int,
    workers: int,
    output: Path,
) -> None:
    """Write one row an image, sorted by class."""
    fix_threads(1)
    keep_freed_memory()
    images, fingerprint = read_index(index)
    rows = select_split(images, split)
    preprocessing = Preprocessing.from_config(network["preprocessing"])
    module = build_network(network["constructor"], network["arguments"])
    load_weights(module, weights)
    extraction = Extraction(
        module,
        preprocessing,
        {"output": "output"},
        device=choose_device(device),
        workers=workers,
        batch_size=batch_size,
    )
    scores: list[np.ndarray] = []
    with tqdm(total=len(rows), desc="images classified", unit="image", disable=None) as progress:
        for batch in extraction.run(open_images(images, source), rows):
            scores.append(batch.outputs["output"].values)
            progress.update(len(batch.rows))
    table = prediction_table(images.iloc[rows], read_classes(classes), scores)
    write_table(
        table,
        output,
        {
            **provenance,
            "weights_sha256": sha256_of(weights),
            "preprocessing": preprocessing.as_dict(),
            "dataset_fingerprint": fingerprint,
        },
    )


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            index=Path(snakemake.input.index),
            classes=Path(snakemake.input.classes),
            source=ImageSource(Path(snakemake.input.images), snakemake.params.folder),
            weights=Path(snakemake.input.weights),
            network=snakemake.params.network,
            split=snakemake.params.split,
            provenance={**snakemake.params.provenance, "code": snakemake.params.code},
            device=snakemake.resources.device,
            batch_size=snakemake.resources.batch_size,
            workers=snakemake.threads,
            output=Path(snakemake.output.predictions),
        )
