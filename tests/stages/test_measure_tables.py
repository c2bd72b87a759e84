"""Chance, correlations, groups, bootstrap and variants: the stages behind the measures, on a small layer."""

import numpy as np
import pandas as pd
import pytest
from stage_scripts import stage

from selectivity.activations import create_activations
from selectivity.errors import ConfigError, DataError
from selectivity.measures.variant_names import VARIANTS
from selectivity.parquet import read_table

SETTINGS = {"top_k": [5, 20], "min_class_size": 1}
N_UNITS, N_CLASSES, N_IMAGES = 20, 5, 250


@pytest.fixture(scope="module")
def layer(tmp_path_factory):
    """A layer whose unit 0 is a perfect detector of class 2, unit 1 is silent and the rest is noise."""
    folder = tmp_path_factory.mktemp("layer")
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(N_CLASSES), N_IMAGES // N_CLASSES)
    values = np.maximum(rng.normal(size=(N_IMAGES, N_UNITS)), 0).astype(np.float32)
    values[:, 0] = np.where(labels == 2, values[:, 0] + 9, 0)
    values[:, 1] = 0
    with create_activations(
        folder / "fc6.h5",
        n_units=N_UNITS,
        images=np.arange(N_IMAGES),
        labels=labels,
        n_classes=N_CLASSES,
        provenance={"network": "net", "layer": "fc6"},
        signed=False,
    ) as writer:
        writer.append(values)
    stage("measure_units")(
        activations=folder / "fc6.h5",
        table=folder / "shard.parquet",
        network="net",
        layer="fc6",
        shard="001-of-001",
        settings=SETTINGS | {"variants": list(VARIANTS), "gap": {}},
        seed=0,
        code="",
        threads=1,
    )
    stage("gather_measures")(shards=[folder / "shard.parquet"], table=folder / "fc6.parquet")
    return folder


def permute(layer, folder, threads=1):
    stage("permute_labels")(
        activations=layer / "fc6.h5",
        measures=layer / "fc6.parquet",
        units=folder / "units.parquet",
        bands=folder / "bands.csv",
        network="net",
        layer="fc6",
        settings=SETTINGS,
        permutations=99,
        seed=3,
        code="",
        threads=threads,
    )
    return read_table(folder / "units.parquet")[0], pd.read_csv(folder / "bands.csv")


def test_chance_singles_out_the_detector(layer, tmp_path):
    units, bands = permute(layer, tmp_path)
    for measure in ("ccmas", "precision_5", "max_informedness", "auc", "n_classes_20"):
        assert units.loc[0, f"{measure}_p"] == pytest.approx(0.01), measure
        assert np.isnan(units.loc[1, f"{measure}_p"])
        assert (units[f"{measure}_q"][2:] > 0.05).mean() > 0.8
    rows = bands.set_index("measure")
    assert (rows["q05"] <= rows["q50"]).all() and (rows["q50"] <= rows["q95"]).all()
    assert rows.loc["ccmas", "ideal"] == 1 and rows.loc["top_class_selectivity", "ideal"] == 1
    assert rows.loc["auc", "q50"] < 0.7


def test_chance_has_the_same_bytes_for_any_threads(layer, tmp_path):
    for threads in (1, 3):
        (tmp_path / str(threads)).mkdir()
        permute(layer, tmp_path / str(threads), threads)
    for name in ("units.parquet", "bands.csv"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "3" / name).read_bytes()


def test_table_of_chance_joins_layers_and_the_untrained_copy(layer, tmp_path):
    _, bands = permute(layer, tmp_path)
    stage("tabulate_chance")(
        bands=[tmp_path / "bands.csv"],
        untrained={"net": [layer / "fc6.parquet"]},
        table=tmp_path / "chance.csv",
    )
    table = pd.read_csv(tmp_path / "chance.csv").set_index("measure")
    measures = read_table(layer / "fc6.parquet")[0]
    assert len(table) == len(bands)
    assert table.loc["ccmas", "untrained_median"] == pytest.approx(measures["ccmas"].median())


def test_correlations_equal_pandas(layer, tmp_path):
    stage("tabulate_correlations")(
        layers=[layer / "fc6.parquet"],
        table=tmp_path / "correlations.csv",
        hidden={"net": ["fc6"]},
        top_k=[5, 20],
    )
    table = pd.read_csv(tmp_path / "correlations.csv")
    assert set(table["layer"]) == {"hidden", "fc6"} and len(table) == 2 * 15
    units = read_table(layer / "fc6.parquet")[0]
    for row in table.to_dict("records"):
        first, second = units[row["first"]], units[row["second"]]
        assert row["n_units"] == N_UNITS - 1
        for method in ("pearson", "spearman"):
            assert row[method] == pytest.approx(first.corr(second, method=method), rel=1e-8)
        assert 0 <= row["pearson_p"] <= 1


