"""Activations recorded elsewhere: right measures from every format, one clear error for every mistake."""

import shutil

import h5py
import numpy as np
import pandas as pd
import pytest
from runs import Project

import oracle_rows

pytestmark = pytest.mark.slow

CLASSES = ["ant", "bee", "cat", "dog"]


def recorded(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return activations (90 images, 6 units) with ties, zeros and negatives, and class names."""
    rng = np.random.default_rng(seed)
    activations = np.maximum(rng.integers(-6, 10, (90, 6)) / 4, 0).astype(np.float32)
    activations[:, 4] = rng.normal(size=90)
    activations[:, 5] = 0
    labels = np.array(CLASSES)[rng.integers(0, 4, 90)]
    return activations, labels


def study(files: dict[str, str], **extra) -> dict:
    return {
        "study": "mine",
        "networks": {"recorded": {"activations": files, "labels": "labels.csv"}},
        "measures": {"top_k": [10, 60]},
        **extra,
    }


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Project:
    return Project.copy_to(tmp_path_factory.mktemp("recorded") / "project")


def write(project: Project, activations: np.ndarray, labels) -> None:
    np.save(project.root / "a.npy", activations)
    pd.DataFrame(activations).to_csv(project.root / "a.csv", index=False)
    with h5py.File(project.root / "a.h5", "w") as file:
        file["activations"] = activations
    pd.DataFrame({"label": labels}).to_csv(project.root / "labels.csv", index=False)


def test_npy_h5_and_csv_give_the_measures_of_the_oracle(project):
    activations, labels = recorded()
    write(project, activations, labels)
    project.write_study(study({"one": "a.npy", "two": "a.h5", "three": "a.csv"}))
    project.run()
    units = pd.read_csv(project.root / "results/mine/tables/units.csv")
    assert list(units.layer.unique()) == ["one", "two", "three"]
    columns = [name for name in units.columns if name != "layer"]
    one = units[units.layer == "one"][columns].reset_index(drop=True)
    for layer in ("two", "three"):
        pd.testing.assert_frame_equal(
            one, units[units.layer == layer][columns].reset_index(drop=True)
        )
    codes = np.searchsorted(CLASSES, labels)
    for unit in range(6):
        expected = oracle_rows.unit_measures(activations[:, unit], codes, top_k=(10, 60))
        for name, value in expected.items():
            np.testing.assert_allclose(
                float(one.loc[unit, name]),
                float(value),
                rtol=1e-9,
                atol=1e-12,
                err_msg=f"{unit} {name}",
            )
    figures = {path.stem for path in (project.root / "results/mine/figures").rglob("*.png")}
    assert figures


def one_image(activations, labels):
    return activations[:1], labels[:1]


def one_class(activations, labels):
    return activations, np.full(len(labels), "ant")


@pytest.mark.parametrize("case", [one_image, one_class], ids=lambda case: case.__name__)
def test_degenerate_recordings_give_the_documented_values(project, case):
    write(project, *case(*recorded()))
    project.write_study(study({"one": "a.npy"}))
    project.run("study.yaml", "results/mine/tables/units.csv")
    units = pd.read_csv(project.root / "results/mine/tables/units.csv")
    assert units.ccmas.isna().all()
    assert units.max_informedness.isna().all()


def fault_nan(project, activations, labels):
    activations[7, 2] = np.nan
    write(project, activations, labels)


def fault_shape(project, activations, labels):
    write(project, activations, labels)
    np.save(project.root / "a.npy", activations[None])


def fault_labels(project, activations, labels):
    write(project, activations, labels[:-1])


def fault_column(project, activations, labels):
    write(project, activations, labels)
    pd.DataFrame({"labels": labels}).to_csv(project.root / "labels.csv", index=False)


def fault_dataset(project, activations, labels):
    write(project, activations, labels)
    with h5py.File(project.root / "a.npy", "w") as file:
        file["acts"] = activations


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (fault_nan, ("NaN", "7", "2")),
        (fault_shape, ("(n_images, n_units)", "(1, 90, 6)")),
        (fault_labels, ("90", "89")),
        (fault_column, ("label", "labels")),
        (fault_dataset, ("a.npy",)),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_mistake_ends_in_one_clear_error(project, fault, words):
    shutil.rmtree(project.root / "results", ignore_errors=True)
    fault(project, *recorded(1))
    project.write_study(study({"one": "a.npy"}))
    done = project.snakemake("--cores", "1", "--config", "study=study.yaml", check=False)
    assert done.returncode != 0
    for word in words:
        assert word in done.stdout
    assert "Traceback" not in done.stdout
    assert not list((project.root / "results" / "mine").rglob("one*.parquet"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"networks": {"recorded": {"activations": {"one": "b.npy"}, "labels": "labels.csv"}}},
            "b.npy' does not exist",
        ),
        ({"mesures": {}}, "unknown key 'mesures' at top level; did you mean 'measures'?"),
        ({"measures": {"top_k": "60"}}, "measures.top_k"),
        ({"seed": -1}, "seed"),
    ],
)
def test_a_mistake_in_the_study_is_refused_before_any_job(project, change, words):
    write(project, *recorded())
    project.write_study({**study({"one": "a.npy"}), **change}, "wrong.yaml")
    done = project.snakemake("--dry-run", "--config", "study=wrong.yaml", check=False)
    assert done.returncode != 0
    assert words in done.stdout
    assert "Traceback" not in done.stdout
