"""The same images, prepared otherwise."""

import io

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from torch import nn
from torchvision.transforms import v2

from selectivity.errors import ConfigError
from selectivity.extraction import Extraction
from selectivity.measures import MeasureSettings
from selectivity.networks import Preprocessing
from selectivity.preprocessing_variants import (
    Variant,
    accuracy_rows,
    as_the_authors,
    chosen,
    measure_rows,
    show,
    variants,
)

SIDE = 27
N_CLASSES, PER_CLASS = 3, 8


class Pictures:
    """Photographs in memory: wide, each class of its own color, with detail at the left and right edge."""

    def __init__(self):
        rng = np.random.default_rng(1)
        self.labels = np.repeat(np.arange(N_CLASSES), PER_CLASS)
        self.images = []
        for label in self.labels:
            image = rng.integers(0, 90, (40, 64, 3), dtype=np.uint8)
            image[:, :, label] += 120
            image[:, :10] = 255
            self.images.append(image)

    def __len__(self):
        return len(self.images)

    def __getitem__(self, row):
        return self.images[row]

    def load(self, rows):
        return [self.images[int(row)] for row in rows]


@pytest.fixture(scope="module")
def shown():
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(3, 6, 5, stride=3),
        nn.ReLU(),
        nn.AdaptiveMaxPool2d(1),
        nn.Flatten(),
        nn.Linear(6, 3),
    ).eval()
    pictures = Pictures()
    index = pd.DataFrame({"image": np.arange(len(pictures)), "label": pictures.labels})
    classes = pd.DataFrame({"class": list("abc"), "output": np.arange(N_CLASSES)})
    extraction = Extraction(network, Preprocessing(resize=SIDE, crop=SIDE), {"conv": "0"})
    rows = np.arange(len(pictures))
    named = {**variants(SIDE), "same": Variant({})}
    results = {
        name: show(extraction, variant, pictures, index, rows, classes)
        for name, variant in named.items()
    }
    return results, classes, network, pictures


def test_the_authors_way_is_square_nearest_and_a_jpeg():
    image = np.random.default_rng(0).integers(0, 256, (300, 500, 3), dtype=np.uint8)
    found = as_the_authors(image)
    stream = io.BytesIO()
    square = Image.fromarray(image[:, 100:400]).resize((277, 277), Image.Resampling.NEAREST)
    square.save(stream, "JPEG", quality=75)
    assert np.array_equal(found, np.array(Image.open(stream)))
    assert found.shape == (277, 277, 3)


@pytest.mark.parametrize("name", ["square227", "authors_277", "squash", "centercrop256"])
def test_every_variant_gives_the_network_its_size_and_keeps_its_colors(name):
    base = Preprocessing(crop=SIDE, channels="bgr", scale=255, mean=(1, 2, 3))
    variant = variants(SIDE)[name]
    prepare = variant.prepare or (lambda image: image)
    image = np.full((300, 500, 3), (10, 20, 30), np.uint8)
    tensor = variant.of(base)([prepare(image)])
    assert tensor.shape == (1, 3, SIDE, SIDE)
    expected = torch.tensor([29.0, 18.0, 7.0]).view(1, 3, 1, 1).expand_as(tensor)
    torch.testing.assert_close(
        tensor, expected, rtol=0, atol=1.5 if name == "authors_277" else 1e-3
    )


def by_torchvision(name, image):
    """Return the pixels (3, rows, columns) of definitions 1.3, made with Pillow and torchvision alone."""
    direct = v2.Resize((SIDE, SIDE), antialias=False)
    if name == "authors_277":
        rows, columns = image.shape[:2]
        side = min(rows, columns)
        top, left = (rows - side) // 2, (columns - side) // 2
        square = Image.fromarray(image).crop((left, top, left + side, top + side))
        stream = io.BytesIO()
        square.resize((277, 277), Image.Resampling.NEAREST).save(stream, "jpeg", quality=75)
        image = np.array(Image.open(stream))
    steps = {
        "square227": [v2.CenterCrop(min(image.shape[:2])), direct],
        "authors_277": [direct],
        "squash": [direct],
        "centercrop256": [v2.Resize(256), v2.CenterCrop(SIDE)],
    }[name]
    return v2.Compose(steps)(torch.from_numpy(image).permute(2, 0, 1))


@pytest.mark.parametrize("size", [(300, 412), (500, 333), (64, 64), (281, 280)])
@pytest.mark.parametrize("name", ["square227", "authors_277", "squash", "centercrop256"])
def test_every_variant_is_what_the_definitions_say(name, size):
    image = np.random.default_rng(size).integers(0, 256, (*size, 3), dtype=np.uint8)
    variant = variants(SIDE)[name]
    prepared = variant.prepare(image) if variant.prepare else image
    settings = Preprocessing(resize=300, crop=SIDE, antialias=True)  # all of it must give way
    found = variant.of(settings)([prepared])[0] * 255
    expected = by_torchvision(name, image).float()
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-3)


def test_squash_sees_the_edges_and_square_does_not():
    image = np.zeros((40, 80, 3), np.uint8)
    image[:, :10] = 255
    seen = {name: variant.of(Preprocessing())([image]) for name, variant in variants(20).items()
            if name in ("square227", "squash")}  # fmt: skip
    assert seen["square227"].max() == 0
    assert seen["squash"].max() == 1


def test_the_reference_agrees_with_itself(shown):
    results, classes, _, _ = shown
    accuracy = accuracy_rows(results, classes).set_index("variant")
    assert accuracy.loc["same", "same_answer"] == 1
    assert (accuracy["n_images"] == N_CLASSES * PER_CLASS).all()
    table = measure_rows(results, N_CLASSES, MeasureSettings(top_k=(4,)))
    same = table[table["variant"] == "same"]
    assert (same["mean_absolute_difference"] == 0).all()
    assert (same["mean_difference"] == 0).all()
    other = table[table["variant"] == "squash"]
    assert (other["mean_absolute_difference"] > 0).any()


def test_differences_are_those_of_the_measures_themselves(shown):
    results, _, _, _ = shown
    table = measure_rows(results, N_CLASSES, MeasureSettings(top_k=(4,)))
    row = table[(table["variant"] == "squash") & (table["measure"] == "mean")].iloc[0]
    first, second = (results[name].activations["conv"] for name in ("default", "squash"))
    alive = (np.ptp(first, axis=1) > 0) & (np.ptp(second, axis=1) > 0)  # others have no measures
    before, after = first[alive].mean(axis=1), second[alive].mean(axis=1)
    assert row["mean_difference"] == pytest.approx((after - before).mean(), rel=1e-5)
    assert row["pearson"] == pytest.approx(np.corrcoef(before, after)[0, 1], rel=1e-5)
    assert row["n_units"] == alive.sum() > 2


def test_activations_are_those_of_a_plain_forward_pass(shown):
    results, _, network, pictures = shown
    image = torch.from_numpy(pictures[5][:, 12:52]).permute(2, 0, 1)[None].float()
    small = nn.functional.interpolate(image, (SIDE, SIDE), mode="bilinear", align_corners=False)
    with torch.inference_mode():
        expected = torch.relu(network[0](small.round() / 255)).amax(dim=(2, 3))[0]
    found = results["square227"].activations["conv"][:, 5]
    np.testing.assert_allclose(found, expected.numpy(), atol=0.02)


def test_unknown_variants_are_refused():
    assert list(chosen(["squash"], 224)) == ["default", "squash"]
    with pytest.raises(ConfigError, match="no variant 'stretch'"):
        chosen(["stretch"], 224)
