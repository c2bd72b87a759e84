"""Folder, zip and CSV give one index; each mistake in them gives one clear message."""

import zipfile

import numpy as np
import pandas as pd
import pytest

from images import class_folders, encoded, picture, zipped
from selectivity.datasets import ImageSource, open_images
from selectivity.datasets.index import (
    IndexSettings,
    index_files,
    index_labels,
    read_classes,
    read_index,
    write_index,
)
from selectivity.errors import ConfigError, DataError


@pytest.fixture
def folder(tmp_path):
    return class_folders(tmp_path / "photos" / "val")


def as_csv(folder, tmp_path, **columns):
    paths = sorted(path.relative_to(tmp_path).as_posix() for path in folder.rglob("*.jpg"))
    labels = [path.split("/")[-2] for path in paths]
    table = pd.DataFrame({"path": paths, "label": labels, **columns})
    table.sample(frac=1, random_state=0).to_csv(tmp_path / "list.csv", index=False)
    return tmp_path / "list.csv"


def test_the_index_is_sorted_and_complete(folder):
    index = index_files(ImageSource(folder.parent, "val"), IndexSettings())
    assert list(index.images.columns) == ["image", "path", "label", "class", "split"]
    assert index.images["image"].tolist() == list(range(12))
    assert index.images["label"].tolist() == [0] * 4 + [1] * 4 + [2] * 4
    assert index.images["path"][5] == "bee/bee_1.jpg"
    assert index.classes["class"].tolist() == ["ant", "bee", "cat"]
    assert index.classes["output"].tolist() == [0, 1, 2]
    assert index.bad_files.empty


@pytest.mark.parametrize("workers", [1, 3])
def test_folder_zip_and_csv_hold_the_same_images(folder, tmp_path, workers):
    sources = {
        "folder": ImageSource(folder.parent, "val"),
        "zip": ImageSource(zipped(folder, tmp_path / "photos.zip", "a/val/"), "a/val"),
        "csv": ImageSource(as_csv(folder, tmp_path)),
    }
    indices = {
        name: index_files(source, IndexSettings(), workers) for name, source in sources.items()
    }
    pictures = {name: open_images(indices[name].images, sources[name]) for name in sources}
    columns = ["image", "label", "class", "split"]
    for name in ("zip", "csv"):
        pd.testing.assert_frame_equal(
            indices[name].images[columns], indices["folder"].images[columns]
        )
        pd.testing.assert_frame_equal(indices[name].classes, indices["folder"].classes)
        for row in range(12):
            np.testing.assert_array_equal(pictures[name][row], pictures["folder"][row])
    assert indices["zip"].fingerprint == indices["folder"].fingerprint
    assert not list(tmp_path.rglob("*.tmp*"))


def test_the_fingerprint_sees_one_changed_pixel_and_no_moved_folder(folder, tmp_path):
    before = index_files(ImageSource(folder), IndexSettings()).fingerprint
    moved = folder.rename(tmp_path / "elsewhere")
    assert index_files(ImageSource(moved), IndexSettings()).fingerprint == before
    image = picture(0).copy()
    image[0, 0] ^= 64
    (moved / "ant" / "ant_0.jpg").write_bytes(encoded(image))
    assert index_files(ImageSource(moved), IndexSettings()).fingerprint != before


def test_index_and_classes_survive_the_disk(folder, tmp_path):
    settings = IndexSettings(outputs={"ant": 7, "bee": 3, "cat": 900}, names={"ant": "the ant"})
    index = index_files(ImageSource(folder), settings)
    write_index(index, tmp_path / "out", {"images": "val"})
    images, fingerprint = read_index(tmp_path / "out" / "index.parquet")
    pd.testing.assert_frame_equal(images, index.images, check_dtype=False)
    assert fingerprint == index.fingerprint
    classes = read_classes(tmp_path / "out" / "classes.csv")
    assert classes["output"].tolist() == [7, 3, 900]
    assert classes["name"].tolist() == ["the ant", "bee", "cat"]
    first = (tmp_path / "out" / "index.parquet").read_bytes()
    write_index(index, tmp_path / "again", {"images": "val"})
    assert (tmp_path / "again" / "index.parquet").read_bytes() == first


def test_class_names_that_look_like_missing_values_stay_text(tmp_path):
    folder = class_folders(tmp_path / "photos", classes=("NA", "001", "null"))
    index = index_files(ImageSource(folder), IndexSettings())
    write_index(index, tmp_path / "out", {})
    assert read_classes(tmp_path / "out" / "classes.csv")["class"].tolist() == ["001", "NA", "null"]


def test_a_csv_can_name_splits_and_output_indices(folder, tmp_path):
    path = as_csv(folder, tmp_path, split=["train", "test"] * 6)
    table = pd.read_csv(path)
    table["label"] = table["label"].map({"ant": 217, "bee": 0, "cat": 10})
    table.to_csv(path, index=False)
    index = index_files(ImageSource(path), IndexSettings())
    assert index.classes["output"].tolist() == [0, 10, 217]
    assert index.images["split"].tolist() == ["test"] * 6 + ["train"] * 6
    assert (np.diff(index.images["label"][:6]) >= 0).all()


def test_an_empty_class_keeps_its_place(folder):
    (folder / "aardvark").mkdir()
    index = index_files(ImageSource(folder), IndexSettings())
    assert index.classes["class"].tolist() == ["aardvark", "ant", "bee", "cat"]
    assert set(index.images["label"]) == {1, 2, 3}


