"""The stages of neuron features on a planted network: values, bytes, figures and mistakes."""

import importlib.util
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from planted import CLASS, DEAD, EDGE, GRATING, RED, SIDE, pictures, planted_network
from selectivity.activations import open_activations
from selectivity.datasets import ImageSource
from selectivity.datasets.index import IndexSettings
from selectivity.datasets.selection import Selection
from selectivity.errors import ConfigError
from selectivity.figures.neuron_features_data import layer_files
from selectivity.networks import Preprocessing
from selectivity.neuron_features.measuring import IndexSettings as Indices
from selectivity.neuron_features.measuring import color_table
from selectivity.neuron_features.settings import FeatureSettings, RankingSettings
from selectivity.neuron_features.showing import LayerReader
from selectivity.neuron_features.store import open_features
from selectivity.parquet import read_table

SCRIPTS = Path(__file__).resolve().parents[2] / "workflow" / "scripts"
LAYERS = {"conv1": "conv1", "conv2": "conv2"}
BUILD = {
    "constructor": "planted:planted_network",
    "arguments": {},
    "preprocessing": {"mean": [0.5] * 3, "std": [0.5] * 3},
}
PARENTS = {"red": "color", "edge": "pattern", "grating": "pattern", "magenta": "color"}
FIGURES = {
    "plot_neuron_features": ("neuron_features", "structured_features"),
    "plot_color_features": ("first_layer_by_color", "units_by_color"),
    "plot_hue_rings": ("hue_rings",),
    "plot_tag_clouds": ("units_by_class", "color_and_class"),
}


