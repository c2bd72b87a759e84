"""A pretrained network on real photographs: the accuracy that others measured, by hand and through the stages."""

import io
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms import v2

from selectivity.datasets import ImageSource, open_images
from selectivity.datasets.index import IndexSettings, index_files
from selectivity.extraction import Extraction
from selectivity.networks import Preprocessing, build_network, load_weights
from selectivity.predictions import prediction_table

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("SELECTIVITY_TEST_DATA", ROOT.parent / "shared" / "data"))
PHOTOS, WEIGHTS = DATA / "imagenette-val.zip", DATA / "squeezenet1_0-deep-compressed.safetensors"
OUTPUTS = {
    "n01440764": 0,
    "n02102040": 217,
    "n02979186": 482,
    "n03000684": 491,
    "n03028079": 497,
    "n03394916": 566,
    "n03417042": 569,
    "n03425413": 571,
    "n03445777": 574,
    "n03888257": 701,
}
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
PREPROCESSING = {"resize": 256, "crop": 227, "mean": MEAN, "std": STD}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (PHOTOS.is_file() and WEIGHTS.is_file()),
        reason=f"{PHOTOS.name} and {WEIGHTS.name} are not in {DATA} (set SELECTIVITY_TEST_DATA)",
    ),
]


@pytest.fixture(scope="module")
def network():
    module = build_network("torchvision.models:squeezenet1_0")
    load_weights(module, WEIGHTS)
    return module


@pytest.fixture(scope="module")
def index():
    return index_files(ImageSource(PHOTOS, "val"), IndexSettings(outputs=OUTPUTS), workers=2)


def test_every_file_is_indexed(index):
    assert len(index.images) == 3925
    assert index.classes["output"].tolist() == list(OUTPUTS.values())
    assert not (DATA / "val").exists(), "the zip is read in place"


def test_top_1_of_every_tenth_file(index, network):
    rows = np.arange(0, 3925, 10)
    extraction = Extraction(
        network, Preprocessing.from_config(PREPROCESSING), {"output": "output"}, workers=2
    )
    pictures = open_images(index.images, ImageSource(PHOTOS, "val"))
    scores = [batch.outputs["output"].values for batch in extraction.run(pictures, rows)]
    table = prediction_table(index.images.iloc[rows], index.classes, scores)
    assert table["correct"].sum() == 227  # of 393: 57.8 %, measured independently


def test_outputs_are_those_of_torchvision(index, network):
    """Pillow, torchvision's transforms and a plain forward pass agree with ours to resampling error."""
    transform = v2.Compose(
        [
            v2.Resize(256),
            v2.CenterCrop(227),
            v2.ToImage(),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize(MEAN, STD),
        ]
    )
    rows = np.arange(0, 3925, 131)
    with zipfile.ZipFile(PHOTOS) as archive:
        names = [f"val/{path}" for path in index.images["path"].iloc[rows]]
        images = [Image.open(io.BytesIO(archive.read(name))).convert("RGB") for name in names]
    pixels = torch.stack([transform(image) for image in images])
    with torch.inference_mode():
        expected = network(pixels).numpy()
    extraction = Extraction(network, Preprocessing.from_config(PREPROCESSING), {"output": "output"})
    pictures = open_images(index.images, ImageSource(PHOTOS, "val"))
    found = np.concatenate(
        [batch.outputs["output"].values for batch in extraction.run(pictures, rows)]
    )
    ours = torch.stack(
        [Preprocessing.from_config(PREPROCESSING)([pictures[int(row)]])[0] for row in rows]
    )
    in_255 = (ours - pixels).abs() * torch.tensor(STD).view(1, 3, 1, 1) * 255
    assert in_255.mean() < 0.05
    assert in_255.max() < 1.5
    assert np.abs(found - expected).max() < 0.02 * np.abs(expected).max()
    assert (found.argmax(1) == expected.argmax(1)).mean() > 0.95
