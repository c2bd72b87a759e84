"""Box plots show exactly what is computed by hand, and survive layers that have little to show."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PolyCollection

from selectivity.figures.boxes import (
    Panel,
    box_numbers,
    box_statistics,
    boxes_of,
    nine_panels,
    ranks_in,
    three_panels,
)
from selectivity.figures.boxplots import plot_measures_by_layer
from selectivity.figures.style import house_style, save_figure

COLUMNS = (
    "precision_60",
    "precision_100",
    "n_classes_100",
    "ccmas",
    "top_class_selectivity",
    "recall_at_95_precision",
    "max_informedness",
    "informedness_specificity",
    "informedness_recall",
    "informedness_false_discovery_rate",
)


def units(**layers) -> pd.DataFrame:
    """Return a table in which every measure of a layer has the given values."""
    frames = [
        pd.DataFrame({"layer": layer, **dict.fromkeys(COLUMNS, np.asarray(values, float))})
        for layer, values in layers.items()
    ]
    return pd.concat(frames, ignore_index=True)


def test_a_box_by_hand():
    box = box_statistics(np.array([4, 1, 2, 3, 20, np.nan]))
    assert box["n_units"] == 5
    assert box["n_undefined"] == 1
    assert box["mean"] == 6
    assert box["standard_error"] == pytest.approx(np.sqrt((4 + 25 + 16 + 9 + 196) / 4 / 5))
    assert (box["q25"], box["median"], box["q75"]) == (2, 3, 4)
    assert (box["whisker_low"], box["whisker_high"]) == (1, 4)
    assert box["outliers"].tolist() == [20]


def test_a_value_at_the_fence_is_no_outlier():
    box = box_statistics(np.array([0.0, 2, 3, 4, 7]))
    assert box["whisker_high"] == 7
    assert box["outliers"].size == 0


def test_whiskers_never_end_inside_the_box():
    box = box_statistics(np.array([0.0, 0, 0, 10, 10, 100]))
    assert box["whisker_low"] <= box["q25"] <= box["q75"] <= box["whisker_high"]


@pytest.mark.parametrize("values", [[], [np.nan, np.nan], [np.inf]])
def test_nothing_defined(values):
    box = box_statistics(np.array(values, float))
    assert box["n_units"] == 0
    assert box["n_undefined"] == len(values)
    assert np.isnan(box["median"])


def test_one_unit_has_no_standard_error():
    box = box_statistics(np.array([0.5]))
    assert box["mean"] == box["median"] == box["whisker_high"] == 0.5
    assert np.isnan(box["standard_error"])


def test_numbers_are_in_the_scale_of_the_panel_and_in_the_order_of_the_layers():
    table = units(fc6=[0.1, 0.2, 0.3], conv5=[0.5])
    panels = [Panel("ccmas", "CCMAS", ""), Panel("top_class_selectivity", "TCS", "%", scale=100)]
    numbers = box_numbers(table, ["conv5", "fc6"], panels)
    assert numbers["layer"].tolist() == ["conv5", "fc6"] * 2
    assert numbers["measure"].tolist() == ["ccmas"] * 2 + ["top_class_selectivity"] * 2
    np.testing.assert_allclose(numbers["median"], [0.5, 0.2, 50, 20])
    np.testing.assert_allclose(numbers["standard_error"][1], 0.1 / np.sqrt(3))
    assert [(p.column, layer) for p, layer, _ in boxes_of(table, ["fc6"], panels)] == [
        ("ccmas", "fc6"),
        ("top_class_selectivity", "fc6"),
    ]


def test_ranks_are_the_papers_where_the_study_has_them():
    assert ranks_in(["precision_100", "precision_60", "precision_60_class"]) == (60, 100)
    assert ranks_in(["precision_5", "precision_20"]) == (5, 20)
    assert ranks_in(["precision_7"]) == (7, 7)


def test_the_panels_are_those_of_the_papers():
    nine = [panel.column for panel in nine_panels(COLUMNS)]
    assert nine == ["precision_60", "n_classes_100", *COLUMNS[3:]]
    three = [panel.column for panel in three_panels(COLUMNS)]
    assert three == ["top_class_selectivity", "precision_100", "ccmas"]


@pytest.mark.parametrize(
    "table",
    [
        units(fc6=[0.5]),
        units(fc6=[np.nan, np.nan], fc7=[0.2, 0.3]),
        units(fc6=[0.3] * 20),
        units(fc6=np.r_[np.linspace(0, 1, 50), 1e6, -1e6], fc7=[np.inf]),
        units(**{f"layer_with_a_long_name_{i}": [0.1, i / 40] for i in range(31)}),
    ],
    ids=["one unit", "undefined layer", "constant", "pole", "many layers"],
)
def test_figures_of_difficult_layers_are_drawn(table):
    layers = list(table["layer"].unique())
    with house_style():
        figure = plot_measures_by_layer(table, layers, three_panels(COLUMNS))
        figure.draw_without_rendering()
    assert len(figure.axes) == 3


def test_nine_panels_stand_in_rows_of_three(tmp_path):
    with house_style():
        figure = plot_measures_by_layer(units(fc6=[0.1, 0.4]), ["fc6"], nine_panels(COLUMNS))
    save_figure(figure, tmp_path / "figure", dpi=50)
    corners = {tuple(axes.get_position().p0.round(2)) for axes in figure.axes}
    assert (len({x for x, _ in corners}), len({y for _, y in corners})) == (3, 3)


def test_a_pole_does_not_flatten_the_boxes_and_is_counted():
    table = units(fc8=np.r_[np.linspace(0, 2, 99), 500, 600, -700])
    with house_style():
        figure = plot_measures_by_layer(table, ["fc8"], [Panel("ccmas", "CCMAS", "")])
    axes = figure.axes[0]
    low, high = axes.get_ylim()
    assert -6 < low < high < 8
    assert {text.get_text() for text in axes.texts} >= {"+2", "+1"}


def test_chance_is_drawn_for_its_own_layer_and_measure_only():
    table = units(fc6=[0.5, 0.6], fc7=[0.5, 0.6])
    row = {"layer": "fc7", "measure": "ccmas", "q05": 0.1, "q50": 0.2, "q95": 0.3}
    chance = pd.DataFrame([{**row, "untrained_median": 0.25, "ideal": 1.0}])
    panels = [Panel("ccmas", "CCMAS", ""), Panel("precision_60", "Precision", "")]
    with house_style():
        figure = plot_measures_by_layer(table, ["fc6", "fc7"], panels, chance)
        plain = plot_measures_by_layer(table, ["fc6", "fc7"], panels)
    extra = [len(a.lines) - len(b.lines) for a, b in zip(figure.axes, plain.axes, strict=True)]
    assert extra == [3, 0]  # the median of chance, the untrained network and the ideal detector
    bands = [c for c in figure.axes[0].collections if isinstance(c, PolyCollection)]
    assert len(bands) == 1
    outline = bands[0].get_paths()[0].get_extents()
    np.testing.assert_allclose(outline.extents, (0.58, 0.1, 1.42, 0.3))
