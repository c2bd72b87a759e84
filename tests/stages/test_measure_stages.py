"""The stages of the measures on a small store: file contents, shards, bytes and refusals."""

import numpy as np
import pandas as pd
import pytest
from stage_scripts import stage

from selectivity.activations import create_activations
from selectivity.errors import DataError, ProvenanceError
from selectivity.measures import MeasureSettings, measure_units
from selectivity.parquet import read_table, write_table
from selectivity.sharding import shard_names

SETTINGS = {"top_k": [5, 20], "min_class_size": 1, "variants": []}
N_UNITS = 41


@pytest.fixture(scope="module")
def layer():
    rng = np.random.default_rng(3)
    labels = np.sort(rng.integers(0, 6, 300))
    values = np.maximum(rng.normal(size=(300, N_UNITS)) + 0.5 * (labels % 4)[:, None], 0)
    return labels, values.astype(np.float32)


@pytest.fixture
def store(layer, tmp_path):
    labels, values = layer
    path = tmp_path / "fc6.h5"
    provenance = {"network": "small", "layer": "fc6", "study": "test"}
    with create_activations(
        path,
        n_units=N_UNITS,
        images=np.arange(300),
        labels=labels,
        n_classes=6,
        provenance=provenance,
        signed=False,
    ) as writer:
        writer.append(values)
    return path


def run_shards(store, folder, n_shards, threads=1):
    paths = []
    for shard in shard_names(n_shards):
        paths.append(folder / f"{shard}.parquet")
        stage("measure_units")(
            activations=store,
            table=paths[-1],
            network="small",
            layer="fc6",
            shard=shard,
            settings=SETTINGS,
            seed=0,
            code="c0de",
            threads=threads,
        )
    return paths


def test_gathered_shards_equal_the_whole_layer(store, layer, tmp_path):
    stage("gather_measures")(shards=run_shards(store, tmp_path, 2), table=tmp_path / "out.parquet")
    table, provenance = read_table(tmp_path / "out.parquet")
    labels, values = layer
    columns = measure_units(
        np.ascontiguousarray(values.T),
        np.bincount(labels, minlength=6),
        MeasureSettings(top_k=(5, 20)),
    )
    assert list(table) == ["network", "layer", "unit", *columns]
    assert table["unit"].tolist() == list(range(N_UNITS))
    for name, column in columns.items():
        np.testing.assert_array_equal(table[name], column, err_msg=name)
    assert provenance["activations"]["study"] == "test"
    assert provenance["measures"] == SETTINGS
    assert provenance["code"] == "c0de"


@pytest.mark.parametrize(("n_shards", "threads"), [(2, 1), (7, 1), (1, 3)])
def test_same_bytes_for_any_shards_and_threads(store, tmp_path, n_shards, threads):
    tables = []
    for i, (n, t) in enumerate([(1, 1), (n_shards, threads)]):
        folder = tmp_path / str(i)
        shards = run_shards(store, folder, n, t)
        stage("gather_measures")(shards=shards, table=folder / "out.parquet")
        stage("tabulate_units")(
            layers=[folder / "out.parquet"], others=[], table=folder / "units.csv"
        )
        tables.append([(folder / name).read_bytes() for name in ("out.parquet", "units.csv")])
    assert tables[0] == tables[1]


def test_units_table_keeps_the_order_of_the_layers(store, tmp_path):
    stage("gather_measures")(shards=run_shards(store, tmp_path, 1), table=tmp_path / "b.parquet")
    table, provenance = read_table(tmp_path / "b.parquet")
    write_table(table.assign(layer="aaa"), tmp_path / "a.parquet", provenance)
    hues = table[["network", "layer", "unit"]].assign(hue=np.arange(N_UNITS) / 2)
    hues[::-1].to_csv(tmp_path / "hues.csv", index=False)
    stage("tabulate_units")(
        layers=[tmp_path / "b.parquet", tmp_path / "a.parquet"],
        others=[tmp_path / "hues.csv"],
        table=tmp_path / "units.csv",
    )
    rows = pd.read_csv(tmp_path / "units.csv")
    assert rows["layer"].tolist() == ["fc6"] * N_UNITS + ["aaa"] * N_UNITS
    assert rows["ccmas"].to_numpy() == pytest.approx(
        np.tile(table["ccmas"].to_numpy(), 2), rel=1e-9
    )
    assert rows["hue"][:N_UNITS].tolist() == (np.arange(N_UNITS) / 2).tolist()
    assert rows["hue"][N_UNITS:].isna().all()


def test_missing_shards_are_refused(store, tmp_path):
    shards = run_shards(store, tmp_path, 2)
    with pytest.raises(DataError, match="cover 16 units"):
        stage("gather_measures")(shards=shards[:1], table=tmp_path / "out.parquet")
    with pytest.raises(DataError, match="tile"):
        stage("gather_measures")(shards=shards[::-1], table=tmp_path / "out.parquet")


def test_shards_of_other_settings_are_refused(store, tmp_path):
    shards = run_shards(store, tmp_path, 2)
    table, provenance = read_table(shards[1])
    write_table(table, shards[1], {**provenance, "code": "other"})
    with pytest.raises(DataError, match="other settings"):
        stage("gather_measures")(shards=shards, table=tmp_path / "out.parquet")


def test_activations_of_another_layer_are_refused(store, tmp_path):
    with pytest.raises(ProvenanceError, match="layer"):
        stage("measure_units")(
            activations=store,
            table=tmp_path / "x.parquet",
            network="small",
            layer="fc7",
            shard="001-of-001",
            settings=SETTINGS,
            seed=0,
            code="",
            threads=1,
        )
