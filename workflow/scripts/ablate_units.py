"""Silence the units of a layer one by one and count what the network still gets right."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from tqdm import tqdm

from selectivity.ablation.choice import evenly, score_units
from selectivity.ablation.experiment import ablate_layer
from selectivity.ablation.splitting import split_network
from selectivity.allocator import keep_freed_memory
from selectivity.class_means import read_class_means, unit_means
from selectivity.datasets import ImageSource, open_images
from selectivity.datasets.index import read_classes, read_index
from selectivity.extraction import choose_device
from selectivity.files import sha256_of
from selectivity.networks import Preprocessing, build_network, load_weights
from selectivity.parquet import read_table, write_table
from selectivity.predictions import select_split
from selectivity.stage import fix_threads, stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake

ROWS = 128  # images at a time; what lies below the layer is kept for them alone


def main(
    *,
    network: str,
    layer: str,
    path: str,
    build: Mapping[str, Any],
    weights: Path,
    index: Path,
    classes: Path,
    source: ImageSource,
    class_means: Path,
    substitution: Path | None,
    settings: Mapping[str, Any],
    split: str,
    step: int | None,
    seed: int,
    provenance: Mapping[str, Any],
    device: str,
    curves: Path,
    units: Path,
) -> None:
    """Write the accuracy along every order of removal, and the loss by each unit alone."""
    fix_threads(1)
    keep_freed_memory()
    chosen = choose_device(device)
    module = build_network(build["constructor"], build["arguments"])
    load_weights(module, weights)
    module = module.to(chosen, memory_format=torch.channels_last)
    preprocessing = Preprocessing.from_config(build["preprocessing"])
    images, fingerprint = read_index(index)
    rows = evenly(select_split(images, split), settings["images"])
    labels, pictures = images["label"].to_numpy(), open_images(images, source)

    def batches() -> Iterator[tuple[torch.Tensor, np.ndarray]]:
        starts = range(0, len(rows), ROWS)
        for start in tqdm(starts, desc=f"{layer}, blocks of {ROWS} images", disable=None):
            block = rows[start : start + ROWS]
            yield preprocessing(pictures.load(block)).to(chosen), labels[block]

    means, sizes = read_class_means(class_means, layer)
    made = None if substitution is None else read_table(substitution)[0]
    scores = score_units(means, sizes, made, layer, step)
    outputs = read_classes(classes).sort_values("label")["output"].to_numpy()
    halves = split_network(module, path)
    average = unit_means(means, sizes)
    tables = ablate_layer(halves, batches(), outputs, scores, average, settings, [seed])
    described = {
        **provenance,
        "weights_sha256": sha256_of(weights),
        "dataset_fingerprint": fingerprint,
        "n_images": len(rows),
        "reuses_lower_layers": halves.is_cheap,
    }
    for table, output in zip(tables, (curves, units), strict=True):
        table.insert(0, "network", network)
        table.insert(1, "layer", layer)
        write_table(table, output, described)


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        given = snakemake.input.get("substitution")
        main(
            network=snakemake.wildcards.network,
            layer=snakemake.wildcards.layer,
            path=snakemake.params.path,
            build=snakemake.params.build,
            weights=Path(snakemake.input.weights),
            index=Path(snakemake.input.index),
            classes=Path(snakemake.input.classes),
            source=ImageSource(Path(snakemake.input.images), snakemake.params.folder),
            class_means=Path(snakemake.input.class_means),
            substitution=Path(given) if given else None,
            settings=snakemake.params.settings,
            split=snakemake.params.split,
            step=snakemake.params.step,
            seed=snakemake.params.seed,
            provenance={**snakemake.params.provenance, "code": snakemake.params.code},
            device=snakemake.resources.device,
            curves=Path(snakemake.output.curves),
            units=Path(snakemake.output.units),
        )
