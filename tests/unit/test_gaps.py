"""The k-means/gap suite: exact clusters against every partition, hand-made units, and the bugs of the released code."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import oracle_gaps
from selectivity.errors import ConfigError
from selectivity.measures import MeasureSettings, measure_units
from selectivity.measures.clusters import (
    choose_clusters,
    cluster_bounds,
    new_partitions,
    partition,
    within_squares,
)
from selectivity.measures.columns import GAP_COLUMNS
from selectivity.measures.seeded_clusters import best_clusters

PLAIN = MeasureSettings(gap={})
CODE = MeasureSettings(gap={}, variants=("kmeans_pp_seeded", "topimage_upper_part"))


def measure(values, labels, options=CODE):
    order = np.argsort(labels, kind="stable")
    block = np.asarray(values, np.float32)[order][None]
    return {k: v[0] for k, v in measure_units(block, np.bincount(labels), options).items()}


def released(row):
    return {name: row[f"{name}__kmeans_pp_seeded"] for name in GAP_COLUMNS}


def check(values, labels, options=PLAIN):
    row = measure(values, labels, options)
    gap = options.gap
    order = np.argsort(labels, kind="stable")
    values = np.asarray(values, np.float32)[order]
    expected = oracle_gaps.unit_gaps(
        list(values), sorted(labels), gap.images, gap.clusters, gap.structured_clusters
    )
    assert set(expected) == set(GAP_COLUMNS)
    for name, value in expected.items():
        if isinstance(value, float) and math.isnan(value):
            assert np.isnan(row[name]), name
        else:
            assert row[name] == pytest.approx(float(value), rel=1e-12, abs=1e-12), name


heavy_ties = st.sampled_from([0.0, 0.0, -0.0, 3.0, 4.0, 4.0, 5.0, 7.0, -1.0, -2.5])
upper_half = st.integers(9, 18).map(float)
free = st.integers(-(2**12), 2**12).map(lambda n: n / 64)


@st.composite
def units(draw):
    kind = draw(st.sampled_from([heavy_ties, upper_half, free]))
    values = draw(st.lists(kind, min_size=1, max_size=14))
    n_classes = draw(st.integers(1, 4))
    labels = st.lists(st.integers(0, n_classes - 1), min_size=len(values), max_size=len(values))
    return values, draw(labels)


@given(unit=units())
@settings(max_examples=300, deadline=None)
def test_random_units_equal_the_oracle(unit):
    check(*unit)


@given(unit=units(), images=st.integers(2, 6), clusters=st.integers(2, 5))
@settings(max_examples=150, deadline=None)
def test_few_images_and_clusters_equal_the_oracle(unit, images, clusters):
    gap = {"images": images, "clusters": clusters, "structured_clusters": 3}
    check(*unit, MeasureSettings(gap=gap))


def clustered(values, n_clusters):
    """Return the distinct values with their counts, largest first, and the partitions of all parts at the top."""
    distinct, counts = np.unique(values, return_counts=True)
    p = new_partitions(len(distinct), n_clusters)
    p.values[:], p.counts[:] = distinct[::-1], counts[::-1]
    partition(p, len(distinct), min(n_clusters, len(distinct)))
    return p


def literal_squares(values, counts, n_clusters):
    """Return the least squares of the first j values in k clusters by plain dynamic programming, (K + 1, n + 1)."""
    n = len(values)

    def squares(i, j):
        v, w = values[i:j], counts[i:j]
        return float((w * (v - np.average(v, weights=w)) ** 2).sum())

    cost = [[squares(i, j) if i < j else np.inf for j in range(n + 1)] for i in range(n + 1)]
    best = np.full((n_clusters + 1, n + 1), np.inf)
    best[0, 0] = 0
    for k in range(1, n_clusters + 1):
        for j in range(k, n + 1):
            best[k, j] = min(best[k - 1, i] + cost[i][j] for i in range(k - 1, j))
    return best


@pytest.mark.parametrize("seed", range(12))
def test_every_part_at_the_top_is_split_best(seed):
    rng = np.random.default_rng(seed)
    values = rng.gamma(0.5, 2, 90) if seed % 2 else rng.normal(50, 1, 90)
    values = np.round(values, 1) if seed % 3 else values
    p = clustered(values, 8)
    n = len(p.values)
    best = literal_squares(p.values, p.counts, 8)
    bounds = np.zeros(9, np.int64)
    for k in range(1, 9):
        for j in range(k, n + 1):
            cluster_bounds(p.starts, j, k, bounds)
            assert (np.diff(bounds[: k + 1]) > 0).all() and bounds[0] == 0
            found = within_squares(p.values, p.counts, bounds, k)
            assert found == pytest.approx(best[k, j], rel=1e-9, abs=1e-9 * best[1, n])


@pytest.mark.parametrize("n_true", [2, 3, 5])
def test_well_separated_groups_are_counted(n_true):
    rng = np.random.default_rng(n_true)
    values = np.concatenate([100 + 10 * g + rng.normal(0, 0.3, 150) for g in range(n_true)])
    p = clustered(values, 20)
    bounds = np.zeros(21, np.int64)
    assert choose_clusters(p, len(p.values), 20, bounds) == n_true
    cut = np.cumsum(p.counts)[bounds[1 : n_true + 1] - 1]
    assert cut.tolist() == [150 * (g + 1) for g in range(n_true)]


def test_evenly_spread_values_are_one_cluster():
    p = clustered(np.linspace(5, 9, 400), 20)
    assert choose_clusters(p, 400, 20, np.zeros(21, np.int64)) == 1


def literal_starts(values, k, random):
    """k-means++ as released, with the random numbers of this project's."""
    centers = [values[random.integers(len(values))]]
    while len(centers) < k:
        distances = np.array([min((x - m) ** 2 for m in centers) for x in values])
        shares = (distances / distances.sum()).cumsum()
        r = 1.0 - random.random()
        centers.append(next(x for x, share in zip(values, shares, strict=True) if share >= r))
    return centers


