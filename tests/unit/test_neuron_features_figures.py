"""What the figures of rafegas2017 show: bins, choices of units, places in the rings, sizes of words, pale crops."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from selectivity.figures.neuron_features_bars import CLASS, COLOR, RESPONSE, bar_numbers, reach_note
from selectivity.figures.neuron_features_clouds import (
    both_examples,
    class_examples,
    cloud_layout,
    draw_cloud,
)
from selectivity.figures.neuron_features_data import Layer, spread_out
from selectivity.figures.neuron_features_examples import averaged
from selectivity.figures.neuron_features_rings import (
    SHIFTS,
    SIDES,
    Colored,
    Places,
    Ring,
    arrange,
    arrange_rings,
    hue_color,
)
from selectivity.figures.tiles import Sheet, faded, mosaic, raised, resized, to_pixels
from selectivity.neuron_features.color import to_opponent
from selectivity.neuron_features.fields import Axis, ReceptiveField
from selectivity.neuron_features.settings import FeatureSettings

EIGHT_BIT = st.integers(0, 255)


def test_responses_have_eleven_bins():
    # definitions.md 7.5: < 0, [0, 10), ..., [90, 100] %, values above 100 go to the last bin
    values = np.array([-0.2, -1e-3, 0, 0.0999, 0.1, 0.3, 0.899999, 0.9, 1.0, 1.7, np.nan])
    assert RESPONSE.labels()[:2] == ["< 0", "0 to 10 %"]
    assert RESPONSE.counts(values).tolist() == [2, 2, 1, 0, 1, 0, 0, 0, 0, 1, 3]


@pytest.mark.parametrize("stack", [COLOR, CLASS])
def test_indices_have_ten_bins_the_last_closed(stack):
    tenths = np.arange(11) / 10
    assert stack.labels()[0] == "0 to 0.1"
    assert stack.counts(tenths).tolist() == [1] * 9 + [2]
    # 3 x .1 is a little more than .3, 1 - .7 a little less: both belong to the bin from .3
    assert stack.counts(np.array([3 * 0.1, 1 - 0.7])).tolist() == [0, 0, 0, 2] + [0] * 6


def test_bars_count_units_without_a_value_apart():
    table = pd.DataFrame(
        {"layer": ["conv1"] * 4 + ["conv2"], "color_selectivity": [0.05, 0.95, 1, np.nan, np.nan]}
    )
    numbers = bar_numbers(table, ["conv1", "conv2", "conv3"], COLOR)
    first = numbers[numbers["layer"] == "conv1"]
    assert first["n_units"].tolist() == [1] + [0] * 8 + [2]
    assert first["share"].sum() == pytest.approx(1)
    assert numbers.groupby("layer")["n_undefined"].first().to_dict() == {
        "conv1": 1, "conv2": 1, "conv3": 0,
    }  # fmt: skip
    assert numbers[numbers["layer"] == "conv2"]["share"].isna().all()


def test_a_floor_of_the_class_index_is_said():
    units = pd.DataFrame({"class_selectivity_index_least": [0.909, 0.909]})
    assert "below 0.91" in reach_note(units, CLASS)
    assert reach_note(units, COLOR) == ""
    assert reach_note(units * 0, CLASS) == ""


def test_units_are_evenly_spaced_in_value():
    values = pd.Series([0.0, 0.01, 0.02, 0.5, 1.0, np.nan], index=[7, 3, 9, 1, 4, 5])
    assert spread_out(values, 3) == [4, 1, 7]
    assert spread_out(values, 3, lowest_first=True) == [7, 1, 4]
    assert spread_out(values, 9) == [4, 1, 9, 3, 7]
    assert sorted(spread_out(pd.Series(np.zeros(10)), 4)) == [0, 1, 2, 3]


def test_means_of_few_crops_do_not_count_as_sharp():
    units = pd.DataFrame({"n_nf_images": [100, 30, 12, 5, 1]})
    assert averaged(units, 2).index.tolist() == [0, 1]
    assert averaged(units, 3).index.tolist() == [0, 1, 2]
    assert averaged(units, 5).index.tolist() == [0, 1, 2, 3]


@given(st.lists(st.floats(0, 359.9), min_size=1, max_size=60), st.sampled_from(SIDES))
@settings(max_examples=40, deadline=None)
def test_thumbnails_do_not_overlap_and_stay_at_their_hue(hues, side):
    hues = np.array(hues)
    places, placed = Places(side), []
    for ring in (Ring(0.6, 1.1, side), Ring(1.1, 1.4, side)):
        found = arrange(hues, np.arange(len(hues)), ring, places)
        for index, x, y in found:
            shift = (np.degrees(np.arctan2(y, x)) - hues[index] + 180) % 360 - 180
            assert abs(shift) <= max(SHIFTS) + 1e-9
            assert ring.inner <= np.hypot(x, y) <= ring.outer
        placed += found
    assert placed[0][0] == 0  # the first of the order
    for (_, x, y), (_, other_x, other_y) in combinations(placed, 2):
        assert max(abs(x - other_x), abs(y - other_y)) >= side


def test_few_units_have_large_thumbnails():
    def colored(hues):
        return Colored(None, np.arange(len(hues)), np.array(hues), np.ones(len(hues)))

    edges = np.array([0.6, 1.2, 1.8])
    few, rings = arrange_rings([colored([10.0, 100.0]), colored([])], edges)
    assert few == SIDES[0]
    assert [len(ring) for ring in rings] == [2, 0]
    many, rings = arrange_rings([colored([10.0] * 40), colored([20.0] * 40)], edges)
    assert many == SIDES[-1]
    assert 1 < len(rings[0]) < 40


@pytest.mark.parametrize("degrees", range(0, 360, 15))
def test_the_circle_shows_each_hue_in_its_color(degrees):
    color = to_opponent(np.array(hue_color(degrees)))
    assert np.degrees(np.arctan2(color[2], color[1])) % 360 == pytest.approx(degrees, abs=1e-6)
    assert np.hypot(color[1], color[2]) > 0.2


NAMES = ["church", "golf ball", "parachute", "chain saw", "English springer", "gas pump", "tench"]


@pytest.mark.parametrize(
    "weights",
    [
        dict(zip(NAMES, (0.4, 0.2, 0.15, 0.1, 0.08, 0.05, 0.02), strict=True)),
        dict.fromkeys(NAMES, 1 / 7),
        {"church": 1.0},
        {"church": 0.9, "tench": 0.1, "golf ball": 0.0},
    ],
)
def test_words_are_as_large_as_the_root_of_their_weights(weights):
    words = {word.text: word for word in cloud_layout(weights, 400, 200)}
    assert set(words) == {word for word, weight in weights.items() if weight}
    largest = max(word.size for word in words.values())
    top = max(weights.values())
    for text, word in words.items():
        assert word.size == pytest.approx(largest * np.sqrt(weights[text] / top), abs=2.5)
    boxes = [word.outline().get_extents() for word in words.values()]
    assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))
    left, right = min(b.x0 for b in boxes), max(b.x1 for b in boxes)
    above, below = min(b.y0 for b in boxes), max(b.y1 for b in boxes)
    assert left == pytest.approx(400 - right)  # in the middle
    assert above == pytest.approx(200 - below)
    assert left >= -2
    assert above >= -2


def test_without_weights_the_cloud_is_empty():
    axes = Sheet(2, 1).axes(0, 0, 2, 1)
    draw_cloud(axes, {"church": 0.0}, "leaf", (2, 1))
    assert not axes.patches


def made_up_layer(**changes):
    field = ReceptiveField(Axis(2, 1, 0, 3), Axis(2, 1, 0, 3), 4, 4)
    top = pd.DataFrame(
        {
            "unit": 5, "sample": ["top"] * 4 + ["random"], "rank": [0, 1, 2, 3, 0], "image": [0, 1, 2, 3, 4],
            "normalized_activation": [1, 0.8, 0.7, 0.6, 1], "position": [0, 1, 8, 2, 3],
        }
    )  # fmt: skip
    table = pd.DataFrame(
        {
            "n_nf_images": [3, 3, 0], "class_selectivity_index": [0.2, 0.9, 1],
            "color_selectivity": [0.9, 0.3, 1],
        },
        index=[5, 6, 7],
    )  # fmt: skip
    pixels = np.arange(5 * 48, dtype=np.uint8).reshape(5, 4, 4, 3)
    given = {"settings": FeatureSettings(max_images=3), "fill": np.zeros(3, np.uint8)} | changes
    return Layer("conv1", table, None, top, field, lambda image: pixels[image], **given), pixels


def test_crops_that_are_not_averaged_are_pale():
    layer, pixels = made_up_layer()
    crops = layer.crops(5)
    places = [(0, 0), (0, 1), (2, 2), (0, 2)]
    expected = [pixels[i, r : r + 2, c : c + 2] for i, (r, c) in enumerate(places)]
    np.testing.assert_array_equal(crops, expected)
    pale = layer.crops(5, fade=True)
    np.testing.assert_array_equal(pale[:3], expected[:3])
    np.testing.assert_array_equal(pale[3], faded(expected[3]))
    assert len(layer.crops(5, 2)) == 2
    fewer, _ = made_up_layer(settings=FeatureSettings(max_images=1))
    np.testing.assert_array_equal(fewer.crops(5, fade=True)[1], faded(expected[1]))


def test_examples_are_chosen_among_living_units():
    layer, _ = made_up_layer()
    assert class_examples(layer) == [5, 6]
    assert both_examples(layer) == [6]  # .3 is the larger of the smaller ones


@given(st.lists(EIGHT_BIT, min_size=27, max_size=27))
@settings(max_examples=30, deadline=None)
def test_contrast_is_raised_about_the_mean_at_most_threefold(values):
    image = np.array(values, float).reshape(3, 3, 3) / 255
    shown = raised(image)
    offsets, before = shown - image.mean((0, 1)), image - image.mean((0, 1))
    np.testing.assert_allclose(shown.mean((0, 1)), image.mean((0, 1)), atol=1e-9)
    known = np.abs(before) > 1e-6
    gains = offsets[known] / before[known]
    if len(gains):
        assert gains.min() == pytest.approx(gains.max())
        assert 1 - 1e-9 <= gains.min() <= 3 + 1e-9


def test_undefined_pixels_are_white():
    image = np.full((2, 2, 3), np.nan)
    assert (to_pixels(raised(image)) == 255).all()
    image[0, 0] = 0.5
    assert to_pixels(raised(image))[0, 0].tolist() == [128] * 3


def test_a_mosaic_is_even_and_leaves_missing_places_white():
    red = np.tile(np.array([255, 0, 0], np.uint8), (5, 5, 1))
    sheet = mosaic([red] * 3, 2, 2, 10, gap=2)
    assert sheet.shape == (22, 22, 3)
    assert (sheet[:10, :10] == (255, 0, 0)).all()
    assert (sheet[:10, 12:] == (255, 0, 0)).all()
    assert (sheet[12:, 12:] == 255).all()
    assert (sheet[10:12] == 255).all()
    assert resized(red, 5) is red
    assert resized(red[:, :3], 10).shape == (10, 6, 3)
