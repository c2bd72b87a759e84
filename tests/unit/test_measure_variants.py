"""Every variant against its literal version, and every bug of the released code on a hand-made case."""

import math

import numpy as np
import pytest

import oracle_variants
from selectivity.measures import MeasureSettings, measure_units
from selectivity.measures.columns import core_columns
from selectivity.measures.variant_columns import DEFINITIONS
from selectivity.measures.variant_names import VARIANTS

TOP_K = (2, 5, 11)
# The k-means/gap suite, and its variant, have tests of their own (test_gaps).
NAMES = tuple(name for name, variant in VARIANTS.items() if not variant.needs_gap)
ALL = MeasureSettings(top_k=TOP_K, variants=NAMES)


def measure(values, labels, settings=ALL):
    order = np.argsort(labels, kind="stable")
    block = np.asarray(values, np.float32)[order][None]
    return {k: v[0] for k, v in measure_units(block, np.bincount(labels), settings).items()}


def random_unit(seed):
    rng = np.random.default_rng(seed)
    n_images, n_classes = (
        int(rng.integers(3, 130 if seed % 10 == 0 else 30)),
        int(rng.integers(2, 15)),
    )
    labels = np.sort(rng.integers(0, n_classes, n_images))
    labels[-1] = labels[0] + 1 if labels[0] == labels[-1] else labels[-1]
    values = rng.normal(0, 1, n_images) + 0.5 * rng.normal(0, 1, n_classes + 1)[labels]
    if seed % 2:
        values = np.maximum(values, 0)
    values = np.round(values * 4) / 4 if seed % 3 else np.round(values * 512) / 512
    if values.min() == values.max():
        values[0] += 1
    return values.astype(np.float32), np.sort(labels).tolist()


@pytest.mark.parametrize("block", range(8))
def test_variants_equal_their_literal_versions(block):
    for seed in range(block * 40, block * 40 + 40):
        values, labels = random_unit(seed)
        row = measure(values, labels)
        expected = oracle_variants.unit_variants(list(values), labels, TOP_K)
        assert {name for name in row if "__" in name} == set(expected)
        for name, value in expected.items():
            if "_class__" in name:
                assert row[name] == value, (seed, name)
            elif isinstance(value, float) and math.isnan(value):
                assert np.isnan(row[name]), (seed, name)
            else:
                close = pytest.approx(float(value), rel=1e-12, abs=1e-12)
                assert float(row[name]) == close, (seed, name)


def test_variants_stand_behind_the_defaults_and_leave_them_alone():
    values, labels = random_unit(1)
    plain = measure(values, labels, MeasureSettings(top_k=TOP_K))
    row = measure(values, labels)
    assert list(row)[: len(plain)] == core_columns(ALL)
    for name in plain:
        np.testing.assert_array_equal(row[name], plain[name])


def test_every_variant_is_named_and_defined():
    assert list(DEFINITIONS) == list(VARIANTS)


WORKED = [9, 8, 7, 6, 5, 5, 4, 3, 2, 0, 0, 0]
WORKED_LABELS = [0, 0, 1, 0, 1, 2, 0, 2, 1, 0, 1, 2]


def test_worked_example_of_the_released_code():
    """Definitions 3.20, column of the authors' rank code."""
    row = measure(WORKED, WORKED_LABELS)
    assert row["ccmas__morcos"] == pytest.approx(0.2731, abs=5e-5)
    assert row["ccmas_2__ccmas2_without_best"] == pytest.approx(0.1351, abs=5e-5)
    assert row["max_informedness__informedness_code"] == pytest.approx(0.5833, abs=5e-5)
    assert row["informedness_recall__informedness_code"] == 1
    assert row["informedness_specificity__informedness_code"] == pytest.approx(0.5833, abs=5e-5)
    assert row["average_precision__ap_rank"] == pytest.approx(0.7643, abs=5e-5)


PERFECT = [5, 4, 3, 0, 0, 0, 0, 0, 0]
PERFECT_LABELS = [0, 0, 0, 1, 1, 1, 2, 2, 2]


def test_bug_perfect_unit_scores_zero_at_95_percent():
    row = measure(PERFECT, PERFECT_LABELS)
    assert row["recall_at_95_precision__recall_p95_first"] == 0
    assert row["recall_at_95_precision"] == 1


