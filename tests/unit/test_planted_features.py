"""A network whose filters are known: neuron features, color, hue, class and response follow by hand."""

import numpy as np
import pandas as pd
import pytest
import torch
import torchvision
from torch import nn

from planted import CLASS, DEAD, EDGE, GRATING, MEAN, RED, SIDE, Planted, pictures
from selectivity.networks import Preprocessing
from selectivity.neuron_features.building import build_features, selected_crops
from selectivity.neuron_features.classes import class_selectivity
from selectivity.neuron_features.color import color_selectivity
from selectivity.neuron_features.gray import (
    GrayImages,
    ablation_columns,
    error_rates,
    gray_activations,
    rows_of,
    to_gray,
)
from selectivity.neuron_features.ranking import Images, unit_table
from selectivity.neuron_features.responses import canvas, feature_responses, response_columns
from selectivity.neuron_features.settings import FeatureSettings, RankingSettings
from selectivity.neuron_features.showing import (
    LayerReader,
    decoder,
    fed_shape,
    mean_color,
)
from selectivity.neuron_features.spectrum import peak_frequency
from selectivity.receptive_fields import trace_receptive_fields

PREPROCESSING = Preprocessing(mean=MEAN, std=(0.5, 0.5, 0.5))


@pytest.fixture(scope="module")
def planted():
    network = Planted().eval()
    images, labels = pictures()
    field = trace_receptive_fields(network, {"conv1": "conv1"}, (SIDE, SIDE))["conv1"]
    with LayerReader(network, "conv1", PREPROCESSING, "pre", (SIDE, SIDE)) as read:
        maps = read(images.astype(np.float32) / 255).reshape(80, 5, -1)
    ids = 1000 + np.arange(80)
    store = Images(ids, labels, 4)
    settings = RankingSettings(max_images=20)
    tables = [
        unit_table(
            maps[:, unit].max(1), maps[:, unit].argmax(1).astype(np.int32), store, unit, settings, 0
        )
        for unit in range(5)
    ]
    top = pd.concat(tables, ignore_index=True)
    crops = selected_crops(top, field, FeatureSettings(max_images=20))
    by_id = dict(zip(ids.tolist(), images, strict=True))
    (features,) = build_features(
        crops, 5, field, lambda wanted: np.stack([by_id[i] for i in wanted.tolist()]),
        FeatureSettings(max_images=20), mean_color(PREPROCESSING),
    )  # fmt: skip
    return network, field, top, features, by_id


def test_the_features_are_the_planted_patterns(planted):
    *_, features, _ = planted
    np.testing.assert_allclose(
        features.features[RED], np.broadcast_to([1, 0, 0], (4, 4, 3)), atol=1e-6
    )
    edge = features.features[EDGE]
    np.testing.assert_allclose(edge[:, :2], np.broadcast_to([1, 1, 0], (4, 2, 3)), atol=1e-6)
    np.testing.assert_allclose(edge[:, 2:], np.broadcast_to([0, 0, 1], (4, 2, 3)), atol=1e-6)
    grating = features.features[GRATING]
    np.testing.assert_allclose(grating[:, ::2], 1, atol=1e-6)
    np.testing.assert_allclose(grating[:, 1::2], 0, atol=1e-6)
    np.testing.assert_allclose(
        features.features[CLASS], np.broadcast_to([1, 0, 1], (4, 4, 3)), atol=1e-6
    )
    assert np.isnan(features.features[DEAD]).all()
    assert features.n_images.tolist() == [20, 20, 20, 20, 0]
    np.testing.assert_allclose(features.spread[:4], 0, atol=1e-6)


def test_color_and_hue_follow_from_the_patterns(planted):
    *_, features, _ = planted
    colors = color_selectivity(features.features, features.spread)
    angle = (
        np.degrees(np.arctan2(np.hypot(1, 0.5), 1 / 3)) / 90
    )  # opponent value of pure red: (-1/3, 1, 1/2)
    assert colors.index[RED] == pytest.approx(angle, abs=1e-5)
    assert colors.hue[RED] == pytest.approx(26.565, abs=1e-2)
    # yellow (1/3, 0, 1) against blue (-1/3, 0, -1): 71.6 degrees; no mean chroma and no tail, so either end
    assert colors.index[EDGE] == pytest.approx(np.degrees(np.arctan2(2, 2 / 3)) / 90, abs=1e-5)
    assert min(abs(colors.hue[EDGE] - 90), abs(colors.hue[EDGE] - 270)) < 0.01
    assert colors.index[GRATING] == pytest.approx(0, abs=1e-5)
    assert colors.hue[CLASS] == pytest.approx(333.435, abs=1e-2)
    assert np.isnan(colors.index[DEAD])
    assert colors.is_uniform.tolist() == [True, False, False, True, False]
    assert peak_frequency(features.features)[GRATING] == pytest.approx(0.5, abs=0.02)


