"""Measure how selective the units of a layer are for groups of classes."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from selectivity.activations import open_activations
from selectivity.class_groups import group_labels
from selectivity.measures import MeasureSettings
from selectivity.measures.groups import group_rows
from selectivity.parquet import write_table
from selectivity.stage import stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    *,
    activations: Path,
    classes: Path,
    table: Path,
    network: str,
    layer: str,
    groups: Mapping[str, Sequence[str]],
    settings: dict[str, Any],
    code: str,
) -> None:
    """Write one row a unit and group: the columns of gale2020 tables A3 to A5 and more."""
    labels = group_labels(pd.read_csv(classes, dtype={"class": str, "name": str}), groups)
    with open_activations(activations, {"network": network, "layer": layer}) as store:
        rows = pd.DataFrame(group_rows(store, labels, MeasureSettings(**settings)))
        provenance = {"activations": store.provenance, "groups": labels, "code": code}
    rows.insert(0, "layer", layer)
    rows.insert(0, "network", network)
    write_table(rows, table, provenance)


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            activations=Path(snakemake.input.activations),
            classes=Path(snakemake.input.classes),
            table=Path(snakemake.output.table),
            network=snakemake.wildcards.network,
            layer=snakemake.wildcards.layer,
            groups=snakemake.params.groups,
            settings=snakemake.params.settings,
            code=snakemake.params.code,
        )
