"""Shards tile every layer, whatever their number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selectivity.errors import DataError
from selectivity.sharding import BLOCK_UNITS, check_tiling, shard_names, shard_range


@given(n_shards=st.integers(1, 200), n_units=st.integers(0, 5000))
def test_shards_tile_the_layer(n_shards, n_units):
    names = shard_names(n_shards)
    assert names == sorted(names)
    ranges = [shard_range(name, n_units) for name in names]
    check_tiling(ranges, n_units)
    assert all(start % BLOCK_UNITS == 0 for start, stop in ranges if start < stop)


def test_names_are_padded():
    assert shard_names(2) == ["001-of-002", "002-of-002"]


@pytest.mark.parametrize("name", ["000-of-002", "003-of-002", "1-of-2", "a", "001-of-002x"])
def test_wrong_names_are_refused(name):
    with pytest.raises(DataError):
        shard_range(name, 10)


@pytest.mark.parametrize("n", [0, 1000])
def test_wrong_numbers_of_shards_are_refused(n):
    with pytest.raises(DataError):
        shard_names(n)


@pytest.mark.parametrize(
    "ranges", [[], [(0, 4)], [(0, 5), (4, 10)], [(0, 5), (6, 10)], [(1, 10)], [(0, 11)]]
)
def test_gaps_and_overlaps_are_refused(ranges):
    with pytest.raises(DataError):
        check_tiling(ranges, 10)
