"""The stages of neuron features on a planted network, layer by layer: values, bytes and mistakes."""

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from planted_study import BUILD, LAYERS
from stage_scripts import stage

from planted import CLASS, DEAD, EDGE, GRATING, RED, SIDE
from selectivity.activations import open_activations
from selectivity.errors import ConfigError
from selectivity.networks import Preprocessing
from selectivity.neuron_features.measuring import IndexSettings as Indices
from selectivity.neuron_features.measuring import color_table
from selectivity.neuron_features.settings import FeatureSettings, RankingSettings
from selectivity.neuron_features.showing import LayerReader
from selectivity.neuron_features.store import open_features
from selectivity.parquet import read_table


def test_the_table_says_what_was_planted(place):
    table = read_table(place.path("indices", "conv1"))[0]
    assert table[["network", "layer"]].drop_duplicates().to_numpy().tolist() == [
        ["planted", "conv1"]
    ]
    assert table["is_dead"].tolist() == [False] * 4 + [True]
    assert table["n_nf_images"].tolist() == [20, 20, 20, 20, 0]
    np.testing.assert_allclose(table["nf_response"][:4], 1, rtol=1e-5)
    np.testing.assert_allclose(table["nf_response__embedded"][:4], 1, rtol=1e-5)
    assert table["hue"][RED] == pytest.approx(26.565, abs=0.01)
    assert table["color_selectivity"][EDGE] == pytest.approx(0.795, abs=0.001)
    assert table["color_selectivity"][GRATING] == pytest.approx(0, abs=1e-5)
    assert table["class_selectivity_index"][CLASS] == 1
    assert table["color_ablation"][GRATING] == pytest.approx(0, abs=1e-5)
    assert (
        table.loc[DEAD, ["color_selectivity", "class_selectivity_index", "nf_response"]]
        .isna()
        .all()
    )
    assert table["n_selective_classes"][DEAD] == 0


def test_class_frequencies_are_those_of_the_detector(place):
    shares = read_table(place.path("frequencies", "conv1"))[0]
    mine = shares[shares["unit"] == CLASS]
    assert mine[["name", "n_images"]].to_numpy().tolist() == [["magenta", 20]]
    assert mine["frequency"].iloc[0] == pytest.approx(1)


def test_stored_maxima_are_those_of_the_activation_file(place):
    top = read_table(place.path("top", "conv2"))[0]
    with open_activations(place.root / "activations" / "conv2.h5") as store:
        values, images = store.read_units(0, store.n_units), store.images
    for unit in range(4):
        best = top[(top["unit"] == unit) & (top["sample"] == "top")]
        order = np.lexsort((images, -values[unit]))[:20]
        assert best["image"].tolist() == images[order].tolist()
        np.testing.assert_array_equal(best["activation"], values[unit][order])


@pytest.mark.parametrize("layer", LAYERS)
def test_stored_activations_are_the_responses_at_their_positions(place, layer):
    """Shown again, each image gives the activation that the table holds, at its position, and nowhere a higher one."""
    top = read_table(place.path("top", layer))[0]
    with open_activations(place.root / "activations" / f"{layer}.h5") as store:
        ids, columns = store.images, store.map_shape[1]
    # the index sorts by path: photos/<class>/<number>
    index = pd.read_parquet(place.index).set_index("image")
    how = Preprocessing.from_config(BUILD["preprocessing"])
    with LayerReader(place.network(), layer, how, "pre", (SIDE, SIDE)) as read:
        for image in ids.tolist():
            pixels = np.asarray(Image.open(place.source.images / index.loc[image, "path"]))
            response = read(pixels[None].astype(np.float32) / 255)[0]
            mine = top[top["image"] == image]
            rows, cols = np.divmod(mine["position"].to_numpy(), columns)
            units = mine["unit"].to_numpy()
            again = response[units, rows, cols]
            np.testing.assert_allclose(again, mine["activation"], rtol=1e-5, atol=1e-5)
            highest = response.max((1, 2))[units]
            np.testing.assert_allclose(again, highest, rtol=1e-5, atol=1e-5)
            # of equal maxima the first in row-major order
            first = response.reshape(len(response), -1).argmax(1)[units]
            assert (mine["position"].to_numpy() == first).all()


@pytest.mark.parametrize("border", ["zero_pad", "masked", "skip_border"])
def test_features_of_every_border_rule_can_be_shown_and_measured(place, border, tmp_path):
    settings = FeatureSettings(max_images=20, border=border)
    path = tmp_path / "features.h5"
    given = {"layer": "conv2", "receptive_fields": place.fields}
    stage("build_neuron_features")(
        **given, top_images=place.path("top", "conv2"), curves=place.path("curves", "conv2", "h5"),
        preprocessing=BUILD["preprocessing"], settings=settings, memory=1 << 28, threads=1, features=path,
        **place.pictured,
    )  # fmt: skip
    stage("show_neuron_features")(
        **given, path="conv2", build=BUILD, weights=place.weights, relu="pre", features=path,
        device="cpu", responses=tmp_path / "responses.parquet",
    )  # fmt: skip
    responses = read_table(tmp_path / "responses.parquet")[0]
    with open_features(path) as store:
        shown = store.n_images > 0
        assert store.provenance["neuron_features"]["border"] == border
        assert np.isfinite(responses["nf_response__embedded"][shown]).all()
        assert responses["nf_response"][~shown].isna().all()
        colors = color_table(store, Indices())
        assert np.isfinite(colors["color_selectivity"][shown]).all()


