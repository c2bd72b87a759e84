"""The ledger joins printed numbers with ours and checks both."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from selectivity.claims.evidence import Evidence, Table
from selectivity.errors import ConfigError
from selectivity.ledger.checks import check_rows
from selectivity.ledger.identities import identity_rows
from selectivity.ledger.published import read_published
from selectivity.ledger.quantities import quantities_from
from selectivity.ledger.rows import check_published_as, published_rows, study_network

ROOT = Path(__file__).resolve().parents[2]
PUBLISHED = read_published(ROOT / "config" / "published.tsv")
QUANTITIES = quantities_from(yaml.safe_load((ROOT / "config" / "quantities.yaml").read_text()))
CAFFENET = {"network": "caffenet", "dataset": "imagenet2012-train-correct"}
N_UNITS = 1200


def units(layer, **columns):
    """Return a layer of 1,200 units; unit 0 is undefined, as a silent unit is."""
    wide = {name: np.full(N_UNITS, value) for name, value in columns.items()}
    for values in wide.values():
        values[0] = np.nan
    return Table(layer, {"unit": np.arange(N_UNITS), **wide})


def evidence(name="mine", **layers):
    synthetic = Table(
        "synthetic",
        {
            "unit": np.array(["a", "b", "c"]),
            "ccmas": np.array([1.0, 1.0, 0.062]),
            "precision_100": np.array([0.109, 1.0, 1.0]),
            "top_class_selectivity": np.array([0.01, 1.0, 1.0]),
        },
    )
    tables = {layer: units(layer, **columns) for layer, columns in layers.items()}
    return Evidence(
        name, tables, {layer: layer for layer in tables}, tables={"synthetic": synthetic}
    )


def rows_of(networks, **fields):
    """Return the ledger rows of the printed numbers with these fields."""
    rows = published_rows(PUBLISHED, QUANTITIES, networks)
    assert len(rows) == 791
    return [row for row in rows if all(getattr(row, n) == v for n, v in fields.items())]


def one(networks, **fields):
    (row,) = rows_of(networks, **fields)
    return row


def test_means_of_the_papers_network_are_compared_in_percent():
    networks = [study_network(evidence(fc6={"precision_100": 0.1209}), CAFFENET)]
    row = one(networks, quantity="precision100_mean_pct", layer="fc6")
    assert row.verdict == "reproduced"
    assert row.ours == pytest.approx(12.09)
    assert row.difference == pytest.approx(-0.01)
    networks = [study_network(evidence(fc6={"precision_100": 0.1216}), CAFFENET)]
    assert one(networks, quantity="precision100_mean_pct", layer="fc6").verdict == "differs"


def test_bounds_are_kept_or_broken():
    where = {"quantity": "top_class_selectivity_mean_pct", "layer": "fc6"}
    kept = [study_network(evidence(fc6={"top_class_selectivity": 0.0024}), CAFFENET)]
    broken = [study_network(evidence(fc6={"top_class_selectivity": 0.0026}), CAFFENET)]
    assert one(kept, **where).verdict == "reproduced"
    assert one(broken, **where).verdict == "differs"


def test_a_printed_unit_is_looked_up_by_its_number():
    layer = {"ccmas": 0.5, "precision_60": 0.1}
    item = evidence(fc6=layer)
    item.layers["fc6"].columns["ccmas"][1199] = 0.921
    row = one([study_network(item, CAFFENET)], unit="1199", quantity="ccmas", locus="sec3.1")
    assert (row.verdict, row.ours) == ("reproduced", 0.921)
    row = one([study_network(item, CAFFENET)], unit="582", quantity="ccmas")
    assert (row.verdict, row.ours) == ("differs", 0.5)


def test_a_missing_unit_or_an_undefined_one_is_not_computed():
    item = study_network(evidence(fc7={"ccmas": 0.5}), CAFFENET)
    row = one([item], unit="3290", quantity="max_informedness")
    assert row.verdict == "not computed"
    assert "no unit 3290" in row.reason
    row = one([item], unit="0", quantity="ccmas", locus="appC")
    assert row.verdict == "not computed"
    assert np.isnan(row.ours)


def test_another_network_shows_ours_without_comparing():
    networks = [study_network(evidence(fc6={"ccmas": 0.844}), {})]
    row = one(networks, quantity="ccmas_mean", layer="fc6", locus="appC")
    assert row.verdict == "reference only"
    assert row.ours == pytest.approx(0.844)
    assert np.isnan(row.difference)
    assert row.our_network == "mine"
    row = one(networks, unit="1199", quantity="ccmas", locus="sec3.1")
    assert row.verdict == "reference only"
    assert np.isnan(row.ours)


def test_without_the_papers_networks_only_synthetic_units_are_compared():
    networks = [study_network(evidence(fc6={"ccmas": 0.844}), {})]
    compared = [row for row in rows_of(networks) if row.verdict in ("reproduced", "differs")]
    assert {row.network for row in compared} == {"synthetic"}
    assert all(row.verdict == "reproduced" for row in compared)
    assert len(compared) == 17


def test_the_percentage_that_must_be_a_fraction_is_read_as_one():
    item = evidence(fc7={"top_class_selectivity": 0.2})
    item.layers["fc7"].columns["top_class_selectivity"][0] = 0.0008
    row = one(
        [study_network(item, CAFFENET)],
        unit="0",
        quantity="top_class_selectivity_pct",
        locus="results/ccmas2",
    )
    assert row.verdict == "reproduced"
    assert "read as the fraction" in row.reason


def test_doubtful_prints_keep_their_mark():
    row = one([], quantity="pearson_precision__ccmas")
    assert row.is_doubtful


def test_roles_say_where_a_printed_layer_is():
    item = evidence(fire9={"ccmas": 0.491})
    item = replace(item, roles={"conv5": "fire9"})
    row = one([study_network(item, CAFFENET)], quantity="ccmas_mean", layer="conv5", locus="appC")
    assert row.verdict == "reproduced"


def test_counts_ratios_and_correlations():
    spread = np.linspace(0, 1, N_UNITS)
    layers = {
        name: {
            "ccmas": spread,
            "precision_60": spread,
            "precision_100": 0.6,
            "top_class_selectivity": 0.05,
            "recall_at_95_precision": -spread,
        }
        for name in ("conv5", "fc6", "fc7")
    }
    networks = [study_network(evidence(**layers), CAFFENET)]
    row = one(networks, quantity="n_units_ccmas_gt_0.9")
    assert row.ours == (spread[1:] > 0.9).sum()
    assert one(networks, quantity="precision_over_tcs_ratio_min").ours == pytest.approx(12)
    assert one(networks, quantity="pearson_precision__ccmas").ours == pytest.approx(1)
    assert one(networks, quantity="pearson_ccmas__recall_p95").ours == pytest.approx(-1)
    assert one(networks, quantity="n_units_in_layer", layer="fc6", source="gale2019").ours == 1200


def test_published_as_must_name_a_printed_network():
    network = {"name": "mine", "published_as": CAFFENET}
    check_published_as([network], PUBLISHED)
    wrong = {"network": "cafenet", "dataset": ["imagenet2012-train-correct"]}
    with pytest.raises(ConfigError, match="did you mean 'caffenet on imagenet2012-train-correct'"):
        check_published_as([{"name": "mine", "published_as": wrong}], PUBLISHED)


def test_tables_of_other_stages_are_used_where_they_are_made():
    groups = Table(
        "groups",
        {
            "layer": np.array(["conv5_3"] * 4 + ["fc7"]),
            "unit": np.array([19, 19, 190, 190, 19]),
            "group": np.array(["dogs", "bus", "dogs", "bus", "bus"]),
            "ccmas": np.array([0.1, 0.824, 0.1, 0.5, 0.2]),
            "precision_100__ranks2to101": np.array([0.1, 0.53, 0.1, 0.4, 0.2]),
            "proportion_positive_in": np.array([0.1, 0.99, 0.1, 0.99, 0.2]),
        },
    )
    item = replace(evidence("vgg"), tables={"groups": groups})
    same = {"network": "vgg16-places365", "dataset": "imagenet2012-100perclass"}
    where = {"locus": "tableA3", "unit": "20"}
    networks = [study_network(item, same)]
    assert one(networks, quantity="ccmas_bus", **where).verdict == "reproduced"
    assert one(networks, quantity="precision100_bus", **where).ours == pytest.approx(0.53)
    assert one(networks, quantity="pct_gt0_bus", **where).ours == pytest.approx(99)
    assert one(networks, quantity="mean_bus", **where).reason == "groups has no column mean_in"
    assert one(networks, quantity="iou_bus", **where).reason == "this study has no table bus_units"
    networks = [study_network(evidence("vgg"), same)]
    row = one(networks, quantity="ccmas_bus", **where)
    assert (row.verdict, row.reason) == ("not computed", "this study has no table groups")


def test_a_table_can_be_narrowed_to_rows():
    gray = Table(
        "gray_accuracy",
        {"images": np.array(["rgb", "luma"]), "top1_error": np.array([0.275, 0.5112])},
    )
    same = {"network": "vgg-m", "dataset": ["ILSVRC", "imagenet-subset"]}
    networks = [study_network(replace(evidence("m"), tables={"gray_accuracy": gray}), same)]
    assert one(networks, quantity="top1_error_rgb_pct").verdict == "reproduced"
    assert one(networks, quantity="top1_error_gray_pct").verdict == "reproduced"
    assert one(networks, quantity="top5_error_gray_pct").verdict == "not computed"


CHECKS = check_rows(PUBLISHED)


def test_the_ccmas_of_all_bus_units_follow_from_their_means():
    rows = [row for row in CHECKS if row.quantity == "CCMAS from the printed means"]
    assert len([row for row in rows if row.locus.startswith("table")]) == 49
    assert all(row.verdict == "consistent" for row in rows)
    assert max(abs(row.difference) for row in rows) < 0.0075


def test_known_contradictions_are_found_and_no_others():
    wrong = {(row.quantity, row.locus) for row in CHECKS if row.verdict == "inconsistent"}
    assert wrong == {
        ("largest possible false discovery rate", "sec3.1"),
        ("activations of fc6.1199", "methods/data"),
        ("CCMAS of fc6.1199 elsewhere", "sec4"),
        ("localist units of prob elsewhere", "results"),
        ("mean of fc8 elsewhere", "discussion"),
        ("smallest percentage above zero", "results/ccmas2"),
        ("pairs of units with identical numbers", "tableA5"),
    }


def test_a_changed_number_breaks_its_check():
    changed = [
        replace(row, printed="50.0") if row.quantity == "mean_bus" and row.unit == "333" else row
        for row in PUBLISHED
    ]
    broken = {row.id for row in check_rows(changed) if row.verdict == "inconsistent"}
    assert len(broken) == 1 + sum(row.verdict == "inconsistent" for row in CHECKS)


MEASURED = {
    "localist": 0.0,
    "top_class_selectivity": 0.1,
    "recall_at_95_precision": 0.2,
    "max_informedness": 0.5,
    "informedness_recall": 0.7,
    "informedness_specificity": 0.8,
    "ccmas": 0.4,
    "minimum": 0.0,
}


@pytest.mark.parametrize(
    ("column", "value", "broken"),
    [
        ("localist", 1.0, "I01"),
        ("recall_at_95_precision", 0.05, "I02"),
        ("max_informedness", 0.51, "I03"),
        ("ccmas", 1.1, "I04"),
        ("ccmas", -0.1, "I04"),
    ],
)
def test_one_unit_that_breaks_an_identity_is_found(column, value, broken):
    item = evidence(fc6=MEASURED, fc8=MEASURED)
    assert [row.verdict for row in identity_rows(item)] == 4 * ["consistent"]
    item.layers["fc8"].columns[column][7] = value
    wrong = [row for row in identity_rows(item) if row.verdict == "inconsistent"]
    assert [(row.id, row.ours, row.reason) for row in wrong] == [(broken, 1, "fc8 1")]


def test_ccmas_of_signed_layers_may_leave_its_range():
    rows = identity_rows(evidence(fc8=MEASURED | {"ccmas": 1.4, "minimum": -1.0}))
    assert all(row.verdict == "consistent" for row in rows)