def test_class_selectivity_follows_from_the_images(planted):
    _, _, top, _, _ = planted
    for unit, expected in ((CLASS, 1), (RED, 1)):
        mine = top[(top["unit"] == unit) & (top["sample"] == "top")]
        result = class_selectivity(mine["label"].to_numpy(), mine["activation"].to_numpy(), 4)
        assert result.index == expected
    # all of the top 20 of the detector belong to its class; of the top 25, five belong to none that excites it
    assert (top[(top["unit"] == CLASS) & (top["sample"] == "top")]["label"] == 3).all()
    wrong = top[(top["unit"] == CLASS) & (top["sample"] == "wrong_class")]
    assert (wrong["label"] != 3).all()


def test_the_stored_maximum_is_the_response_to_the_crop(planted):
    """Each stored activation comes back when the crop alone, with the mean color around it, is shown."""
    network, field, top, _, by_id = planted
    best = top[(top["sample"] == "top") & (top["rank"] < 3)]
    row, first, n = canvas(field.rows)
    with LayerReader(network, "conv1", PREPROCESSING, "pre", (SIDE, SIDE)) as read:
        for entry in best.itertuples():
            position = np.divmod(entry.position, field.columns.length)
            top_row, left = (int(v) for v in field.window(*position))
            canvas_image = np.full((1, n, n, 3), 0.5, np.float32)
            for i in range(4):
                for j in range(4):
                    if 0 <= top_row + i < SIDE and 0 <= left + j < SIDE:
                        pixel = by_id[entry.image][top_row + i, left + j].astype(np.float32) / 255
                        canvas_image[0, first + i, first + j] = pixel
            again = read(canvas_image)[0, entry.unit, row, row]
            assert again == pytest.approx(entry.activation, rel=1e-5, abs=1e-5)


def test_only_the_crop_decides_in_a_branching_network():
    """The response at a position comes back when everything outside its crop is another picture."""
    torch.manual_seed(0)
    network = torchvision.models.squeezenet1_1().eval()
    size, layers = (63, 79), {"fire2": "features.3", "fire4": "features.6"}
    fields = trace_receptive_fields(network, layers, size)
    generator = np.random.default_rng(0)
    images, others = (generator.random((4, *size, 3), np.float32) for _ in range(2))
    for name, path in layers.items():
        with LayerReader(network, path, PREPROCESSING, "pre", size) as read:
            maps, field = read(images), fields[name]
            for image in range(4):
                for unit in range(0, maps.shape[1], 17):
                    row, column = np.divmod(int(maps[image, unit].argmax()), maps.shape[3])
                    top, left = (int(v) for v in field.window(row, column))
                    rows = slice(max(0, top), top + field.rows.size)
                    columns = slice(max(0, left), left + field.columns.size)
                    changed = others[image : image + 1].copy()
                    changed[0, rows, columns] = images[image, rows, columns]
                    again = read(changed)[0, unit, row, column]
                    assert again == pytest.approx(
                        maps[image, unit, row, column], rel=1e-4, abs=1e-5
                    )
                    assert again == pytest.approx(maps[image, unit].max(), rel=1e-4, abs=1e-5)


def test_responses_to_features(planted):
    network, field, _, features, _ = planted
    highest = np.array(
        [3.0 * 16, 3.0 * 16, 3.0 * 16, 2.0 * 16 - 8, -100]
    )  # sums of |w| over inputs of +-1
    shown = np.arange(4)
    with LayerReader(network, "conv1", PREPROCESSING, "pre", (SIDE, SIDE)) as read:
        for mode in ("valid", "embedded"):
            found = feature_responses(
                features.features[:4], shown, field, read, np.array(MEAN), mode
            )
            np.testing.assert_allclose(found, highest[:4], rtol=1e-5)
    columns = response_columns(np.append(highest[:4], np.nan), highest)
    np.testing.assert_allclose(columns["nf_response"], [1, 1, 1, 1, np.nan])
    np.testing.assert_allclose(columns["nf_response__layer_range"], [1, 1, 1, 0.5, np.nan])


