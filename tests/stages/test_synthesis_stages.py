"""Synthesis, substitution and ablation of a tiny network, stage by stage, from pictures to figures."""

import json
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from safetensors.torch import save_file
from stage_scripts import stage

from selectivity.claims.registry import claims_from
from selectivity.datasets import ImageSource
from selectivity.networks import build_network
from selectivity.parquet import read_table, write_table
from selectivity.sharding import shard_names
from selectivity.synthesis.seeds import Identity
from selectivity.synthesis.store import open_synthesis

ROOT = Path(__file__).resolve().parents[2]
BUILD = {
    "constructor": "selectivity.networks.small_alexnet:small_alexnet",
    "arguments": {"n_classes": 3, "widths": [20, 8, 20, 8, 8], "n_hidden": 20},
    "preprocessing": {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]},
}
LAYERS = ["conv1", "conv2", "conv3", "fc7"]
OUTPUTS = np.array([2, 1, 0])  # the network's output for each label
SETTINGS = {
    "objectives": ["am", "iam"],
    "scalars": ["mean", "max"],
    "steps": 6,
    "snapshots": [2, 6],
    "batch": 16,
}
ABLATION = {
    "orders": ["most_selective_first", "lowest_rs_first"],
    "repeats": 2,
    "fills": ["zero", "mean"],
    "images": 18,
}


class Workplace:
    """A folder with pictures, weights and what the stages make of them."""

    def __init__(self, root):
        self.root = root
        self.weights = root / "weights.safetensors"
        torch.manual_seed(0)
        self.network = build_network(BUILD["constructor"], BUILD["arguments"])
        save_file(self.network.state_dict(), self.weights)
        self.index, self.classes = root / "index.parquet", root / "classes.csv"
        label = np.arange(24) % 3
        with h5py.File(root / "images.h5", "w") as file:
            file["images"] = np.random.default_rng(0).integers(0, 256, (24, 64, 64, 3), np.uint8)
        index = {"image": np.arange(24), "path": "", "label": label.astype(np.int32)}
        index |= {"class": [f"c{i}" for i in label], "split": "test"}
        write_table(
            pd.DataFrame(index).sort_values(["label", "image"]),
            self.index,
            {"dataset_fingerprint": "abc"},
        )
        names = {"label": range(3), "class": ["c0", "c1", "c2"], "name": ["ant", "bee", "cat"]}
        table = pd.DataFrame({**names, "parents": "", "output": OUTPUTS})
        table.to_csv(self.classes, index=False)
        self.source = ImageSource(root / "images.h5")
        self.common = {"weights": self.weights, "index": self.index, "source": self.source}
        self.common |= {"build": BUILD, "device": "cpu"}

    def synthesize(self, layer, shard, folder="shards"):
        output = self.root / folder / layer / f"{shard}.h5"
        stage("synthesize_images")(
            **self.common,
            path=layer,
            identity=Identity(1, "net", layer),
            settings=SETTINGS,
            wanted=None,
            restarts=1,
            shard=shard,
            provenance={"network": "net", "layer": layer},
            output=output,
        )
        return output

    def images(self, layer, n_shards=2):
        folder = f"shards_{n_shards}"
        shards = [self.synthesize(layer, shard, folder) for shard in shard_names(n_shards)]
        output = self.root / "images" / str(n_shards) / f"{layer}.h5"
        stage("gather_synthetic_images")(shards=shards, output=output)
        return output

    def class_means(self):
        output = self.root / "means.h5"
        stage("average_activations")(
            **self.common,
            classes=self.classes,
            layers={layer: layer for layer in LAYERS},
            spatial="mean",
            split="test",
            provenance={},
            batch_size=5,
            workers=1,
            output=output,
        )
        return output

    def ablate(self, layer, substitution):
        curves, units = (self.root / "ablation" / f"{layer}_{x}" for x in ("curves", "units"))
        stage("ablate_units")(
            **self.common,
            network="net",
            layer=layer,
            path=layer,
            classes=self.classes,
            class_means=self.root / "means.h5",
            substitution=substitution,
            settings=ABLATION,
            split="test",
            step=None,
            seed=1,
            provenance={},
            curves=curves,
            units=units,
        )
        return curves, units


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    place = Workplace(tmp_path_factory.mktemp("synthesis"))
    place.files = {layer: place.images(layer) for layer in LAYERS}
    place.means = place.class_means()
    place.substitution = place.root / "substitution.parquet"
    stage("measure_substitution")(
        network="net",
        layers={layer: depth for depth, layer in enumerate(LAYERS, start=1)},
        scalars=["mean", "max"],
        images=list(place.files.values()),
        class_means=place.means,
        provenance={},
        output=place.substitution,
    )
    tables = {name: place.root / f"{name}.csv" for name in ("units", "layers", "verdicts")}
    place.tables = tables | {"overview": place.root / "overview.csv"}
    stage("tabulate_substitution")(
        substitution=[place.substitution],
        claims=ROOT / "config" / "claims.yaml",
        step=None,
        **place.tables,
    )
    place.ablation = place.ablate("conv3", place.substitution)
    return place


