"""Tables of measures: gather the shards of a layer, and the layers of a study."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from selectivity.errors import DataError
from selectivity.parquet import read_table
from selectivity.sharding import check_tiling

_SHARD_KEYS = ("shard", "start", "stop", "n_units")


def gather_shards(shards: Sequence[Path]) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Join the shards of a layer, in order; refuse shards that do not tile it or differ in provenance."""
    tables, ranges, provenances = [], [], []
    for path in shards:
        table, provenance = read_table(path)
        ranges.append((provenance["start"], provenance["stop"]))
        if list(table["unit"]) != list(range(*ranges[-1])):
            raise DataError(f"{path} does not hold the units that it announces")
        tables.append(table)
        provenances.append(provenance)
    check_tiling(ranges, provenances[0]["n_units"])
    common = [
        {key: value for key, value in provenance.items() if key not in _SHARD_KEYS}
        for provenance in provenances
    ]
    for path, provenance in zip(shards, common, strict=True):
        if provenance != common[0]:
            raise DataError(f"{path} was made with other settings than {shards[0]}")
    filled = [table for table in tables if len(table)] or tables[:1]
    return pd.concat(filled, ignore_index=True), common[0]


def gather_layers(layers: Sequence[Path]) -> pd.DataFrame:
    """Join the tables of layers, in the order given."""
    return pd.concat([read_table(path)[0] for path in layers], ignore_index=True)


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """Write a table for readers, in a fixed number format."""
    table.to_csv(path, index=False, float_format="%.10g", lineterminator="\n")
