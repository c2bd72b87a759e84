"""The engine against the literal oracle, hand-made units and its own contract."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import oracle_rows
from selectivity.errors import ConfigError, DataError
from selectivity.measures import MeasureSettings, measure_units
from selectivity.measures.columns import core_columns

TOP_K = (1, 3, 7)
SETTINGS = MeasureSettings(top_k=TOP_K)


def check_unit(values, labels, n_classes, options=SETTINGS):
    """Assert that every column of one unit equals the oracle's."""
    sizes = np.bincount(labels, minlength=n_classes)
    order = np.argsort(labels, kind="stable")
    block = np.asarray(values, np.float32)[order][None]
    row = {name: column[0] for name, column in measure_units(block, sizes, options).items()}
    expected = oracle_rows.unit_measures(
        list(block[0]), sorted(labels), options.top_k, options.min_class_size
    )
    assert set(row) == set(expected)
    for name, value in expected.items():
        compare(name, row[name], value)


def compare(name, ours, expected):
    if name.endswith(("_class", "_size")) or name in ("n_images", "is_constant"):
        assert ours == expected, name
    elif isinstance(expected, float) and not math.isfinite(expected):
        assert str(float(ours)) == str(expected), name
    else:
        assert float(ours) == pytest.approx(float(expected), rel=1e-12, abs=1e-12), name


heavy_ties = st.sampled_from([0.0, 0.0, 0.0, -0.0, 0.5, 1.0, 1.0, 2.0, -1.0, -2.5])
rectified = st.sampled_from([0.0, 0.0, 0.25, 0.5, 1.0, 3.0])
# Grids on which float64 sums are exact, so that classes tie exactly when the oracle's fractions do.
free = st.integers(-(2**20), 2**20).map(lambda n: n / 64)
positive = st.integers(0, 2**20).map(lambda n: n / 1024)
tiny = st.sampled_from([0.0, 1e-45, -1e-45, 1e-40, 1.17549435e-38])
huge = st.sampled_from([0.0, 3.4e38, -3.4e38, 1.7e38])


@st.composite
def units(draw):
    kind = draw(st.sampled_from([heavy_ties, rectified, free, positive, tiny, huge]))
    values = draw(st.lists(kind, min_size=1, max_size=24))
    n_classes = draw(st.integers(1, 6))
    labels = draw(
        st.lists(st.integers(0, n_classes - 1), min_size=len(values), max_size=len(values))
    )
    return values, labels, n_classes


@given(unit=units())
@settings(max_examples=1200, deadline=None)
def test_random_units_equal_the_oracle(unit):
    values, labels, n_classes = unit
    check_unit(values, labels, n_classes)


@given(unit=units(), smallest=st.integers(2, 5))
@settings(max_examples=150, deadline=None)
def test_small_classes_cannot_win(unit, smallest):
    values, labels, n_classes = unit
    options = MeasureSettings(top_k=TOP_K, min_class_size=smallest)
    check_unit(values, labels, n_classes, options)


@pytest.mark.parametrize("seed", range(40))
def test_larger_units_equal_the_oracle(seed):
    rng = np.random.default_rng(seed)
    n_images, n_classes = int(rng.integers(40, 130)), int(rng.integers(2, 12))
    labels = rng.integers(0, n_classes, n_images)
    values = rng.normal(0, 1, n_images) + 0.4 * rng.normal(0, 1, n_classes)[labels]
    if seed % 2:
        values = np.maximum(values - 0.5, 0)
    if seed % 3:
        values = np.round(values, 1)
    check_unit(values, list(labels), n_classes, MeasureSettings(top_k=(10, 60, 100)))


WORKED = [9, 8, 7, 6, 5, 5, 4, 3, 2, 0, 0, 0]
WORKED_LABELS = [0, 0, 1, 0, 1, 2, 0, 2, 1, 0, 1, 2]


def measure_one(values, labels, options=SETTINGS):
    order = np.argsort(labels, kind="stable")
    block = np.asarray(values, np.float32)[order][None]
    return {k: v[0] for k, v in measure_units(block, np.bincount(labels), options).items()}


def test_worked_example():
    """Definitions 3.20, as printed there."""
    row = measure_one(WORKED, WORKED_LABELS)
    printed = {
        "ccmas": 0.2642,
        "class_selectivity": 0.2731,
        "ccmas_2": -0.1111,
        "top_class_selectivity": 0.4,
        "recall_at_95_precision": 0.4,
        "max_informedness": 0.4571,
        "informedness_threshold": 6,
        "informedness_recall": 0.6,
        "informedness_false_positive_rate": 0.1429,
        "informedness_false_discovery_rate": 0.25,
        "max_f1": 0.6667,
        "average_precision": 0.7476,
        "precision_3": 2 / 3,
        "n_classes_3": 2,
    }
    for name, value in printed.items():
        assert row[name] == pytest.approx(value, abs=5e-5), name
    assert (row["ccmas_class"], row["ccmas_2_class"], row["max_informedness_class"]) == (0, 1, 0)


