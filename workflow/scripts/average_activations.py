"""Average the activations of all units over the images of each class, in one pass."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from selectivity.allocator import keep_freed_memory
from selectivity.class_means import add_all, write_class_means
from selectivity.datasets import ImageSource, open_images
from selectivity.datasets.index import read_classes, read_index
from selectivity.extraction import Extraction, choose_device
from selectivity.files import sha256_of
from selectivity.networks import Preprocessing, build_network, load_weights
from selectivity.predictions import select_split
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
    build: Mapping[str, Any],
    layers: Mapping[str, str],
    spatial: str,
    split: str,
    provenance: Mapping[str, Any],
    device: str,
    batch_size: int,
    workers: int,
    output: Path,
) -> None:
    """Write the class means of all layers over all images of the split, rightly classified or not."""
    fix_threads(1)
    keep_freed_memory()
    images, fingerprint = read_index(index)
    rows = select_split(images, split)
    network = build_network(build["constructor"], build["arguments"])
    load_weights(network, weights)
    extraction = Extraction(
        network,
        Preprocessing.from_config(build["preprocessing"]),
        layers,
        spatial="max" if spatial == "max" else "mean",
        device=choose_device(device),
        workers=workers,
        batch_size=batch_size,
    )
    labels = images["label"].to_numpy()
    batches = (
        ({layer: out.values for layer, out in batch.outputs.items()}, labels[batch.rows])
        for batch in extraction.run(open_images(images, source), rows)
    )
    sums = add_all(batches, len(read_classes(classes)))
    described = {
        **provenance,
        "weights_sha256": sha256_of(weights),
        "dataset_fingerprint": fingerprint,
        "spatial": spatial,
        "split": split,
    }
    write_class_means(output, sums, described)


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            index=Path(snakemake.input.index),
            classes=Path(snakemake.input.classes),
            source=ImageSource(Path(snakemake.input.images), snakemake.params.folder),
            weights=Path(snakemake.input.weights),
            build=snakemake.params.build,
            layers=snakemake.params.layers,
            spatial=snakemake.params.spatial,
            split=snakemake.params.split,
            provenance={**snakemake.params.provenance, "code": snakemake.params.code},
            device=snakemake.resources.device,
            batch_size=snakemake.resources.batch_size,
            workers=snakemake.threads,
            output=Path(snakemake.output.means),
        )
