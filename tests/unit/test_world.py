"""The picture world: pictures depend on seed and id alone, and masks tell what was painted where."""

import dataclasses

import numpy as np
import pytest

from selectivity.errors import ConfigError
from selectivity.world.composition import PORTRAITS, SceneSettings, label_of, make_picture
from selectivity.world.dice import Dice
from selectivity.world.drawings import DRAWINGS
from selectivity.world.index import class_table, image_index
from selectivity.world.pen import CANVAS, OVERSAMPLING, RESOLUTION, Canvas, Pen, paint
from selectivity.world.shards import draw_pictures
from selectivity.world.vocabulary import (
    CLASSES,
    MASK_CHANNELS,
    ONTOLOGY,
    PALETTE,
    SCENES,
    STUFF,
    VOCABULARIES,
    pack,
)

SETTINGS = SceneSettings()
BLANK = (1, 2, 3)


def blank_canvas() -> Canvas:
    rgb = np.full((RESOLUTION, RESOLUTION, 3), BLANK, np.uint8)
    return Canvas(rgb, np.zeros((RESOLUTION, RESOLUTION), np.int32))


def draw(name: str, seed: int) -> Canvas:
    canvas = blank_canvas()
    matrix = np.diag([0.4 * CANVAS, 0.4 * CANVAS])
    pen = Pen(canvas, name, matrix, (CANVAS / 2, CANVAS / 2))
    DRAWINGS[name].paint(pen, Dice(np.random.default_rng([seed, 5])))
    return canvas


@pytest.fixture(scope="module")
def pictures():
    return draw_pictures(0, 96, 7, SETTINGS)


def test_a_picture_depends_on_seed_and_id_alone(pictures):
    for image in (40, 3, 95):
        picture = make_picture(7, image, SETTINGS)
        assert np.array_equal(picture.rgb, pictures["images"][image])
        assert np.array_equal(picture.masks, pictures["masks"][image])
        assert picture.scene == pictures["scene"][image]


@pytest.mark.parametrize("cut", [1, 5, 23])
def test_any_shard_makes_the_same_pictures(pictures, cut):
    parts = [draw_pictures(0, cut, 7, SETTINGS), draw_pictures(cut, 24, 7, SETTINGS)]
    for name, values in pictures.items():
        joined = np.concatenate([part[name] for part in parts])
        assert np.array_equal(joined, values[:24])


def test_another_seed_and_another_id_give_other_pictures(pictures):
    assert len({image.tobytes() for image in pictures["images"]}) == 96
    other = draw_pictures(0, 24, 8, SETTINGS)["images"]
    assert not any(np.array_equal(a, b) for a, b in zip(other, pictures["images"], strict=False))


def test_mask_ids_have_names_in_their_vocabularies(pictures):
    for channel, name in enumerate(MASK_CHANNELS):
        assert pictures["masks"][:, channel].max() < len(VOCABULARIES[name])
        assert len(set(VOCABULARIES[name])) == len(VOCABULARIES[name]) < 256
        assert VOCABULARIES[name][0] == "none"


def test_every_pixel_belongs_to_a_thing_or_a_piece_of_scene_of_some_color(pictures):
    assert (pictures["masks"][:, 0] > 0).all()
    assert (pictures["masks"][:, 2] > 0).all()


def test_the_thing_of_the_label_is_in_its_picture(pictures):
    for masks, label in zip(pictures["masks"], pictures["label"], strict=True):
        assert (masks[0] == label + 1).mean() > 0.01


def test_without_other_things_the_only_thing_is_that_of_the_label():
    for image in range(len(CLASSES)):
        picture = make_picture(0, image, PORTRAITS)
        names = {VOCABULARIES["object"][number] for number in np.unique(picture.masks[0])}
        assert names == {CLASSES[label_of(image)], "pattern"}


@pytest.mark.parametrize("name", CLASSES)
def test_the_object_mask_is_exactly_where_the_thing_was_painted(name):
    for seed in range(6):
        canvas = draw(name, seed)
        painted = (np.asarray(canvas.picture) != BLANK).any(axis=2)
        marked = np.asarray(canvas.ids) != 0
        assert np.array_equal(painted, marked)