def test_a_valid_pass_uses_no_padding():
    """The canvas gives what the network without any padding gives: deeper layers, two strides."""
    network = Planted().eval()
    field = trace_receptive_fields(network, {"conv2": "conv2"}, (SIDE, SIDE))["conv2"]
    feature = np.random.default_rng(0).random((1, *field.shape, 3), np.float32)
    with LayerReader(network, "conv2", PREPROCESSING, "pre", (SIDE, SIDE)) as read:
        found = feature_responses(feature, np.array([2]), field, read, np.array(MEAN), "valid")
    with torch.no_grad():
        x = torch.from_numpy((feature - 0.5) / 0.5).permute(0, 3, 1, 2)
        x = nn.functional.conv2d(x, network.conv1.weight, network.conv1.bias, 2)
        x = nn.functional.conv2d(x.relu(), network.conv2.weight, network.conv2.bias)
    assert x.shape[2:] == (1, 1)
    assert found[0] == pytest.approx(float(x[0, 2]), rel=1e-5)


def test_hooks_are_gone_and_post_relu_is_rectified(planted):
    network = planted[0]
    image = np.random.default_rng(0).random((3, SIDE, SIDE, 3), np.float32)
    with LayerReader(network, "conv1", PREPROCESSING, "pre", (SIDE, SIDE)) as read:
        before = read(image)
    with LayerReader(network, "conv1", PREPROCESSING, "post", (SIDE, SIDE)) as read:
        np.testing.assert_array_equal(read(image), np.maximum(before, 0))
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in network.modules())


def test_color_ablation_of_a_color_and_of_a_gray_unit(planted):
    network, field, top, _, by_id = planted
    wanted = top[top["sample"] == "top"].reset_index(drop=True)
    ids = np.unique(wanted["image"])
    gray = to_gray(np.stack([by_id[i] for i in ids.tolist()]))
    with LayerReader(network, "conv1", PREPROCESSING, "pre", (SIDE, SIDE)) as read:
        values = gray_activations(wanted, ids, read(gray.astype(np.float32) / 255), field)
    columns = ablation_columns(wanted, values, 5)
    # red of luma 76: the gray input is 2 * 76 / 255 - 1 in all channels, the response 16 * (1 - 1 - 1) * that
    red = 2 * 76 / 255 - 1
    assert columns["color_ablation"][RED] == pytest.approx(1 - (-16 * red) / 48, abs=1e-5)
    assert columns["color_ablation"][GRATING] == pytest.approx(0, abs=1e-6)
    assert columns["color_ablation__clipped"][GRATING] == pytest.approx(0, abs=1e-6)
    assert np.isnan(columns["color_ablation"][DEAD])


def test_the_two_halves_of_preprocessing_make_the_whole():
    images = [np.random.default_rng(i).integers(0, 256, (30, 40, 3), np.uint8) for i in range(3)]
    whole = Preprocessing(
        resize=20, crop=16, channels="bgr", scale=255.0, mean=(104.0, 117.0, 123.0)
    )
    index = pd.DataFrame({"image": [5, 7, 9]})
    decode = decoder(images, index, whole)
    fed = np.stack([decode(i) for i in (5, 7, 9)])
    assert fed.dtype == np.uint8
    assert fed.shape == (3, 16, 16, 3)
    from selectivity.neuron_features.showing import fed_colors

    torch.testing.assert_close(fed_colors(whole)(fed), whole(images), rtol=0, atol=0)
    np.testing.assert_allclose(mean_color(whole) * 255, [123, 117, 104])
    assert fed_shape(whole).scale == 255


def test_errors_are_counted():
    classes = pd.DataFrame({"output": [7, 3]})
    guesses = [[7, 1, 2, 4, 5], [0, 1, 2, 4, 3], [7, 1, 2, 4, 5], [3, 1, 2, 4, 5]]
    table = pd.DataFrame(guesses, columns=[f"top{k}" for k in range(1, 6)]).assign(
        label=[0, 1, 1, 1]
    )
    assert error_rates(table, classes) == {"top1_error": 0.5, "top5_error": 0.25}


def test_gray_images_and_their_rows():
    pictures = [
        np.full((2, 2, 3), value, np.uint8) for value in ((255, 0, 0), (0, 0, 255), (10, 10, 10))
    ]

    class Stack(list):
        def load(self, rows):
            return [self[row] for row in rows]

    luma, mean = GrayImages(Stack(pictures), "luma"), GrayImages(Stack(pictures), "intensity")
    assert [int(image[0, 0, 0]) for image in luma.load([0, 1, 2])] == [76, 29, 10]
    assert mean[0].tolist() == np.full((2, 2, 3), 85).tolist()
    index = pd.DataFrame({"image": [5, 2, 9]})
    assert rows_of(index, np.array([9, 5])).tolist() == [2, 0]
