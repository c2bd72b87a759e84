"""Train a network on the images of a dataset; write its weights, what made them and how it learned."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from selectivity.datasets import ImageSource
from selectivity.datasets.index import read_classes, read_index
from selectivity.networks import Preprocessing, build_network
from selectivity.stage import stage_log
from selectivity.training.data import load_split
from selectivity.training.loop import accuracy_of, train
from selectivity.training.saving import save_network
from selectivity.training.settings import TrainingSettings

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    *,
    index: Path,
    classes: Path,
    source: ImageSource,
    network: Mapping[str, Any],
    settings: TrainingSettings,
    seed: int,
    provenance: Mapping[str, Any],
    weights: Path,
    record: Path,
) -> None:
    """Train on the split "train", with the split "test" as validation."""
    images, fingerprint = read_index(index)
    outputs = read_classes(classes).set_index("label")["output"]
    splits = {name: load_split(images, source, outputs, name) for name in ("train", "test")}
    preprocessing = Preprocessing.from_config(network["preprocessing"])
    module = build_network(network["constructor"], network["arguments"])
    checkpoint = weights.with_suffix(".checkpoint.safetensors")
    history = train(
        module, splits["train"], splits["test"], settings, preprocessing, seed, checkpoint
    )
    described = {
        **provenance,
        "accuracy": accuracy_of(module, splits["test"], preprocessing),
        "dataset_fingerprint": fingerprint,
        "history": history,
        "images": {name: len(split) for name, split in splits.items()},
        "torch": torch.__version__,
    }
    save_network(module, weights, record, described)
    checkpoint.unlink(missing_ok=True)


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            index=Path(snakemake.input.index),
            classes=Path(snakemake.input.classes),
            source=ImageSource(Path(snakemake.input.images), snakemake.params.folder),
            network=snakemake.params.network,
            settings=TrainingSettings(**snakemake.params.training),
            seed=snakemake.params.seed,
            provenance={**snakemake.params.provenance, "code": snakemake.params.code},
            weights=Path(snakemake.output.weights),
            record=Path(snakemake.output.record),
        )
