"""Record the activations of all layers of a network, in one pass over the images."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from selectivity.allocator import keep_freed_memory
from selectivity.datasets import ImageSource, open_images
from selectivity.datasets.index import read_classes, read_index
from selectivity.extraction import Extraction, choose_device
from selectivity.files import sha256_of
from selectivity.networks import Preprocessing, build_network, load_weights
from selectivity.parquet import read_table
from selectivity.predictions import select_split
from selectivity.recording import keep_correct, store_layers
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
    predictions: Path | None,
    network: Mapping[str, Any],
    settings: Mapping[str, Any],
    provenance: Mapping[str, Any],
    device: str,
    batch_size: int,
    workers: int,
    outputs: Mapping[str, Path],
) -> None:
    """Write one file a layer; with `predictions` only correctly classified images are kept."""
    fix_threads(1)
    keep_freed_memory()
    images, fingerprint = read_index(index)
    rows = select_split(images, settings["split"])
    if predictions is not None:
        rows = keep_correct(images, rows, read_table(predictions)[0])
    preprocessing = Preprocessing.from_config(network["preprocessing"])
    module = build_network(network["constructor"], network["arguments"])
    load_weights(module, weights)
    extraction = Extraction(
        module,
        preprocessing,
        network["layers"],
        spatial=settings["spatial"],
        relu=settings["relu"],
        with_pre_relu=settings["pre_relu"],
        device=choose_device(device),
        workers=workers,
        batch_size=batch_size,
    )
    described = {
        **provenance,
        "weights_sha256": sha256_of(weights),
        "dataset_fingerprint": fingerprint,
    }
    pictures = open_images(images, source)
    n_classes = len(read_classes(classes))
    store_layers(extraction, pictures, images, rows, n_classes, outputs, described)


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        given = snakemake.input.get("predictions")
        main(
            index=Path(snakemake.input.index),
            classes=Path(snakemake.input.classes),
            source=ImageSource(Path(snakemake.input.images), snakemake.params.folder),
            weights=Path(snakemake.input.weights),
            predictions=Path(given) if given else None,
            network=snakemake.params.network,
            settings=snakemake.params.settings,
            provenance={**snakemake.params.provenance, "code": snakemake.params.code},
            device=snakemake.resources.device,
            batch_size=snakemake.resources.batch_size,
            workers=snakemake.threads,
            outputs=dict(
                zip(
                    snakemake.params.network["layers"],
                    map(Path, snakemake.output.layers),
                    strict=True,
                )
            ),
        )
