"""ILSVRC, CIFAR-10 and Imagenette in the forms in which they are published."""

import io
import tarfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from selectivity.datasets import ImageSource, open_images
from selectivity.datasets.ilsvrc import class_settings, read_class_table
from selectivity.datasets.index import IndexSettings, index_files
from selectivity.datasets.repack import CIFAR10_CLASSES, repack
from selectivity.datasets.selection import Selection, list_images
from selectivity.datasets.tars import TarImages
from selectivity.errors import ConfigError, DataError

TABLE = Path(__file__).parents[2] / "config" / "ilsvrc2012_classes.csv"
WNIDS = ("n01440764", "n01531178", "n04146614")


def png(seed, side=4):
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "png")
    return stream.getvalue()


def add(archive, name, content):
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


def files(classes=WNIDS, n_images=5):
    return {f"{c}/{c}_{i}.png": png([k, i]) for k, c in enumerate(classes) for i in range(n_images)}


def tar_of_tars(path, content):
    with tarfile.open(path, "w") as outer:
        for name in sorted({name.split("/")[0] for name in content}):
            stream = io.BytesIO()
            with tarfile.open(fileobj=stream, mode="w") as inner:
                for file, data in content.items():
                    if file.startswith(f"{name}/"):
                        add(inner, file.split("/")[1], data)
            add(outer, f"{name}.tar", stream.getvalue())
    return path


def plain_tar(path, content, prefix=""):
    with tarfile.open(path, "w") as archive:
        for name, data in content.items():
            add(archive, prefix + name, data)
    return path


def folder(path, content):
    for name, data in content.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


def zipped(path, content):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return path


def index_of(path, **settings):
    return index_files(ImageSource(path), IndexSettings(), **settings)


def test_every_form_of_the_same_images_gives_the_same_index_and_pixels(tmp_path):
    content = files()
    forms = [
        tar_of_tars(tmp_path / "ilsvrc.tar", content),
        plain_tar(tmp_path / "plain.tar", content),
        folder(tmp_path / "folder", content),
        zipped(tmp_path / "images.zip", content),
    ]
    indices = [index_of(path) for path in forms]
    assert len({index.fingerprint for index in indices}) == 1
    expected = np.array(Image.open(io.BytesIO(content[f"{WNIDS[1]}/{WNIDS[1]}_3.png"])))
    for path, index in zip(forms, indices, strict=True):
        row = index.images["path"].tolist().index(f"{WNIDS[1]}/{WNIDS[1]}_3.png")
        images = open_images(index.images, ImageSource(path))
        assert np.array_equal(images[row], expected)


def test_a_folder_within_a_tar(tmp_path):
    path = plain_tar(tmp_path / "t.tar", files(), prefix="./data/val/")
    assert len(ImageSource(path, "data/val").list_files().entries) == 15


def test_opening_a_class_looks_into_its_tar_alone(tmp_path):
    path = tar_of_tars(tmp_path / "t.tar", files())
    archive = TarImages(path)
    archive.read(f"{WNIDS[0]}/{WNIDS[0]}_0.png")
    assert archive._opened == {WNIDS[0]}


def test_many_threads_read_one_tar(tmp_path):
    content = files(n_images=20)
    archive = TarImages(tar_of_tars(tmp_path / "t.tar", content))
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(archive.read, content)) == list(content.values())