def nearest(values, centers):
    clusters = [[] for _ in centers]
    for x in values:
        clusters[min(range(len(centers)), key=lambda i: abs(x - centers[i]))].append(x)
    return clusters


def literal_lloyd(values, centers):
    centers = sorted(centers)
    while True:
        found = sorted({float(np.mean(c)) for c in nearest(values, centers) if c})
        if len(found) < len(centers) or found == centers:
            return centers
        centers = found


def literal_choice(values, most, random):
    """Return clusters and f as `detk.py` does, loop by loop."""
    fs, sets, last, alpha = [], [], 0.0, {2: 0.25}
    for k in range(1, min(most, len(set(values))) + 1):
        centers = literal_lloyd(values, literal_starts(values, k, random))
        clusters = nearest(values, centers)
        s = sum((x - m) ** 2 for m, c in zip(centers, clusters, strict=True) for x in c)
        if k > 2:
            alpha[k] = alpha[k - 1] + (1 - alpha[k - 1]) / 6
        fs.append(1.0 if k == 1 or last == 0 else s / (alpha[k] * last))
        sets.append(centers)
        last = s
    best = min(range(len(fs)), key=fs.__getitem__)
    return nearest(values, sets[best if fs[best] <= 0.85 else 0])[::-1], fs


@pytest.mark.parametrize("seed", range(30))
def test_seeded_clusters_equal_their_literal_version(seed):
    rng = np.random.default_rng(seed)
    values = rng.choice(rng.gamma(1.5, 2, int(rng.integers(2, 40))), 40)  # some several times
    values = -np.sort(-values)
    expected, expected_f = literal_choice(values.tolist(), 8, np.random.default_rng(99))
    clusters, fs = best_clusters(values, 8, np.random.default_rng(99))
    assert [list(c) for c in clusters] == [list(c) for c in expected if c]
    assert fs == pytest.approx(expected_f, rel=1e-9, abs=1e-9)


