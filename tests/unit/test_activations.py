"""The store gives back what went in, whole or not at all, and refuses to be taken for another file."""

import h5py
import numpy as np
import pytest

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
    monkeypatch.setattr(activations, "IMAGES_PER_CHUNK", rows)
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


def test_the_layout_on_disk(tmp_path):
    path = tmp_path / "fc6.h5"
    store(path)
    with h5py.File(path) as file:
        data = file["activations"]
        assert data.chunks == (16, 50)
        assert list(data._filters) == ["32015"]  # Zstandard alone, no shuffle
        assert file["image"].dtype == np.int64
        assert "position" not in file
    store(tmp_path / "fc8.h5", signed=True)
    with h5py.File(tmp_path / "fc8.h5") as file:
        assert not file["activations"]._filters


def test_equal_content_gives_equal_bytes_for_any_batch(tmp_path):
    store(tmp_path / "a.h5", batch=1)
    store(tmp_path / "b.h5", batch=50)
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()


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
