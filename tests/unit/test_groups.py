"""Groups of classes against the literal oracle, and the bus tables' columns by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import oracle_variants
import oracles
from selectivity.measures import MeasureSettings
from selectivity.measures.blocks import ArrayStore
from selectivity.measures.groups import group_rows, measure_group

TOP_K = (2, 5)
SETTINGS = MeasureSettings(top_k=TOP_K)


def expected_group(a, y):
    """Return the scores of the images labeled 0 among all."""
    inside, rest = oracles.members(a, y, 0), oracles.outside(a, y, 0)
    row = {"n_images_in": len(inside), "n_images_out": len(rest)}
    for side, part in (("in", inside), ("out", rest)):
        row[f"proportion_positive_{side}"] = sum(v > 0 for v in part) / len(part)
        row[f"mean_{side}"] = oracles.mean(part)
        row[f"standard_error_{side}"] = oracles.standard_error(part)
    row["ccmas"] = oracles.contrast(row["mean_in"], row["mean_out"])
    best, threshold, recall, fpr, fdr, selected = oracles.informedness(a, y, 0)
    row |= {"max_informedness": best, "informedness_threshold": threshold}
    row |= {"informedness_recall": recall, "informedness_specificity": 1 - fpr}
    row |= {"informedness_false_positive_rate": fpr, "informedness_false_discovery_rate": fdr}
    row |= {"informedness_selected": selected, "informedness_precision": 1 - fdr}
    row["recall_at_95_precision"] = oracles.recall_at_95(a, y, 0)
    row["max_f1"] = oracles.max_f1(a, y, 0)
    row["average_precision"] = oracles.average_precision(a, y, 0)
    row["auc"] = oracles.auc(a, y, 0)
    for k in TOP_K:
        row[f"precision_{k}"] = oracle_variants.expected_share(a, y, k, 0, 0)
        row[f"precision_{k}__ranks2to101"] = oracle_variants.expected_share(a, y, k, 0, 1)
    return row


kinds = st.sampled_from(
    [st.sampled_from([0.0, 0.0, 0.5, 1.0, 2.0, -1.0]), st.integers(-512, 512).map(lambda n: n / 8)]
)


@given(values=kinds.flatmap(lambda k: st.lists(k, min_size=3, max_size=18)), data=st.data())
@settings(max_examples=300, deadline=None)
def test_random_groups_equal_the_oracle(values, data):
    n_in = data.draw(st.integers(1, len(values) - 1))
    a = np.array(values, np.float32)
    if len(set(a.tolist())) == 1:
        a[0] += 1
    y = [0] * n_in + [1] * (len(values) - n_in)
    row = measure_group(a, np.array([n_in, len(values) - n_in]), SETTINGS)
    expected = expected_group(list(a), y)
    assert set(row) == set(expected)
    for name, value in expected.items():
        close = pytest.approx(float(value), rel=1e-12, abs=1e-12, nan_ok=True)
        assert float(row[name]) == close, name


def test_classes_are_pooled_wherever_they_lie():
    rng = np.random.default_rng(0)
    sizes = np.array([4, 6, 0, 5])
    block = rng.normal(size=(2, 15)).astype(np.float32)
    rows = group_rows(ArrayStore(block, sizes), {"ends": [0, 3], "middle": [1]}, SETTINGS)
    assert [(row["unit"], row["unit_printed"], row["group"]) for row in rows] == [
        (0, 1, "ends"),
        (0, 1, "middle"),
        (1, 2, "ends"),
        (1, 2, "middle"),
    ]
    ends = np.r_[0:4, 10:15]
    assert rows[2]["mean_in"] == pytest.approx(block[1, ends].mean(), rel=1e-6)
    assert rows[2]["mean_out"] == pytest.approx(block[1, 4:10].mean(), rel=1e-6)
    assert rows[2]["n_images_in"] == 9 and rows[3]["n_images_in"] == 6


@pytest.mark.parametrize("sizes", [[0, 5], [5, 0]])
def test_a_group_of_no_images_and_one_of_all_have_no_scores(sizes):
    row = measure_group(np.arange(5, dtype=np.float32), np.array(sizes), SETTINGS)
    for name in ("ccmas", "max_informedness", "precision_2", "auc"):
        assert np.isnan(row[name]), name


def test_a_silent_unit_has_no_scores_but_shares():
    row = measure_group(np.zeros(6, np.float32), np.array([2, 4]), SETTINGS)
    assert row["proportion_positive_in"] == row["mean_out"] == 0
    assert np.isnan(row["ccmas"]) and np.isnan(row["max_f1"])