def spread(groups, zeros=40, seed=0):
    """Return a unit with groups of (center, images, class) and zeros of two other classes."""
    rng = np.random.default_rng(seed)
    values = [np.zeros(zeros)] + [c + rng.uniform(-0.1, 0.1, n) for c, n, _ in groups]
    labels = [np.arange(zeros) % 2 + 3] + [np.full(n, label) for _, n, label in groups]
    return np.concatenate(values), np.concatenate(labels).astype(int)


def test_a_unit_by_hand():
    """Clusters of 12, 30 and 30 images around 20, 18 and 11: the biggest gap lies below the second."""
    row = measure(*spread([(20, 12, 0), (18, 30, 1), (11, 30, 2)]), PLAIN)
    assert row["n_upper_images"] == 72 and row["n_upper_clusters"] == 3
    assert row["n_top_cluster_images"] == row["n_top_class_in_top_cluster"] == 12
    assert row["n_top_cluster_classes"] == 1
    assert row["biggest_gap"] == pytest.approx(7, abs=0.2) and row["biggest_gap_code"] == 2
    assert row["second_biggest_gap"] == pytest.approx(2, abs=0.2)
    assert row["second_biggest_gap_code"] == 1
    assert row["gap_selectivity"] == pytest.approx(7 / 20, abs=0.02)
    assert (row["n_structured_images"], row["n_structured_classes"]) == (42, 2)
    assert (row["n_structured_clusters"], row["n_top_class_in_structured"]) == (2, 12)
    assert row["top_class_extent"] == 12 and row["top_class_range"] <= 0.2


def test_of_equal_gaps_the_lower_is_the_biggest():
    row = measure([0, 10, 10, 12, 12, 14, 14], [0, 1, 1, 2, 2, 3, 3], PLAIN)
    assert row["n_upper_clusters"] == 3
    assert (row["biggest_gap"], row["biggest_gap_code"]) == (2, 2)
    assert (row["second_biggest_gap"], row["second_biggest_gap_code"]) == (2, 1)


def test_more_images_than_the_limit_leave_those_above_the_last_rank():
    values = np.concatenate([[0.0], np.arange(1000, 2000)])
    labels = np.arange(1001) % 3
    gap = {"images": 100}
    row = measure(values, labels, MeasureSettings(gap=gap))
    assert row["upper_threshold"] == 1900 and row["n_upper_images"] == 99
    tied = np.concatenate([[0.0], np.full(900, 7.0), np.full(100, 6.0)])
    row = measure(tied, labels, MeasureSettings(gap=gap))
    assert row["upper_threshold"] == 7 and row["n_upper_images"] == 900
    assert (row["n_upper_clusters"], row["biggest_gap"]) == (1, 0)
    assert row["n_top_cluster_classes"] == 3 and np.isnan(row["biggest_gap_code"])


def test_a_silent_and_a_constant_unit_have_no_values():
    for value in (0.0, 2.5, -1.0):
        row = measure([value] * 6, [0, 0, 1, 1, 2, 2])
        assert all(np.isnan(row[name]) for name in GAP_COLUMNS)
        assert all(np.isnan(value) for value in released(row).values())


def test_released_clusters_of_separate_groups_are_the_best_ones():
    row = measure(*spread([(20, 12, 0), (18, 30, 1), (15, 30, 2), (11, 30, 2)]))
    code = released(row)
    assert row["n_upper_clusters"] == 4
    for name in set(GAP_COLUMNS) - {"n_top_class_in_top_cluster", "ccmas_2_class_range"}:
        assert code[name] == pytest.approx(row[name]), name


def test_bug_the_top_class_in_the_top_cluster_is_a_number_of_classes():
    row = measure(*spread([(20, 12, 0), (18, 30, 1), (15, 30, 2), (11, 30, 2)]))
    assert row["n_top_class_in_top_cluster"] == 12
    assert released(row)["n_top_class_in_top_cluster"] == row["n_top_cluster_classes"] == 1


def test_bug_units_of_one_cluster_are_skipped():
    values = np.concatenate([np.zeros(5), np.linspace(6, 10, 200)])
    row = measure(values, np.arange(205) % 4)
    assert row["n_upper_clusters"] == 1 and row["gap_selectivity"] == 0
    assert row["n_top_cluster_images"] == row["n_upper_images"] == 200
    assert np.isnan(row["n_structured_images"])
    assert all(np.isnan(value) for value in released(row).values())


