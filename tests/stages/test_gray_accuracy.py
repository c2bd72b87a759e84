"""A network that sees colors alone errs in gray exactly as a literal computation says."""

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from stage_scripts import stage
from torch import nn

from selectivity.datasets import ImageSource, open_images
from selectivity.datasets.index import IndexSettings, index_files, read_index, write_index
from selectivity.networks import Preprocessing
from selectivity.parquet import write_table
from selectivity.predictions import prediction_table

DIRECTIONS = np.array([*np.eye(3), *-np.eye(3), np.full(3, 0.58)])  # in the cube of colors
N_CLASSES, PER_CLASS, SIDE = len(DIRECTIONS), 6, 9
NETWORK = {
    "constructor": "test_gray_accuracy:color_network",
    "arguments": {},
    "preprocessing": {"mean": [0.5] * 3},
}
LUMA = np.array([0.299, 0.587, 0.114])


def color_network():
    network = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, N_CLASSES))
    with torch.no_grad():
        network[2].weight.copy_(torch.from_numpy(DIRECTIONS))
        network[2].bias.zero_()
    return network


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    root = tmp_path_factory.mktemp("gray")
    rng = np.random.default_rng(0)
    for label in range(N_CLASSES):
        for number in range(PER_CLASS):
            color = 128 + 70 * DIRECTIONS[label] + rng.normal(0, 30, 3)
            pixels = np.clip(color + rng.integers(-20, 20, (SIDE, SIDE, 3)), 0, 255)
            path = root / "photos" / f"class{label}" / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels.astype(np.uint8)).save(path)
    source = ImageSource(root / "photos")
    write_index(index_files(source, IndexSettings()), root, {})
    network = color_network().eval()
    save_file(network.state_dict(), root / "weights.safetensors")
    images, _ = read_index(root / "index.parquet")
    pictures = open_images(images, source)
    pixels = np.stack([pictures[row] for row in range(len(images))]).astype(np.float64)
    classes = pd.read_csv(root / "classes.csv")
    table = prediction_table(images, classes, [scores_of(network, pixels)])
    write_table(table, root / "predictions.parquet", {})
    return root, source, network, pixels, images["label"].to_numpy()


def scores_of(network, pixels):
    images = [image.astype(np.uint8) for image in pixels]
    with torch.inference_mode():
        return network(Preprocessing(mean=(0.5, 0.5, 0.5))(images)).numpy()


def errors(scores, labels):
    """Return top-1 and top-5 errors, image by image."""
    ranks = [list(np.argsort(-row, kind="stable")) for row in scores]
    first = [order[0] != label for order, label in zip(ranks, labels, strict=True)]
    five = [label not in order[:5] for order, label in zip(ranks, labels, strict=True)]
    return np.mean(first), np.mean(five)


def measure(place, tmp_path, n_images=0, seed=0, batch_size=5):
    root, source, *_ = place
    stage("measure_gray_accuracy")(
        network="colors", build=NETWORK, weights=root / "weights.safetensors",
        index=root / "index.parquet", classes=root / "classes.csv", source=source,
        predictions=root / "predictions.parquet", n_images=n_images, seed=seed, device="cpu",
        batch_size=batch_size, workers=1, accuracy=tmp_path / "colors.csv",
    )  # fmt: skip
    return pd.read_csv(tmp_path / "colors.csv").set_index("images")


def test_errors_are_those_of_gray_images_made_by_hand(place, tmp_path):
    _, _, network, pixels, labels = place
    rates = measure(place, tmp_path)
    assert list(rates.index) == ["rgb", "luma", "intensity"]
    assert (rates["n_images"] == N_CLASSES * PER_CLASS).all()
    luma = np.repeat(np.round(pixels @ LUMA)[..., None], 3, axis=-1)
    intensity = np.repeat(np.round(pixels.mean(axis=-1))[..., None], 3, axis=-1)
    for kind, shown in {"rgb": pixels, "luma": luma, "intensity": intensity}.items():
        found = rates.loc[kind, ["top1_error", "top5_error"]].to_numpy(float)
        np.testing.assert_allclose(found, errors(scores_of(network, shown), labels), rtol=1e-9)
    assert rates.loc["luma", "top1_error"] > rates.loc["rgb", "top1_error"] + 0.3


def test_a_subset_is_drawn_with_the_seed_and_not_by_the_batch(place, tmp_path):
    first = measure(place, tmp_path, n_images=20, seed=1)
    again = measure(place, tmp_path, n_images=20, seed=1, batch_size=3)
    assert (first["n_images"] == 20).all()
    pd.testing.assert_frame_equal(first, again)


def test_the_table_joins_the_networks_in_the_order_of_the_study(place, tmp_path):
    measure(place, tmp_path)
    other = tmp_path / "other.csv"
    other.write_text("network,images,n_images,top1_error,top5_error\n<b>,rgb,8,0.5,0\n")
    outputs = {"table": tmp_path / "table.csv", "page": tmp_path / "table.html"}
    stage("tabulate_gray_accuracy")(accuracies=[other, tmp_path / "colors.csv"], **outputs)
    table = pd.read_csv(outputs["table"])
    assert table["network"].tolist() == ["<b>", "colors", "colors", "colors"]
    assert "&lt;b&gt;" in outputs["page"].read_text()
