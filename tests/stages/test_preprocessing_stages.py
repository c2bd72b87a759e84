"""The same photographs prepared in several ways: from the files to the tables and the figure."""

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import save_file
from stage_scripts import stage
from torch import nn

from images import class_folders
from selectivity.datasets import ImageSource
from selectivity.datasets.index import IndexSettings, index_files, write_index
from selectivity.figures.preprocessings import shown_measures
from selectivity.measures import MeasureSettings

CLASSES = ("ant", "bee", "cat")
NETWORK = {
    "constructor": "test_preprocessing_stages:small_network",
    "arguments": {},
    "preprocessing": {"resize": 36, "crop": 32},
}


def small_network():
    torch.manual_seed(1)
    return nn.Sequential(
        nn.Conv2d(3, 6, 5, stride=3), nn.ReLU(), nn.AdaptiveMaxPool2d(1), nn.Flatten(),
        nn.Linear(6, 6),
    )  # fmt: skip


def compare(root, folder, names, n_images=0, batch_size=4):
    source = ImageSource(root / "photos")
    tables = {"accuracy": folder / "accuracy.csv", "differences": folder / "measures.csv"}
    stage("compare_preprocessings")(
        index=root / "index.parquet", classes=root / "classes.csv", source=source,
        weights=root / "weights.safetensors", network=NETWORK, layers={"conv": "0", "out": "output"},
        names=names, n_images=n_images, seed=3, split="test", spatial="max", relu="post",
        measures=MeasureSettings(top_k=(2, 5)), device="cpu", batch_size=batch_size, workers=1,
        **tables,
    )  # fmt: skip
    return tables, {name: pd.read_csv(path) for name, path in tables.items()}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    root = tmp_path_factory.mktemp("preprocessings")
    class_folders(root / "photos", CLASSES, n_images=6)
    write_index(index_files(ImageSource(root / "photos"), IndexSettings()), root, {})
    save_file(small_network().state_dict(), root / "weights.safetensors")
    return root


def test_tables_have_a_row_for_every_variant_layer_and_measure(place, tmp_path):
    names = ["square227", "authors_277", "squash", "centercrop256"]
    _, found = compare(place, tmp_path, names)
    accuracy, measures = found["accuracy"], found["differences"]
    assert accuracy["variant"].tolist() == ["default", *names]
    assert (accuracy["n_images"] == 18).all()
    assert accuracy["same_answer"][0] == 1
    groups = measures.groupby(["layer", "variant"]).size()
    assert set(groups.index) == {(a, b) for a in ("conv", "out") for b in ["default", *names]}
    assert groups.nunique() == 1
    default = measures[measures["variant"] == "default"]
    assert (default["mean_difference"].dropna() == 0).all()
    squash = measures[(measures["variant"] == "squash") & (measures["measure"] == "mean")]
    assert (squash["mean_absolute_difference"] > 0).all()


def test_a_subset_does_not_depend_on_the_batch(place, tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    first, _ = compare(place, tmp_path / "a", ["squash"], n_images=11, batch_size=4)
    second, found = compare(place, tmp_path / "b", ["squash"], n_images=11, batch_size=1)
    assert (found["accuracy"]["n_images"] == 11).all()
    for name in first:
        assert first[name].read_bytes() == second[name].read_bytes()


def test_the_figure_shows_the_tables(place, tmp_path):
    tables, found = compare(place, tmp_path, ["squash", "square227"])
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        stage("plot_preprocessings")(
            **tables, network="net", dpi=60, stem=tmp_path / name / "preprocessings"
        )
    for form in ("pdf", "svg", "png", "csv"):
        paths = [tmp_path / name / f"preprocessings.{form}" for name in ("a", "b")]
        assert paths[0].read_bytes() == paths[1].read_bytes()
    numbers = pd.read_csv(tmp_path / "a" / "preprocessings.csv")
    assert set(numbers["measure"].dropna()) == set(shown_measures(found["differences"]))
    assert "precision_5" in set(numbers["measure"]) and "precision_2" not in set(numbers["measure"])
    top1 = numbers[numbers["quantity"] == "accuracy_top1"]["value"].to_numpy()
    np.testing.assert_allclose(top1, found["accuracy"]["accuracy_top1"])