def test_damaged_tars_are_refused(tmp_path):
    whole = tar_of_tars(tmp_path / "t.tar", files()).read_bytes()
    path = tmp_path / "cut.tar"
    for size in (0, 100, 700, len(whole) // 2, len(whole) // 3):
        path.write_bytes(whole[:size])
        with pytest.raises(DataError, match=r"cut\.tar"):
            index_of(path)
    with tarfile.open(tmp_path / "packed.tar", "w:gz") as archive:
        add(archive, "a/b.png", png(1))
    with pytest.raises(DataError, match="uncompressed"):
        index_of(tmp_path / "packed.tar")
    with pytest.raises(DataError, match=r"holds no file 'x/y\.png'"):
        TarImages(tmp_path / "t.tar").read("x/y.png")


def test_the_class_table_of_ilsvrc():
    table = read_class_table(TABLE)
    assert table["output"].tolist() == list(range(1000))
    assert table.index.tolist() == sorted(table.index)
    assert table["name"].is_unique
    named = {
        11: "goldfinch", 205: "flat-coated retriever", 323: "monarch", 365: "orangutan",
        491: "chain saw", 645: "maypole", 654: "minibus", 664: "monitor", 779: "school bus",
        865: "toyshop", 874: "trolleybus", 948: "Granny Smith", 969: "eggnog",
    }  # fmt: skip
    assert {output: table["name"].iloc[output] for output in named} == named
    goldfinch = table.loc["n01531178"]
    assert goldfinch["parents"].startswith("entity/physical entity/object/whole/living thing")
    assert {"chordate", "vertebrate", "bird", "organism"} <= set(goldfinch["ancestors"].split("|"))
    for parents, ancestors in zip(table["parents"], table["ancestors"], strict=True):
        assert set(parents.split("/")) <= set(ancestors.split("|"))
    assert (table["parents"].str.split("/").str[0] == "entity").all()


def test_synset_folders_find_their_outputs_and_names(tmp_path):
    path = zipped(tmp_path / "images.zip", files())
    index = index_of(path, facts=read_class_table(TABLE))
    assert index.classes["output"].tolist() == [0, 11, 779]
    assert index.classes["name"].tolist() == ["tench", "goldfinch", "school bus"]
    assert index.classes["parents"].iloc[2].endswith("public transport/bus")
    settings = IndexSettings(names=dict(zip(WNIDS, "abc", strict=True)))
    index = index_files(ImageSource(path), settings, facts=read_class_table(TABLE))
    assert index.classes["name"].tolist() == ["a", "b", "c"]
    with pytest.raises(DataError, match="'tench' is no synset"):
        class_settings(["tench"], read_class_table(TABLE))


def test_the_first_images_of_each_class_in_the_order_of_their_paths(tmp_path):
    source = ImageSource(zipped(tmp_path / "images.zip", files(n_images=12)))
    entries = list_images(source, Selection(per_class=2)).entries
    assert [entry.path for entry in entries] == [f"{c}/{c}_{i}.png" for c in WNIDS for i in (0, 1)]


def test_seeded_subsets_are_nested_and_do_not_depend_on_other_files(tmp_path):
    content = files(n_images=30)
    source = ImageSource(zipped(tmp_path / "images.zip", content))
    drawn = {
        (size, seed): {
            e.path for e in list_images(source, Selection(subset=size, seed=seed)).entries
        }
        for size in (10, 20)
        for seed in (0, 1)
    }
    assert all(len(paths) == size for (size, _), paths in drawn.items())
    assert drawn[10, 0] < drawn[20, 0]
    assert drawn[10, 0] != drawn[10, 1]
    assert len({path.split("/")[0] for path in drawn[20, 0]}) == 3
    assert len(list_images(source, Selection(subset=1000)).entries) == 90
    fewer = {path: data for path, data in content.items() if path not in drawn[10, 0]}
    source = ImageSource(zipped(tmp_path / "fewer.zip", fewer))
    again = {entry.path for entry in list_images(source, Selection(subset=10)).entries}
    assert again == drawn[20, 0] - drawn[10, 0]


def test_splits_lie_in_folders_of_their_own(tmp_path):
    content = {f"train/{name}": data for name, data in files(n_images=3).items()}
    content |= {f"val/{name}": data for name, data in files(n_images=2).items()}
    path = zipped(tmp_path / "images.zip", content)
    selection = Selection(split_folders={"train": "train", "test": "val"}, per_class=2)
    index = index_of(path, selection=selection)
    assert index.images.groupby("split").size().to_dict() == {"test": 6, "train": 6}
    images = open_images(index.images, ImageSource(path))
    for row, file in enumerate(index.images["path"]):
        assert np.array_equal(images[row], np.array(Image.open(io.BytesIO(content[file]))))
    lacking = {name: data for name, data in content.items() if f"val/{WNIDS[0]}" not in name}
    path = zipped(tmp_path / "lacking.zip", lacking)
    with pytest.raises(DataError, match=f"the split 'test' has no class '{WNIDS[0]}'"):
        index_of(path, selection=selection)
    (tmp_path / "images.csv").write_text("path,label\na.png,0\n")
    with pytest.raises(ConfigError, match="column 'split'"):
        index_of(tmp_path / "images.csv", selection=selection)


def test_a_compressed_tar_becomes_a_zip_of_the_same_files(tmp_path):
    content = files()
    with tarfile.open(tmp_path / "imagenette2-320.tgz", "w:gz") as archive:
        add(archive, "imagenette2-320/noisy_imagenette.csv", b"path\n")
        for name, data in content.items():
            add(archive, f"imagenette2-320/val/{name}", data)
    outputs = [tmp_path / "1.zip", tmp_path / "2.zip"]
    assert [repack(tmp_path / "imagenette2-320.tgz", output) for output in outputs] == [15, 15]
    assert outputs[0].read_bytes() == outputs[1].read_bytes()
    with zipfile.ZipFile(outputs[0]) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            f"val/{name}": data for name, data in content.items()
        }


