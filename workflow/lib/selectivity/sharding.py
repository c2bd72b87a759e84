"""Shards: named parts of a layer's units that are measured by separate jobs and gathered again."""

import re
from collections.abc import Sequence

from selectivity.errors import DataError

# Units that readers of the activation store take at a time; shards cut between such blocks.
BLOCK_UNITS = 16


def shard_names(n_shards: int) -> list[str]:
    """Return the names of all shards, ``001-of-016`` ... ``016-of-016``; padded, so that they sort."""
    if not 1 <= n_shards <= 999:
        raise DataError(f"the number of shards must be 1 to 999, not {n_shards}")
    return [f"{index:03d}-of-{n_shards:03d}" for index in range(1, n_shards + 1)]


def shard_range(name: str, n_units: int) -> tuple[int, int]:
    """Return the first unit of a shard and the one after its last; a layer of few units leaves some shards empty."""
    match = re.fullmatch(r"(\d{3})-of-(\d{3})", name)
    if match is None:
        raise DataError(f"'{name}' is no shard name; expected for example '003-of-016'")
    index, n_shards = int(match[1]), int(match[2])
    if not 1 <= index <= n_shards:
        raise DataError(f"shard '{name}' does not exist: shards count from 001 to {n_shards:03d}")
    n_blocks = -(-n_units // BLOCK_UNITS)
    start = (index - 1) * n_blocks // n_shards * BLOCK_UNITS
    stop = index * n_blocks // n_shards * BLOCK_UNITS
    return min(start, n_units), min(stop, n_units)


def check_tiling(ranges: Sequence[tuple[int, int]], n_units: int) -> None:
    """Refuse ranges of units that do not cover ``0 .. n_units`` exactly once, in order."""
    expected = 0
    for start, stop in ranges:
        if start != expected or stop < start:
            raise DataError(
                f"shards do not tile the layer: expected one that starts at unit {expected}, "
                f"found units {start} to {stop}"
            )
        expected = stop
    if expected != n_units:
        raise DataError(f"shards cover {expected} units, but the layer has {n_units}")
