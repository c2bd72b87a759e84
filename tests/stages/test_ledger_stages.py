"""From activations to the ledger through the scripts, on a network with a known verdict."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from stage_scripts import stage

from selectivity.activations import create_activations
from selectivity.claims.roles import describe_network
from selectivity.errors import DataError
from selectivity.measures import MeasureSettings, measure_units
from selectivity.parquet import read_table, write_table

ROOT = Path(__file__).resolve().parents[2]
N_CLASSES, N_IMAGES = 4, 20
LABELS = np.repeat(np.arange(N_CLASSES), N_IMAGES)
LAYERS = ("fc6", "fc8")


def layer_activations(layer):
    """fc6: eight units, mostly zero. fc8: unit k prefers class 3 - k."""
    random = np.random.default_rng(len(layer) + ord(layer[-1]))
    if layer == "fc6":
        values = np.maximum(0, random.normal(-1, 1, (8, LABELS.size)))
        values[3] = 0
    else:
        own = (N_CLASSES - 1 - np.arange(N_CLASSES))[:, None] == LABELS
        values = random.normal(-2, 1, (N_CLASSES, LABELS.size)) + 6 * own
    return values.astype(np.float32)


def write_layer(folder, layer):
    values = layer_activations(layer)
    names = {"network": "net", "layer": layer}
    with create_activations(
        folder / f"{layer}.h5",
        n_units=len(values),
        images=np.arange(LABELS.size),
        labels=LABELS,
        n_classes=N_CLASSES,
        provenance=names,
        signed=layer == "fc8",
    ) as writer:
        writer.append(values.T.copy())
    sizes = np.full(N_CLASSES, N_IMAGES)
    measures = pd.DataFrame(measure_units(values, sizes, MeasureSettings(top_k=(60, 100))))
    table = pd.DataFrame({**names, "unit": range(len(values))}).join(measures)
    write_table(table, folder / f"{layer}.parquet", names)


def summarize(folder, layer, classes=None):
    stage("summarize_activations")(
        activations=folder / f"{layer}.h5",
        measures=folder / f"{layer}.parquet",
        classes=classes,
        summary=folder / f"{layer}-summary.parquet",
        network="net",
        layer=layer,
        is_output=layer == "fc8",
    )
    return read_table(folder / f"{layer}-summary.parquet")[0]


@pytest.fixture
def folder(tmp_path):
    for layer in LAYERS:
        write_layer(tmp_path, layer)
    classes = pd.DataFrame({"label": range(4), "class": list("abcd"), "output": [3, 2, 1, 0]})
    classes.to_csv(tmp_path / "classes.csv", index=False)
    return tmp_path


def test_the_summary_counts_zeros_and_knows_own_classes(folder):
    hidden = summarize(folder, "fc6", folder / "classes.csv")
    zeros = (layer_activations("fc6") == 0).mean(axis=1)
    np.testing.assert_allclose(hidden["zero_share"], zeros)
    assert list(hidden["own_class"]) == [-1] * 8
    assert hidden["own_class_auroc"].isna().all()
    output = summarize(folder, "fc8", folder / "classes.csv")
    assert list(output["own_class"]) == [3, 2, 1, 0]
    assert (output["own_class_auroc"] > 0.99).all()


def test_without_a_class_table_unit_k_stands_for_class_k(folder):
    output = summarize(folder, "fc8")
    assert list(output["own_class"]) == [0, 1, 2, 3]
    assert (output["own_class_auroc"] < 0.7).all()


def test_measures_of_another_layer_are_refused(folder):
    (folder / "fc6.parquet").write_bytes((folder / "fc8.parquet").read_bytes())
    with pytest.raises(DataError, match="8 units"):
        summarize(folder, "fc6")


def evaluate_and_build(folder, entry):
    for layer in LAYERS:
        summarize(folder, layer, folder / "classes.csv")
    files = {
        "measures": [folder / f"{layer}.parquet" for layer in LAYERS],
        "summaries": [folder / f"{layer}-summary.parquet" for layer in reversed(LAYERS)],
    }
    networks = [describe_network("net", entry, LAYERS)]
    stage("evaluate_claims")(
        claims=ROOT / "config/claims.yaml",
        **files,
        tables=[],
        verdicts=folder / "claims.csv",
        synthetic=folder / "synthetic.csv",
        networks=networks,
        seed=0,
    )
    stage("build_ledger")(
        published=ROOT / "config/published.tsv",
        quantities=ROOT / "config/quantities.yaml",
        claims=ROOT / "config/claims.yaml",
        verdicts=folder / "claims.csv",
        **files,
        tables=[("synthetic", folder / "synthetic.csv")],
        table=folder / "ledger.csv",
        page=folder / "ledger.html",
        networks=networks,
        study="tiny",
        title="<i>four classes</i>",
    )
    verdicts = pd.read_csv(folder / "claims.csv", keep_default_na=False).set_index("claim")
    return verdicts, pd.read_csv(folder / "ledger.csv", keep_default_na=False)


def test_claims_and_ledger(folder):
    verdicts, ledger = evaluate_and_build(folder, {"layers": {}})
    assert verdicts.loc["C10", "verdict"] == "does not hold"  # separable, but so is its TCS
    assert json.loads(verdicts.loc["C10", "numbers"])["median AUROC"] > 0.99
    assert verdicts.loc["C18", "verdict"] == "holds"
    assert verdicts.loc["C29", "verdict"] == "holds"
    assert verdicts.loc["C02", "reason"] == "no layer of net plays the role of conv5"
    assert verdicts.loc[["C19", "C20"], "verdict"].tolist() == ["holds", "holds"]
    counts = ledger["section"].value_counts()
    assert counts["published"] == 791
    assert counts["claim"] == len(verdicts)
    page = (folder / "ledger.html").read_text(encoding="utf-8")
    assert "&lt;i&gt;four classes&lt;/i&gt;" in page
    assert "<i>four" not in page


def test_the_synthetic_units_are_those_of_the_papers(folder):
    evaluate_and_build(folder, {"layers": {}})
    units = pd.read_csv(folder / "synthetic.csv").set_index("unit")
    assert units["ccmas"].round(2).tolist() == [1, 1, 0.06]
    assert units["top_class_selectivity"].tolist() == [0.01, 1, 1]
    # The 99 silent places of the first 100 are shared by all classes: 1 + 99 x 99/999 of them.
    assert units["precision_100"].tolist() == pytest.approx([(1 + 99 * 99 / 999) / 100, 1, 1])


def test_the_same_bytes_twice(folder):
    entry = {
        "layers": {},
        "published_as": {"network": "caffenet", "dataset": "imagenet2012-train-correct"},
    }
    names = ("claims.csv", "synthetic.csv", "ledger.csv", "ledger.html")
    first = evaluate_and_build(folder, entry) and [(folder / n).read_bytes() for n in names]
    assert evaluate_and_build(folder, entry)
    assert [(folder / n).read_bytes() for n in names] == first


def test_the_figure_shows_every_verdict(folder):
    verdicts, _ = evaluate_and_build(folder, {"layers": {}})
    stage("plot_claims")(verdicts=folder / "claims.csv", stem=folder / "figure")
    shown = pd.read_csv(folder / "figure.csv").set_index("claim")
    assert shown["verdict"].to_dict() == verdicts["verdict"].to_dict()
    first = (folder / "figure.svg").read_bytes()
    assert b"<svg" in first
    stage("plot_claims")(verdicts=folder / "claims.csv", stem=folder / "figure")
    assert (folder / "figure.svg").read_bytes() == first
