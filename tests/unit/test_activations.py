"""The store gives back what went in, whole or not at all, and refuses to be taken for another file."""

import re
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from selectivity import activations
from selectivity.activations import create_activations, open_activations
from selectivity.errors import DataError, ProvenanceError

PROVENANCE = {"network": "alexnet", "layer": "conv5", "preprocessing": {"mean": [0.5, 0.5, 0.5]}}


def made(n_images=50, n_units=37, n_classes=4, seed=0):
    rng = np.random.default_rng(seed)
    values = np.maximum(rng.normal(size=(n_images, n_units)), 0).astype(np.float32)
    labels = np.sort(rng.choice([0, 1, 3], n_images)).astype(np.int32)  # class 2 has no images
    images = rng.permutation(1000)[:n_images]
    return values, labels, images, n_classes


def store(path, batch=7, **options):
    values, labels, images, n_classes = made()
    settings = {"provenance": PROVENANCE, "signed": False, **options}
    with create_activations(
        path, n_units=37, images=images, labels=labels, n_classes=n_classes, **settings
    ) as writer:
        for start in range(0, len(values), batch):
            part = slice(start, start + batch)
            positions = (values[part] * 10).astype(np.int32) if "map_shape" in options else None
            before = values[part] - 1 if options.get("pre_relu") else None
            writer.append(values[part], positions, before)
    return values, labels, images


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("rows", [8, 16, 50, 8192])
def test_round_trip(tmp_path, monkeypatch, rows, signed):
    monkeypatch.setattr(activations, "IMAGES_PER_BLOCK", rows)
    path = tmp_path / "a" / "conv5.h5"
    values, labels, images = store(path, map_shape=(13, 13), pre_relu=True, signed=signed)
    with open_activations(path, {"layer": "conv5"}) as found:
        assert (found.n_units, found.n_images, found.n_classes) == (37, 50, 4)
        np.testing.assert_array_equal(found.read_units(0, 37), values.T)
        np.testing.assert_array_equal(found.read_units(15, 33), values.T[15:33])
        np.testing.assert_array_equal(found.read_positions(3, 5), (values.T[3:5] * 10).astype(int))
        np.testing.assert_array_equal(found.read_pre_relu(0, 37), values.T - 1)
        np.testing.assert_array_equal(found.labels, labels)
        np.testing.assert_array_equal(found.images, images)
        np.testing.assert_array_equal(found.class_sizes, np.bincount(labels, minlength=4))
        assert found.class_sizes[2] == 0
        assert found.provenance == PROVENANCE
        assert found.map_shape == (13, 13)
        assert found.read_units(0, 1).dtype == np.float32


@pytest.mark.parametrize("start", [3, 11])
def test_a_damaged_file_is_refused(tmp_path, start):
    path = tmp_path / "conv5.h5"
    values, _, _ = store(path)
    with h5py.File(path, "r+") as file:
        starts = file["activations/start"]
        starts[start] = starts[start - 1]  # leaves a unit without values
    n_set = np.count_nonzero(values[:, start - 1])
    with (
        open_activations(path) as found,
        pytest.raises(DataError, match=f"damaged: a unit has {n_set} .* but 0 values"),
    ):
        found.read_units(0, 37)


def test_a_layer_without_its_zeros_on_disk(tmp_path):
    path = tmp_path / "conv5.h5"
    values, _, _ = store(path, map_shape=(13, 13))
    with h5py.File(path) as file:
        packed = file["activations"]
        assert set(packed) == {"nonzero", "values", "start", "position"}
        assert packed["nonzero"].shape == (37, 7)  # 50 images, a bit each
        assert packed["values"].dtype == np.float32
        assert packed["start"].dtype == file["image"].dtype == np.int64
        assert packed["position"].dtype == np.uint8  # 169 places
        np.testing.assert_array_equal(packed["start"], np.r_[0, np.cumsum((values > 0).sum(0))])
        np.testing.assert_array_equal(packed["values"], values.T[values.T > 0])
        assert all(data._filters == {} and data.chunks is None for data in packed.values())


def test_a_zero_keeps_the_place_of_the_value_before_the_relu(tmp_path):
    values = np.float32([[0, 2], [1, 0], [0, 0]])
    places = np.int32([[3, 1], [2, 5], [4, 0]])
    with create_activations(
        tmp_path / "a.h5",
        n_units=2,
        images=np.arange(3),
        labels=np.zeros(3),
        n_classes=1,
        provenance={},
        signed=False,
        map_shape=(2, 3),
        pre_relu=True,
    ) as writer:
        writer.append(values, places, values - 3)
    with open_activations(tmp_path / "a.h5") as found:
        np.testing.assert_array_equal(found.read_units(0, 2), values.T)
        np.testing.assert_array_equal(found.read_positions(0, 2), places.T)
        np.testing.assert_array_equal(found.read_pre_relu(1, 2), values.T[1:] - 3)