def figure_5_units():
    """Units a, b, c of gale2019 figure 5 (gale2020 figure A5): 10 classes of 100 images."""
    rng = np.random.default_rng(5)
    labels = np.repeat(np.arange(10), 100)
    single = np.zeros(1000)
    single[0] = 1
    perfect = np.where(labels == 0, rng.uniform(0.9, 1, 1000), 0)
    shifted = rng.uniform(0.73, 0.83, 1000) + np.where(labels == 0, 0.1, 0)
    shifted[0] = shifted[:100].max()
    return np.stack([single, perfect, shifted]).astype(np.float32)


def test_figure_5():
    row = measure_units(figure_5_units(), np.full(10, 100), MeasureSettings(top_k=(100,)))
    assert row["ccmas"][:2] == pytest.approx([1, 1])
    assert row["ccmas"][2] == pytest.approx(0.06, abs=0.005)
    assert row["precision_100"] == pytest.approx([(1 + 99 * 99 / 999) / 100, 1, 1])
    assert row["top_class_selectivity"] == pytest.approx([0.01, 1, 1])
    assert row["localist"].tolist() == [False, True, True]


def test_top_k_ties_do_not_depend_on_the_order_of_classes():
    """A prototype filled the places left from the first class on."""
    row = measure_units(figure_5_units()[:1], np.full(10, 100), MeasureSettings(top_k=(100,)))
    assert row["n_classes_100"][0] == pytest.approx(10, abs=0.01)
    assert row["n_tied_100"][0] == 999


@pytest.mark.parametrize("value", [0.0, -0.0, 3.5, -2.0])
def test_constant_units_are_flagged(value):
    row = measure_one([value] * 6, [0, 0, 1, 1, 2, 2])
    assert row["is_constant"] and not row["localist"]
    assert row["proportion_positive"] == (value > 0)
    known = ("n_images", "is_constant", "localist", "proportion_positive")
    rest = {k: v for k, v in row.items() if k not in known}
    assert all(v == -1 for k, v in rest.items() if k.endswith("_class"))
    assert all(v == 0 for k, v in rest.items() if k.endswith("_size") or "_is_" in k)
    values = [v for k, v in rest.items() if not k.endswith(("_class", "_size")) and "_is_" not in k]
    assert len(values) > 30 and np.isnan(values).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("sign", [1, -1])
def test_nan_and_infinite_activations_are_refused(bad, sign):
    block = np.arange(12, dtype=np.float32).reshape(2, 6) * sign
    block[1, 3] = bad
    with pytest.raises(DataError, match="unit 1"):
        measure_units(block, np.array([3, 3]), SETTINGS)


@pytest.mark.parametrize(
    ("block", "sizes"),
    [
        (np.zeros((2, 5), np.float32), [2, 2]),
        (np.zeros(5, np.float32), [5]),
        (np.zeros((2, 5)), [5]),
        (np.zeros((2, 5), np.float32), [7, -2]),
        (np.zeros((2, 0), np.float32), [0, 0]),
    ],
)
def test_wrong_shapes_are_refused(block, sizes):
    with pytest.raises(DataError):
        measure_units(block, np.array(sizes), SETTINGS)


def test_one_class_is_undefined_but_counts_are_known():
    row = measure_one([3, 2, 1], [0, 0, 0])
    assert np.isnan(row["localist"]) and np.isnan(row["ccmas"]) and np.isnan(row["auc"])
    assert row["precision_3"] == 1 and row["n_classes_3"] == 1


def test_one_image_is_constant():
    row = measure_one([3], [0])
    assert row["is_constant"] and row["n_images"] == 1


def test_no_units():
    columns = measure_units(np.zeros((0, 4), np.float32), np.array([2, 2]), SETTINGS)
    assert list(columns) == core_columns(SETTINGS)
    assert all(len(column) == 0 for column in columns.values())


def layer(n_units=37, n_images=600, n_classes=9, seed=1):
    rng = np.random.default_rng(seed)
    labels = np.sort(rng.integers(0, n_classes, n_images))
    block = (
        rng.normal(0, 1, (n_units, n_images)) + rng.normal(0, 1, (n_units, n_classes))[:, labels]
    )
    block[::2] = np.maximum(block[::2], 0)
    block[::3] = np.round(block[::3], 1)
    return block.astype(np.float32), np.bincount(labels, minlength=n_classes)


@pytest.mark.parametrize("threads", [2, 3, 8])
def test_same_bits_for_any_number_of_threads(threads):
    block, sizes = layer()
    one, many = (measure_units(block, sizes, SETTINGS, n) for n in (1, threads))
    for name in one:
        assert one[name].tobytes() == many[name].tobytes(), name


@pytest.mark.parametrize("width", [1, 5, 16])
def test_same_bits_for_any_block_of_units(width):
    block, sizes = layer()
    whole = measure_units(block, sizes, SETTINGS)
    parts = [
        measure_units(block[i : i + width], sizes, SETTINGS) for i in range(0, len(block), width)
    ]
    for name in whole:
        assert whole[name].tobytes() == b"".join(p[name].tobytes() for p in parts), name


def test_settings_refuse_nonsense():
    with pytest.raises(ConfigError, match="did you mean 'shifted'"):
        MeasureSettings(variants=("shifed",))
    with pytest.raises(ConfigError):
        MeasureSettings(top_k=())
    with pytest.raises(ConfigError):
        MeasureSettings(min_class_size=0)
