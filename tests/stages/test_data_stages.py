"""Index, predictions, accuracy and activations of a tiny network on a few pictures: contents, bytes, mistakes."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import save_file
from stage_scripts import stage

from images import class_folders, zipped
from selectivity.accuracy import accuracy_table
from selectivity.activations import open_activations
from selectivity.datasets import ImageSource, open_images
from selectivity.datasets.index import IndexSettings, read_classes, read_index
from selectivity.datasets.selection import Selection
from selectivity.errors import DataError
from selectivity.networks import Preprocessing, build_network, load_weights
from selectivity.parquet import read_table

NETWORK = {
    "constructor": "torchvision.models:squeezenet1_1",
    "arguments": {"num_classes": 12},
    "preprocessing": {"resize": 40, "crop": 36, "mean": [0.5] * 3, "std": [0.3] * 3},
    "layers": {"conv1": "features.0", "fire3": "features.4", "logits": "output", "prob": "softmax"},
}
SETTINGS = {"spatial": "max", "relu": "post", "pre_relu": False, "split": "test"}
OUTPUTS = {"ant": 7, "bee": 2, "cat": 11, "dog": 0}


class Workplace:
    """A folder with images, weights and what the stages make of them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.weights = root / "weights.safetensors"
        torch.manual_seed(0)
        save_file(
            build_network(NETWORK["constructor"], NETWORK["arguments"]).state_dict(), self.weights
        )
        folder = class_folders(root / "photos", tuple(OUTPUTS), n_images=11)
        self.source = ImageSource(zipped(folder, root / "photos.zip", "val/"), "val")
        self.common = {
            "index": root / "index" / "index.parquet",
            "classes": root / "index" / "classes.csv",
            "source": self.source,
            "weights": self.weights,
            "network": NETWORK,
            "device": "cpu",
        }

    def index(self, folder="index"):
        stage("index_images")(
            images=self.source.images,
            folder="val",
            selection=Selection(),
            class_table=None,
            settings=IndexSettings(outputs=OUTPUTS),
            code="abc",
            output=self.root / folder,
            workers=2,
        )

    def predict(self, name="predictions", batch_size=64, workers=2):
        stage("predict_images")(
            **self.common,
            split="test",
            provenance={"study": "test", "network": "tiny", "code": "abc"},
            batch_size=batch_size,
            workers=workers,
            output=self.root / f"{name}.parquet",
        )
        return self.root / f"{name}.parquet"

    def extract(self, folder, predictions=None, batch_size=64, workers=2, **settings):
        outputs = {layer: self.root / folder / f"{layer}.h5" for layer in NETWORK["layers"]}
        stage("extract_activations")(
            **self.common,
            predictions=predictions,
            settings={**SETTINGS, **settings},
            provenance={"study": "test", "network": "tiny", "code": "abc"},
            batch_size=batch_size,
            workers=workers,
            outputs=outputs,
        )
        return outputs


@pytest.fixture(scope="module")
def workplace(tmp_path_factory):
    place = Workplace(tmp_path_factory.mktemp("data"))
    place.index()
    place.predict()
    return place


@pytest.fixture(scope="module")
def everything(workplace):
    return workplace.extract("all")


def scores(workplace) -> np.ndarray:
    """Return the outputs of the network for all images, computed plainly."""
    index, _ = read_index(workplace.common["index"])
    pictures = open_images(index, workplace.source)
    pixels = Preprocessing.from_config(NETWORK["preprocessing"])(pictures.load(range(len(index))))
    network = build_network(NETWORK["constructor"], NETWORK["arguments"])
    load_weights(network, workplace.weights)
    with torch.inference_mode():
        return network(pixels).numpy()


