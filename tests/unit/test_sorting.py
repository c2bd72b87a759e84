"""All ways of sorting activations against NumPy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from selectivity.measures.keys import (
    CLASS_BITS,
    CLASS_MASK,
    KEY_OF_ZERO,
    activation_of,
    key_of,
    key_range,
)
from selectivity.measures.sorting import (
    DIGIT_BITS,
    FEWEST_IN_BUCKETS,
    N_DIGITS,
    first_digit_bits,
    sort_buckets,
    sort_digits,
    sort_packed,
    sort_signed,
)


def pack(keys):
    """Give each key a class, in the order of the classes as the engine does."""
    labels = np.arange(len(keys), dtype=np.uint64) * 3 // max(len(keys), 1)
    return (np.asarray(keys, np.uint64) << CLASS_BITS) | labels


def new_counts(n_classes=3):
    """Counts and bucket ends as another unit left them."""
    ends = np.ones(1 << first_digit_bits(n_classes), np.uint32)
    return np.ones((N_DIGITS, 1 << DIGIT_BITS), np.uint32), ends


def by_digits(packed, ranked, n, base, n_bits):
    sort_digits(packed, ranked, n, base, n_bits, new_counts()[0])


def by_buckets(packed, ranked, n, base, n_bits):
    sort_buckets(packed, ranked, n, base, n_bits, 2, *new_counts())


def check(sort, packed):
    base = (packed.min() >> CLASS_BITS) << CLASS_BITS
    n_bits = int((packed.max() - base) >> CLASS_BITS).bit_length()
    ranked, n = np.zeros(len(packed) + 1, np.uint64), np.uint64(len(packed))
    sort(np.append(packed, np.uint64(0)), ranked, n, base, n_bits)
    np.testing.assert_array_equal(ranked[:-1] + base, np.sort(packed))


@pytest.mark.parametrize("sort", [by_digits, by_buckets])
@settings(deadline=None)  # the first call compiles
@given(st.integers(1, 2**32 - 1), st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=200))
def test_small_lists(sort, largest, keys):
    check(sort, pack(np.array(keys) % largest))  # any number of bits, ties among them


@pytest.mark.parametrize("sort", [by_digits, by_buckets])
@pytest.mark.parametrize("spread", [1, 2, 1000, 2**11, 2**12, 2**22, 2**32])
def test_buckets_of_all_sizes(sort, spread):
    generator = np.random.default_rng(spread)
    keys = (generator.random(20_000) ** 6 * spread).astype(np.uint64)  # most in the first buckets
    check(sort, pack(keys))


def test_the_number_of_items_does_not_matter():
    generator = np.random.default_rng(0)
    for n in (int(FEWEST_IN_BUCKETS) - 1, int(FEWEST_IN_BUCKETS)):
        packed = pack(
            generator.normal(0, 1, n).astype(np.float16).astype(np.float32).view(np.uint32)
        )
        ranked = np.zeros(n + 1, np.uint64)
        spare = np.append(packed, np.uint64(0))
        base = sort_packed(spare, ranked, np.uint64(n), 2, *new_counts())
        np.testing.assert_array_equal(ranked[:-1] + np.uint64(base), np.sort(packed))


def check_signed(activations, offsets):
    n, bits = len(activations), activations.view(np.uint32)
    labels = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets.astype(int)))
    ranked, spare = np.zeros(n + 1, np.uint64), np.zeros(n + 1, np.uint64)
    lowest, highest = (np.uint64(key) for key in key_range(bits))
    n_classes = len(offsets) - 1
    class_bits = (n_classes - 1).bit_length()
    counts, ends = new_counts(n_classes)
    base = sort_signed(bits, offsets, lowest, highest, class_bits, spare, ranked, counts, ends)
    found = [activation_of(item, base) for item in ranked[:n]]
    order = np.argsort(-activations.astype(np.float64), kind="stable")
    np.testing.assert_array_equal(found, activations[order])
    np.testing.assert_array_equal(ranked[:n] & CLASS_MASK, labels[order])


# Beyond 2,048 classes the first digit grows, so that the rest of a key and the class fit into 32 bits.
@pytest.mark.parametrize("n_empty", [0, 5000])
@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from([-0.0, 0.0, 1.0, -1.0, 1e-42, -3e38])
        | st.floats(width=32, allow_nan=False),
        min_size=1,
    ),
    st.integers(0, 100),
)
def test_signed_activations_end_up_in_descending_order(n_empty, values, cut):
    activations = np.array(values, np.float32)
    n = len(activations)
    cut = min(cut, n)
    check_signed(activations, np.array([0, cut, *[cut] * n_empty, n], np.uint64))


@pytest.mark.parametrize("n_classes", [1, 2, 2048, 2049, 2**16])
@pytest.mark.parametrize("digits", [1, 7])
def test_signed_buckets_of_all_sizes(n_classes, digits):
    generator = np.random.default_rng(n_classes)
    activations = np.round(generator.normal(0, 2, 70_000), digits).astype(np.float32)
    offsets = np.linspace(0, len(activations), n_classes + 1).astype(np.uint64)
    check_signed(activations, offsets)


@given(st.lists(st.floats(width=32, allow_nan=False), min_size=1))
@settings(deadline=None)
def test_larger_activations_have_smaller_keys(values):
    activations = np.array(values, np.float32)
    bits = activations.view(np.uint32)
    keys = np.array([int(key_of(pattern)) for pattern in bits])
    order = np.argsort(-activations.astype(np.float64), kind="stable")
    assert (np.diff(keys[order]) >= 0).all()
    assert ((keys == KEY_OF_ZERO) == (activations == 0)).all()
    assert tuple(map(int, key_range(bits))) == (min(keys), max(keys))
