"""The tables and figures of neuron features of a whole network: values and bytes."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from planted_study import BUILD, LAYERS
from stage_scripts import stage

from selectivity.figures.neuron_features_data import layer_files

FIGURES = {
    "plot_neuron_features": ("neuron_features", "structured_features"),
    "plot_color_features": ("first_layer_by_color", "units_by_color"),
    "plot_hue_rings": ("hue_rings",),
    "plot_tag_clouds": ("units_by_class", "color_and_class"),
}


@pytest.fixture(scope="module")
def gathered(place):
    names = ("units", "shares", "fields")
    outputs = {name: place.root / "tables" / f"{name}.csv" for name in names}
    indices = [place.path("indices", layer) for layer in LAYERS]
    stage("gather_neuron_features")(indices=indices, fields=[place.fields], outputs=outputs)
    stage("measure_dataset_hues")(
        **place.pictured,
        n_images=50,
        n_bins=36,
        seed=0,
        threads=1,
        hues=place.root / "tables" / "hues.csv",
    )
    return place.root / "tables"


def test_tables_join(gathered):
    units = pd.read_csv(gathered / "units.csv")
    assert len(units) == 5 + 4
    assert units.groupby("layer")["receptive_field"].first().to_dict() == {"conv1": 4, "conv2": 8}
    assert units["curve_auc_relative"].max() == pytest.approx(1)
    shares = pd.read_csv(gathered / "shares.csv")
    mine = shares[(shares["layer"] == "conv1") & (shares["index"] == "color_selectivity")]
    assert mine["threshold"].tolist() == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    assert mine["share"].tolist() == [0.75] * 6  # all but the grating; the dead unit does not count
    assert (mine["n_units"] == 4).all()
    hues = pd.read_csv(gathered / "hues.csv")
    assert hues["weight"].sum() == pytest.approx(1)
    peaks = set(hues.sort_values("weight")["from_degrees"][-4:].tolist())
    assert peaks == {20, 90, 270, 330}  # red, yellow, blue and magenta


@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_drawn_twice_alike(name, place, gathered, tmp_path):
    given = SimpleNamespace(
        indices=[place.path("indices", layer) for layer in LAYERS],
        features=[place.path("features", layer, "h5") for layer in LAYERS],
        top_images=[place.path("top", layer) for layer in LAYERS],
    )
    more = {}
    if name == "plot_hue_rings":
        more = {"hues": gathered / "hues.csv", "threshold": 0.4}
    if name == "plot_tag_clouds":
        more = {"frequencies": {layer: place.path("frequencies", layer) for layer in LAYERS}}
        more |= {"classes": place.classes}
    for folder in ("a", "b"):
        stage(name)(
            layers=layer_files(list(LAYERS), given), receptive_fields=place.fields, **place.pictured,
            preprocessing=BUILD["preprocessing"], dpi=60, folder=tmp_path / folder, **more,
        )  # fmt: skip
    for figure in FIGURES[name]:
        for form in ("png", "pdf", "svg", "csv"):
            first, second = (tmp_path / folder / f"{figure}.{form}" for folder in ("a", "b"))
            assert first.read_bytes() == second.read_bytes(), f"{figure}.{form}"
        pixels = np.asarray(Image.open(tmp_path / "a" / f"{figure}.png").convert("L"))
        assert pixels.std() > 5
        assert len(pd.read_csv(tmp_path / "a" / f"{figure}.csv")) > 0


def test_bars_and_curves(place, gathered, tmp_path):
    stage("plot_index_bars")(
        network="planted",
        layers=list(LAYERS),
        table=gathered / "units.csv",
        dpi=60,
        folder=tmp_path,
    )
    bars = pd.read_csv(tmp_path / "color_by_layer.csv")
    first = bars[bars["layer"] == "conv1"].set_index("bin")["n_units"]
    # grating 0; red .69 (its own color); edge .795; magenta of one color
    assert first.sum() == 4
    assert first["0 to 0.1"] == 1
    assert (bars.groupby("layer")["n_undefined"].first() == [1, 0]).all()
    stage("plot_ranked_activations")(
        network="planted", table=gathered / "units.csv", dpi=60, stem=tmp_path / "ranked_activations",
        curves={layer: place.path("curves", layer, "h5") for layer in LAYERS},
    )  # fmt: skip
    curves = pd.read_csv(tmp_path / "ranked_activations.csv")
    assert (curves[curves["rank"] == 1]["normalized_activation"] == 1).all()
    assert set(curves["layer"]) == set(LAYERS)