def test_recall_at_95_patterns_of_the_definitions():
    """Definitions 3.20: patterns of hits and misses among 100 members."""

    def unit(pattern):
        labels = [0 if hit else 1 for hit in pattern]
        labels += [0] * (100 - labels.count(0)) + [1] * 900
        return measure(np.arange(len(labels), 0, -1), labels)

    first = unit([1] * 10 + [0] + [1] * 40 + [0] * 900)
    assert first["recall_at_95_precision__recall_p95_first"] == pytest.approx(0.10)
    assert first["recall_at_95_precision"] == pytest.approx(0.50)
    second = unit([0] + [1] * 60 + [0] * 900)
    assert second["recall_at_95_precision_class__recall_p95_first"] == 1  # class 0 scores 0
    assert second["recall_at_95_precision"] == pytest.approx(0.60)


def test_bug_silent_class_resets_the_localist_flag():
    row = measure(PERFECT, PERFECT_LABELS)
    assert row["localist"] and row["localist__localist_disjoint"]
    assert not row["localist__localist_code"]
    last = measure(PERFECT, [2, 2, 2, 0, 0, 0, 1, 1, 1])
    assert last["localist"] and last["localist__localist_code"]


def test_touching_and_off_units():
    touching = measure([5, 3, 3, 1], [0, 0, 1, 1])
    assert touching["localist__localist_code"] and not touching["localist__localist_disjoint"]
    off = measure([5, 4, 3, 1], [0, 0, 0, 1])
    assert not measure([5, 3, 4, 3, 1], [0, 0, 1, 1, 2])["localist"]
    assert off["localist"]
    below = measure([5, 3, 4, 3, 1], [0, 0, 1, 1, 2])
    assert below["localist__localist_disjoint"] and below["localist__localist_code"]


def test_bug_specificity_over_all_images():
    """Selecting everything scores n_c/N, a floor that the definition does not have."""
    row = measure([3, 3, 3, 3, 1, 1], [0, 1, 1, 2, 0, 2])
    values = [0, 0, 1, 1, 1, 1]
    anti = measure(values, [0, 0, 1, 1, 2, 2])
    assert anti["max_informedness__informedness_code"] >= anti["max_informedness"]
    assert row["max_informedness__informedness_code"] > row["max_informedness"]
    flat = measure([1, 0, 1, 0, 1, 0], [0, 0, 1, 1, 2, 2])
    assert flat["max_informedness"] == 0
    assert flat["informedness_threshold"] == np.inf
    assert flat["max_informedness__informedness_code"] >= 1 / 3


def test_bug_the_modal_class_can_miss_the_ten_candidates():
    """Class 0 holds ranks 1 to 60; ten other classes are met before it from rank 100 up."""
    labels = [0] * 60 + [1 + i % 12 for i in range(40)] + [13] * 20
    row = measure(np.arange(len(labels), 0, -1), labels)
    assert row["max_informedness_class"] == 0 and row["precision_11_class"] == 0
    assert row["max_informedness_class__candidates10"] != 0
    assert row["max_informedness_class__informedness_code_candidates10"] != 0


def test_bug_zeros_that_fill_the_top_k_come_from_the_first_classes():
    values = np.zeros(1000)
    values[500] = 1
    row = measure(values, np.repeat(np.arange(10), 100), MeasureSettings((100,), 1, ("rank",)))
    assert row["n_classes_100__rank"] == 2
    assert row["precision_100__rank"] == 0.99 and row["precision_100_class__rank"] == 0
    assert row["n_classes_100"] == pytest.approx(10, abs=0.01)
    assert row["precision_100_class"] == 5


def test_bug_second_class_is_named_by_its_place_in_the_shortened_list():
    row = measure([9, 9, 5, 5, 1, 1], [0, 0, 2, 2, 1, 1])
    assert row["ccmas_2_class"] == 2
    assert row["ccmas_2_class__ccmas2_without_best"] == 1


def test_constant_units_have_undefined_variants():
    row = measure([2, 2, 2, 2], [0, 0, 1, 1])
    for name in (name for name in row if "__" in name):
        if name.startswith("localist"):
            assert not row[name]
        else:
            assert row[name] == -1 if "_class__" in name else np.isnan(row[name])