def test_all_masks_of_a_shape_are_exact():
    canvas = blank_canvas()
    pen = Pen(canvas, "house", np.eye(2), (0, 0), outline=0)
    corners = tuple(OVERSAMPLING * pixel for pixel in (10, 20, 30, 50))
    left, top, right, bottom = corners
    pen.rectangle(
        (left, top, right - 1, bottom - 1), "red", "roof", texture="bricked", tone=1.0
    )  # Pillow's polygons include their border
    expected = np.zeros((RESOLUTION, RESOLUTION), bool)
    expected[20:50, 10:30] = True
    middle = slice(OVERSAMPLING // 2, None, OVERSAMPLING)
    ids = np.asarray(canvas.ids)[middle, middle]
    assert np.array_equal(ids != 0, expected)
    assert set(ids[expected].tolist()) == {pack("house", "roof", "red", "bricked")}
    rgb = np.asarray(canvas.picture.reduce(OVERSAMPLING))
    assert (rgb[expected] == PALETTE["red"]).all()
    assert (rgb[~expected] == BLANK).all()


def test_packed_ids_hold_one_channel_a_byte():
    packed = pack("ladybug", "spot", "black", "dotted")
    for byte, (channel, name) in enumerate(
        zip(MASK_CHANNELS, ("ladybug", "spot", "black", "dotted"), strict=True)
    ):
        assert VOCABULARIES[channel][packed >> (8 * byte) & 0xFF] == name


def test_occlusion_hides_and_clutter_adds():
    plain = dataclasses.replace(SETTINGS, clutter=0, second_thing=0.0, occlusion=0.0)
    hidden = dataclasses.replace(plain, occlusion=1.0)
    toys = dataclasses.replace(plain, clutter=12)
    visible = {"plain": 0, "hidden": 0}
    for image in range(48):
        thing = label_of(image) + 1
        visible["plain"] += (make_picture(1, image, plain).masks[0] == thing).sum()
        visible["hidden"] += (make_picture(1, image, hidden).masks[0] == thing).sum()
    assert visible["hidden"] < 0.9 * visible["plain"]
    toy = VOCABULARIES["object"].index("toy")
    assert any((make_picture(1, image, toys).masks[0] == toy).any() for image in range(10))


def test_classes_are_balanced_and_the_ontology_has_three_levels():
    index = image_index(480, 240)
    counts = index.groupby(["split", "class"]).size()
    assert counts["train"].eq(20).all() and counts["test"].eq(10).all()
    assert index.columns.tolist() == ["image", "path", "label", "class", "split"]
    assert index.equals(index.sort_values(["split", "label", "image"], ignore_index=True))
    assert sorted(index["image"]) == list(range(720))
    classes = class_table()
    assert len(classes) == 24 == len(set(classes["class"]))
    for row in classes.itertuples():
        kingdom, family = row.parents.split("/")
        assert row.name in ONTOLOGY[kingdom][family]
    assert set(DRAWINGS) == set(CLASSES)
    assert {drawing.scene for drawing in DRAWINGS.values()} <= set(SCENES)
    assert not set(STUFF) & set(CLASSES)


def test_colored_classes_keep_their_color_and_others_do_not():
    def main_colors(name: str) -> set[str]:
        found = set()
        for seed in range(24):
            ids = np.asarray(draw(name, seed).ids)
            colors = np.bincount((ids[ids != 0] >> 16) & 0xFF)
            found.add(VOCABULARIES["color"][int(colors.argmax())])
        return found

    assert main_colors("lemon") <= {"yellow", "green"}
    assert main_colors("cactus") <= {"green", "brown", "orange", "white", "blue"}
    assert len(main_colors("car")) >= 6


def test_light_tones_stay_in_range():
    assert paint("white", 1.4) <= (255, 255, 255)
    assert min(paint("black", 0.1, (-30, -30, -30))) == 0


@pytest.mark.parametrize(
    "wrong",
    [{"occlusion": 1.2}, {"smallest": 0.4, "largest": 0.3}, {"largest": 0.7}, {"studio": -0.1}],
)
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(ConfigError):
        SceneSettings(**wrong)


def test_dice_follow_weights_and_stay_in_range():
    dice = Dice(np.random.default_rng(0))
    drawn = [dice.weighted({"a": 3, "b": 1, "c": 0}) for _ in range(4000)]
    assert drawn.count("c") == 0
    assert 0.71 < drawn.count("a") / 4000 < 0.79
    assert {dice.integer(3) for _ in range(200)} == {0, 1, 2}
    assert all(2 <= dice.uniform(2, 5) < 5 for _ in range(200))