def stage(name):
    spec = importlib.util.spec_from_file_location(f"stage_{name}", SCRIPTS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main


class Workplace:
    def __init__(self, root: Path) -> None:
        self.root, self.weights = root, root / "weights.safetensors"
        save_file(planted_network().state_dict(), self.weights)
        images, labels = pictures()
        for number, (image, label) in enumerate(zip(images, labels, strict=True)):
            path = root / "photos" / list(PARENTS)[label] / f"{number:03}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image).save(path)
        self.source = ImageSource(root / "photos", "")
        self.index, self.classes = root / "index" / "index.parquet", root / "index" / "classes.csv"
        self.pictured = {"index": self.index, "source": self.source}

    def network(self) -> torch.nn.Module:
        network = planted_network()
        network.load_state_dict(load_file(self.weights))
        return network

    def record(self) -> None:
        settings = IndexSettings(parents=PARENTS)
        common = {"settings": settings, "code": "a", "output": self.root / "index", "workers": 1}
        stage("index_images")(
            images=self.source.images, folder="", selection=Selection(), class_table=None, **common
        )
        stage("extract_activations")(
            index=self.index, classes=self.classes, source=self.source, weights=self.weights, predictions=None,
            network=BUILD | {"layers": LAYERS}, provenance={"study": "test"}, device="cpu", batch_size=64, workers=1,
            settings={"spatial": "max", "relu": "post", "pre_relu": True, "split": "all"},
            outputs={layer: self.root / "activations" / f"{layer}.h5" for layer in LAYERS},
        )  # fmt: skip
        stage("trace_receptive_fields")(
            network="planted",
            build=BUILD,
            layers=LAYERS,
            receptive_fields=self.fields,
            **self.pictured,
        )

    @property
    def fields(self) -> Path:
        return self.root / "receptive_fields.csv"

    def path(self, noun: str, layer: str, suffix: str = "parquet", folder: str = "results") -> Path:
        return self.root / folder / noun / f"{layer}.{suffix}"

    def rank(self, layer: str, folder: str = "results") -> None:
        stage("rank_images")(
            activations=self.root / "activations" / f"{layer}.h5",
            settings=RankingSettings(max_images=20, n_ranks=30),
            seed=0,
            top_images=self.path("top", layer, folder=folder),
            curves=self.path("curves", layer, "h5", folder),
        )

    def build(
        self, layer: str, folder: str = "results", memory: int = 1 << 28, threads: int = 1
    ) -> None:
        stage("build_neuron_features")(
            layer=layer, top_images=self.path("top", layer, folder=folder),
            curves=self.path("curves", layer, "h5", folder), receptive_fields=self.fields,
            preprocessing=BUILD["preprocessing"], settings=FeatureSettings(max_images=20), memory=memory,
            threads=threads, features=self.path("features", layer, "h5", folder), **self.pictured,
        )  # fmt: skip

    def measure(self, layer: str) -> None:
        shown = {
            "layer": layer,
            "path": layer,
            "build": BUILD,
            "weights": self.weights,
            "relu": "pre",
        }
        shown |= {"receptive_fields": self.fields, "device": "cpu"}
        features, top = self.path("features", layer, "h5"), self.path("top", layer)
        others = [self.path("responses", layer), self.path("ablation", layer)]
        stage("show_neuron_features")(**shown, features=features, responses=others[0])
        stage("ablate_color")(
            **shown, top_images=top, threads=1, ablation=others[1], **self.pictured
        )
        stage("measure_neuron_features")(
            network="planted", layer=layer, top_images=top, curves=self.path("curves", layer, "h5"),
            features=features, others=others, classes=self.classes, settings=Indices(class_images=20), threads=1,
            indices=self.path("indices", layer), frequencies=self.path("frequencies", layer),
        )  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    place = Workplace(tmp_path_factory.mktemp("planted"))
    place.record()
    for layer in LAYERS:
        place.rank(layer)
        place.build(layer)
        place.measure(layer)
    return place


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


@pytest.fixture(scope="module")
def gathered(place):
    names = ("units", "shares", "fields")
    outputs = {name: place.root / "tables" / f"{name}.csv" for name in names}
    indices = [place.path("indices", layer) for layer in LAYERS]
    stage("gather_neuron_features")(indices=indices, fields=[place.fields], outputs=outputs)
    stage("measure_dataset_hues")(
        **place.pictured,
        n_images=50,
        n_bins=36,
        seed=0,
        threads=1,
        hues=place.root / "tables" / "hues.csv",
    )
    return place.root / "tables"


def test_tables_join(gathered):
    units = pd.read_csv(gathered / "units.csv")
    assert len(units) == 5 + 4
    assert units.groupby("layer")["receptive_field"].first().to_dict() == {"conv1": 4, "conv2": 8}
    assert units["curve_auc_relative"].max() == pytest.approx(1)
    shares = pd.read_csv(gathered / "shares.csv")
    mine = shares[(shares["layer"] == "conv1") & (shares["index"] == "color_selectivity")]
    assert mine["threshold"].tolist() == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    assert mine["share"].tolist() == [0.75] * 6  # all but the grating; the dead unit does not count
    assert (mine["n_units"] == 4).all()
    hues = pd.read_csv(gathered / "hues.csv")
    assert hues["weight"].sum() == pytest.approx(1)
    peaks = set(hues.sort_values("weight")["from_degrees"][-4:].tolist())
    assert peaks == {20, 90, 270, 330}  # red, yellow, blue and magenta


@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_drawn_twice_alike(name, place, gathered, tmp_path):
    given = SimpleNamespace(
        indices=[place.path("indices", layer) for layer in LAYERS],
        features=[place.path("features", layer, "h5") for layer in LAYERS],
        top_images=[place.path("top", layer) for layer in LAYERS],
    )
    more = {}
    if name == "plot_hue_rings":
        more = {"hues": gathered / "hues.csv", "threshold": 0.4}
    if name == "plot_tag_clouds":
        more = {"frequencies": {layer: place.path("frequencies", layer) for layer in LAYERS}}
        more |= {"classes": place.classes}
    for folder in ("a", "b"):
        stage(name)(
            layers=layer_files(list(LAYERS), given), receptive_fields=place.fields, **place.pictured,
            preprocessing=BUILD["preprocessing"], dpi=60, folder=tmp_path / folder, **more,
        )  # fmt: skip
    for figure in FIGURES[name]:
        for form in ("png", "pdf", "svg", "csv"):
            first, second = (tmp_path / folder / f"{figure}.{form}" for folder in ("a", "b"))
            assert first.read_bytes() == second.read_bytes(), f"{figure}.{form}"
        pixels = np.asarray(Image.open(tmp_path / "a" / f"{figure}.png").convert("L"))
        assert pixels.std() > 5
        assert len(pd.read_csv(tmp_path / "a" / f"{figure}.csv")) > 0


def test_bars_and_curves(place, gathered, tmp_path):
    stage("plot_index_bars")(
        network="planted",
        layers=list(LAYERS),
        table=gathered / "units.csv",
        dpi=60,
        folder=tmp_path,
    )
    bars = pd.read_csv(tmp_path / "color_by_layer.csv")
    first = bars[bars["layer"] == "conv1"].set_index("bin")["n_units"]
    # grating 0; red .69 (its own color); edge .795; magenta of one color
    assert first.sum() == 4
    assert first["0 to 0.1"] == 1
    assert (bars.groupby("layer")["n_undefined"].first() == [1, 0]).all()
    stage("plot_ranked_activations")(
        network="planted", table=gathered / "units.csv", dpi=60, stem=tmp_path / "ranked_activations",
        curves={layer: place.path("curves", layer, "h5") for layer in LAYERS},
    )  # fmt: skip
    curves = pd.read_csv(tmp_path / "ranked_activations.csv")
    assert (curves[curves["rank"] == 1]["normalized_activation"] == 1).all()
    assert set(curves["layer"]) == set(LAYERS)


def test_inputs_have_the_size_of_the_images(place):
    fields = pd.read_csv(place.fields).set_index("layer")
    assert fields.loc[
        "conv1", ["size_rows", "jump_rows", "start_rows", "length_rows"]
    ].tolist() == [4, 2, -1, 12]
    assert (fields["input_rows"] == SIDE).all()
