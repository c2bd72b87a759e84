"""Output units, synthetic units and correlations: the numbers beside the figures by hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from selectivity.errors import ConfigError
from selectivity.figures.correlations import (
    correlation_numbers,
    plot_correlations,
    pooled_correlations,
)
from selectivity.figures.inputs import read_published
from selectivity.figures.jitter import UnitActivations
from selectivity.figures.output_unit import choose_unit, plot_output_unit, separation
from selectivity.figures.style import house_style
from selectivity.figures.synthetic_units import plot_synthetic_units, synthetic_numbers
from selectivity.measures import MeasureSettings, measure_units
from selectivity.synthetic_units import class_sizes, synthetic_activations

PUBLISHED = Path(__file__).resolve().parents[2] / "config" / "published.tsv"
CLASSES = pd.DataFrame(
    {
        "label": [0, 1, 2],
        "class": ["n01", "n02", "n03"],
        "name": ["tench", "cat", "dog"],
        "output": [5, 3, 90],
    }
)


def output_measures(scores):
    return pd.DataFrame({"unit": np.arange(len(scores)), "top_class_selectivity": scores})


def test_a_typical_output_unit_is_the_median_of_those_with_a_class():
    scores = np.full(10, 0.9)
    scores[[5, 3]] = 0.2, 0.7
    assert choose_unit(output_measures(scores), CLASSES, None) == (5, 0)
    classes = CLASSES.assign(output=[5, 3, 8])
    assert choose_unit(output_measures(scores), classes, None) == (3, 1)


def test_a_named_class_has_its_own_unit():
    measures = output_measures(np.zeros(10))
    assert choose_unit(measures, CLASSES, "cat") == (3, 1)
    assert choose_unit(measures, CLASSES, "n01") == (5, 0)
    with pytest.raises(ConfigError, match="did you mean 'tench'"):
        choose_unit(measures, CLASSES, "tensh")


def test_no_unit_without_classes():
    assert choose_unit(output_measures(np.zeros(2)), CLASSES, None) is None
    assert choose_unit(output_measures(np.full(10, np.nan)), CLASSES, None) is None


def test_separation_by_hand():
    values = np.array([9, 7, 5, 8, 1, 7], np.float32)
    labels = np.array([0, 0, 0, 0, 1, 1])
    unit = UnitActivations("prob", 0, values, labels, np.arange(6), 0, "tench")
    numbers = separation(unit)
    assert numbers["highest_other_activation"] == 7
    assert numbers["n_class_images_above_all_others"] == 2
    assert numbers["top_class_selectivity_pct"] == 50
    with house_style():
        figure = plot_output_unit({"output": unit, "softmax": unit}, 0)
        figure.draw_without_rendering()
    assert "50.0 %" in " ".join(text.get_text() for text in figure.axes[1].texts)


def test_one_class_only_is_drawn():
    unit = UnitActivations("prob", 0, np.ones(3, "f4"), np.zeros(3, int), np.arange(3), 0, "tench")
    with house_style():
        plot_output_unit({"softmax": unit}, 0).draw_without_rendering()


def test_synthetic_units_agree_with_the_print():
    activations = synthetic_activations(0)
    measured = measure_units(activations, class_sizes(), MeasureSettings(top_k=(100,)))
    numbers = synthetic_numbers(measured, read_published(PUBLISHED))
    assert len(numbers) == 9
    assert numbers["gale2019"].notna().all()
    half_a_digit = numbers["quantity"].map(
        {"ccmas": 0.005, "precision100_pct": 0.5, "top_class_selectivity_pct": 0.5}
    )
    assert ((numbers["computed"] - numbers["gale2019"]).abs() <= half_a_digit).all()
    with house_style():
        plot_synthetic_units(activations, numbers, 0).draw_without_rendering()


def correlations(r):
    columns = [
        "precision_60",
        "ccmas",
        "recall_at_95_precision",
        "max_informedness",
        "n_classes_100",
    ]
    pairs = [(a, b) for i, a in enumerate(columns) for b in columns[:i]]
    return pd.DataFrame(
        [
            {"network": n, "layer": layer, "first": a, "second": b, "n_units": 8, "pearson": r}
            for n in ("net", "other")
            for layer in ("hidden", "fc6")
            for a, b in pairs
        ]
    )


def test_correlations_stand_beside_the_printed_ones():
    table = correlations(0.25)
    table.loc[table["network"] == "other", "pearson"] = 0.9
    table.loc[table["layer"] == "fc6", "pearson"] = 0.8
    larger = table[table["first"].eq("ccmas")].assign(second="precision_100", pearson=0.7)
    table = pd.concat([larger, table], ignore_index=True)
    numbers = correlation_numbers(pooled_correlations(table, "net"), read_published(PUBLISHED))
    assert len(numbers) == 10
    assert (numbers["r"] == 0.25).all()
    assert (numbers["n_units"] == 8).all()
    printed = numbers.set_index(["first", "second"])["gale2020"]
    assert printed["precision", "n_classes_top100"] == -0.68
    assert printed["ccmas", "recall_p95"] == 0.09
    assert printed.notna().all()


def test_undefined_correlations_are_drawn_as_such():
    numbers = correlation_numbers(
        pooled_correlations(correlations(np.nan), "net"), read_published(PUBLISHED)
    )
    with house_style():
        figure = plot_correlations(numbers, "net")
        figure.draw_without_rendering()
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts.count("undefined") == 10
    assert "\u22120.68" in texts