def test_predictions_are_those_of_the_network(workplace):
    table, provenance = read_table(workplace.root / "predictions.parquet")
    expected = scores(workplace)
    assert list(table.columns) == [
        *("image", "label", "predicted", "correct"),
        *("top1", "top2", "top3", "top4", "top5", "probability"),
    ]
    np.testing.assert_array_equal(table["predicted"], expected.argmax(1))
    tops = table[[f"top{k}" for k in range(1, 6)]].to_numpy()
    np.testing.assert_array_equal(tops, np.argsort(-expected, 1, kind="stable")[:, :5])
    outputs = np.array([OUTPUTS[name] for name in sorted(OUTPUTS)])
    np.testing.assert_array_equal(table["correct"], expected.argmax(1) == outputs[table["label"]])
    probability = torch.from_numpy(expected).softmax(1).amax(1)
    np.testing.assert_allclose(table["probability"], probability, rtol=1e-5)
    assert provenance["weights_sha256"] and provenance["dataset_fingerprint"]


def test_the_accuracy_table_counts_by_hand(workplace, tmp_path):
    stage("tabulate_accuracy")(
        predictions=workplace.root / "predictions.parquet",
        classes=workplace.common["classes"],
        output=tmp_path / "accuracy.csv",
    )
    table = pd.read_csv(tmp_path / "accuracy.csv")
    predictions, _ = read_table(workplace.root / "predictions.parquet")
    assert table["class"].tolist() == [*sorted(OUTPUTS), "all"]
    for label, name in enumerate(sorted(OUTPUTS)):
        rows = predictions[predictions.label == label]
        hits = [OUTPUTS[name] in row for row in rows[[f"top{k}" for k in range(1, 6)]].to_numpy()]
        assert table["n_images"][label] == len(rows) == 11
        assert table["accuracy_top1"][label] == pytest.approx(rows.correct.mean())
        assert table["accuracy_top5"][label] == pytest.approx(np.mean(hits))
    assert table["accuracy_top1"].iloc[-1] == pytest.approx(predictions.correct.mean())


def test_the_most_frequent_error_is_named(workplace):
    predictions, _ = read_table(workplace.root / "predictions.parquet")
    classes = read_classes(workplace.common["classes"])
    names = {output: f"thing {output}" for output in range(12)}
    table = accuracy_table(predictions, classes, names)
    known = dict(zip(classes["output"], classes["name"], strict=True))
    assert set(predictions["predicted"]) - set(known), "some answers are no class of the dataset"
    for label in range(4):
        rows = predictions[(predictions.label == label) & ~predictions.correct]
        counts = rows["predicted"].value_counts()
        most = min(counts[counts == counts.max()].index)
        expected = known.get(most, f"thing {most}")
        assert table["most_frequent_error"][label] == expected
        unnamed = accuracy_table(predictions, classes)["most_frequent_error"][label]
        assert unnamed == known.get(most, f"output {most}")


def test_activations_of_all_layers(workplace, everything):
    expected = scores(workplace)
    index, fingerprint = read_index(workplace.common["index"])
    with open_activations(everything["logits"], {"network": "tiny", "layer": "logits"}) as store:
        np.testing.assert_allclose(store.read_units(0, 12), expected.T, atol=1e-5)
        np.testing.assert_array_equal(store.images, index["image"])
        assert store.class_sizes.tolist() == [11] * 4
        assert store.signed
        assert store.map_shape is None
        wanted = {"dataset_fingerprint": fingerprint, "module": "output", "relu": "post"}
        assert wanted.items() <= store.provenance.items()
        assert store.provenance["preprocessing"]["crop"] == 36
    with open_activations(everything["fire3"]) as store:
        assert not store.signed
        assert store.map_shape is not None
        assert store.read_positions(0, 3).max() < np.prod(store.map_shape)
        assert store.provenance["hook_point"] == "output of the module"
    with open_activations(everything["conv1"]) as store:
        assert store.provenance["hook_point"] == "after the ReLU"
        assert store.read_units(0, store.n_units).min() >= 0


@pytest.mark.parametrize(("batch_size", "workers"), [(1, 1), (7, 2), (64, 1)])
def test_batch_size_and_workers_change_no_byte(workplace, everything, batch_size, workers):
    again = workplace.extract("again", batch_size=batch_size, workers=workers)
    for layer, path in everything.items():
        assert path.read_bytes() == again[layer].read_bytes(), layer
    first = workplace.root / "predictions.parquet"
    assert first.read_bytes() == workplace.predict("second", batch_size, workers).read_bytes()


