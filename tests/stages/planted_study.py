"""The stages of neuron features run on a planted network, for the tests that look at what they wrote."""

from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from stage_scripts import stage

from planted import pictures, planted_network
from selectivity.datasets import ImageSource
from selectivity.datasets.index import IndexSettings
from selectivity.datasets.selection import Selection
from selectivity.neuron_features.measuring import IndexSettings as Indices
from selectivity.neuron_features.settings import FeatureSettings, RankingSettings

LAYERS = {"conv1": "conv1", "conv2": "conv2"}
BUILD = {
    "constructor": "planted:planted_network",
    "arguments": {},
    "preprocessing": {"mean": [0.5] * 3, "std": [0.5] * 3},
}
PARENTS = {"red": "color", "edge": "pattern", "grating": "pattern", "magenta": "color"}


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
