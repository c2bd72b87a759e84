"""The stages of the picture world: the same bytes for any shards, and refusals of what does not fit."""

import json

import h5py
import hdf5plugin  # noqa: F401  (the masks are compressed)
import numpy as np
import pandas as pd
import pytest
from stage_scripts import stage

from selectivity.datasets.index import read_classes, read_index
from selectivity.errors import DataError
from selectivity.sharding import shard_names
from selectivity.world.composition import SceneSettings, make_picture
from selectivity.world.vocabulary import CLASSES, MASK_CHANNELS

SCENE = SceneSettings()
TRAIN, TEST, SEED = 48, 48, 3


def generate(folder, n_shards, seed=SEED):
    paths = [folder / f"{shard}.h5" for shard in shard_names(n_shards)]
    for shard, path in zip(shard_names(n_shards), paths, strict=True):
        stage("generate_world")(
            shard=shard, n_images=TRAIN + TEST, seed=seed, scene=SCENE, pictures=path
        )
    return paths


def gather(shards, folder, seed=SEED):
    stage("gather_world")(
        shards=shards,
        train_images=TRAIN,
        test_images=TEST,
        seed=seed,
        scene=SCENE,
        images=folder / "images.h5",
        index=folder / "index.parquet",
        classes=folder / "classes.csv",
    )
    return folder


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    return generate(tmp_path_factory.mktemp("shards"), 3)


@pytest.fixture(scope="module")
def world(shards, tmp_path_factory):
    return gather(shards, tmp_path_factory.mktemp("world"))


def test_any_number_and_order_of_shards_gives_the_same_bytes(world, shards, tmp_path):
    others = {
        "five": gather(generate(tmp_path, 5), tmp_path / "five"),
        "reversed": gather(shards[::-1], tmp_path / "reversed"),
    }
    for folder in others.values():
        for name in ("images.h5", "index.parquet", "classes.csv"):
            assert (folder / name).read_bytes() == (world / name).read_bytes()


def test_row_i_is_image_i(world):
    with h5py.File(world / "images.h5") as file:
        for image in (0, 17, TRAIN + TEST - 1):
            picture = make_picture(SEED, image, SCENE)
            assert np.array_equal(file["images"][image], picture.rgb)
            assert np.array_equal(file["masks"][image], picture.masks)
            assert file["label"][image] == picture.label
            assert file["scene"][image] == picture.scene


def test_the_file_explains_its_masks(world):
    with h5py.File(world / "images.h5") as file:
        assert json.loads(file.attrs["mask_channels"]) == list(MASK_CHANNELS)
        vocabularies = json.loads(file.attrs["vocabularies"])
        assert [vocabularies["object"][1 + label] for label in range(24)] == list(CLASSES)
        masks, scenes = file["masks"][:], file["scene"][:]
        for channel, name in enumerate(MASK_CHANNELS):
            assert masks[:, channel].max() < len(vocabularies[name])
        assert scenes.max() < len(vocabularies["scene"])
        assert json.loads(file.attrs["provenance"])["seed"] == SEED


def test_the_index_belongs_to_the_images(world):
    index, fingerprint = read_index(world / "index.parquet")
    with h5py.File(world / "images.h5") as file:
        assert np.array_equal(file["label"][:][index["image"]], index["label"])
    assert index["split"].value_counts().to_dict() == {"train": TRAIN, "test": TEST}
    assert (index.loc[index["split"] == "train", "image"] < TRAIN).all()
    assert fingerprint
    classes = read_classes(world / "classes.csv")
    assert classes["class"].tolist() == list(CLASSES)
    assert classes["parents"].iloc[0] == "natural/animal"
    assert classes["output"].tolist() == list(range(24))


def test_the_fingerprint_follows_the_pictures_and_the_split(world, tmp_path):
    other = gather(generate(tmp_path, 1, seed=SEED + 1), tmp_path, seed=SEED + 1)
    fingerprints = {read_index(folder / "index.parquet")[1] for folder in (world, other)}
    assert len(fingerprints) == 2


def test_shards_that_do_not_tile_are_refused(shards, tmp_path):
    with pytest.raises(DataError, match="do not tile"):
        gather([shards[0], shards[2]], tmp_path)
    with pytest.raises(DataError, match="do not tile"):
        gather([*shards, shards[1]], tmp_path)
    with pytest.raises(DataError, match="hold"):
        gather(shards[:2], tmp_path)
    assert not list(tmp_path.iterdir())


def test_shards_of_another_world_are_refused(shards, tmp_path):
    with pytest.raises(DataError, match="was drawn with"):
        gather(shards, tmp_path, seed=SEED + 1)


def test_the_contact_sheet_shows_every_class(world, tmp_path):
    arguments = {"images": world / "images.h5", "index": world / "index.parquet"}
    for folder in (tmp_path / "a", tmp_path / "b"):
        stage("plot_contact_sheet")(
            **arguments, classes=world / "classes.csv", n_examples=2, dpi=60, stem=folder / "sheet"
        )
    for form in ("pdf", "svg", "png", "csv"):
        assert (tmp_path / f"a/sheet.{form}").read_bytes() == (
            tmp_path / f"b/sheet.{form}"
        ).read_bytes()
    numbers = pd.read_csv(tmp_path / "a/sheet.csv")
    assert numbers.groupby("class").size().to_dict() == dict.fromkeys(CLASSES, 2)
    assert set(numbers["split"]) == {"test"}


def test_the_mask_panel_counts_its_pixels(world, tmp_path):
    stage("plot_masks")(
        images=world / "images.h5",
        index=world / "index.parquet",
        names=["bus", "mug"],
        dpi=60,
        stem=tmp_path / "masks",
    )
    numbers = pd.read_csv(tmp_path / "masks.csv")
    assert (tmp_path / "masks.png").stat().st_size > 1000
    for (name, image), rows in numbers.groupby(["class", "image"]):
        masks = make_picture(SEED, image, SCENE).masks
        thing = rows[(rows["channel"] == "object") & (rows["concept"] == name)]
        assert thing["pixels"].item() == (masks[0] == CLASSES.index(name) + 1).sum()
        assert rows.loc[rows["channel"] == "color", "pixels"].sum() == 64 * 64