def test_only_correct_images_are_kept(workplace, everything, tmp_path):
    table, _ = read_table(workplace.root / "predictions.parquet")
    chosen = np.random.default_rng(0).random(len(table)) < 0.4
    table["correct"] = chosen
    table.to_parquet(tmp_path / "predictions.parquet")
    some = workplace.extract("some", tmp_path / "predictions.parquet")
    for layer in NETWORK["layers"]:
        with open_activations(everything[layer]) as a, open_activations(some[layer]) as b:
            np.testing.assert_array_equal(b.images, a.images[chosen])
            np.testing.assert_allclose(
                b.read_units(0, b.n_units), a.read_units(0, a.n_units)[:, chosen], atol=1e-5
            )
    table["correct"] = False
    table.to_parquet(tmp_path / "predictions.parquet")
    with pytest.raises(DataError, match="none of the 44 images correctly"):
        workplace.extract("none", tmp_path / "predictions.parquet")
    table.iloc[:9].to_parquet(tmp_path / "predictions.parquet")
    with pytest.raises(DataError, match="do not cover"):
        workplace.extract("none", tmp_path / "predictions.parquet")
    assert not (workplace.root / "none").exists()


def test_values_before_the_relu_and_means(workplace, everything):
    both = workplace.extract("both", pre_relu=True)
    with open_activations(both["conv1"]) as a, open_activations(everything["conv1"]) as b:
        np.testing.assert_array_equal(a.read_units(0, a.n_units), b.read_units(0, b.n_units))
        np.testing.assert_array_equal(
            a.read_units(0, a.n_units), np.maximum(a.read_pre_relu(0, a.n_units), 0)
        )
    mean = workplace.extract("mean", spatial="mean", relu="pre")
    with open_activations(mean["conv1"]) as a, open_activations(everything["conv1"]) as b:
        assert a.signed
        assert (a.read_units(0, a.n_units) < b.read_units(0, b.n_units)).all()


def test_an_output_that_the_network_has_not_is_named(workplace, tmp_path):
    classes = pd.read_csv(workplace.common["classes"])
    classes.loc[1, "output"] = 12
    classes.to_csv(tmp_path / "classes.csv", index=False)
    with pytest.raises(Exception, match=r"class 'bee' is output 12, .* 0..11"):
        stage("predict_images")(
            **{**workplace.common, "classes": tmp_path / "classes.csv"},
            split="test",
            provenance={},
            batch_size=64,
            workers=1,
            output=tmp_path / "p.parquet",
        )
    with pytest.raises(DataError, match="no images of split 'train'"):
        workplace.extract("train", split="train")


def test_index_twice_gives_the_same_bytes(workplace):
    workplace.index("index2")
    for name in ("index.parquet", "classes.csv", "bad_files.csv"):
        first, second = (workplace.root / folder / name for folder in ("index", "index2"))
        assert first.read_bytes() == second.read_bytes()


def test_recorded_activations_through_their_stages(tmp_path):
    values = np.random.default_rng(0).normal(size=(30, 5)).astype(np.float32)
    np.save(tmp_path / "fc.npy", values)
    names = np.array(["b", "a", "c"] * 10)
    pd.DataFrame({"label": names}).to_csv(tmp_path / "labels.csv", index=False)
    stage("index_labels")(labels=tmp_path / "labels.csv", code="abc", output=tmp_path / "index")
    stage("convert_activations")(
        recorded=tmp_path / "fc.npy",
        index=tmp_path / "index" / "index.parquet",
        classes=tmp_path / "index" / "classes.csv",
        provenance={"study": "mine", "network": "recorded", "layer": "fc", "code": "abc"},
        output=tmp_path / "fc.h5",
    )
    with open_activations(tmp_path / "fc.h5", {"network": "recorded", "layer": "fc"}) as store:
        order = np.argsort(names, kind="stable")
        np.testing.assert_array_equal(store.images, order)
        np.testing.assert_array_equal(store.read_units(0, 5), values[order].T)
        assert len(store.provenance["recorded_sha256"]) == 64
