"""The fast maximum is NumPy's, the first of equals, and never hides a NaN."""

import numpy as np
import pytest

from selectivity.maps import first_maximum


@pytest.mark.parametrize("shape", [(3, 169, 50), (1, 1, 1), (2, 7, 33), (4, 64, 16)])
@pytest.mark.parametrize("levels", [2, 5, 10_000])
def test_values_and_first_places_are_those_of_numpy(shape, levels):
    maps = np.random.default_rng(1).integers(-levels, levels, shape).astype(np.float32)
    values, places = first_maximum(maps)
    np.testing.assert_array_equal(values, maps.max(axis=1))
    np.testing.assert_array_equal(places, maps.argmax(axis=1))


def test_infinities_and_strided_input():
    maps = np.random.default_rng(2).normal(size=(2, 5, 20)).astype(np.float32)
    maps[0, 3, 4], maps[1, :, 7] = np.inf, -np.inf
    values, places = first_maximum(maps[:, :, ::2])
    np.testing.assert_array_equal(values, maps[:, :, ::2].max(axis=1))
    np.testing.assert_array_equal(places, maps[:, :, ::2].argmax(axis=1))


@pytest.mark.parametrize("place", [0, 3, 8])
def test_a_nan_anywhere_makes_the_value_nan(place):
    maps = np.ones((2, 9, 4), np.float32)
    maps[1, place, 2] = np.nan
    values, _ = first_maximum(maps)
    assert np.argwhere(np.isnan(values)).tolist() == [[1, 2]]