def test_bug_a_biggest_gap_that_is_not_unique_stops_the_script():
    row = measure([0, 10, 10, 12, 12, 14, 14], [0, 1, 1, 2, 2, 3, 3])
    assert row["biggest_gap_code"] == 2
    assert all(np.isnan(value) for value in released(row).values())


def test_bug_the_second_gap_of_three_clusters_is_lost():
    row = measure(*spread([(20, 12, 0), (18, 30, 1), (11, 30, 2)]))
    code = released(row)
    assert code["n_upper_clusters"] == row["n_upper_clusters"] == 3
    assert row["second_biggest_gap"] > 1.5 and row["second_biggest_gap_code"] == 1
    assert (code["second_biggest_gap"], code["second_biggest_gap_code"]) == (0, 0)


def test_bug_the_structured_region_forgets_the_minimum():
    """Every activation lowered by 8: the region now begins 8 below the middle of the gap and takes in all."""
    values, labels = spread([(20, 12, 0), (18, 30, 1), (11, 30, 2)])
    low, high = measure(values, labels), measure(values - 8, labels)
    assert low["n_structured_images"] == high["n_structured_images"] == 42
    assert released(low)["n_structured_images"] == 42
    assert released(high)["n_structured_images"] == 72
    raised = released(measure(values + 8, labels))
    assert all(np.isnan(value) for value in raised.values())  # a region above the maximum


def test_bug_the_range_of_the_second_class_is_that_of_another():
    labels = [0, 0, 1, 1, 2, 2]
    row = measure([9, 8, 1, 0, 6, 4], labels)
    assert row["ccmas_2_class"] == 2 and row["ccmas_2_class_range"] == 2
    values, labels = spread([(20, 12, 0), (18, 30, 2), (11, 30, 1)])
    values[-1] = 3.0
    row = measure(values, labels)
    assert (row["ccmas_class"], row["ccmas_2_class"]) == (0, 2)
    assert row["ccmas_2_class_range"] < 0.3
    assert released(row)["ccmas_2_class_range"] > 7  # that of class 1


def test_bug_an_exhausted_list_counts_its_last_image_untested():
    values = [10, 9.9, 9.8, 6.2, 6.1, 0, 0, 0]
    row = measure(values, [0, 0, 0, 0, 1, 1, 2, 2])
    assert row["top_class_extent"] == 4 and row["n_upper_images"] == 5
    assert released(row)["top_class_extent"] == 5


def test_bug_precision_over_ranks_2_to_101_ends_with_the_upper_part():
    values = np.concatenate([np.linspace(20, 11, 11), np.linspace(9, 1, 200)])
    labels = np.concatenate([np.zeros(111), np.arange(100) % 3 + 1]).astype(int)
    row = measure(values, labels)
    assert row["precision_100"] == 1
    assert row["precision_100__topimage_upper_part"] == pytest.approx(0.10)


def test_seeded_clusters_depend_on_the_unit_not_on_its_block():
    rng = np.random.default_rng(2)
    block = rng.gamma(0.4, 3, (9, 400)).astype(np.float32)
    sizes = np.array([150, 130, 120])
    whole = measure_units(block, sizes, CODE, threads=2)
    parts = [measure_units(block[i : i + 2], sizes, CODE, 1, i) for i in range(0, 9, 2)]
    for name in whole:
        assert whole[name].tobytes() == b"".join(part[name].tobytes() for part in parts), name
    other = measure_units(block, sizes, MeasureSettings(gap={}, variants=CODE.variants, seed=(7,)))
    assert all(whole[name].tobytes() == other[name].tobytes() for name in GAP_COLUMNS)


def test_settings_of_the_suite_are_checked():
    with pytest.raises(ConfigError, match="needs the section 'gap"):
        MeasureSettings(variants=("kmeans_pp_seeded",))
    with pytest.raises(ConfigError, match=r"gap\.clusters must be at least 2"):
        MeasureSettings(gap={"clusters": 1})
