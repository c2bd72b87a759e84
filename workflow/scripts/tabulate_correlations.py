"""Correlate measures over units: pooled over the hidden layers (gale2020 table A2) and for each layer."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from selectivity.csv_files import save_csv
from selectivity.measure_tables import gather_layers
from selectivity.measures.correlations import correlation_rows, table_measures
from selectivity.stage import stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake

POOLED = "hidden"


def main(
    *,
    layers: list[Path],
    table: Path,
    hidden: Mapping[str, Sequence[str]],
    top_k: Sequence[int],
) -> None:
    """Write one row a network, layer (or all `hidden` layers together) and pair of measures."""
    units = gather_layers(layers)
    names = table_measures(top_k)
    rows = []
    for network, members in units.groupby("network", sort=False):
        pooled = members[members["layer"].isin(hidden[network])]
        parts = [(POOLED, pooled), *members.groupby("layer", sort=False)]
        for layer, part in parts:
            columns = {name: part[name].to_numpy() for name in names}
            for row in correlation_rows(columns, names):
                rows.append({"network": network, "layer": layer, **row})
    save_csv(pd.DataFrame(rows), table)


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            layers=[Path(path) for path in snakemake.input.layers],
            table=Path(snakemake.output.table),
            hidden=snakemake.params.hidden,
            top_k=snakemake.params.top_k,
        )
