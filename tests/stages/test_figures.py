"""The figure and table stages on a small store: file contents, bytes, and studies with little to show."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from stage_scripts import stage

from selectivity.activations import create_activations
from selectivity.datasets import ImageSource
from selectivity.errors import ConfigError
from selectivity.measures import MeasureSettings, measure_units
from selectivity.parquet import write_table

ROOT = Path(__file__).resolve().parents[2]
PUBLISHED = ROOT / "config" / "published.tsv"
LAYERS = ["conv1", "fc6", "fc8", "prob"]
NAMES = ["ant", "bee", "cat"]
SIZES = np.array([20, 30, 25])
LABELS = np.repeat(np.arange(3), SIZES)


def layer_values(layer):
    rng = np.random.default_rng([7, len(layer)])
    values = rng.normal(size=(3, len(LABELS))) + 2 * (np.arange(3)[:, None] == LABELS)
    if layer in ("conv1", "fc6"):
        values = np.maximum(values, 0)
    if layer == "prob":
        values = np.exp(values) / np.exp(values).sum(0)
    if layer == "conv1":
        values[1] = 0
    return values.astype(np.float32)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Write activations, measures, classes, index and image files of a small study."""
    root = tmp_path_factory.mktemp("study")
    settings = MeasureSettings(top_k=(10, 60, 100))
    images = np.arange(len(LABELS)) * 2 + 5
    for layer in LAYERS:
        values = layer_values(layer)
        provenance = {"network": "net", "layer": layer}
        with create_activations(
            root / f"{layer}.h5",
            n_units=3,
            images=images,
            labels=LABELS,
            n_classes=3,
            provenance=provenance,
            signed=True,
        ) as writer:
            writer.append(values.T)
        table = pd.DataFrame({"network": "net", "layer": layer, "unit": np.arange(3)})
        for name, column in measure_units(values, SIZES, settings).items():
            table[name] = column
        write_table(table, root / f"{layer}.parquet", provenance)
    pd.DataFrame(
        {"label": [0, 1, 2], "class": NAMES, "name": NAMES, "parents": "", "output": [0, 1, 2]}
    ).to_csv(root / "classes.csv", index=False)
    paths = [f"{NAMES[label]}/{image}.png" for image, label in zip(images, LABELS, strict=True)]
    for path, label in zip(paths, LABELS, strict=True):
        (root / "images" / path).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (12, 10), (80 * int(label), 90, 40)).save(root / "images" / path)
    index = pd.DataFrame({"image": images, "path": paths, "label": LABELS, "split": "test"})
    write_table(index[::-1], root / "index.parquet", {})
    return root


def run_precise_unit(study, out, **extra):
    settings = {
        "activations": study / "fc6.h5",
        "measures": study / "fc6.parquet",
        "classes": study / "classes.csv",
        "index": study / "index.parquet",
        "source": ImageSource(study / "images"),
        "stem": out / "fc6",
        "points": out / "fc6_points.csv",
        "network": "net",
        "layer": "fc6",
        "seed": 0,
        "dpi": 60,
    }
    stage("plot_jitter_precise_unit")(**{**settings, **extra})


def test_the_precise_unit_and_its_points(study, tmp_path):
    run_precise_unit(study, tmp_path)
    table = pd.read_parquet(study / "fc6.parquet")
    best = table.iloc[table["precision_60"].argmax()]
    numbers = pd.read_csv(tmp_path / "fc6.csv").iloc[0]
    assert numbers["unit"] == best["unit"]
    assert numbers["class"] == NAMES[int(best["precision_60_class"])]
    assert numbers["precision_at_k"] == pytest.approx(best["precision_60"])
    if best["max_informedness_class"] == best["precision_60_class"]:
        assert numbers["max_informedness_of_class"] == pytest.approx(best["max_informedness"])
        assert numbers["informedness_threshold_of_class"] == pytest.approx(
            best["informedness_threshold"]
        )
    points = pd.read_csv(tmp_path / "fc6_points.csv")
    np.testing.assert_allclose(
        points["activation"], layer_values("fc6")[int(best["unit"])], rtol=1e-6
    )
    assert points["image"].tolist() == (np.arange(len(LABELS)) * 2 + 5).tolist()
    assert points["shown_class"].sum() == SIZES[int(best["precision_60_class"])]