def test_shards_make_no_difference(made):
    whole = made.images("conv1", n_shards=1)
    assert whole.read_bytes() == made.files["conv1"].read_bytes()


def test_images_excite_their_units(made):
    with open_synthesis(made.files["fc7"], {"network": "net", "layer": "fc7"}) as store:
        assert (store.kind, store.n_units, store.units.tolist()) == ("dense", 20, list(range(20)))
        assert store.recipes == ["am_mean", "iam_mean"], "a dense layer has no maps to choose from"
        curve = store.curve("am_mean", "activation")
        assert (curve.max(1) > curve[:, 0]).mean() >= 0.99
    with open_synthesis(made.files["conv2"]) as store:
        assert store.kind == "conv"
        assert store.recipes == ["am_max", "am_mean", "iam_max", "iam_mean"]


def test_class_means_are_those_of_the_network(made):
    pixels = h5py.File(made.root / "images.h5")["images"][...]
    images = torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 127.5 - 1
    with torch.inference_mode():
        maps = torch.relu(made.network.conv1(images)).mean((2, 3)).numpy()
    with h5py.File(made.means) as file:
        assert file["class_sizes"][...].tolist() == [8, 8, 8]
        for label in range(3):
            expected = maps[np.arange(24) % 3 == label].mean(0)
            np.testing.assert_allclose(file["layers/conv1"][:, label], expected, rtol=1e-4)


def test_rs_is_the_count_of_stronger_units_over_the_layer(made):
    table, _ = read_table(made.substitution)
    assert table["scalar"].unique().tolist() == ["mean", "max"], "in the order of the study"
    with open_synthesis(made.files["conv1"]) as store:
        images = torch.from_numpy(store.images("iam_max", 0, 20))
        with torch.inference_mode():
            scalars = torch.relu(made.network.conv1(images)).amax((2, 3)).numpy()
    own = scalars[np.arange(20), np.arange(20)]
    expected = (scalars > own[:, None]).sum(1) / 20
    rows = table.query("layer == 'conv1' and objective == 'iam' and scalar == 'max' and step == 6")
    np.testing.assert_allclose(rows["rs"], expected)
    assert table["depth"].unique().tolist() == [1, 2, 3, 4]


def test_tables_hold_every_setting_and_every_claim(made):
    units = pd.read_csv(made.tables["units"])
    chosen = units[units["is_default"]]
    assert set(zip(chosen["scalar"], chosen["step"], strict=True)) == {("mean", 6)}
    overview = pd.read_csv(made.tables["overview"])
    assert overview.columns.tolist() == ["network", "claim", "mean 2", "mean 6", "max 2", "max 6"]
    assert overview["claim"].tolist() == [f"C{number}" for number in range(58, 67)]
    layers = pd.read_csv(made.tables["layers"])
    means = chosen[chosen["objective"] == "iam"].groupby("layer")["rs"].mean()
    summary = layers.query("objective == 'iam' and scalar == 'mean' and step == 6")
    np.testing.assert_allclose(summary.set_index("layer")["mean_rs"], means[summary["layer"]])


def test_every_claim_of_the_file_has_a_test():
    entries = yaml.safe_load((ROOT / "config" / "claims.yaml").read_text())
    assert {f"C{number}" for number in range(58, 67)} <= {
        claim.id for claim in claims_from(entries)
    }


