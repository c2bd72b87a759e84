"""Read each unit's response to gray versions of its highest images: the color ablation index."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from selectivity.datasets import ImageSource, open_images
from selectivity.datasets.index import read_index
from selectivity.extraction import choose_device
from selectivity.networks import Preprocessing, build_network, load_weights
from selectivity.neuron_features.fed_images import FedImages
from selectivity.neuron_features.fields import read_field
from selectivity.neuron_features.gray import ablation_columns, gray_activations, to_gray
from selectivity.neuron_features.showing import FORWARD_ROWS, LayerReader, decoder
from selectivity.parquet import read_table, write_table
from selectivity.stage import fix_threads, stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    *,
    layer: str,
    path: str,
    build: dict[str, Any],
    weights: Path,
    relu: str,
    receptive_fields: Path,
    top_images: Path,
    index: Path,
    source: ImageSource,
    device: str,
    threads: int,
    ablation: Path,
) -> None:
    """Show every image that some unit ranks high once, in gray, and read all units at their positions."""
    fix_threads(1)
    field = read_field(receptive_fields, layer)
    size = (field.input_rows, field.input_columns)
    top, provenance = read_table(top_images)
    wanted = top[top["sample"] == "top"].sort_values(["image", "unit"], ignore_index=True)
    ids = np.unique(wanted["image"].to_numpy())
    network = build_network(build["constructor"], build["arguments"])
    load_weights(network, weights)
    how = Preprocessing.from_config(build["preprocessing"])
    images, _ = read_index(index)
    decode = decoder(open_images(images, source), images, how)
    gray = np.empty(len(wanted))
    edges = np.searchsorted(wanted["image"].to_numpy(), [*ids.tolist(), np.inf]).tolist()
    with (
        FedImages(decode, size, threads) as fed,
        LayerReader(network, path, how, relu, size, choose_device(device)) as read,
    ):
        for first in tqdm(range(0, len(ids), FORWARD_ROWS), disable=None, unit="pass"):
            block = ids[first : first + FORWARD_ROWS]
            maps = read(to_gray(fed(block)).astype(np.float32) / 255)
            rows = slice(edges[first], edges[first + len(block)])
            gray[rows] = gray_activations(wanted.iloc[rows], block, maps, field)
    n_units = int(top["unit"].max()) + 1
    columns = ablation_columns(wanted, gray, n_units)
    table = pd.DataFrame({"unit": np.arange(n_units, dtype=np.int32), **columns})
    write_table(table, ablation, provenance)


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            layer=snakemake.wildcards.layer,
            path=snakemake.params.path,
            build=snakemake.params.build,
            weights=Path(snakemake.input.weights),
            relu=snakemake.params.relu,
            receptive_fields=Path(snakemake.input.receptive_fields),
            top_images=Path(snakemake.input.top_images),
            index=Path(snakemake.input.index),
            source=ImageSource(Path(snakemake.input.images), snakemake.params.folder),
            device=snakemake.resources.device,
            threads=snakemake.threads,
            ablation=Path(snakemake.output.ablation),
        )