def test_same_bytes_twice_and_other_pixels_without_images(study, tmp_path):
    for name in ("a", "b"):
        run_precise_unit(study, tmp_path / name)
    run_precise_unit(study, tmp_path / "c", index=None, source=None)
    for form in ("pdf", "svg", "png", "csv"):
        first, second, third = ((tmp_path / n / f"fc6.{form}").read_bytes() for n in "abc")
        assert first == second
        assert (first == third) == (form == "csv")


def test_a_layer_of_constant_units_has_a_figure_that_says_so(study, tmp_path):
    table = pd.read_parquet(study / "fc6.parquet").assign(precision_60=np.nan)
    table.to_parquet(tmp_path / "constant.parquet")
    run_precise_unit(study, tmp_path, measures=tmp_path / "constant.parquet")
    assert (tmp_path / "fc6.png").exists()
    assert pd.read_csv(tmp_path / "fc6.csv").empty


def test_the_output_unit_before_and_after_the_softmax(study, tmp_path):
    stages = {"output": "fc8", "softmax": "prob"}
    stage("plot_jitter_output_unit")(
        activations={key: study / f"{layer}.h5" for key, layer in stages.items()},
        measures=study / "prob.parquet",
        classes=study / "classes.csv",
        stem=tmp_path / "out",
        points=tmp_path / "points.csv",
        network="net",
        layers=stages,
        output_class="bee",
        seed=0,
        dpi=60,
    )
    numbers = pd.read_csv(tmp_path / "out.csv")
    assert numbers["layer"].tolist() == ["fc8", "prob"]
    assert numbers["unit"].tolist() == [1, 1]
    for row, layer in zip(numbers.to_dict("records"), ("fc8", "prob"), strict=True):
        values = layer_values(layer)[1]
        above = (values[LABELS == 1] > values[LABELS != 1].max()).sum()
        assert row["n_class_images_above_all_others"] == above
        assert row["top_class_selectivity_pct"] == pytest.approx(100 * above / 30)
    assert len(pd.read_csv(tmp_path / "points.csv")) == 2 * len(LABELS)


def test_box_plots_and_their_numbers(study, tmp_path):
    stage("plot_measures_by_layer")(
        measures=[study / f"{layer}.parquet" for layer in LAYERS],
        chance=None,
        nine=tmp_path / "nine",
        three=tmp_path / "three",
        layers=LAYERS,
        hidden=LAYERS[:2],
        dpi=60,
    )
    nine = pd.read_csv(tmp_path / "nine.csv")
    assert len(nine) == 18
    assert nine["layer"].unique().tolist() == LAYERS[:2]
    conv1 = nine[(nine["layer"] == "conv1") & (nine["measure"] == "ccmas")].iloc[0]
    assert (conv1["n_units"], conv1["n_undefined"]) == (2, 1)
    expected = pd.read_parquet(study / "conv1.parquet")["ccmas"]
    assert conv1["mean"] == pytest.approx(expected.mean())
    three = pd.read_csv(tmp_path / "three.csv")
    assert three["layer"].unique().tolist() == LAYERS
    tcs = three[(three["measure"] == "top_class_selectivity") & (three["layer"] == "prob")].iloc[0]
    prob = pd.read_parquet(study / "prob.parquet")["top_class_selectivity"]
    assert tcs["median"] == pytest.approx(100 * prob.median())


def test_synthetic_units(tmp_path):
    for name in ("a", "b"):
        stage("plot_synthetic_units")(
            published=PUBLISHED,
            stem=tmp_path / name,
            points=tmp_path / f"{name}_points.csv",
            seed=4,
            dpi=60,
        )
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    numbers = pd.read_csv(tmp_path / "a.csv").set_index(["unit", "quantity"])["computed"]
    assert numbers["a", "ccmas"] == 1
    assert numbers["a", "precision100_pct"] == pytest.approx(10.81, abs=0.01)
    assert numbers["c", "ccmas"] == pytest.approx(0.06, abs=0.005)
    assert len(pd.read_csv(tmp_path / "a_points.csv")) == 1000


