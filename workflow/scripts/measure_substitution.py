"""Measure Representative Substitution of all units of a network that have synthetic images."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from selectivity.class_means import read_class_means
from selectivity.parquet import write_table
from selectivity.stage import stage_log
from selectivity.substitution_tables import layer_table
from selectivity.synthesis.store import open_synthesis

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake

CURVES = ("snapshot_step", "snapshot_higher", "snapshot_activation", "snapshot_others")


def main(
    *,
    network: str,
    layers: Mapping[str, int],
    scalars: Sequence[str],
    images: Sequence[Path],
    class_means: Path,
    provenance: Mapping[str, Any],
    output: Path,
) -> None:
    """Write one row a unit, objective, scalar and number of steps; `layers` gives each layer's depth."""
    tables = []
    for (layer, depth), path in zip(layers.items(), images, strict=True):
        means, sizes = read_class_means(class_means, layer)
        with open_synthesis(path, {"network": network, "layer": layer}) as store:
            recipes = {
                recipe: {name: store.curve(recipe, name) for name in CURVES}
                for recipe in sorted(
                    store.recipes, key=lambda name: scalars.index(name.split("_")[1])
                )
            }
            table = layer_table(store.units, store.n_units, recipes, means, sizes)
            table.insert(0, "kind", store.kind)
        table.insert(0, "depth", depth)
        table.insert(0, "layer", layer)
        tables.append(table)
    whole = pd.concat(tables, ignore_index=True)
    whole.insert(0, "network", network)
    write_table(whole, output, provenance)


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            network=snakemake.wildcards.network,
            layers=snakemake.params.layers,
            scalars=snakemake.params.scalars,
            images=[Path(path) for path in snakemake.input.images],
            class_means=Path(snakemake.input.class_means),
            provenance={**snakemake.params.provenance, "code": snakemake.params.code},
            output=Path(snakemake.output.units),
        )