def test_errors_in_gray_are_those_of_the_gray_pictures(place, tmp_path):
    classes = pd.read_csv(place.classes)
    classes["output"] = [0, 1, 2, 2]  # the network has three outputs
    classes.to_csv(tmp_path / "classes.csv", index=False)
    given = {"index": place.index, "classes": tmp_path / "classes.csv", "source": place.source}
    given |= {"weights": place.weights, "device": "cpu", "batch_size": 64, "workers": 1}
    predictions = tmp_path / "predictions.parquet"
    stage("predict_images")(**given, network=BUILD, split="all", provenance={}, output=predictions)
    given |= {"network": "planted", "build": BUILD, "predictions": predictions, "seed": 0}
    stage("measure_gray_accuracy")(**given, n_images=0, accuracy=tmp_path / "all.csv")
    found = pd.read_csv(tmp_path / "all.csv").set_index("images")
    assert found["n_images"].tolist() == [80] * 3
    index = pd.read_parquet(place.index)
    expected = {}
    network = place.network()
    for kind, weights in (("luma", [0.299, 0.587, 0.114]), ("intensity", [1 / 3] * 3)):
        wrong = []
        for path, label in zip(index["path"], index["label"], strict=True):
            pixels = np.asarray(Image.open(place.source.images / path)).astype(float)
            gray = np.round(pixels @ np.array(weights))[..., None].repeat(3, 2)
            scores = network(torch.tensor((gray / 255 - 0.5) / 0.5).float().permute(2, 0, 1)[None])
            wrong.append(int(scores[0].argmax()) != classes["output"][label])
        expected[kind] = np.mean(wrong)
    assert found["top1_error"][["luma", "intensity"]].to_dict() == pytest.approx(expected)
    stage("measure_gray_accuracy")(**given, n_images=30, accuracy=tmp_path / "some.csv")
    stage("measure_gray_accuracy")(**given, n_images=30, accuracy=tmp_path / "again.csv")
    assert pd.read_csv(tmp_path / "some.csv")["n_images"].tolist() == [30] * 3
    assert (tmp_path / "some.csv").read_bytes() == (tmp_path / "again.csv").read_bytes()


def test_bytes_depend_on_neither_memory_nor_threads(place):
    for layer in LAYERS:
        place.rank(layer, "again")
        place.build(layer, "again", memory=40_000, threads=2)
        for noun, suffix in (("top", "parquet"), ("curves", "h5"), ("features", "h5")):
            first, second = (
                place.path(noun, layer, suffix),
                place.path(noun, layer, suffix, "again"),
            )
            if (
                noun == "features"
            ):  # chunks are written range by range: the same numbers at other places of the file
                with open_features(first) as a, open_features(second) as b:
                    np.testing.assert_array_equal(
                        a.features(0, a.n_units), b.features(0, b.n_units)
                    )
                    np.testing.assert_array_equal(
                        a.deviations(0, a.n_units), b.deviations(0, b.n_units)
                    )
                    assert a.provenance == b.provenance
            else:
                assert first.read_bytes() == second.read_bytes(), noun


def test_without_values_before_the_relu_the_study_is_told_what_to_do(place, tmp_path):
    stage("extract_activations")(
        index=place.index, classes=place.classes, source=place.source, weights=place.weights, predictions=None,
        network=BUILD | {"layers": {"conv1": "conv1"}}, provenance={}, device="cpu", batch_size=64, workers=1,
        settings={"spatial": "max", "relu": "post", "pre_relu": False, "split": "all"},
        outputs={"conv1": tmp_path / "conv1.h5"},
    )  # fmt: skip
    given = {"activations": tmp_path / "conv1.h5", "seed": 0}
    paths = {"top_images": tmp_path / "top.parquet", "curves": tmp_path / "curves.h5"}
    with pytest.raises(ConfigError, match="pre_relu: true"):
        stage("rank_images")(**given, settings=RankingSettings(), **paths)
    stage("rank_images")(**given, settings=RankingSettings(relu="post"), **paths)
    assert not paths["top_images"].with_name(".top").exists()


def test_inputs_have_the_size_of_the_images(place):
    fields = pd.read_csv(place.fields).set_index("layer")
    assert fields.loc[
        "conv1", ["size_rows", "jump_rows", "start_rows", "length_rows"]
    ].tolist() == [4, 2, -1, 12]
    assert (fields["input_rows"] == SIDE).all()