def test_figures_and_their_numbers(made):
    scatter, by_depth, substituted, sheet = (
        made.root / "figures" / name for name in ("scatter", "by_depth", "substituted", "sheet")
    )
    common = {"units": made.tables["units"], "network": "net", "dpi": 50}
    stage("plot_substitution")(
        **common,
        layers=made.tables["layers"],
        scattered=["conv1", "conv3"],
        scatter=scatter,
        by_depth=by_depth,
    )
    pictures = {"classes": made.classes, "images": made.files}
    stage("plot_substituted_units")(**common, **pictures, stem=substituted)
    recipe = {"objectives": ["am", "iam"], "scalar": "mean"}
    stage("plot_synthetic_images")(**common, **pictures, **recipe, stem=sheet)
    for stem in (scatter, by_depth, substituted, sheet):
        for form in ("pdf", "svg", "png"):
            assert stem.with_suffix(f".{form}").stat().st_size > 1000
    assert set(pd.read_csv(scatter.with_suffix(".csv"))["layer"]) == {"conv1", "conv3"}
    shown = pd.read_csv(sheet.with_suffix(".csv"))
    for layer, part in shown.groupby("layer"):
        assert part["class_selectivity"].is_monotonic_decreasing, layer
    drawn = made.root / "figures" / "drawn"
    stage("plot_synthetic_images")(
        **{**common, "units": None}, **pictures, objectives=["am"], scalar="max", stem=drawn
    )
    drawn_rows = pd.read_csv(drawn.with_suffix(".csv"))
    assert drawn_rows.groupby("layer")["unit"].apply(list)["conv1"] == list(range(10))
    assert (drawn_rows["objective"] == "am").all()
    beaten = pd.read_csv(substituted.with_suffix(".csv"))
    own = beaten[beaten["part"] == "own"]
    assert len(own) >= 1
    assert (own["rs"] > 0).all()
    table = pd.read_csv(made.tables["units"]).query("is_default and objective == 'iam'")
    for layer, rows in table.groupby("layer"):
        n_beating = (rows["rs"] * rows["n_units"]).round().clip(upper=2)
        shown = beaten[beaten["layer"] == layer]
        assert len(shown) == (1 + n_beating.max() if n_beating.max() else 0), layer
        if len(shown):  # the most selective of those that are beaten so often
            equals = rows[n_beating == n_beating.max()]["class_selectivity"]
            assert shown["class_selectivity"].iloc[0] == equals.max()


def test_ablation_follows_the_scores(made):
    curves, described = read_table(made.ablation[0])
    units, _ = read_table(made.ablation[1])
    assert described["reuses_lower_layers"] is True
    assert described["n_images"] == 18
    scores, _ = read_table(made.substitution)
    rows = scores.query(
        "layer == 'conv3' and objective == 'iam' and scalar == 'mean' and step == 6"
    )
    np.testing.assert_array_equal(units.query("fill == 'zero'")["rs"], rows["rs"])
    lowest = curves.query("order == 'lowest_rs_first' and fill == 'zero'")
    expected = np.argsort(rows["rs"], kind="stable").tolist()
    assert lowest["unit"].tolist() == [-1, *expected]
    selective = curves.query("order == 'most_selective_first' and fill == 'mean'")["unit"].tolist()
    ranks = rows.set_index("unit")["class_selectivity"]
    ordered = ranks[selective[1:]]  # silent units have no index and go last
    assert ordered.dropna().is_monotonic_decreasing
    assert ordered.isna().is_monotonic_increasing
    assert len(curves) == 2 * 4 * 21
    # Without any unit all images look alike: one class is right.
    assert curves.query("fill == 'zero' and n_removed == 20")["accuracy"].unique() == [1 / 3]


def test_ablation_knows_which_output_stands_for_a_class(made):
    curves, _ = read_table(made.ablation[0])
    pixels = h5py.File(made.root / "images.h5")["images"][...]
    images = torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 127.5 - 1
    with torch.inference_mode():
        right = made.network(images).argmax(1).numpy() == OUTPUTS[np.arange(24) % 3]
    table = read_table(made.index)[0]
    rows = table["image"].to_numpy()[(np.arange(18) * 24) // 18]
    assert curves.query("n_removed == 0")["accuracy"].unique() == pytest.approx(
        [right[rows].mean()]
    )


def test_ablation_without_rs_leaves_its_orders_out(made):
    curves, _ = read_table(made.ablate("fc7", None)[0])
    assert curves["order"].unique().tolist() == ["most_selective_first", "random"]


def test_the_ablation_table_and_figure(made):
    summary, units, figure = (made.root / "ablation" / x for x in ("all.csv", "units.csv", "fig"))
    curves_and_units = {"curves": [made.ablation[0]], "units": [made.ablation[1]]}
    stage("tabulate_ablation")(**curves_and_units, seed=1, summary=summary, table=units)
    row = pd.read_csv(summary).set_index("fill").loc["zero"]
    curves, _ = read_table(made.ablation[0])
    one = curves.query("order == 'lowest_rs_first' and fill == 'zero'")["accuracy"]
    assert row["area_lowest_rs_first"] == pytest.approx(one.mean())
    assert row["n_units_with_rs"] == 20
    stage("plot_ablation")(**curves_and_units, layers=["conv3"], fill="zero", stem=figure, dpi=50)
    assert figure.with_suffix(".png").stat().st_size > 1000
    assert len(pd.read_csv(figure.with_suffix(".csv"))) == len(curves)


def test_images_of_other_networks_are_refused(made, tmp_path):
    from selectivity.errors import ProvenanceError

    with pytest.raises(ProvenanceError, match="network"):
        stage("measure_substitution")(
            network="other",
            layers={"conv1": 1},
            scalars=["mean", "max"],
            images=[made.files["conv1"]],
            class_means=made.means,
            provenance={},
            output=tmp_path / "x.parquet",
        )
    with h5py.File(made.files["conv1"]) as file:
        assert json.loads(file.attrs["provenance"])["device"] == "cpu"
