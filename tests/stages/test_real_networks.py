"""Published weights and CIFAR-10 through the stages, from the files in their published forms."""

import json
import os
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from selectivity.assets import Asset
from selectivity.datasets import ImageSource
from selectivity.datasets.index import IndexSettings, index_files
from selectivity.datasets.selection import Selection
from selectivity.errors import DataError
from selectivity.legacy.convert import Conversion
from selectivity.networks import Preprocessing, build_network
from selectivity.training.data import load_split
from selectivity.training.loop import accuracy_of, train
from selectivity.training.settings import TrainingSettings

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

import convert_weights  # noqa: E402

DATA = Path(os.environ.get("SELECTIVITY_TEST_DATA", ROOT.parent / "shared" / "data"))
CIFAR10 = DATA / "cifar10-jpeg.zip"
NETWORK = {
    "constructor": "selectivity.networks.cifar_nets:shallow_conv",
    "arguments": {"widths": [4, 4], "n_fc": 8},
}


def test_a_checkpoint_becomes_safetensors_with_a_record_of_its_origin(tmp_path):
    original = build_network(NETWORK["constructor"], NETWORK["arguments"])
    source = tmp_path / "net.pth"
    torch.save({"state_dict": original.state_dict()}, source)
    asset = Asset("thing", "net.pth", license="CC0", note="a test")
    main = {
        "source": source, "network": NETWORK, "conversion": Conversion(), "provenance": {"study": "s"},
        "weights": tmp_path / "net.safetensors", "record": tmp_path / "net.json",
    }  # fmt: skip
    convert_weights.main(asset=asset, **main)
    state = load_file(main["weights"])
    assert all(torch.equal(state[name], value) for name, value in original.state_dict().items())
    record = json.loads(main["record"].read_text())
    assert record["study"] == "s"
    assert record["origin"]["file"] == "net.pth"
    assert record["origin"]["license"] == "CC0"
    first = main["weights"].read_bytes()
    convert_weights.main(asset=asset, **main)
    assert main["weights"].read_bytes() == first
    with pytest.raises(DataError, match=r"has the sha256 .* given as `weights` of the network"):
        convert_weights.main(asset=Asset("thing", "net.pth", sha256="0" * 64), **main)


def test_the_section_convert_is_read():
    section = {
        "rename": {"a": "b"},
        "ignore": ["c/*"],
        "fold": {"channels": "bgr", "mean": [1, 2, 3]},
    }
    conversion = convert_weights.conversion_from(section)
    assert conversion.rename == {"a": "b"}
    assert conversion.fold.channels == "bgr"
    assert conversion.fold.mean == (1, 2, 3)
    assert convert_weights.conversion_from({}).fold is None


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.skipif(
    not CIFAR10.is_file(), reason=f"{CIFAR10.name} is not in {DATA} (set SELECTIVITY_TEST_DATA)"
)
def test_the_shallow_network_learns_cifar10_in_a_few_epochs():
    source = ImageSource(CIFAR10)
    with zipfile.ZipFile(CIFAR10) as archive:
        assert sum(name.endswith(".jpg") for name in archive.namelist()) == 60_000
    selection = Selection(split_folders={"train": "train", "test": "test"})
    index = index_files(source, IndexSettings(), 2, selection)
    outputs = index.classes.set_index("label")["output"]
    splits = {name: load_split(index.images, source, outputs, name) for name in ("train", "test")}
    network = build_network("selectivity.networks.cifar_nets:shallow_conv")
    settings = TrainingSettings(
        epochs=3, batch_size=128, recipe="sgd_cosine", learning_rate=0.1, warmup=0.2,
        weight_decay=5e-4, augmentation=("flip", "crop"), batch_norm="fold", threads=2,
    )  # fmt: skip
    preprocessing = Preprocessing(mean=(0.4914, 0.4822, 0.4465), std=(0.2470, 0.2435, 0.2616))
    history = train(network, splits["train"], splits["test"], settings, preprocessing, seed=0)
    assert np.all(np.diff([record["loss"] for record in history]) < 0)
    assert accuracy_of(network, splits["test"], preprocessing) > 0.65
