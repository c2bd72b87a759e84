"""Jitterplots: the numbers beside them by hand, points that depend on seed and unit only."""

import numpy as np
import pandas as pd
import pytest

from selectivity.figures.jitter import UnitActivations, activation_range, jitter
from selectivity.figures.precise_unit import (
    example_images,
    informedness_threshold,
    most_precise_unit,
    plot_precise_unit,
    precision_of_class,
    unit_numbers,
)
from selectivity.figures.style import house_style

# The worked example of the definitions: classes A, B, C as 0, 1, 2.
VALUES = np.array([9, 8, 7, 6, 5, 5, 4, 3, 2, 0, 0, 0], np.float32)
LABELS = np.array(["ABC".index(letter) for letter in "AABABCACBABC"])


def unit(values=VALUES, labels=LABELS, label=0, name="A"):
    return UnitActivations(
        "fc6", 3, np.asarray(values), labels, np.arange(len(values)), label, name
    )


def test_informedness_of_the_worked_example():
    score, threshold = informedness_threshold(VALUES.astype(float), LABELS == 0)
    assert score == pytest.approx(0.6 - 1 / 7)
    assert threshold == 6


def test_informedness_joins_ties_and_keeps_the_highest_threshold():
    values = np.array([3.0, 3, 1, 1, 1, 0])
    member = np.array([True, False, True, False, False, False])
    score, threshold = informedness_threshold(values, member)
    assert (score, threshold) == (0.25, 3)
    reordered = informedness_threshold(values[::-1], member[::-1])
    assert reordered == (score, threshold)


def test_informedness_without_others_is_undefined():
    assert np.isnan(informedness_threshold(np.arange(3.0), np.ones(3, bool))).all()
    assert np.isnan(informedness_threshold(np.arange(3.0), np.zeros(3, bool))).all()


def test_numbers_by_hand():
    numbers = unit_numbers(unit(), 3)
    assert numbers["n_images"] == 12
    assert numbers["n_activations_at_zero"] == 3
    assert numbers["n_activations_above_zero"] == 9
    assert numbers["n_class_images"] == 5
    assert numbers["class_mean_activation"] == pytest.approx(5.4)
    assert numbers["class_mean_standard_error"] == pytest.approx(
        np.std([9, 8, 6, 4, 0], ddof=1) / np.sqrt(5)
    )
    assert numbers["class_images_at_zero_n"] == 1
    assert numbers["class_images_at_zero_pct"] == 20
    assert (numbers["min_activation"], numbers["max_activation"]) == (0, 9)
    assert numbers["activation_at_rank_k"] == 7
    assert numbers["precision_at_k"] == pytest.approx(2 / 3)


def test_precision_shares_tied_places():
    # Four images above, two places left for the tie of B and C at 5: half of each.
    assert precision_of_class(VALUES, LABELS == 1, 5, 5.0) == pytest.approx((1 + 0.5) / 5)
    assert unit_numbers(unit(), 100)["k"] == 12


def test_the_most_precise_unit_is_the_first_of_the_best():
    table = pd.DataFrame(
        {"unit": [0, 1, 2], "precision_60": [np.nan, 0.9, 0.9], "precision_60_class": [-1, 4, 5]}
    )
    assert most_precise_unit(table, 60) == (1, 4)
    assert most_precise_unit(table.assign(precision_60=np.nan), 60) is None


def test_examples_are_of_the_class_and_in_order():
    places = example_images(unit(), seed=0)
    assert list(places) == ["lowest", "at the mean", "at the maximum"]
    assert all((LABELS[chosen] == 0).all() for chosen in places.values())
    assert VALUES[places["at the maximum"]].tolist() == [9, 8, 6]
    assert VALUES[places["lowest"]].tolist() == [0, 4, 6]
    assert VALUES[places["at the mean"]][0] == 6


def test_zeros_are_named_and_drawn_by_lot():
    values = np.where(np.arange(40) < 20, 0, np.arange(40)).astype(np.float32)
    sparse = unit(values, np.zeros(40, int))
    chosen = {tuple(example_images(sparse, seed)["at zero"]) for seed in range(5)}
    assert len(chosen) > 1
    assert (
        example_images(sparse, 1)["at zero"].tolist()
        == example_images(sparse, 1)["at zero"].tolist()
    )


def test_points_lie_in_their_band_and_depend_on_the_unit():
    heights = jitter(1000, 0, "fc6", 3)
    assert heights.min() >= 0.75
    assert heights.max() <= 1.25
    assert heights.std() == pytest.approx(0.5 / np.sqrt(12), rel=0.1)
    assert (heights == jitter(1000, 0, "fc6", 3)).all()
    for other in (("fc7", 3, 0), ("fc6", 4, 0), ("fc6", 3, 1)):
        assert (heights != jitter(1000, other[2], *other[:2])).any()


def test_the_axis_reaches_ten_percent_beyond_the_maximum():
    low, high = activation_range(np.array([0.0, 95.0]))
    assert high == pytest.approx(104.5)
    assert -2 < low < 0
    for values in (np.zeros(3), np.full(3, -2.0), np.full(3, 5.0), np.array([-9.0, -1.0])):
        low, high = activation_range(values)
        assert low < values.min()
        assert high > values.max()


PICTURES = [np.full((20, 30, 3), 90, np.uint8)] * 3


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        (VALUES, LABELS),
        (np.zeros(12, np.float32), LABELS),
        (np.ones(1, np.float32), np.zeros(1, int)),
        (np.array([1, 2], np.float32), np.array([0, 1])),
        (-VALUES, LABELS),
    ],
    ids=["worked example", "silent", "one image", "two images", "negative"],
)
def test_figures_of_difficult_units_are_drawn(values, labels):
    shown = unit(values, labels, name="a $ class with <odd> name")
    pictures = {key: PICTURES[: len(p)] for key, p in example_images(shown, 0).items()}
    with house_style():
        figure = plot_precise_unit(shown, 3, 0, pictures)
        figure.draw_without_rendering()
    texts = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert "Images of a $ class with <odd> name" in texts


def test_lines_stand_at_the_threshold_and_at_rank_k():
    with house_style():
        figure = plot_precise_unit(unit(), 3, 0)
    lines = {line.get_xdata()[0] for line in figure.axes[1].lines}
    assert lines == {6.0, 7.0}
