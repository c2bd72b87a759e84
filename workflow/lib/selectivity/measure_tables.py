"""Tables of measures: gather the shards of a layer, and the layers of a study."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
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


def with_columns(units: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    """Return the units with the columns that another table (network, layer, unit, ...) has for them.

    Units that the other table lacks have nothing there; its units that are not measured are left out.
    """
    keys = ["network", "layer", "unit"]
    shared = sorted({str(name) for name in units if name in others} - set(keys))
    if shared:
        raise DataError(f"two tables of units both have the columns {', '.join(shared)}")
    return units.merge(others, on=keys, how="left", validate="one_to_one")


def chosen_units(measures: pd.DataFrame, named: Sequence[int], top_k: Sequence[int]) -> list[int]:
    """Return the units that a study names for a layer, or those of its highest CCMAS and precision."""
    n_units = len(measures)
    for unit in named:
        if not 0 <= unit < n_units:
            layer = measures["layer"].iloc[0]
            raise DataError(f"bootstrap: layer '{layer}' has units 0 to {n_units - 1}, not {unit}")
    if named:
        return sorted(set(named))
    scores = [measures[name] for name in ("ccmas", f"precision_{min(top_k)}")]
    return sorted({int(np.nanargmax(column)) for column in scores if column.notna().any()})
