"""The table of a layer: areas under curves, class columns, shares, floors; and what joins the table of units."""

import numpy as np
import pandas as pd
import pytest

from selectivity.errors import DataError
from selectivity.measure_tables import with_columns
from selectivity.neuron_features.classes import class_selectivity, least_class_selectivity
from selectivity.neuron_features.measuring import (
    IndexSettings,
    class_tables,
    color_shares,
    curve_table,
    relative_auc,
    with_layer_columns,
)
from selectivity.neuron_features.ranking import ranked_curve


def test_the_area_is_the_mean_over_the_ranks_that_there_are():
    # definitions.md 7.4: the mean of w over 400 ranks; of n where there are fewer images
    many = np.random.default_rng(0).random(1000).astype(np.float32)
    few = np.array([4, 2, -2], np.float32)
    dead = np.array([-1, -2, -3], np.float32)
    columns = curve_table(np.stack([ranked_curve(values, 400) for values in (many, few, dead)]))
    expected = np.sort(many / many.max())[::-1][:400].mean()
    np.testing.assert_allclose(columns["curve_auc"], [expected, 1 / 3, np.nan], rtol=1e-6)
    np.testing.assert_allclose(columns["curve_auc__clipped"], [expected, 0.5, np.nan], rtol=1e-6)


def test_areas_are_relative_to_the_largest_of_all_layers_of_a_network():
    table = pd.DataFrame(
        {
            "network": ["a", "a", "a", "b"],
            "layer": ["conv1", "conv1", "conv2", "conv1"],
            "unit": [0, 1, 0, 0],
            "curve_auc": [0.8, np.nan, 0.4, 0.5],
        }
    )
    np.testing.assert_allclose(relative_auc(table), [1, np.nan, 0.5, 1])
    fields = pd.DataFrame(
        {
            "network": ["a", "a", "b"],
            "layer": ["conv1", "conv2", "conv1"],
            "size_rows": [7, 27, 5],
            "size_columns": [7, 30, 5],
        }
    )
    joined = with_layer_columns(table, fields)
    assert joined["receptive_field"].tolist() == [7, 7, 30, 5]
    assert list(joined).index("curve_auc_relative") == list(joined).index("curve_auc") + 1


def top_images():
    """Unit 0: two classes, one image below .7; unit 3: one class; unit 5: dead."""
    rows = [
        (0, "top", 0, 2, 4.0, 1.0), (0, "top", 1, 1, 3.0, 0.75), (0, "top", 2, 1, 2.0, 0.5),
        (0, "top", 3, 0, -1.0, -0.25), (0, "random", 0, 0, 4.0, 1.0),
        (3, "top", 1, 1, 1.0, 0.5), (3, "top", 0, 1, 2.0, 1.0),
        (5, "top", 0, 0, -1.0, np.nan), (5, "top", 1, 2, -2.0, np.nan),
    ]  # fmt: skip
    columns = ["unit", "sample", "rank", "label", "activation", "normalized_activation"]
    return pd.DataFrame(rows, columns=columns)


def test_class_columns_count_the_top_images_only():
    units, classes = class_tables(top_images(), 3, IndexSettings())
    assert units.index.tolist() == [0, 3, 5]
    # N = 4, M = 2: the negative activation counts as 0, and so its class does not
    np.testing.assert_allclose(units["class_selectivity_index"], [2 / 3, 1, np.nan])
    np.testing.assert_allclose(units["class_selectivity_index__nf_images"], [0, np.nan, np.nan])
    assert units["class_selectivity_index_class"].tolist() == [1, 1, -1]
    assert units["n_selective_classes"].tolist() == [2, 1, 0]
    mine = classes[classes["unit"] == 0]
    assert mine["label"].tolist() == [1, 2]
    np.testing.assert_allclose(mine["frequency"], [5 / 9, 4 / 9])
    assert mine["n_images"].tolist() == [2, 1]
    fewer, _ = class_tables(top_images(), 3, IndexSettings(class_images=1))
    assert fewer["class_selectivity_index"].isna().all()


def test_a_study_may_count_fewer_images_than_it_keeps():
    units, _ = class_tables(top_images(), 3, IndexSettings(class_images=3))
    np.testing.assert_allclose(units["class_selectivity_index"], [1 / 2, 1, np.nan])


@pytest.mark.parametrize(("n_images", "n_classes"), [(100, 10), (100, 1000), (7, 7), (7, 3)])
def test_the_least_index_is_that_of_all_classes(n_images, n_classes):
    labels = np.arange(n_images) % n_classes
    result = class_selectivity(labels, np.ones(n_images), n_classes)
    assert result.index == pytest.approx(least_class_selectivity(n_images, n_classes))
    generator = np.random.default_rng(0)
    for _ in range(20):
        some = class_selectivity(
            generator.integers(n_classes, size=n_images), generator.random(n_images), n_classes
        )
        assert some.index >= least_class_selectivity(n_images, n_classes) - 1e-12


def test_the_least_index_of_a_single_image_is_undefined():
    assert np.isnan(least_class_selectivity(1, 10))


def test_shares_of_color_selective_units():
    table = pd.DataFrame(
        {
            "network": "a",
            "layer": ["conv1"] * 4 + ["conv2"],
            "color_selectivity": [0.1, 0.4, 0.39, np.nan, np.nan],
            "color_selectivity__orthonormal": [0.6, 0.6, 0.0, np.nan, 0.5],
            "hue": 0.0,
        }
    )
    shares = color_shares(table)
    assert set(shares["index"]) == {"color_selectivity", "color_selectivity__orthonormal"}
    mine = shares[(shares["layer"] == "conv1") & (shares["index"] == "color_selectivity")]
    np.testing.assert_allclose(mine["share"], [1, 2 / 3, 2 / 3, 1 / 3, 0, 0])
    assert (mine["n_units"] == 3).all()
    none = shares[(shares["layer"] == "conv2") & (shares["index"] == "color_selectivity")]
    assert none["share"].isna().all()
    assert (none["n_units"] == 0).all()


def test_other_columns_join_the_units():
    units = pd.DataFrame({"network": "a", "layer": "conv1", "unit": [0, 1, 2], "ccmas": [1, 2, 3]})
    others = pd.DataFrame(
        {
            "network": "a",
            "layer": ["conv1", "conv1", "conv9"],
            "unit": [2, 0, 1],
            "hue": [30, 10, 0],
        }
    )
    joined = with_columns(units, others)
    assert joined["unit"].tolist() == [0, 1, 2]
    np.testing.assert_array_equal(joined["hue"], [10, np.nan, 30])
    with pytest.raises(DataError, match="both have the columns ccmas"):
        with_columns(units, others.rename(columns={"hue": "ccmas"}))
