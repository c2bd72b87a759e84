"""Summarize a layer's activations for the claims: zeros, shape, the class of the precision, the own class."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from selectivity.activation_summary import UnitClasses, own_classes, summarize
from selectivity.activations import open_activations
from selectivity.errors import DataError
from selectivity.parquet import read_table, write_table
from selectivity.stage import stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake

# The papers call a unit precise by its 60 most active images (gale2020).
PRECISE_K = 60


def outputs_of_classes(classes: Path | None, n_classes: int, n_units: int) -> list[int]:
    """Return the output unit of each class: as the dataset says, else unit k for class k if there are as many."""
    if classes is None:
        return list(range(n_classes)) if n_classes == n_units else []
    table = pd.read_csv(classes, dtype={"class": str, "name": str}).sort_values("label")
    return [int(unit) for unit in table["output" if "output" in table else "label"]]


def main(
    *,
    activations: Path,
    measures: Path,
    classes: Path | None,
    summary: Path,
    network: str,
    layer: str,
    is_output: bool,
) -> None:
    """Write one row a unit to `summary`."""
    measured, _ = read_table(measures)
    nobody = np.full(len(measured), -1)
    with open_activations(activations, expected={"network": network, "layer": layer}) as store:
        if store.n_units != len(measured):
            raise DataError(
                f"{activations} holds {store.n_units} units, {measures} {len(measured)}"
            )
        own = nobody
        if is_output:
            outputs = outputs_of_classes(classes, store.n_classes, store.n_units)
            own = own_classes(store.n_units, outputs)
        precise = measured.get(f"precision_{PRECISE_K}_class")
        table = pd.DataFrame(
            summarize(store, UnitClasses(nobody if precise is None else precise.to_numpy(), own))
        )
        provenance = store.provenance
    table.insert(0, "network", network)
    table.insert(1, "layer", layer)
    write_table(table, summary, provenance)


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            activations=Path(snakemake.input.activations),
            measures=Path(snakemake.input.measures),
            classes=None if snakemake.params.is_recorded else Path(snakemake.input.classes[0]),
            summary=Path(snakemake.output[0]),
            network=snakemake.wildcards.network,
            layer=snakemake.wildcards.layer,
            is_output=snakemake.params.is_output,
        )
