"""Evidence from files: the measures and activation summaries of a study as the tables that claims look at."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from selectivity.claims.evidence import Evidence, Table
from selectivity.errors import DataError
from selectivity.parquet import read_table

KEYS = ["network", "layer"]


def read_evidence(
    networks: Iterable[Mapping[str, Any]],
    measures: Iterable[Path],
    summaries: Iterable[Path],
    tables: Iterable[tuple[str, Path]],
) -> list[Evidence]:
    """Return the evidence on each network.

    Parameters
    ----------
    networks
        What `selectivity.claims.roles.describe_network` says of each network.
    measures, summaries
        One file a layer, in any order.
    tables
        Name and file of the tables of other stages; files of one name are joined, and rows of other networks left
        out where a column `network` says so.
    """
    units = _by_layer(measures)
    for key, summary in _by_layer(summaries).items():
        units[key] = _joined(key, units[key], summary)
    files: dict[str, list[Path]] = {}
    for name, path in tables:
        files.setdefault(name, []).append(path)
    extra = {name: pd.concat(map(_read, paths)) for name, paths in files.items()}
    return [
        Evidence(
            network=network["name"],
            layers={
                layer: _table(layer, units[network["name"], layer]) for layer in network["layers"]
            },
            roles=network["roles"],
            output_layers=frozenset(network["outputs"]),
            tables={
                name: _table(name, _of_network(frame, network["name"]))
                for name, frame in extra.items()
            },
        )
        for network in networks
    ]


def _by_layer(paths: Iterable[Path]) -> dict[tuple[str, str], pd.DataFrame]:
    frames = (_read(path) for path in paths)
    return {(frame["network"].iloc[0], frame["layer"].iloc[0]): frame for frame in frames}


def _joined(key: tuple[str, str], measures: pd.DataFrame, summary: pd.DataFrame) -> pd.DataFrame:
    if not np.array_equal(measures["unit"], summary["unit"]):
        raise DataError(f"measures and activation summary of {'/'.join(key)} hold other units")
    return pd.concat([measures, summary.drop(columns=[*KEYS, "unit"])], axis=1)


def _read(path: Path) -> pd.DataFrame:
    if path.suffix == ".csv":
        return pd.read_csv(path, keep_default_na=False, na_values=["", "nan"])
    return read_table(path)[0]


def _of_network(frame: pd.DataFrame, network: str) -> pd.DataFrame:
    return frame[frame["network"] == network] if "network" in frame else frame


def _table(name: str, frame: pd.DataFrame) -> Table:
    return Table(name, {column: frame[column].to_numpy() for column in frame.columns})
