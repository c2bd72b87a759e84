"""Measure color and class selectivity of each unit of a layer, beside the facts about its neuron feature."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from selectivity.datasets.index import read_classes
from selectivity.neuron_features.curves import read_curves
from selectivity.neuron_features.measuring import (
    IndexSettings,
    class_tables,
    color_table,
    curve_table,
    index_table,
)
from selectivity.neuron_features.store import open_features
from selectivity.parquet import read_table, write_table
from selectivity.stage import fix_threads, stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    *,
    network: str,
    layer: str,
    top_images: Path,
    curves: Path,
    features: Path,
    others: list[Path],
    classes: Path,
    settings: IndexSettings,
    threads: int,
    indices: Path,
    frequencies: Path,
) -> None:
    """Write one row a unit, and one row a unit and class; `others` are tables whose columns join the first."""
    fix_threads(1)
    top, _ = read_table(top_images)
    names = read_classes(classes)
    curve, _ = read_curves(curves)
    n_classes = int(names["label"].max()) + 1
    by_unit, by_class = class_tables(top, n_classes, settings)
    with open_features(features) as store:
        columns = [curve_table(curve), color_table(store, settings, threads)]
        for path in others:
            table = read_table(path)[0].drop(columns="unit")
            columns.append({str(name): table[name].to_numpy() for name in table})
        identity = {"network": network, "layer": layer}
        provenance = store.provenance | {"indices": vars(settings)}
        write_table(index_table(identity, store, columns, by_unit), indices, provenance)
    named = by_class.merge(names[["label", "name"]], on="label", how="left")
    named.insert(0, "layer", layer)
    named.insert(0, "network", network)
    write_table(pd.DataFrame(named), frequencies, provenance)


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            network=snakemake.wildcards.network,
            layer=snakemake.wildcards.layer,
            top_images=Path(snakemake.input.top_images),
            curves=Path(snakemake.input.curves),
            features=Path(snakemake.input.features),
            others=[Path(path) for path in snakemake.input.others],
            classes=Path(snakemake.input.classes),
            settings=IndexSettings.from_section(snakemake.params.settings),
            threads=snakemake.threads,
            indices=Path(snakemake.output.indices),
            frequencies=Path(snakemake.output.frequencies),
        )
