"""Neuron features, crops and rankings against slow, literal versions."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import oracle_neuron_features
from selectivity.errors import ConfigError, DataError, ProvenanceError
from selectivity.neuron_features.building import Features, build_features, selected_crops
from selectivity.neuron_features.color import to_opponent
from selectivity.neuron_features.crops import crop, fill_color
from selectivity.neuron_features.fed_images import FedImages
from selectivity.neuron_features.fields import Axis, ReceptiveField
from selectivity.neuron_features.ranking import (
    Images,
    quantile_indices,
    ranked_curve,
    top_indices,
    unit_table,
)
from selectivity.neuron_features.settings import FeatureSettings, RankingSettings
from selectivity.neuron_features.store import open_features, write_features

MEAN = np.array([0.485, 0.456, 0.406])
FIELDS = {
    "padded": ReceptiveField(Axis(9, 4, -5, 6), Axis(7, 3, -2, 5), 20, 17),
    "padding 0": ReceptiveField(Axis(5, 2, 0, 6), Axis(4, 3, 0, 5), 16, 17),
    "larger than the image": ReceptiveField(Axis(21, 2, -8, 5), Axis(30, 4, -10, 3), 12, 13),
    "whole image": ReceptiveField(Axis(12, 0, 0, 1), Axis(10, 0, 0, 1), 12, 10),
}


def literal_crop(image, field, row, column, fill):
    """Pixel by pixel from the definition: rows r S - P ... r S - P + K - 1."""
    out = np.empty((field.rows.size, field.columns.size, 3))
    valid = np.zeros(out.shape[:2], bool)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            y = row * field.rows.jump - field.rows.padding + i
            x = column * field.columns.jump - field.columns.padding + j
            valid[i, j] = 0 <= y < image.shape[0] and 0 <= x < image.shape[1]
            out[i, j] = image[y, x] if valid[i, j] else fill
    return out, valid


def literal_feature(pictures, crops, field, settings):
    """Equation 1 and the standard deviation of the crops, in floating point and one pixel at a time."""
    fill = fill_color(settings.border, MEAN)
    total = np.zeros((*field.shape, 3))
    stack, weights = [], []
    for row in crops.itertuples():
        cut, valid = literal_crop(pictures[row.image], field, row.row, row.column, fill)
        if settings.border == "skip_border" and not valid.all():
            continue
        stack.append(np.where(valid[..., None] | (settings.border != "masked"), cut, np.nan) / 255)
        weights.append(row.weight)
    if not stack:
        return np.full_like(total, np.nan), np.full_like(total, np.nan), 0
    stack, weights = np.array(stack), np.array(weights)[:, None, None, None]
    known = np.isfinite(stack)
    divisor = known.sum(0) if settings.divisor == "n" else (known * weights).sum(0)
    spread = np.full(total.shape, np.nan)
    for place in np.argwhere(known.any(0)[..., 0]):
        i, j = place
        spread[i, j] = to_opponent(stack[known[:, i, j, 0], i, j]).std(0)
    with np.errstate(invalid="ignore"):
        return np.nansum(stack * weights, 0) / divisor, spread, len(stack)


def made_up(field, n_units=3, n_images=40, seed=0):
    generator = np.random.default_rng(seed)
    pictures = generator.integers(
        0, 256, (n_images, field.input_rows, field.input_columns, 3), np.uint8
    )
    rows = []
    for unit in range(n_units):
        for rank, image in enumerate(generator.permutation(n_images)[: 12 + unit]):
            position = int(generator.integers(field.rows.length * field.columns.length))
            rows.append((unit, "top", rank, image, 1.0 - rank * 0.02, position))
    columns = ["unit", "sample", "rank", "image", "normalized_activation", "position"]
    return pictures, pd.DataFrame(rows, columns=columns)


@pytest.mark.parametrize("border", ["mean_pad", "zero_pad", "masked", "skip_border"])
@pytest.mark.parametrize("divisor", ["n", "sum_w"])
@pytest.mark.parametrize("name", FIELDS)
def test_features_equal_the_literal_ones(name, border, divisor):
    field = FIELDS[name]
    settings = FeatureSettings(border=border, divisor=divisor)
    pictures, top = made_up(field)
    crops = selected_crops(top, field, settings)
    (built,) = build_features(crops, 3, field, lambda ids: pictures[ids], settings, MEAN)
    everything = selected_crops(top, field, FeatureSettings(border="mean_pad"))
    for unit in range(3):
        mine = everything[everything["unit"] == unit]
        mean, spread, n = literal_feature(pictures, mine, field, settings)
        assert built.n_images[unit] == n
        # sums of up to 14 products of 8-bit values in float32
        np.testing.assert_allclose(built.features[unit], mean, rtol=2e-6, atol=1e-7)
        np.testing.assert_allclose(built.spread[unit], spread, rtol=1e-5, atol=1e-7)


def literal_energy(crop):
    """Mean of the squared steps to the pixel below and to the pixel beside, of R + G + B in 8-bit steps."""
    gray = crop.sum(-1) * 255
    steps = [
        (gray[i + 1, j] - gray[i, j]) ** 2 + (gray[i, j + 1] - gray[i, j]) ** 2
        for i in range(gray.shape[0] - 1)
        for j in range(gray.shape[1] - 1)
    ]
    known = [step for step in steps if np.isfinite(step)]
    return np.mean(known) if known else np.nan


@pytest.mark.parametrize("border", ["mean_pad", "masked"])
@pytest.mark.parametrize("name", ["padded", "padding 0", "whole image"])
def test_sharpness_is_energy_of_the_feature_over_that_of_its_crops(name, border):
    field, settings = FIELDS[name], FeatureSettings(border=border)
    pictures, top = made_up(field)
    crops = selected_crops(top, field, settings)
    (built,) = build_features(crops, 3, field, lambda ids: pictures[ids], settings, MEAN)
    fill = fill_color(border, MEAN)
    for unit in range(3):
        energies = []
        for row in crops[crops["unit"] == unit].itertuples():
            cut, valid = literal_crop(pictures[row.image], field, row.row, row.column, fill)
            if border == "masked":
                cut[~valid] = np.nan
            energies.append(literal_energy(cut / 255))
        expected = literal_energy(built.features[unit].astype(float)) / np.mean(energies)
        assert built.sharpness[unit] == pytest.approx(expected, rel=1e-4)


def test_units_without_crops_have_no_feature():
    field = FIELDS["larger than the image"]
    pictures, top = made_up(field)
    settings = FeatureSettings(border="skip_border")
    crops = selected_crops(top, field, settings)
    assert crops.empty
    (built,) = build_features(crops, 3, field, lambda ids: pictures[ids], settings, MEAN)
    assert np.isnan(built.features).all()
    assert np.isnan(built.sharpness).all()
    assert built.n_images.tolist() == [0, 0, 0]


@pytest.mark.parametrize("name", FIELDS)
def test_crops_are_exact_at_every_position(name):
    field = FIELDS[name]
    pictures, _ = made_up(field)
    fill = fill_color("mean_pad", MEAN)
    assert fill.tolist() == [124, 116, 104]
    for row in range(field.rows.length):
        for column in range(field.columns.length):
            expected, _ = literal_crop(pictures[0], field, row, column, fill)
            np.testing.assert_array_equal(crop(pictures[0], field, (row, column), fill), expected)


def test_results_depend_on_neither_memory_nor_threads(tmp_path):
    field = FIELDS["padded"]
    settings = FeatureSettings()
    pictures, top = made_up(field, n_units=7)
    crops = selected_crops(top, field, settings)
    parts = list(build_features(crops, 7, field, lambda ids: pictures[ids], settings, MEAN))
    small = list(
        build_features(crops, 7, field, lambda ids: pictures[ids], settings, MEAN, 8_000, 2)
    )
    assert len(parts) == 1
    assert len(small) > 3
    for name in ("features", "spread", "n_images", "weight_sum", "sharpness"):
        joined = np.concatenate([getattr(part, name) for part in small])
        np.testing.assert_array_equal(getattr(parts[0], name), joined)


def test_each_image_is_decoded_once_even_in_several_ranges(tmp_path):
    field = FIELDS["padded"]
    pictures, top = made_up(field, n_units=7)
    crops = selected_crops(top, field, FeatureSettings())
    images = crops["image"].to_numpy()
    with FedImages(lambda i: pictures[i], (20, 17), 2, tmp_path, images) as decode:
        parts = list(build_features(crops, 7, field, decode, FeatureSettings(), MEAN, 20_000))
        assert decode.n_decoded == len(np.unique(images))
    (whole,) = build_features(crops, 7, field, lambda i: pictures[i], FeatureSettings(), MEAN)
    np.testing.assert_array_equal(whole.features, np.concatenate([p.features for p in parts]))
    assert list(tmp_path.iterdir()) == []


def test_the_seventy_percent_rule_and_the_limit():
    field = FIELDS["padding 0"]
    rows = [(0, "top", rank, rank, weight, 0) for rank, weight in enumerate([1, 0.9, 0.7, 0.69])]
    rows += [(1, "top", rank, rank, 1.0, 3) for rank in range(10)]
    rows += [(2, "top", 0, 0, np.nan, 0), (0, "random", 0, 9, 1.0, 0)]
    columns = ["unit", "sample", "rank", "image", "normalized_activation", "position"]
    crops = selected_crops(
        pd.DataFrame(rows, columns=columns), field, FeatureSettings(max_images=6)
    )
    assert crops[crops["unit"] == 0]["weight"].tolist() == [1, 0.9, 0.7]
    assert crops[crops["unit"] == 1]["image"].tolist() == [0, 1, 2, 3, 4, 5]
    assert not (crops["unit"] == 2).any()


def test_images_of_another_size_are_refused():
    field = FIELDS["padded"]
    _, top = made_up(field)
    crops = selected_crops(top, field, FeatureSettings())
    with pytest.raises(DataError, match="traced for 8-bit images"):
        list(
            build_features(
                crops,
                3,
                field,
                lambda i: np.zeros((len(i), 9, 9, 3), np.uint8),
                FeatureSettings(),
                MEAN,
            )
        )


def test_settings_are_checked():
    with pytest.raises(ConfigError, match="did you mean 'mean_pad'"):
        FeatureSettings(border="mean-pad")


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(
        st.sampled_from([-2.0, -1.0, 0.0, 0.0, 0.5, 1.0, 3.0]), min_size=1, max_size=30
    ),
    k=st.integers(1, 35),
    seed=st.integers(0, 9),
)
def test_rankings_equal_the_literal_ones(values, k, seed):
    activations = np.array(values, np.float32)
    images = np.random.default_rng(seed).permutation(len(values)) + 7
    found = images[top_indices(activations, images, k)].tolist()
    assert found == oracle_neuron_features.top_images(values, images.tolist(), k)
    found = images[quantile_indices(activations, images, k)].tolist()
    assert found == oracle_neuron_features.quantile_images(values, images.tolist(), k)


def test_top_images_break_ties_by_image_id():
    images = np.array([9, 3, 7, 1, 5])
    values = np.array([2.0, 2.0, 3.0, 2.0, 1.0], np.float32)
    assert images[top_indices(values, images, 3)].tolist() == [7, 1, 3]
    assert images[top_indices(values, images, 99)].tolist() == [7, 1, 3, 9, 5]
    with pytest.raises(DataError, match="not numbers"):
        top_indices(np.array([1, np.nan], np.float32), images, 2)


def test_quantiles_run_through_ties():
    images = np.arange(10)[::-1]
    values = np.zeros(10, np.float32)
    values[4] = 1
    chosen = images[quantile_indices(values, images, 4)]
    assert chosen.tolist() == [
        0,
        3,
        7,
        5,
    ]  # ranks 0, 3 and 6 among the nine zeros, then the highest


def test_the_table_of_a_unit_holds_every_sample():
    generator = np.random.default_rng(1)
    store = Images(generator.permutation(300), np.repeat(np.arange(3), 100), 3)
    values = generator.normal(size=300).astype(np.float32)
    values[store.labels == 1] += 2
    settings = RankingSettings(max_images=20, n_wrong_class=5, n_random=7, n_quantiles=4)
    positions = np.arange(300, dtype=np.int32)
    table = unit_table(values, positions, store, 4, settings, seed=3)
    assert table.groupby("sample").size().to_dict() == {
        "top": 20,
        "quantile": 4,
        "random": 7,
        "wrong_class": 5,
    }
    top = table[table["sample"] == "top"]
    assert top["activation"].is_monotonic_decreasing
    assert top["normalized_activation"].iloc[0] == 1
    wrong = table[table["sample"] == "wrong_class"]
    assert (wrong["label"] != 1).all()
    assert wrong["activation"].iloc[0] == values[store.labels != 1].max()
    # the same images whatever the order of the file
    order = generator.permutation(300)
    other = Images(store.images[order], store.labels[order], 3)
    again = unit_table(values[order], positions[order], other, 4, settings, seed=3)
    pd.testing.assert_frame_equal(table, again)


def test_curves_of_few_images_and_of_dead_units():
    curve = ranked_curve(np.array([1, 4, -2], np.float32), 5)
    np.testing.assert_array_equal(curve, np.array([1, 0.25, -0.5, np.nan, np.nan], np.float32))
    assert np.isnan(ranked_curve(np.array([0, -1], np.float32), 2)).all()


def test_the_store_comes_back(tmp_path):
    generator = np.random.default_rng(0)
    pixels = generator.random((4, 3, 5, 3), np.float32)
    parts = [
        Features(0, pixels[:1], pixels[:1] / 2, np.array([3]), np.array([2.5]), np.array([0.5])),
        Features(1, pixels[1:], pixels[1:] / 2, np.array([1, 2, 0]), np.ones(3), np.ones(3)),
    ]
    path = tmp_path / "conv1.h5"
    write_features(path, parts, np.array([1.0, 2.0, 3.0, 0.0]), (3, 5), {"layer": "conv1"})
    first = path.read_bytes()
    with open_features(path, {"layer": "conv1"}) as store:
        np.testing.assert_array_equal(store.features(0, 4), pixels)
        np.testing.assert_array_equal(store.deviations(1, 3), pixels[1:3] / 2)
        assert store.n_images.tolist() == [3, 1, 2, 0]
        assert store.is_dead.tolist() == [False, False, False, True]
        assert [stop - start for start, stop in store.blocks(3 * 5 * 24 * 3)] == [3, 1]
    with (
        pytest.raises(ProvenanceError, match="another layer"),
        open_features(path, {"layer": "conv2"}),
    ):
        pass
    write_features(path, parts, np.array([1.0, 2.0, 3.0, 0.0]), (3, 5), {"layer": "conv1"})
    assert path.read_bytes() == first
