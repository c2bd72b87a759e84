"""Trace which pixels of the input each position of each layer sees."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from selectivity.datasets import ImageSource, open_images
from selectivity.datasets.index import read_index
from selectivity.networks import Preprocessing, build_network
from selectivity.neuron_features.fields import write_fields
from selectivity.neuron_features.showing import decoder
from selectivity.receptive_fields import trace_receptive_fields
from selectivity.stage import stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    *,
    network: str,
    build: dict[str, Any],
    layers: dict[str, str],
    index: Path,
    source: ImageSource,
    receptive_fields: Path,
) -> None:
    """Write one row a layer; the first image of the dataset tells the size of the input."""
    images, _ = read_index(index)
    settings = Preprocessing.from_config(build["preprocessing"])
    decode = decoder(open_images(images, source), images, settings)
    rows, columns = decode(int(images["image"].iloc[0])).shape[:2]
    module = build_network(build["constructor"], build["arguments"])
    write_fields(trace_receptive_fields(module, layers, (rows, columns)), receptive_fields, network)


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            network=snakemake.wildcards.network,
            build=snakemake.params.build,
            layers=snakemake.params.layers,
            index=Path(snakemake.input.index),
            source=ImageSource(Path(snakemake.input.images), snakemake.params.folder),
            receptive_fields=Path(snakemake.output.receptive_fields),
        )