def cifar10(path, batches=("data_batch_1", "test_batch"), size=10_000, labels=10):
    rng = np.random.default_rng(0)
    pixels = {}
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        for batch in batches:
            records = rng.integers(0, 256, (size, 3073), dtype=np.uint8)
            records[:, 0] = rng.integers(0, labels, size)
            add(archive, f"cifar-10-batches-bin/{batch}.bin", records.tobytes())
            pixels[batch] = records
        add(archive, "cifar-10-batches-bin/batches.meta.txt", "\n".join(CIFAR10_CLASSES).encode())
    return pixels


def test_cifar10_keeps_every_pixel(tmp_path, monkeypatch):
    monkeypatch.setattr("selectivity.datasets.repack.CIFAR10_IMAGES", 200)
    pixels = cifar10(tmp_path / "cifar-10-binary.tar.gz", size=200)
    assert repack(tmp_path / "cifar-10-binary.tar.gz", tmp_path / "images.zip") == 400
    source = ImageSource(tmp_path / "images.zip")
    selection = Selection(split_folders={"train": "train", "test": "test"})
    listing = list_images(source, selection)
    assert listing.classes == sorted(CIFAR10_CLASSES)
    assert len(listing.entries) == 400
    reader = source.open()
    for batch, number, split in (("data_batch_1", 0, "train"), ("test_batch", 199, "test")):
        record = pixels[batch][number]
        name = f"{split}/{CIFAR10_CLASSES[record[0]]}/{batch}_{number:05d}.png"
        found = np.array(Image.open(io.BytesIO(reader.read(name))))
        for channel in range(3):
            plane = record[1 + 1024 * channel : 1025 + 1024 * channel].reshape(32, 32)
            assert np.array_equal(found[:, :, channel], plane)


def test_archives_that_are_damaged_or_foreign_are_refused(tmp_path):
    path, output = tmp_path / "a.tar.gz", tmp_path / "images.zip"
    cifar10(path, ("data_batch_1",), size=10)
    with pytest.raises(DataError, match="has 30730 bytes, a batch of CIFAR-10 has 30730000"):
        repack(path, output)
    cifar10(path, ("data_batch_1",), labels=11)
    with pytest.raises(DataError, match="a label is 10"):
        repack(path, output)
    whole = path.read_bytes()
    for size in (0, 10, len(whole) // 2):
        path.write_bytes(whole[:size])
        with pytest.raises(DataError, match=r"a\.tar\.gz"):
            repack(path, output)
    with tarfile.open(path, "w:gz") as archive:
        add(archive, "x/readme.txt", b"hello")
    with pytest.raises(DataError, match="holds no images"):
        repack(path, output)
    assert not output.exists()


@pytest.mark.parametrize("name", ["x/../../../evil/a/b.png", "/abs/a/c.png"])
def test_names_that_lead_out_of_an_archive_are_refused(tmp_path, name):
    with tarfile.open(tmp_path / "evil.tar.gz", "w:gz") as archive:
        add(archive, name, png(1))
    with pytest.raises(DataError, match="leads out of the archive"):
        repack(tmp_path / "evil.tar.gz", tmp_path / "images.zip")
