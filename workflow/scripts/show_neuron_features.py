"""Show each neuron feature to the network and read the response of the neuron it belongs to."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from selectivity.extraction import choose_device
from selectivity.networks import Preprocessing, build_network, load_weights
from selectivity.neuron_features.fields import read_field
from selectivity.neuron_features.responses import MODES, feature_responses, response_columns
from selectivity.neuron_features.showing import LayerReader, mean_color
from selectivity.neuron_features.store import open_features
from selectivity.parquet import write_table
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
    features: Path,
    device: str,
    responses: Path,
) -> None:
    """Write the response of each unit to its feature alone, and to the feature pasted into the mean color."""
    fix_threads(1)
    field = read_field(receptive_fields, layer)
    network = build_network(build["constructor"], build["arguments"])
    load_weights(network, weights)
    how = Preprocessing.from_config(build["preprocessing"])
    size = (field.input_rows, field.input_columns)
    with (
        open_features(features) as store,
        LayerReader(network, path, how, relu, size, choose_device(device)) as read,
    ):
        found = {mode: np.full(store.n_units, np.nan) for mode in MODES}
        for start, stop in store.blocks(1 << 26):
            units = np.flatnonzero(store.n_images[start:stop] > 0) + start
            shown = store.features(start, stop)[units - start]
            for mode in MODES if len(units) else ():
                found[mode][units] = feature_responses(
                    shown, units, field, read, mean_color(how), mode
                )
        columns = response_columns(found["valid"], store.activation_max)
        columns |= response_columns(found["embedded"], store.activation_max, "__embedded")
        table = pd.DataFrame({"unit": np.arange(store.n_units, dtype=np.int32), **columns})
        write_table(table, responses, store.provenance)


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            layer=snakemake.wildcards.layer,
            path=snakemake.params.path,
            build=snakemake.params.build,
            weights=Path(snakemake.input.weights),
            relu=snakemake.params.relu,
            receptive_fields=Path(snakemake.input.receptive_fields),
            features=Path(snakemake.input.features),
            device=snakemake.resources.device,
            responses=Path(snakemake.output.responses),
        )
