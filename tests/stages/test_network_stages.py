"""The stages that train: weights, their record, the untrained copy and the learning curve."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
import torch
from safetensors import safe_open
from safetensors.numpy import load_file
from stage_scripts import stage

from selectivity.datasets import ImageSource
from selectivity.datasets.index import read_classes, read_index
from selectivity.errors import DataError
from selectivity.parquet import write_table
from selectivity.training.data import load_split
from selectivity.training.settings import TrainingSettings

SCRIPTS = Path(__file__).resolve().parents[2] / "workflow" / "scripts"
LIBRARY = SCRIPTS.parent / "lib"
NETWORK = {
    "constructor": "selectivity.networks.small_alexnet:small_alexnet",
    "arguments": {"n_classes": 3, "widths": [8, 8, 8, 8, 8], "n_hidden": 16},
    "preprocessing": {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]},
}
SETTINGS = TrainingSettings(epochs=2, batch_size=16, threads=1)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """Write 48 training and 24 test images of three colors, classes named by outputs 2, 1, 0."""
    folder = tmp_path_factory.mktemp("dataset")
    rng = np.random.default_rng(0)
    image = np.arange(72)
    label = image % 3
    pictures = rng.integers(0, 120, (72, 64, 64, 3), dtype=np.uint8)
    pictures[image, :, :, label] += 120
    with h5py.File(folder / "images.h5", "w") as file:
        file["images"] = pictures
    index = pd.DataFrame(
        {
            "image": image,
            "path": "",
            "label": label.astype(np.int32),
            "class": [f"c{i}" for i in label],
            "split": np.where(image < 48, "train", "test"),
        }
    ).sort_values(["split", "label", "image"])
    write_table(index, folder / "index.parquet", {"dataset_fingerprint": "abc"})
    classes = pd.DataFrame(
        {
            "label": range(3),
            "class": ["c0", "c1", "c2"],
            "name": "",
            "parents": "",
            "output": [2, 1, 0],
        }
    )
    classes.to_csv(folder / "classes.csv", index=False)
    return folder


def train(dataset, folder, settings=SETTINGS):
    stage("train_network")(
        index=dataset / "index.parquet",
        classes=dataset / "classes.csv",
        source=ImageSource(dataset / "images.h5", ""),
        network=NETWORK,
        settings=settings,
        seed=1,
        provenance={"study": "test", "train": {"epochs": settings.epochs}},
        weights=folder / "net.safetensors",
        record=folder / "net.json",
    )
    return json.loads((folder / "net.json").read_text())


def test_the_record_tells_what_made_the_weights(dataset, tmp_path):
    record = train(dataset, tmp_path)
    weights = (tmp_path / "net.safetensors").read_bytes()
    assert record["weights_sha256"] == hashlib.sha256(weights).hexdigest()
    assert record["dataset_fingerprint"] == "abc"
    assert record["images"] == {"train": 48, "test": 24}
    assert len(record["history"]) == 2
    assert record["accuracy"] == pytest.approx(record["history"][-1]["validation_accuracy"])
    state = load_file(tmp_path / "net.safetensors")
    assert record["parameters"] == sum(tensor.size for tensor in state.values())
    assert state["fc8.weight"].shape == (3, 16)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["net.json", "net.safetensors"]


def test_training_twice_gives_the_same_bytes(dataset, tmp_path):
    for name in ("a", "b"):
        train(dataset, tmp_path / name)
    for name in ("net.safetensors", "net.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_labels_are_the_outputs_that_name_the_classes(dataset):
    index, _ = read_index(dataset / "index.parquet")
    outputs = read_classes(dataset / "classes.csv").set_index("label")["output"]
    split = load_split(index, ImageSource(dataset / "images.h5", ""), outputs, "test")
    brightest = split.images.float().mean(dim=(1, 2)).argmax(1)
    assert torch.equal(split.labels, 2 - brightest)


def test_a_checkpoint_is_gone_when_the_weights_are_there(dataset, tmp_path):
    train(dataset, tmp_path, TrainingSettings(epochs=1, batch_size=16, threads=1, checkpoint=1))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["net.json", "net.safetensors"]


def test_images_of_other_splits_are_refused(dataset, tmp_path):
    index = pd.read_parquet(dataset / "index.parquet").assign(split="test")
    write_table(index, tmp_path / "index.parquet", {"dataset_fingerprint": "abc"})
    for name in ("images.h5", "classes.csv"):
        (tmp_path / name).symlink_to(dataset / name)
    with pytest.raises(DataError, match="no images of split 'train'"):
        train(tmp_path, tmp_path)


def test_the_untrained_copy_is_where_training_starts(dataset, tmp_path):
    stage("initialize_network")(
        network=NETWORK,
        seed=1,
        provenance={"study": "test"},
        weights=tmp_path / "untrained.safetensors",
        record=tmp_path / "untrained.json",
    )
    train(dataset, tmp_path)
    untrained = load_file(tmp_path / "untrained.safetensors")
    trained = load_file(tmp_path / "net.safetensors")
    assert untrained.keys() == trained.keys()
    assert not any(untrained[name].any() for name in untrained if name.endswith("bias"))
    assert not any(np.array_equal(untrained[name], trained[name]) for name in trained)
    record = json.loads((tmp_path / "untrained.json").read_text())
    assert record["study"] == "test" and "history" not in record


def test_the_learning_curve_shows_the_history(dataset, tmp_path):
    record = train(dataset, tmp_path)
    stage("plot_training")(
        record=tmp_path / "net.json",
        classes=dataset / "classes.csv",
        dpi=60,
        stem=tmp_path / "curve",
    )
    numbers = pd.read_csv(tmp_path / "curve.csv")
    assert numbers.to_dict("records") == [pytest.approx(row) for row in record["history"]]
    for form in ("pdf", "svg", "png"):
        assert (tmp_path / f"curve.{form}").stat().st_size > 1000


TRAIN_ELSEWHERE = """
import sys
sys.path[:0] = {paths!r}
from pathlib import Path
import test_network_stages
from selectivity.training.settings import TrainingSettings
settings = TrainingSettings(**{settings!r})
test_network_stages.train(Path({dataset!r}), Path({folder!r}), settings)
"""


def elsewhere(dataset, folder, **settings):
    """Return the command that trains in a process of its own."""
    paths = [str(LIBRARY), str(Path(__file__).parent)]
    code = TRAIN_ELSEWHERE.format(
        paths=paths,
        dataset=str(dataset),
        folder=str(folder),
        settings={"batch_size": 16, **settings},
    )
    return [sys.executable, "-c", code]


@pytest.mark.slow
def test_the_threads_of_the_environment_do_not_matter(dataset, tmp_path):
    weights = []
    for threads in ("1", "2"):
        folder = tmp_path / threads
        environment = {**os.environ, "OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads}
        command = elsewhere(dataset, folder, epochs=1, threads=2)
        subprocess.run(command, check=True, env=environment)
        weights.append((folder / "net.safetensors").read_bytes())
    assert weights[0] == weights[1]


def kill_after_the_next_checkpoint(command, checkpoint):
    """Start a training and kill it without warning as soon as it has written a new checkpoint."""
    before = checkpoint.stat().st_mtime_ns if checkpoint.exists() else 0
    process = subprocess.Popen(command)
    while process.poll() is None:
        if checkpoint.exists() and checkpoint.stat().st_mtime_ns > before:
            process.kill()
        time.sleep(0.002)
    assert process.returncode == -signal.SIGKILL, "the training was over before it could be killed"


@pytest.mark.slow
@pytest.mark.parametrize("recipe", ["sgd_cosine", "adamw_onecycle"])
def test_a_training_killed_again_and_again_ends_with_the_bytes_of_an_undisturbed_one(
    dataset, tmp_path, recipe
):
    settings = {"epochs": 60, "checkpoint": 1, "threads": 1, "recipe": recipe}
    command = elsewhere(dataset, tmp_path / "killed", **settings)
    checkpoint = tmp_path / "killed" / "net.checkpoint.safetensors"
    epochs = []
    for _ in range(3):
        kill_after_the_next_checkpoint(command, checkpoint)
        with safe_open(checkpoint, framework="pt") as file:
            epochs.append(len(json.loads(file.metadata()["history"])))
    assert epochs == sorted(set(epochs)), "each run goes on where the one before was killed"
    assert not (tmp_path / "killed" / "net.safetensors").exists()
    subprocess.run(command, check=True)
    train(dataset, tmp_path / "whole", TrainingSettings(batch_size=16, **settings))
    for name in ("net.safetensors", "net.json"):
        killed, whole = (tmp_path / run / name for run in ("killed", "whole"))
        assert killed.read_bytes() == whole.read_bytes(), name
    assert not checkpoint.exists()