def test_hidden_and_other_files_are_ignored(folder):
    (folder / "ant" / ".hidden.jpg").write_bytes(b"x")
    (folder / "ant" / "notes.txt").write_text("notes")
    assert len(index_files(ImageSource(folder), IndexSettings()).images) == 12


@pytest.fixture
def damaged(folder):
    (folder / "ant" / "empty.jpg").write_bytes(b"")
    (folder / "bee" / "cut.jpg").write_bytes(encoded(picture(1))[:300])
    (folder / "cat" / "text.png").write_text("no image")
    return folder


def test_bad_files_stop_the_stage_and_are_all_named(damaged):
    with pytest.raises(DataError) as caught:
        index_files(ImageSource(damaged), IndexSettings())
    message = str(caught.value)
    assert "3 of 15" in message
    assert all(name in message for name in ("ant/empty.jpg", "bee/cut.jpg", "cat/text.png"))
    assert "on_bad_file: skip" in message


def test_bad_files_can_be_skipped_and_are_listed(damaged):
    index = index_files(ImageSource(damaged), IndexSettings(on_bad_file="skip"), workers=2)
    assert len(index.images) == 12
    assert index.bad_files["path"].tolist() == ["ant/empty.jpg", "bee/cut.jpg", "cat/text.png"]
    assert "empty" in index.bad_files["problem"][0]


def test_nothing_but_bad_files_is_an_error(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.jpg").write_bytes(b"")
    with pytest.raises(DataError, match="none of the 1"):
        index_files(ImageSource(tmp_path), IndexSettings(on_bad_file="skip"))


def test_a_damaged_zip_member_is_named(folder, tmp_path):
    path = zipped(folder, tmp_path / "photos.zip")
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo("bee/bee_2.jpg")
    data = bytearray(path.read_bytes())
    start = info.header_offset + 30 + len(info.filename) + info.compress_size // 2
    data[start : start + 40] = bytes(40)
    path.write_bytes(data)
    with pytest.raises(DataError, match=r"1 of 12.*\n.*bee/bee_2.jpg"):
        index_files(ImageSource(path), IndexSettings())


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"outputs": {"ant": 0, "bee": 1, "cats": 2}}, "no class 'cats'; did you mean 'cat'"),
        ({"outputs": {"ant": 0, "bee": 1}}, "'cat'"),
        ({"names": {"dog": "x"}}, "no class 'dog'"),
    ],
)
def test_wrong_class_names_in_the_study_are_refused(folder, settings, words):
    with pytest.raises(ConfigError, match=words):
        index_files(ImageSource(folder), IndexSettings(**settings))


def test_wrong_sources_are_refused(folder, tmp_path):
    zipped(folder, tmp_path / "photos.zip", "val/")
    (tmp_path / "broken.zip").write_bytes(b"PK no zip")
    with zipfile.ZipFile(tmp_path / "twice.zip", "w") as archive:
        archive.writestr("ant/1.png", encoded(picture(0)))
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("ant/1.png", encoded(picture(1)))
    (tmp_path / "bare").mkdir()
    (tmp_path / "flat").mkdir()
    (tmp_path / "flat" / "x.jpg").write_bytes(encoded(picture(0)))
    cases = [
        (ImageSource(tmp_path / "photos.zip", "vall"), "did you mean 'val'"),
        (ImageSource(folder.parent, "vall"), "did you mean 'val'"),
        (ImageSource(tmp_path / "broken.zip"), "not a readable zip"),
        (ImageSource(tmp_path / "twice.zip"), "'ant/1.png' stands twice in the zip"),
        (ImageSource(tmp_path / "bare"), "holds no images"),
        (ImageSource(tmp_path / "flat"), "no class folders"),
        (ImageSource(tmp_path / "nowhere"), "existing folder"),
        (ImageSource(tmp_path / "nowhere.csv"), "does not exist"),
    ]
    for source, words in cases:
        with pytest.raises(DataError, match=words):
            index_files(source, IndexSettings())


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("file,label\na.jpg,x", "no column 'path'"),
        ("path,labels\na.jpg,x", "did you mean 'labels'"),
        ("path,label", "lists no images"),
        ("path,label\na.jpg,x\na.jpg,x", "line 3: the image 'a.jpg' is listed twice"),
        ("path,label\na.jpg,", "line 2: the label is empty"),
        ("path,label,split\na.jpg,x,val", "line 2: split is 'val'"),
        ("path,label\nnone.jpg,x", "none.jpg"),
    ],
)
def test_a_mistake_in_a_csv_is_named(tmp_path, rows, words):
    (tmp_path / "list.csv").write_text(rows)
    with pytest.raises(DataError, match=words):
        index_files(ImageSource(tmp_path / "list.csv"), IndexSettings())


def test_labels_of_recorded_images_by_name_and_by_index(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("label\nbee\nant\nbee\n")
    by_name = index_labels(path, IndexSettings())
    assert by_name.images["image"].tolist() == [1, 0, 2]
    assert by_name.images["label"].tolist() == [0, 1, 1]
    path.write_text("label\n3\n0\n3\n")
    by_number = index_labels(path, IndexSettings())
    assert by_number.images["label"].tolist() == [0, 3, 3]
    assert by_number.classes["class"].tolist() == ["0", "1", "2", "3"]
    path.write_text("labels\n3\n")
    with pytest.raises(DataError, match="no column 'label'; did you mean 'labels'"):
        index_labels(path, IndexSettings())
