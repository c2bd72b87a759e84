"""Measure how often a network errs on images in color and on the same images in gray."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from selectivity.datasets import ImageSource, open_images
from selectivity.datasets.index import read_index
from selectivity.extraction import choose_device
from selectivity.files import atomic
from selectivity.networks import Preprocessing, build_network, load_weights
from selectivity.neuron_features.fed_images import FedImages
from selectivity.neuron_features.gray import WEIGHTS, to_gray
from selectivity.neuron_features.showing import FORWARD_ROWS, LayerReader, decoder, top_errors
from selectivity.predictions import select_split
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
    source: ImageSource,
    split: str,
    n_images: int,
    seed: int,
    device: str,
    threads: int,
    accuracy: Path,
) -> None:
    """Write top-1 and top-5 errors in color, in gray by luma and in gray by the mean of red, green and blue."""
    fix_threads(1)
    images, _ = read_index(index)
    labels = images["label"].to_numpy()
    chosen = np.asarray(select_split(images, split))
    if 0 < n_images < len(chosen):
        chosen = np.sort(np.random.default_rng(seed).choice(chosen, n_images, replace=False))
    module = build_network(build["constructor"], build["arguments"])
    load_weights(module, weights)
    how = Preprocessing.from_config(build["preprocessing"])
    decode = decoder(open_images(images, source), images, how)
    ids = images["image"].to_numpy()
    size = decode(int(ids[0])).shape[:2]
    wrong = {kind: {"top1": 0, "top5": 0} for kind in ("rgb", *WEIGHTS)}
    with (
        FedImages(decode, size, threads) as fed,
        LayerReader(module, "output", how, "post", size, choose_device(device)) as read,
    ):
        for first in tqdm(range(0, len(chosen), FORWARD_ROWS), disable=None, unit="pass"):
            rows = chosen[first : first + FORWARD_ROWS]
            pixels = fed(ids[rows])
            for kind, counts in wrong.items():
                shown = pixels if kind == "rgb" else to_gray(pixels, kind)
                found = top_errors(read, shown.astype(np.float32) / 255, labels[rows])
                for guess in counts:
                    counts[guess] += found[guess]
    records = [
        {"network": network, "images": kind, "n_images": len(chosen)}
        | {f"{guess}_error": count / len(chosen) for guess, count in counts.items()}
        for kind, counts in wrong.items()
    ]
    with atomic(accuracy) as temporary:
        pd.DataFrame(records).to_csv(temporary, index=False, float_format="%.10g")


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            network=snakemake.wildcards.network,
            build=snakemake.params.build,
            weights=Path(snakemake.input.weights),
            index=Path(snakemake.input.index),
            source=ImageSource(Path(snakemake.input.images), snakemake.params.folder),
            split=snakemake.params.split,
            n_images=snakemake.params.n_images,
            seed=snakemake.params.seed,
            device=snakemake.resources.device,
            threads=snakemake.threads,
            accuracy=Path(snakemake.output.accuracy),
        )