def test_a_signed_layer_on_disk(tmp_path):
    store(tmp_path / "fc8.h5", signed=True)
    with h5py.File(tmp_path / "fc8.h5") as file:
        assert file["activations"].shape == (37, 50)
        assert file["activations"].chunks is None
        assert "position" not in file


@pytest.mark.parametrize("n_places, dtype", [(256, np.uint8), (257, np.uint16), (70000, np.uint32)])
@pytest.mark.parametrize("signed", [False, True])
def test_every_place_of_a_map_can_be_kept(tmp_path, n_places, dtype, signed):
    with create_activations(
        tmp_path / "a.h5",
        n_units=1,
        images=np.arange(2),
        labels=np.zeros(2),
        n_classes=1,
        provenance={},
        signed=signed,
        map_shape=(1, n_places),
    ) as writer:
        places = np.array([[n_places - 1], [0]], np.int32)
        writer.append(np.ones((2, 1), np.float32), places)
        with pytest.raises(ValueError, match="more than"):
            writer.append(np.ones((1, 1), np.float32), places[:1])
    with open_activations(tmp_path / "a.h5") as found:
        assert found.read_positions(0, 1).tolist() == [[n_places - 1, 0]]
        assert found.read_positions(0, 1).dtype == np.int32
        where = "position" if signed else "activations/position"
        assert found._file[where].dtype == dtype


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_any_layer_comes_back(tmp_path_factory, data):
    n_images, n_units = data.draw(st.integers(1, 70)), data.draw(st.integers(1, 40))
    rows = data.draw(st.sampled_from([8, 16, 24, 8192]))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    values = rng.normal(size=(n_images, n_units)).astype(np.float32)
    values[rng.random(values.shape) < data.draw(st.sampled_from([0, 0.3, 0.9, 1]))] = 0
    values[:, rng.random(n_units) < 0.2] = -0.0
    values[rng.random(values.shape) < 0.1] = np.finfo(np.float32).smallest_subnormal
    batch = data.draw(st.integers(1, n_images))
    folder = tmp_path_factory.mktemp("any")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(activations, "IMAGES_PER_BLOCK", rows)
        with create_activations(
            folder / "a.h5",
            n_units=n_units,
            images=np.arange(n_images),
            labels=np.zeros(n_images),
            n_classes=1,
            provenance={},
            signed=False,
            map_shape=(3, 4),
        ) as writer:
            positions = np.where(values == 0, 0, rng.integers(0, 12, values.shape))
            for start in range(0, n_images, batch):
                part = slice(start, start + batch)
                writer.append(values[part], positions[part])
    with open_activations(folder / "a.h5") as found:
        first = data.draw(st.integers(0, n_units))
        last = data.draw(st.integers(first, n_units))
        read = found.read_units(first, last)
        assert read.tobytes() == (values.T[first:last] + 0).tobytes()  # -0.0 is kept as 0.0
        np.testing.assert_array_equal(found.read_positions(first, last), positions.T[first:last])


@pytest.mark.parametrize("zeros", [0.0, 0.3, 0.6, 0.83, 1.0])
def test_a_layer_takes_its_share_of_non_zeros_and_a_bit_an_image(tmp_path, zeros):
    rng = np.random.default_rng(0)
    n_images, n_units = 10_000, 64
    values = np.where(rng.random((n_images, n_units)) < zeros, 0, rng.normal(5, 1, n_units))
    with create_activations(
        tmp_path / "a.h5",
        n_units=n_units,
        images=np.arange(n_images),
        labels=np.zeros(n_images),
        n_classes=1,
        provenance={},
        signed=False,
    ) as writer:
        writer.append(values.astype(np.float32))
    with open_activations(tmp_path / "a.h5") as found:
        np.testing.assert_array_equal(found.read_units(0, n_units), values.T.astype(np.float32))
    ids_and_labels = 12 * n_images
    size = (tmp_path / "a.h5").stat().st_size - ids_and_labels
    assert size / (4 * values.size) <= (1 - (values == 0).mean()) + 1 / 32 + 0.005


def test_the_page_shows_how_to_read_a_file_without_plugins(tmp_path):
    page = Path(__file__).resolve().parents[2] / "config" / "README.md"
    section = page.read_text().split("## Reading the activation files")[1]
    code = re.search(r"```python\n(.*?)```", section, re.DOTALL)[1]
    script = tmp_path / "read.py"
    script.write_text(
        code
        + """
import sys
np.save(sys.argv[2], np.stack([read_unit(sys.argv[1], unit) for unit in range(37)]))
assert "hdf5plugin" not in sys.modules
"""
    )
    for signed in (False, True):
        values, _, _ = store(tmp_path / "a.h5", signed=signed)
        subprocess.run([sys.executable, script, tmp_path / "a.h5", tmp_path / "a.npy"], check=True)
        np.testing.assert_array_equal(np.load(tmp_path / "a.npy"), values.T)


