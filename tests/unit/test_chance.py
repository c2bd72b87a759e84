"""Chance and uncertainty: permuted labels against the engine, p-values by their definitions, the bootstrap's draws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from selectivity.chance_tables import falls_with_selectivity, ideal_values, unit_chance
from selectivity.measures import MeasureSettings, measure_units
from selectivity.measures.blocks import ArrayStore
from selectivity.measures.bootstrap import Bootstrap, bootstrap_rows, bootstrap_unit
from selectivity.measures.chance import (
    Permutations,
    benjamini_hochberg,
    chance_measures,
    p_values,
    permute_block,
    permute_store,
)

SETTINGS = MeasureSettings(top_k=(1, 4, 9))


def with_dealt_labels(values, deck, first, sizes, options):
    """Measure a unit anew, the image at each rank in the class of the card that it is dealt."""
    order = np.argsort(-values, kind="stable")
    labels = np.roll(deck, -first)  # at ranks 1, 2, ...
    by_class = order[np.argsort(labels, kind="stable")]
    return measure_units(values[by_class][None], sizes, options)


def check_permuted(values, sizes, seed, options=SETTINGS):
    drawn = Permutations(3, (seed,))
    _, decks = next(drawn.decks(sizes))
    firsts = drawn.first_cards(0, len(values))
    found = permute_block(values[None], sizes, options, decks, firsts[None])[0]
    for deck, first, row in zip(decks, firsts, found, strict=True):
        expected = with_dealt_labels(values, deck, int(first), sizes, options)
        for name, value in zip(chance_measures(options), row, strict=True):
            wanted = float(expected[name][0])
            if np.count_nonzero(sizes) < 2:
                assert np.isnan(value)  # labels of one class cannot be permuted
            elif name == "localist" and np.isnan(value):
                assert expected["is_constant"][0]
            else:
                assert value == pytest.approx(wanted, rel=1e-12, abs=1e-12, nan_ok=True), name


kinds = [
    st.sampled_from([0.0, 0.0, 0.0, -0.0, 0.5, 1.0, 1.0, 2.0, -1.0, -2.5]),
    st.sampled_from([0.0, 0.0, 0.25, 0.5, 1.0, 3.0]),
    st.integers(-(2**12), 2**12).map(lambda n: n / 64),
]


@given(
    data=st.data(),
    sizes=st.lists(st.integers(0, 8), min_size=2, max_size=6),
    seed=st.integers(0, 99),
)
@settings(max_examples=300, deadline=None)
def test_permuted_measures_equal_those_of_relabeled_images(data, sizes, seed):
    n = max(sum(sizes), 1)
    sizes = np.array(sizes if sum(sizes) else [1, 0])
    values = data.draw(
        st.sampled_from(kinds).flatmap(lambda k: st.lists(k, min_size=n, max_size=n))
    )
    check_permuted(np.array(values, np.float32), sizes, seed)


@pytest.mark.parametrize("seed", range(8))
def test_permuted_measures_of_larger_units(seed):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 400, 12)
    values = rng.normal(size=sizes.sum())
    values = np.maximum(values - 0.5, 0) if seed % 2 else values
    values = np.round(values, 1) if seed % 3 else values
    options = MeasureSettings(top_k=(60, 100), min_class_size=20)
    check_permuted(values.astype(np.float32), sizes, seed, options)


def test_a_unit_has_the_same_permutations_in_any_block_and_thread():
    rng = np.random.default_rng(1)
    sizes = np.array([40, 30, 50])
    store = ArrayStore(rng.normal(size=(20, 120)).astype(np.float32), sizes)
    drawn = Permutations(4, (3, 5))
    one, many = (permute_store(store, SETTINGS, drawn, threads) for threads in (1, 3))
    assert one.tobytes() == many.tobytes()
    other = permute_store(store, SETTINGS, Permutations(4, (3, 6)))
    assert not np.array_equal(one, other)


def test_p_values_by_hand():
    observed = np.array([3.0, 1.0, 0.0, np.nan, 2.0])
    permuted = np.array([[1, 2, 2.5], [1, 2, 0], [1, 2, 3], [1, 2, 3], [np.nan] * 3])
    assert p_values(observed, permuted)[:3].tolist() == [1 / 4, 3 / 4, 1]
    assert p_values(observed, permuted, lower=True)[:3].tolist() == [1, 3 / 4, 1 / 4]
    assert np.isnan(p_values(observed, permuted)[3:]).all()


def test_q_values_equal_scipys():
    rng = np.random.default_rng(0)
    p = np.round(rng.random(200) ** 2, 2).clip(0.01, 1)
    gaps = np.where(rng.random(200) < 0.2, np.nan, p)
    q = benjamini_hochberg(gaps)
    known = np.isfinite(gaps)
    np.testing.assert_allclose(q[known], stats.false_discovery_control(gaps[known]), rtol=1e-12)
    assert np.isnan(q[~known]).all()


def test_units_of_noise_are_seldom_significant_and_detectors_always():
    rng = np.random.default_rng(2)
    sizes = np.full(8, 40)
    block = rng.normal(size=(120, 320)).astype(np.float32)
    block[:3, :40] += 6
    options = MeasureSettings(top_k=(20,))
    drawn = Permutations(99, (0,))
    permuted = permute_store(ArrayStore(block, sizes), options, drawn)
    columns = measure_units(block, sizes, options)
    names = chance_measures(options)
    for name in ("ccmas", "max_informedness", "auc", "precision_20", "n_classes_20"):
        m, lower = names.index(name), falls_with_selectivity(name)
        p = p_values(columns[name], permuted[:, :, m], lower)
        assert (p[:3] == 0.01).all(), name
        assert 0 <= (p[3:] <= 0.05).mean() < 0.12, name
        if not name.endswith("_20"):  # few values, many ties
            assert abs(p[3:].mean() - 0.5) < 0.1, name


def test_directions_come_from_the_contracts():
    falling = [name for name in chance_measures(SETTINGS) if falls_with_selectivity(name)]
    rates = ("informedness_false_positive_rate", "informedness_false_discovery_rate")
    assert falling == ["n_classes_1", "n_classes_4", "n_classes_9", *rates]


def test_every_box_of_the_figures_has_a_band():
    from selectivity.figures.boxes import nine_panels, three_panels

    options = MeasureSettings()
    names = chance_measures(options)
    for panel in (*nine_panels(names), *three_panels(names)):
        assert panel.column in names


def test_the_ideal_unit_is_perfect():
    ideal = ideal_values(np.array([30, 200, 150, 0]), MeasureSettings(top_k=(10, 60)))
    ones = ("localist", "top_class_selectivity", "recall_at_95_precision", "ccmas", "precision_10")
    for name in (*ones, "max_informedness", "max_f1", "average_precision", "auc"):
        assert ideal[name] == pytest.approx(1), name
    assert ideal["informedness_false_discovery_rate"] == 0
    assert ideal["n_classes_10"] == 1


def test_unit_table_has_p_q_and_the_mean_of_chance():
    import pandas as pd

    observed = pd.DataFrame({"network": "net", "layer": "fc6", "unit": [0, 1], "ccmas": [0.9, 0.1]})
    permuted = np.array([[[0.2], [0.4]], [[0.2], [0.3]]])
    table = unit_chance(observed, permuted, ["ccmas"])
    assert table["ccmas_p"].tolist() == [1 / 3, 1]
    assert table["ccmas_q"].tolist() == [2 / 3, 1]
    assert table["ccmas_chance_mean"].tolist() == pytest.approx([0.3, 0.25])


def test_the_bootstrap_draws_within_classes():
    sizes = np.array([7, 0, 30, 1])
    labels = np.repeat(np.arange(4), sizes)
    bootstrap = Bootstrap(50, (4, 2))
    seen = set()
    for sample in range(50):
        images = bootstrap.drawn_images(sizes, 3, sample)
        assert (labels[images] == labels).all()
        seen |= set(images.tolist())
    assert seen == set(range(38))
    again = bootstrap.drawn_images(sizes, 3, 0)
    assert (again == bootstrap.drawn_images(sizes, 3, 0)).all()
    assert (again != bootstrap.drawn_images(sizes, 4, 0)).any()
    assert (again != Bootstrap(50, (4, 3)).drawn_images(sizes, 3, 0)).any()


def test_bootstrap_samples_are_measured_as_they_are():
    rng = np.random.default_rng(5)
    sizes = np.array([20, 30, 25])
    values = np.maximum(rng.normal(size=75), 0).astype(np.float32)
    bootstrap = Bootstrap(20, (1,))
    columns = bootstrap_unit(values, sizes, 6, SETTINGS, bootstrap)
    for sample in range(20):
        drawn = values[bootstrap.drawn_images(sizes, 6, sample)][None]
        one = measure_units(drawn, sizes, SETTINGS)
        for name, column in columns.items():
            assert column[sample] == pytest.approx(one[name][0], nan_ok=True), name
    rows = {row["measure"]: row for row in bootstrap_rows(values, sizes, 6, SETTINGS, bootstrap)}
    ccmas = columns["ccmas"]
    assert rows["ccmas"]["standard_error"] == pytest.approx(ccmas.std(ddof=1))
    assert rows["ccmas"]["q975"] == pytest.approx(np.quantile(ccmas, 0.975))
