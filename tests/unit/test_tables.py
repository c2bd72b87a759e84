"""Tables of best units and of layers, by hand."""

import numpy as np
import pandas as pd
import pytest

from selectivity.csv_files import save_csv
from selectivity.tables import best_units, layer_summary, main_summary, save_page


@pytest.fixture
def measures():
    return pd.DataFrame(
        {
            "network": "net",
            "layer": ["fc7"] * 4 + ["fc6"] * 2,
            "unit": [0, 1, 2, 3, 0, 1],
            "n_images": 90,
            "is_constant": [False, False, False, True, True, True],
            "localist": [1.0, 0.0, 0.0, 0.0, 0.0, 0.0],
            "proportion_positive": [1.0, 0.5, 0.5, 0.0, 0.0, 0.0],
            "precision_100": [0.2, 0.9, 0.9, np.nan, np.nan, np.nan],
            "precision_100_class": [0, 1, 2, -1, -1, -1],
            "ccmas": [0.8, 0.5, 0.2, np.nan, np.nan, np.nan],
            "ccmas_class": [1, 1, 0, -1, -1, -1],
            "ccmas_class__shifted": [1, 1, 0, -1, -1, -1],
            "top_class": [1, 1, 0, -1, -1, -1],
            "top_class_selectivity": [0.1, 0.2, 0.3, np.nan, np.nan, np.nan],
        }
    )


def test_best_units(measures):
    best = best_units(measures, 100, {"net": ["ant", "bee", "<i>cat</i>"]})
    assert best["layer"].tolist() == ["fc7", "fc7"]
    assert best["best_by"].tolist() == ["ccmas", "precision_100"]
    assert best["unit"].tolist() == [0, 1]
    assert best["ccmas"].tolist() == [0.8, 0.5]
    assert best["precision_100"].tolist() == [0.2, 0.9]
    assert best["ccmas_class"].tolist() == ["bee", "bee"]
    assert best["precision_100_class"].tolist() == ["ant", "bee"]


def test_layer_summary(measures):
    summary = layer_summary(measures)
    assert set(summary["measure"]) == {
        "proportion_positive",
        "precision_100",
        "ccmas",
        "top_class_selectivity",
    }
    row = summary[(summary["layer"] == "fc7") & (summary["measure"] == "ccmas")].iloc[0]
    assert (row["n_units"], row["n_constant"], row["n_localist"], row["n_defined"]) == (4, 1, 1, 3)
    assert row["share_not_positive"] == 0.5
    assert row["mean"] == pytest.approx(0.5)
    assert row["standard_error"] == pytest.approx(0.3 / np.sqrt(3))
    assert (row["median"], row["max"]) == (0.5, 0.8)
    empty = summary[(summary["layer"] == "fc6") & (summary["measure"] == "ccmas")].iloc[0]
    assert empty["n_defined"] == 0
    assert np.isnan(empty["mean"])


def test_main_summary_keeps_layers_without_measures_and_their_order(measures):
    main = main_summary(layer_summary(measures))
    assert main["layer"].tolist() == ["fc7", "fc6"]
    assert main["ccmas"].iloc[0] == pytest.approx(0.5)
    assert np.isnan(main["ccmas"].iloc[1])


def test_pages_escape_their_text(tmp_path, measures):
    best = best_units(measures, 100, {"net": ["ant", "<script>", "cat"]})
    save_page(best, tmp_path / "page.html", "A & B", "<note>")
    page = (tmp_path / "page.html").read_text()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "A &amp; B" in page


def test_tables_keep_ten_digits(tmp_path):
    save_csv(pd.DataFrame({"a": [2 / 3, np.nan], "b": [2, 3]}), tmp_path / "table.csv")
    assert (tmp_path / "table.csv").read_bytes() == b"a,b\n0.6666666667,2\n,3\n"
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"]