def test_groups_hold_the_columns_of_the_bus_tables(layer, tmp_path):
    classes = pd.DataFrame(
        {
            "label": range(N_CLASSES),
            "class": [f"n{i}" for i in range(N_CLASSES)],
            "name": ["cat", "dog", "school bus", "trolleybus, trackless trolley", "tree"],
        }
    )
    classes.to_csv(tmp_path / "classes.csv", index=False)
    arguments = {
        "activations": layer / "fc6.h5",
        "classes": tmp_path / "classes.csv",
        "table": tmp_path / "groups.parquet",
        "network": "net",
        "layer": "fc6",
        "settings": SETTINGS,
        "code": "",
    }
    stage("measure_groups")(
        groups={"bus": ["school bus", "trolleybus"], "one": ["n2"]}, **arguments
    )
    stage("tabulate_groups")(layers=[tmp_path / "groups.parquet"], table=tmp_path / "groups.csv")
    table = pd.read_csv(tmp_path / "groups.csv").set_index(["unit", "group"])
    assert len(table) == 2 * N_UNITS
    bus, one = table.loc[(0, "bus")], table.loc[(0, "one")]
    assert (bus["n_images_in"], one["n_images_in"]) == (100, 50)
    assert bus["proportion_positive_in"] == 0.5 and bus["proportion_positive_out"] == 0
    assert one["max_informedness"] == 1 and one["precision_5__ranks2to101"] == 1
    assert bus["informedness_recall"] == 0.5 and bus["ccmas"] == 1
    assert bus["unit_printed"] == 1
    assert np.isnan(table.loc[(1, "bus"), "ccmas"]) and np.isnan(table.loc[(1, "bus"), "auc"])
    measured = read_table(layer / "fc6.parquet")[0]
    assert one["average_precision"] == pytest.approx(measured.loc[0, "average_precision"])
    with pytest.raises(ConfigError, match="did you mean 'school bus'"):
        stage("measure_groups")(groups={"bus": ["scool bus"]}, **arguments)


def test_bootstrap_covers_the_value(layer, tmp_path):
    arguments = {
        "activations": [layer / "fc6.h5"],
        "measures": [layer / "fc6.parquet"],
        "samples": 40,
        "settings": SETTINGS,
        "seed": 1,
    }
    stage("bootstrap_units")(table=tmp_path / "a.csv", units={"fc6": [5, 0]}, **arguments)
    stage("bootstrap_units")(table=tmp_path / "b.csv", units={"fc6": [0, 5]}, **arguments)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    table = pd.read_csv(tmp_path / "a.csv").set_index(["unit", "measure"])
    assert table.loc[(0, "ccmas"), "standard_error"] == 0
    mean = table.loc[(5, "mean")]
    assert mean["q025"] < mean["value"] < mean["q975"]
    measured = read_table(layer / "fc6.parquet")[0].set_index("unit")
    analytic = measured.loc[5, "standard_error"]
    assert mean["standard_error"] == pytest.approx(analytic, rel=0.4)
    stage("bootstrap_units")(table=tmp_path / "c.csv", units={}, **arguments)
    assert 0 in pd.read_csv(tmp_path / "c.csv")["unit"].unique()
    with pytest.raises(DataError, match="units 0 to 19, not 20"):
        stage("bootstrap_units")(table=tmp_path / "d.csv", units={"fc6": [20]}, **arguments)


def test_figure_of_variants(layer, tmp_path):
    for name in ("a", "b"):
        stage("plot_variants")(
            measures=[layer / "fc6.parquet"],
            stem=tmp_path / name,
            network="net",
            variants=list(VARIANTS),
            dpi=80,
        )
    for suffix in ("pdf", "svg", "png", "csv"):
        assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()
    numbers = pd.read_csv(tmp_path / "a.csv").set_index(["measure", "variant"])
    assert numbers.loc[("max_informedness", "informedness_code"), "q50"] > 0
    assert numbers.loc[("ccmas", "relu"), "share_changed"] == 0


def test_figure_of_gaps(layer, tmp_path):
    for name in ("a", "b"):
        stage("plot_gaps_by_layer")(
            measures=[layer / "fc6.parquet"], stem=tmp_path / name, layers=["fc6"], dpi=80
        )
    for suffix in ("pdf", "svg", "png", "csv"):
        assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()
    numbers = pd.read_csv(tmp_path / "a.csv").set_index("measure")
    units = read_table(layer / "fc6.parquet")[0]
    assert numbers.loc["n_upper_clusters", "mean"] == pytest.approx(
        units["n_upper_clusters"].mean()
    )
    assert numbers.loc["gap_selectivity", "n_undefined"] == 1  # the silent unit
    assert numbers.loc["gap_selectivity", "whisker_high"] < 0.5
