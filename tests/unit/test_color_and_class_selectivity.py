"""Color selectivity index, hue, class selectivity index and ontology against values worked out by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import oracle_neuron_features
from selectivity.neuron_features.classes import class_frequencies, class_selectivity
from selectivity.neuron_features.color import (
    NOISE,
    SIGNS,
    VARIANTS,
    color_selectivity,
    hue_histogram,
    to_opponent,
)
from selectivity.neuron_features.ontology import common_ancestors, ontology_weights

COLORS = {
    "red": (1, 0, 0), "green": (0, 1, 0), "blue": (0, 0, 1), "cyan": (0, 1, 1),
    "magenta": (1, 0, 1), "orange": (1, 0.5, 0), "yellow": (1, 1, 0),
}  # fmt: skip
# definitions.md 7.6: black-to-color axes
INDEX = {
    "red": 0.658,
    "green": 0.658,
    "blue": 0.626,
    "cyan": 0.444,
    "magenta": 0.444,
    "orange": 0.467,
    "yellow": 0.410,
}
ORTHONORMAL = {
    "red": 0.608,
    "green": 0.608,
    "blue": 0.608,
    "cyan": 0.392,
    "magenta": 0.392,
    "orange": 0.436,
    "yellow": 0.392,
}
# atan2(yellow - blue, red - green) of the opponent matrix
HUE = {
    "red": 26.565,
    "green": 153.435,
    "blue": 270,
    "cyan": 206.565,
    "magenta": 333.435,
    "orange": 56.310,
    "yellow": 90,
}


def two_tone(first, second, rows=6, columns=8):
    image = np.zeros((1, rows, columns, 3), np.float32)
    image[0, :, : columns // 2], image[0, :, columns // 2 :] = first, second
    return image, np.zeros_like(image)


@pytest.mark.parametrize("name", COLORS)
def test_axes_from_black_have_the_reference_values(name):
    image, spread = two_tone((0, 0, 0), COLORS[name])
    for variant in ("", "unweighted", "per_channel"):
        colors = color_selectivity(image, spread, variant)
        assert colors.index[0] == pytest.approx(INDEX[name], abs=5e-4)
        assert colors.hue[0] == pytest.approx(HUE[name], abs=1e-3)
    assert color_selectivity(image, spread, "orthonormal").index[0] == pytest.approx(
        ORTHONORMAL[name], abs=5e-4
    )


@pytest.mark.parametrize("level", [0, 0.25, 1])
def test_gray_is_achromatic(level):
    image, spread = two_tone((level,) * 3, (0.5,) * 3)
    for variant in ("", *VARIANTS):
        assert color_selectivity(image, spread, variant).index[0] == pytest.approx(0, abs=1e-6)


def test_an_edge_of_equal_intensity_is_all_color():
    # yellow (1, 1, 0) against blue of the same R + G + B cannot be had; (.5, .5, 0) against (0, 0, 1) can
    image, spread = two_tone((0.5, 0.5, 0), (0, 0, 1))
    colors = color_selectivity(image, spread)
    assert colors.index[0] == pytest.approx(1)
    assert colors.hue[0] == pytest.approx(
        270
    )  # mean chroma (0.5 - 1) / 2 on yellow - blue: the blue end


def test_the_index_does_not_change_under_scaling():
    generator = np.random.default_rng(0)
    image = generator.random((5, 7, 7, 3), np.float32)
    spread = generator.random(image.shape, np.float32) / 10
    full, dark = (
        color_selectivity(image, spread),
        color_selectivity(image * np.float32(0.75), spread),
    )
    np.testing.assert_allclose(full.index, dark.index, atol=1e-6)


def literal_index(image, spread, variant):
    """definitions.md 7.6, one pixel after another, with the arccosine of equation 2."""
    rgb, s = image.reshape(-1, 3).astype(float), spread.reshape(-1, 3).astype(float)
    if variant == "orthonormal":
        axes = np.array([[1, 1, 1], [1, -1, 0], [1, 1, -2]]) / np.sqrt([[3], [2], [6]])
        x = rgb @ axes.T
        s = s * np.array([1.5 / np.sqrt(3), 1 / np.sqrt(2), 2 / np.sqrt(6)])
    else:
        r, g, b = rgb.T
        x = np.stack([(r + g + b - 1.5) / 1.5, r - g, (r + g - 2 * b) / 2], 1)
    w = np.ones_like(x)
    if variant == "per_channel":
        w = 1 / (s + NOISE)
    elif variant != "unweighted":
        w = np.repeat(1 / (np.sqrt((s**2).mean(1, keepdims=True)) + NOISE), 3, 1)
    mean = np.zeros(3) if variant == "uncentered" else (w * x).sum(0) / w.sum(0)
    covariance = np.zeros((3, 3))
    for i in range(3):
        for j in range(3):
            products = w[:, i] * w[:, j]
            covariance[i, j] = (
                products * (x[:, i] - mean[i]) * (x[:, j] - mean[j])
            ).sum() / products.sum()
    values, vectors = np.linalg.eigh(covariance)
    v = vectors[:, np.argmax(values)]
    return np.degrees(np.arccos(abs(v[0]) / np.linalg.norm(v))) / 90


@pytest.mark.parametrize("variant", ["", *VARIANTS])
def test_the_index_equals_the_literal_one(variant):
    generator = np.random.default_rng(3)
    image = generator.random((6, 5, 4, 3), np.float32) * np.array([1, 0.7, 0.4], np.float32)
    spread = generator.random(image.shape, np.float32) / 5
    expected = [literal_index(i, s, variant) for i, s in zip(image, spread, strict=True)]
    np.testing.assert_allclose(color_selectivity(image, spread, variant).index, expected, rtol=1e-6)


def test_pixels_of_reliable_crops_weigh_more():
    image, spread = two_tone((0, 0, 0), (1, 1, 1))
    image[0, 0, :4] = (1, 0, 0)  # a red bar that all crops share
    spread[0, 1:] = 0.5
    assert (
        color_selectivity(image, spread).index[0]
        > color_selectivity(image, spread, "unweighted").index[0] + 0.2
    )


def test_a_feature_of_one_color_takes_the_angle_of_that_color():
    image = np.tile(np.array([1, 0, 0], np.float32), (1, 4, 4, 1))
    colors = color_selectivity(image, np.zeros_like(image))
    assert colors.is_uniform[0]
    expected = (
        np.degrees(np.arccos((1 / 3) / np.sqrt(1 / 9 + 1 + 1 / 4))) / 90
    )  # opponent (-1/3, 1, 1/2)
    assert colors.index[0] == pytest.approx(expected)
    assert colors.hue[0] == pytest.approx(HUE["red"], abs=1e-3)
    gray = color_selectivity(image * 0 + np.float32(0.5), image * 0)
    assert gray.index[0] == 0
    assert np.isnan(gray.hue[0])


def test_masked_pixels_are_left_out_and_nothing_is_nan():
    image, spread = two_tone((0, 0, 0), COLORS["red"], 6, 8)
    image[0, :2], spread[0, :2] = np.nan, np.nan
    assert color_selectivity(image, spread).index[0] == pytest.approx(INDEX["red"], abs=5e-4)
    nothing = color_selectivity(image * np.nan, spread)
    assert np.isnan(nothing.index[0])
    assert np.isnan(nothing.hue[0])
    assert not nothing.is_uniform[0]


def test_without_mean_chroma_the_long_tail_decides_the_end():
    # three quarters of weak blue, one quarter of strong yellow, mean chroma 0, intensity the same
    image = np.zeros((1, 1, 4, 3), np.float32)
    image[0, 0, :3] = (0.45, 0.45, 0.6)
    image[0, 0, 3] = (0.65, 0.65, 0.2)
    assert abs(to_opponent(image.astype(float)).mean((0, 1, 2))[2]) < 1e-7
    assert color_selectivity(image, np.zeros_like(image)).hue[0] == pytest.approx(90, abs=1e-3)


def blob(center, around):
    image = np.tile(np.array(around, np.float32), (1, 9, 9, 1))
    image[0, 3:6, 3:6] = center
    return image, np.zeros_like(image)


def test_the_two_signs_of_the_hue():
    """A small blue blob on brown: the mean chroma is that of the brown, the long tail is blue."""
    image, spread = blob((0.2, 0.2, 0.9), (0.55, 0.45, 0.3))
    by_mean = color_selectivity(image, spread)
    by_tail = color_selectivity(image, spread, sign="skewness")
    assert by_mean.index[0] == by_tail.index[0]
    assert (by_mean.hue[0] - by_tail.hue[0]) % 360 == pytest.approx(180)
    assert by_tail.hue[0] == pytest.approx(HUE["blue"], abs=20)
    with pytest.raises(ValueError, match="unknown sign"):
        color_selectivity(image, spread, sign="tail")


def test_an_even_edge_has_no_tail_and_takes_the_end_of_its_mean():
    image, spread = two_tone((0.9, 0.6, 0.3), (0.3, 0.5, 0.8))
    first, second = (color_selectivity(image, spread, sign=sign).hue[0] for sign in SIGNS)
    assert first == second


def test_unknown_variants_are_refused():
    image, spread = blob((1, 0, 0), (0, 0, 0))
    with pytest.raises(ValueError, match="unknown variant"):
        color_selectivity(image, spread, "uncentred")


def test_the_hue_histogram_weighs_by_chroma():
    pixels = np.array([[255, 0, 0], [128, 0, 0], [128, 128, 128], [0, 0, 255]], np.uint8)
    counts = hue_histogram(pixels[None], 36)
    assert counts[2] == pytest.approx(np.hypot(1, 0.5) * (1 + 128 / 255))
    assert counts[27] == pytest.approx(1)
    assert np.count_nonzero(counts) == 2


@pytest.mark.parametrize(("n_classes", "expected"), [(40, 0.606), (20, 0.808), (1, 1), (100, 0)])
def test_gamma_of_equal_classes(n_classes, expected):
    labels = np.arange(100) % n_classes
    result = class_selectivity(labels, np.linspace(2, 1, 100), 1000)
    assert result.n_classes == n_classes
    assert result.index == pytest.approx(expected, abs=5e-4)


def test_gamma_follows_the_threshold():
    labels = np.array([2, 2, 2, 0, 1])
    activations = np.array([4.0, 2.0, 2.0, 1.5, 0.5])  # shares .8, .15, .05
    for threshold, m in ((1.0, 3), (0.95, 2), (0.8, 1), (0.81, 2), (0.0, 1)):
        result = class_selectivity(labels, activations, 4, threshold)
        assert result.n_classes == m
        assert result.index == pytest.approx((5 - m) / 4)
    result = class_selectivity(labels, activations, 4)
    assert result.classes.tolist() == [2, 0, 1]
    np.testing.assert_allclose(result.frequencies, [0.8, 0.15, 0.05])


@settings(max_examples=100, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.integers(0, 5), st.sampled_from([-3.0, -0.5, 0.0, 0.25, 1.0, 1.0, 2.0, 7.5])),
        min_size=1,
        max_size=40,
    ),
    threshold=st.sampled_from([0.0, 0.1, 0.5, 0.9, 0.99, 1.0]),
)
def test_gamma_equals_the_literal_one(rows, threshold):
    labels, activations = (np.array(column) for column in zip(*rows, strict=True))
    expected = oracle_neuron_features.class_selectivity_index(
        activations, labels.tolist(), threshold
    )
    found = class_selectivity(labels, activations, 6, threshold).index
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_gamma_of_dead_units_single_images_and_negative_activations():
    assert np.isnan(class_selectivity(np.array([0, 1]), np.array([0.0, -1.0]), 2).index)
    assert np.isnan(class_selectivity(np.array([0]), np.array([1.0]), 2).index)
    np.testing.assert_allclose(
        class_frequencies(np.array([0, 1, 1]), np.array([2.0, 2.0, -9.0]), 3), [0.5, 0.5, 0]
    )


def test_ontology_weights_sum_the_leaves_below():
    classes = pd.DataFrame(
        {
            "label": [0, 1, 2, 3],
            "name": ["cat", "dog", "cup", "robot dog"],
            "parents": [
                "living/animal",
                "living/animal",
                "artifact",
                "living/animal;artifact/machine",
            ],
        }
    )
    weights = ontology_weights({0: 0.5, 1: 0.2, 2: 0.2, 3: 0.1}, classes)
    found = weights.set_index("node")["weight"].round(9).to_dict()
    assert found == {
        "cat": 0.5, "dog": 0.2, "cup": 0.2, "robot dog": 0.1,
        "living": 0.8, "animal": 0.8, "artifact": 0.3, "machine": 0.1,
    }  # fmt: skip
    depth = weights.set_index("node")["depth"].to_dict()
    assert (depth["living"], depth["animal"], depth["cat"], depth["cup"]) == (1, 2, 3, 2)
    assert weights["kind"].tolist() == ["hypernym"] * 4 + ["leaf"] * 4
    assert "living" not in set(ontology_weights({0: 1.0}, classes, root=("living",))["node"])


def test_nodes_above_all_classes_are_the_root():
    parents = ["entity/living/animal", "entity/artifact", "", "entity/living"]
    assert common_ancestors(pd.DataFrame({"parents": parents})) == {"entity"}
    assert common_ancestors(pd.DataFrame({"parents": ["", ""]})) == frozenset()