def test_tables(study, tmp_path):
    files = [study / f"{layer}.parquet" for layer in LAYERS]
    stage("tabulate_best_units")(
        measures=files,
        classes={"net": study / "classes.csv"},
        table=tmp_path / "best.csv",
        page=tmp_path / "best.html",
    )
    best = pd.read_csv(tmp_path / "best.csv")
    assert best["layer"].unique().tolist() == LAYERS
    assert set(best["ccmas_class"]) <= set(NAMES)
    stage("tabulate_layers")(
        measures=files, table=tmp_path / "layers.csv", page=tmp_path / "layers.html"
    )
    layers = pd.read_csv(tmp_path / "layers.csv")
    assert layers["layer"].unique().tolist() == LAYERS
    constant = layers[layers["layer"] == "conv1"]["n_constant"]
    assert (constant == 1).all()
    assert "<table>" in (tmp_path / "layers.html").read_text()


def group_rows(layer, groups, k=10):
    """Return a table of groups with the columns that the figure reads, from the activations themselves."""
    rows = []
    for unit, values in enumerate(layer_values(layer)):
        top = np.argsort(-values, kind="stable")[:k]
        for group, labels in groups.items():
            inside = np.isin(LABELS, labels)
            row = {"network": "net", "layer": layer, "unit": unit, "group": group}
            row[f"precision_{k}"] = inside[top].mean() if np.ptp(values) else np.nan
            for side, chosen in (("in", inside), ("out", ~inside)):
                row[f"mean_{side}"] = values[chosen].mean()
                row[f"proportion_positive_{side}"] = (values[chosen] > 0).mean()
            row["ccmas"] = 0.5
            rows.append(row)
    return pd.DataFrame(rows)


GROUPS = {"insects": ["bee", "ant"], "pets": ["cat"]}


def run_group_units(study, out, wanted, layers=("conv1", "fc6")):
    labels = {group: [NAMES.index(name) for name in names] for group, names in GROUPS.items()}
    out.mkdir(exist_ok=True)
    for layer in layers:
        write_table(group_rows(layer, labels), out / f"{layer}.groups.parquet", {})
    stage("plot_group_units")(
        activations={layer: study / f"{layer}.h5" for layer in layers},
        groups={layer: out / f"{layer}.groups.parquet" for layer in layers},
        classes=study / "classes.csv",
        network="net",
        named=GROUPS,
        wanted=wanted,
        k=10,
        seed=0,
        dpi=60,
        stem=out / "groups",
        points=out / "points.csv",
    )
    return pd.read_csv(out / "groups.csv")


def test_units_and_groups(study, tmp_path):
    numbers = run_group_units(study, tmp_path / "a", {"fc6": [2, 0]})
    assert numbers[numbers["layer"] == "fc6"][["group", "unit"]].to_numpy().tolist() == [
        ["insects", 2], ["insects", 0], ["pets", 2], ["pets", 0],
    ]  # fmt: skip
    conv1 = group_rows("conv1", {"insects": [0, 1]})
    best = int(conv1["unit"].iloc[conv1["precision_10"].argmax()])
    assert numbers[(numbers["layer"] == "conv1") & (numbers["group"] == "insects")][
        "unit"
    ].tolist() == [best]
    points = pd.read_csv(tmp_path / "a" / "points.csv")
    assert len(points) == len(numbers) * len(LABELS)
    drawn = points[(points["layer"] == "fc6") & (points["unit"] == 2) & (points["group"] == "pets")]
    np.testing.assert_allclose(drawn["activation"], layer_values("fc6")[2], rtol=1e-6)
    run_group_units(study, tmp_path / "b", {"fc6": [2, 0]})
    for form in ("pdf", "svg", "png", "csv"):
        first, second = ((tmp_path / name / f"groups.{form}").read_bytes() for name in "ab")
        assert first == second
    with pytest.raises(ConfigError, match="fc6 has no unit 7"):
        run_group_units(study, tmp_path / "c", {"fc6": [7]})
