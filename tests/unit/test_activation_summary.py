"""What is summarized of a unit's activations, against literal definitions."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from selectivity.activation_summary import (
    UnitClasses,
    auroc,
    exponential_aic,
    half_normal_aic,
    mode,
    own_classes,
    summarize,
    summarize_unit,
)


def test_exponential_data_is_called_exponential_and_half_normal_data_half_normal():
    random = np.random.default_rng(0)
    exponential, normal = random.exponential(3, 500), np.abs(random.normal(0, 3, 500))
    assert exponential_aic(exponential) < half_normal_aic(exponential)
    assert half_normal_aic(normal) < exponential_aic(normal)


def test_criteria_are_those_of_the_fitted_distributions():
    values = np.random.default_rng(1).exponential(2, 50)
    best = stats.expon(scale=values.mean()).logpdf(values).sum()
    assert exponential_aic(values) == pytest.approx(2 - 2 * best)
    best = stats.halfnorm(scale=np.sqrt((values**2).mean())).logpdf(values).sum()
    assert half_normal_aic(values) == pytest.approx(2 - 2 * best)


def test_criteria_need_two_values():
    assert np.isnan(exponential_aic(np.array([1.0])))
    assert np.isnan(half_normal_aic(np.array([])))


def test_area_under_the_curve_counts_pairs_with_ties_half():
    random = np.random.default_rng(2)
    members, others = random.integers(0, 5, 40), random.integers(0, 4, 60)
    pairs = [(m > o) + 0.5 * (m == o) for m in members for o in others]
    assert auroc(members, others) == pytest.approx(np.mean(pairs))
    assert np.isnan(auroc(members, np.array([])))


def test_mode_is_zero_or_the_center_of_the_fullest_bin():
    assert mode(np.array([0, 0, 5, 9.0]), 0, 10) == 0
    assert mode(np.array([0, 5.01, 5.02, 9.0]), 0, 10) == pytest.approx(5.05)
    assert mode(np.array([0, 0, 5.01, 5.02]), 0, 10) == 0
    assert mode(np.array([2.0, 2.0]), 2, 2) == 2


def test_a_unit_by_hand():
    values = np.array([0, 0, 4, 8, 0, 2], dtype=np.float32)
    labels = np.array([0, 0, 0, 1, 1, 1])
    summary = summarize_unit(values, labels, precise=1, own=0)
    assert summary["zero_share"] == 0.5
    assert (summary["n_zero"], summary["n_positive"]) == (3, 3)
    assert (summary["minimum"], summary["maximum"]) == (0, 8)
    assert summary["precise_class_n_zero"] == 1
    assert summary["precise_class_zero_share"] == pytest.approx(1 / 3)
    assert summary["precise_class_minimum"] == 0
    assert summary["precise_class_mean"] == pytest.approx(10 / 3)
    spread = np.std([8, 0, 2], ddof=1) / np.sqrt(3)
    assert summary["precise_class_standard_error"] == pytest.approx(spread)
    assert summary["own_class_auroc"] == pytest.approx(3 / 9)


def test_a_unit_without_classes():
    summary = summarize_unit(np.zeros(4, np.float32), np.array([0, 0, 1, 1]), precise=-1, own=-1)
    assert np.isnan(summary["precise_class_mode"])
    assert np.isnan(summary["own_class_auroc"])
    assert summary["zero_share"] == 1


def test_output_units_stand_for_the_classes_that_the_data_set_has():
    assert list(own_classes(4, [3, 1])) == [-1, 1, -1, 0]
    assert list(own_classes(2, [5, 0])) == [1, -1]
    assert list(own_classes(2, [])) == [-1, -1]


def test_blocks_do_not_change_the_summary(monkeypatch):
    values = np.random.default_rng(3).normal(size=(37, 30)).astype(np.float32)
    labels = np.repeat(np.arange(3), 10)
    classes = UnitClasses(np.arange(37) % 3, np.full(37, -1))

    def summary(block):
        monkeypatch.setattr("selectivity.activation_summary.BLOCK_UNITS", block)
        store = SimpleNamespace(
            n_units=37, n_classes=3, labels=labels, read_units=lambda a, b: values[a:b]
        )
        return summarize(store, classes)

    whole, parts = summary(37), summary(5)
    for name, column in whole.items():
        np.testing.assert_array_equal(column, parts[name], err_msg=name)
    assert list(whole["unit"]) == list(range(37))
