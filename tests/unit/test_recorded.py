"""Recorded activations of any format and order become the same store."""

import h5py
import hdf5plugin
import numpy as np
import pandas as pd
import pytest

from selectivity import recorded
from selectivity.activations import open_activations
from selectivity.datasets.index import IndexSettings, index_labels
from selectivity.errors import DataError


def matrix(n_images=70, n_units=20, seed=0):
    rng = np.random.default_rng(seed)
    return np.maximum(rng.normal(size=(n_images, n_units)), 0).astype(np.float32)


def labels(tmp_path, n_images=70, is_sorted=False):
    names = np.random.default_rng(1).choice(["ant", "bee", "cat"], n_images)
    path = tmp_path / "labels.csv"
    pd.DataFrame({"label": np.sort(names) if is_sorted else names}).to_csv(path, index=False)
    return index_labels(path, IndexSettings())


def write(path, values, form):
    match form:
        case "npy":
            np.save(path, values)
        case "npy_fortran":
            np.save(path, np.asfortranarray(values))
        case "npy_double":
            np.save(path, values.astype(np.float64))
        case "csv" | "csv_numbered" | "csv_named":
            names = [f"unit {i}" for i in range(20)] if form == "csv_named" else range(20)
            pd.DataFrame(values, columns=names).to_csv(path, index=False, header=form != "csv")
        case "h5":
            with h5py.File(path, "w") as file:
                file["activations"] = values
        case "h5_packed":
            with h5py.File(path, "w") as file:
                file.create_dataset("activations", data=values, chunks=(8, 5), **hdf5plugin.Zstd())


@pytest.mark.parametrize("is_sorted", [False, True])
@pytest.mark.parametrize(
    "form",
    ["npy", "npy_fortran", "npy_double", "csv", "csv_numbered", "csv_named", "h5", "h5_packed"],
)
def test_every_form_gives_the_same_store(tmp_path, monkeypatch, form, is_sorted):
    monkeypatch.setattr(recorded, "ROWS_PER_READ", 16)
    values, index = matrix(), labels(tmp_path, is_sorted=is_sorted)
    path = tmp_path / f"layer.{form.split('_')[0]}"
    write(path, values, form)
    output = tmp_path / "out" / "layer.h5"
    recorded.convert_recorded(path, index.images, 3, output, {"layer": "layer"})
    with open_activations(output, {"layer": "layer", "n_images": 70}) as store:
        np.testing.assert_array_equal(store.read_units(0, 20), values[store.images].T)
        np.testing.assert_array_equal(store.labels, index.images["label"])
        assert not store.signed
    assert [file.name for file in output.parent.iterdir()] == ["layer.h5"]


@pytest.mark.parametrize("header", [False, True])
def test_a_csv_may_begin_with_a_byte_order_mark(tmp_path, header):
    values, index = matrix(), labels(tmp_path)
    table = pd.DataFrame(values)
    table.to_csv(tmp_path / "a.csv", index=False, header=header, encoding="utf-8-sig")
    recorded.convert_recorded(tmp_path / "a.csv", index.images, 3, tmp_path / "a.h5", {})
    with open_activations(tmp_path / "a.h5") as store:
        np.testing.assert_array_equal(store.read_units(0, 20), values[store.images].T)


def test_negative_values_anywhere_make_the_layer_signed(tmp_path, monkeypatch):
    monkeypatch.setattr(recorded, "ROWS_PER_READ", 16)
    values = matrix()
    values[69, 0] = -1
    np.save(tmp_path / "a.npy", values)
    recorded.convert_recorded(tmp_path / "a.npy", labels(tmp_path).images, 3, tmp_path / "a.h5", {})
    with open_activations(tmp_path / "a.h5") as store:
        assert store.signed


def faulty(change):
    values = matrix().astype(object) if change == "text" else matrix()
    match change:
        case "nan":
            values[[60, 33, 33], [1, 7, 2]] = np.nan
        case "infinite":
            values[12, 4] = np.inf
        case "cube":
            values = values[None]
        case "short":
            values = values[:-1]
        case "empty":
            values = values[:0]
        case "text":
            values[41, 3] = "much"
    return values


@pytest.mark.parametrize(
    ("form", "change", "words"),
    [
        ("npy", "nan", "image 33, unit 2 is NaN"),
        ("h5", "nan", "image 33, unit 2 is NaN"),
        ("csv", "nan", "image 33, unit 2 is NaN"),
        ("csv_numbered", "nan", "image 33, unit 2 is NaN"),
        ("npy", "infinite", "image 12, unit 4 is infinite"),
        ("npy", "cube", r"\(n_images, n_units\), found shape \(1, 70, 20\)"),
        ("h5", "cube", r"\(n_images, n_units\), found shape \(1, 70, 20\)"),
        ("npy", "short", "holds 69 images .* names 70"),
        ("csv", "short", "holds 69 images .* names 70"),
        ("h5", "short", "holds 69 images .* names 70"),
        ("npy", "empty", "empty"),
        ("csv_named", "text", "image 41, unit 3 is not a number: 'much'"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path, monkeypatch, form, change, words):
    monkeypatch.setattr(recorded, "ROWS_PER_READ", 16)
    path = tmp_path / f"layer.{form.split('_')[0]}"
    write(path, faulty(change), form)
    output = tmp_path / "out" / "layer.h5"
    with pytest.raises(DataError, match=words) as caught:
        recorded.convert_recorded(path, labels(tmp_path).images, 3, output, {})
    assert path.name in str(caught.value)
    assert not output.exists()


def test_files_that_cannot_be_read_are_named(tmp_path):
    index = labels(tmp_path)
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["activation"] = matrix()
    (tmp_path / "text.h5").write_text("no")
    (tmp_path / "text.npy").write_text("no")
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "ragged.csv").write_text("1,2\n3,4,5\n")
    (tmp_path / "rows.csv").write_text(",0,1\n0,0.5,1\n1,0.5,2\n")
    np.save(tmp_path / "objects.npy", np.array([[{}]]), allow_pickle=True)
    np.save(tmp_path / "complex.npy", matrix() + 1j)
    cases = {
        "other.h5": "no dataset 'activations'; did you mean 'activation'",
        "text.h5": "not a readable HDF5",
        "text.npy": "not a readable .npy",
        "empty.csv": "empty",
        "ragged.csv": "not a CSV of numbers",
        "rows.csv": "looks like row numbers",
        "objects.npy": "not a readable .npy",
        "complex.npy": "expected real numbers, found complex",
        "none.npy": "does not exist",
        "a.mat": "ends in .npy, .csv or .h5",
    }
    for name, words in cases.items():
        with pytest.raises(DataError, match=words) as caught:
            recorded.convert_recorded(tmp_path / name, index.images, 3, tmp_path / "o.h5", {})
        assert name in str(caught.value)
