"""Compare accuracy and measures of a network on the same images, prepared in several ways."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm import tqdm

from selectivity.allocator import keep_freed_memory
from selectivity.csv_files import save_csv
from selectivity.datasets import ImageSource, open_images
from selectivity.datasets.index import read_classes, read_index
from selectivity.extraction import Extraction, choose_device
from selectivity.measures import MeasureSettings
from selectivity.networks import Preprocessing, build_network, load_weights
from selectivity.networks.listing import input_side
from selectivity.predictions import select_split
from selectivity.preprocessing_variants import accuracy_rows, chosen, measure_rows, show
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
    layers: Mapping[str, str],
    names: Sequence[str],
    n_images: int,
    seed: int,
    split: str,
    spatial: str,
    relu: str,
    measures: MeasureSettings,
    device: str,
    batch_size: int,
    workers: int,
    accuracy: Path,
    differences: Path,
) -> None:
    """Write one table of accuracies by variant and one of measures by layer and variant."""
    fix_threads(1)
    keep_freed_memory()
    images, _ = read_index(index)
    rows = select_split(images, split)
    if 0 < n_images < len(rows):
        rows = rows[np.sort(np.random.default_rng(seed).choice(len(rows), n_images, replace=False))]
    module = build_network(network["constructor"], network["arguments"])
    load_weights(module, weights)
    extraction = Extraction(
        module,
        Preprocessing.from_config(network["preprocessing"]),
        layers,
        spatial,
        relu,
        device=choose_device(device),
        workers=workers,
        batch_size=batch_size,
    )
    table = read_classes(classes)
    pictures = open_images(images, source)
    variants = chosen(names, input_side(network["preprocessing"]))
    shown = {
        name: show(extraction, variant, pictures, images, rows, table)
        for name, variant in tqdm(variants.items(), "variants shown", disable=None)
    }
    results = {
        accuracy: accuracy_rows(shown, table),
        differences: measure_rows(shown, len(table), measures),
    }
    for path, result in results.items():
        save_csv(result, path)


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            index=Path(snakemake.input.index),
            classes=Path(snakemake.input.classes),
            source=ImageSource(Path(snakemake.input.images), snakemake.params.folder),
            weights=Path(snakemake.input.weights),
            network=snakemake.params.network,
            layers=snakemake.params.layers,
            measures=MeasureSettings(**snakemake.params.measures),
            **snakemake.params.settings,
            device=snakemake.resources.device,
            batch_size=snakemake.resources.batch_size,
            workers=snakemake.threads,
            accuracy=Path(snakemake.output.accuracy),
            differences=Path(snakemake.output.differences),
        )
