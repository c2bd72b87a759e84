"""Build the neuron features of a layer from the receptive-field crops of its highest images."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from selectivity.datasets import ImageSource, open_images
from selectivity.datasets.index import read_index
from selectivity.memory import memory_left
from selectivity.networks import Preprocessing
from selectivity.neuron_features.building import build_features, selected_crops, units_in
from selectivity.neuron_features.curves import read_curves
from selectivity.neuron_features.fed_images import FedImages
from selectivity.neuron_features.fields import read_field
from selectivity.neuron_features.settings import FeatureSettings
from selectivity.neuron_features.showing import decoder, mean_color
from selectivity.neuron_features.store import write_features
from selectivity.parquet import read_table
from selectivity.stage import fix_threads, stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    *,
    layer: str,
    top_images: Path,
    curves: Path,
    receptive_fields: Path,
    index: Path,
    source: ImageSource,
    preprocessing: dict[str, Any],
    settings: FeatureSettings,
    memory: int,
    threads: int,
    features: Path,
) -> None:
    """Decode each image once, whatever units use it, and write the features of all units.

    `memory` is what this process may hold in all, in bytes.
    """
    fix_threads(1)
    field = read_field(receptive_fields, layer)
    top, provenance = read_table(top_images)
    highest = read_curves(curves)[1]
    crops = selected_crops(top, field, settings)
    images, _ = read_index(index)
    how = Preprocessing.from_config(preprocessing)
    decode = decoder(open_images(images, source), images, how)
    shape = (field.input_rows, field.input_columns)
    features.parent.mkdir(parents=True, exist_ok=True)
    memory = memory_left(memory)
    # in several ranges of units an image may be wanted again: it is kept on disk, not decoded twice
    once = units_in(field, memory, len(highest)) >= len(highest)
    scratch = None if once else features.parent
    with FedImages(decode, shape, threads, scratch, pd.unique(crops["image"])) as fed:
        parts = build_features(
            crops, len(highest), field, fed, settings, mean_color(how), memory, threads
        )
        write_features(
            features, parts, highest, field.shape, provenance | {"neuron_features": vars(settings)}
        )


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            layer=snakemake.wildcards.layer,
            top_images=Path(snakemake.input.top_images),
            curves=Path(snakemake.input.curves),
            receptive_fields=Path(snakemake.input.receptive_fields),
            index=Path(snakemake.input.index),
            source=ImageSource(Path(snakemake.input.images), snakemake.params.folder),
            preprocessing=snakemake.params.preprocessing,
            settings=FeatureSettings.from_section(snakemake.params.settings),
            memory=snakemake.resources.mem_mb << 20,
            threads=snakemake.threads,
            features=Path(snakemake.output.features),
        )