@pytest.mark.parametrize("signed", [False, True])
def test_equal_content_gives_equal_bytes_for_any_batch(tmp_path, signed):
    options = {"map_shape": (13, 13), "pre_relu": True, "signed": signed}
    store(tmp_path / "a.h5", batch=1, **options)
    store(tmp_path / "b.h5", batch=50, **options)
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()


def test_what_is_not_stored_cannot_be_read(tmp_path):
    for signed in (False, True):
        store(tmp_path / "a.h5", signed=signed)
        with open_activations(tmp_path / "a.h5") as found:
            with pytest.raises(DataError, match="no 'position'"):
                found.read_positions(0, 1)
            with pytest.raises(DataError, match="no 'pre_relu'"):
                found.read_pre_relu(0, 1)


def test_a_file_made_with_other_settings_is_refused(tmp_path):
    path = tmp_path / "a.h5"
    store(path)
    wrong = {"network": "vgg", "preprocessing": {"mean": (0.5, 0.5, 0.4)}, "layer": "conv5"}
    with pytest.raises(ProvenanceError) as caught, open_activations(path, wrong):
        pass
    message = str(caught.value)
    assert "network is 'alexnet', asked for 'vgg'" in message
    assert "preprocessing" in message
    assert "layer" not in message
    with (
        pytest.raises(ProvenanceError, match="seed is 'not recorded'"),
        open_activations(path, {"seed": 1}),
    ):
        pass
    with open_activations(path, {"preprocessing": {"mean": (0.5, 0.5, 0.5)}}) as found:
        assert found.n_images == 50


def test_files_that_are_no_activations_are_refused(tmp_path):
    (tmp_path / "text.h5").write_text("no")
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = 1
    for name, words in (("none", "exist"), ("text", "not a readable"), ("other", "'activations'")):
        with pytest.raises(DataError, match=words), open_activations(tmp_path / f"{name}.h5"):
            pass


def test_an_unfinished_file_never_appears(tmp_path):
    values, labels, images, n_classes = made()
    options = {"provenance": {}, "signed": False, "n_classes": n_classes}
    with (
        pytest.raises(DataError, match="20 of 50"),
        create_activations(
            tmp_path / "a.h5", n_units=37, images=images, labels=labels, **options
        ) as writer,
    ):
        writer.append(values[:20])
    with (
        pytest.raises(KeyError),
        create_activations(
            tmp_path / "a.h5", n_units=37, images=images, labels=labels, **options
        ) as writer,
    ):
        writer.append(values)
        raise KeyError
    assert list(tmp_path.iterdir()) == []


def test_what_does_not_belong_is_refused(tmp_path):
    values, labels, images, n_classes = made()
    options = {"provenance": {}, "signed": False, "n_classes": n_classes, "n_units": 37}

    def attempt(rows, given_labels=labels):
        with create_activations(
            tmp_path / "a.h5", images=images, labels=given_labels, **options
        ) as writer:
            writer.append(rows)

    values[30, 5] = np.nan
    with pytest.raises(DataError, match=r"unit 5 to image 30 .* is nan"):
        attempt(values)
    with pytest.raises(ValueError, match=r"expected \(images, 37\)"):
        attempt(values[:, :5])
    with pytest.raises(ValueError, match="more than the 50"):
        attempt(np.zeros((51, 37), np.float32))
    with pytest.raises(ValueError, match="sorted"):
        attempt(values, labels[::-1])
    with pytest.raises(DataError, match="nothing to store"):
        attempt(values, labels[:0])
    for place in (-1, 169):
        with (
            pytest.raises(ValueError, match=r"positions must lie in 0\.\.168"),
            create_activations(
                tmp_path / "a.h5", images=images, labels=labels, map_shape=(13, 13), **options
            ) as writer,
        ):
            writer.append(np.ones((1, 37), np.float32), np.full((1, 37), place))
    assert list(tmp_path.iterdir()) == []


def test_a_single_image_and_a_single_unit(tmp_path):
    with create_activations(
        tmp_path / "a.h5",
        n_units=1,
        images=np.array([9]),
        labels=np.array([0]),
        n_classes=1,
        provenance={},
        signed=False,
    ) as writer:
        writer.append(np.array([[2.5]], np.float32))
    with open_activations(tmp_path / "a.h5") as found:
        assert found.read_units(0, 1).tolist() == [[2.5]]
        with pytest.raises(IndexError):
            found.read_units(0, 2)
