"""The printed numbers are read as what they are: bounds, rounded values, texts, unit numbers."""

from pathlib import Path

import pytest
import yaml

from selectivity.errors import DataError
from selectivity.ledger.published import COLUMNS, Published, read_published
from selectivity.ledger.quantities import STATISTICS, quantities_from

ROOT = Path(__file__).resolve().parents[2]
ROWS = read_published(ROOT / "config" / "published.tsv")
QUANTITIES = quantities_from(yaml.safe_load((ROOT / "config" / "quantities.yaml").read_text()))


def printed(value="1", note="", unit=""):
    return Published("P1", "gale2019", "fig1", "caffenet", "x", "fc6", unit, "q", value, "", note)


def test_all_numbers_are_there():
    assert len(ROWS) == 791
    assert ROWS[0].id == "P001" and ROWS[-1].id == "P791"
    assert {row.source for row in ROWS} == {
        "gale2019",
        "gale2020",
        "rafegas2017",
        "substitution2020",
    }


@pytest.mark.parametrize(
    ("note", "relation"),
    [
        ("", "="),
        ('lt; "under 5%"', "<"),
        ("fewer than", "<"),
        ("gt; cannot be FPR", ">"),
        ("more than", ">"),
        (">=", ">"),
        ("approx; threshold not stated", "about"),
        ("gale2020 says approx", "="),
        ("altogether", "="),
    ],
)
def test_bounds_are_read_from_the_note(note, relation):
    assert printed(note=note).relation == relation


@pytest.mark.parametrize(
    ("value", "note", "ours", "agrees"),
    [
        ("0.25", "", 0.2549, True),
        ("0.25", "", 0.2551, False),
        (".08", "", 0.075, True),
        ("95", "", 95.5, True),
        ("95", "", 95.6, False),
        ("19.", "", 19.4, True),
        ("-0.68", "", -0.684, True),
        ("-0.68", "", 0.68, False),
        ("0.25", "lt", 0.2499, True),
        ("0.25", "lt", 0.25, False),
        ("10", "gt", 10.1, True),
        ("10", "gt", 9.9, False),
        ("80", "approx", 71, True),
        ("80", "approx", 69, False),
        ("5", "approx", 6, True),
        ("5", "approx", 6.1, False),
    ],
)
def test_agreement_within_the_printed_precision(value, note, ours, agrees):
    assert printed(value, note).agrees_with(ours) is agrees


def test_bus_units_count_from_one_and_others_from_zero():
    assert printed(unit="1199").unit_index == 1199
    assert printed(unit="824", note="unit id 1-based; ocr? printed").unit_index == 823
    assert printed(unit="494", note="unit id is 1-based (NetDissect numbering)").unit_index == 493
    assert printed(unit="curve1").unit_index == -1


def test_texts_and_unreadable_prints_have_no_number():
    for value in ("?", "dogs", "15 or 16", "10x10", "n04146614 school bus", ""):
        assert printed(value).value != printed(value).value


def test_doubtful_prints_are_marked():
    assert printed(note='ocr? printed "-.45"').is_doubtful
    assert not printed(note="unit id 1-based").is_doubtful
    assert sum(row.is_doubtful for row in ROWS) == 52


def test_other_columns_are_refused(tmp_path):
    path = tmp_path / "published.tsv"
    path.write_text("source\tvalue\ngale2019\t1\n")
    with pytest.raises(DataError, match="expected the columns"):
        read_published(path)
    path.write_text("\t".join(COLUMNS) + "\ngale2019\t1\n")
    with pytest.raises(DataError, match="line 2: 2 columns"):
        read_published(path)


def test_every_published_quantity_has_an_entry_and_every_entry_is_published():
    assert {row.quantity for row in ROWS} == set(QUANTITIES.quantities)


def test_entries_are_settings_or_computable():
    for name, quantity in QUANTITIES.quantities.items():
        computable = bool(quantity.column) or quantity.statistic == "n_units"
        assert computable != bool(quantity.setting), name
        assert quantity.statistic in ("", *STATISTICS), name
        assert bool(quantity.other) == (quantity.statistic in ("pearson", "ratio")), name
        if quantity.statistic in ("count", "share"):
            assert (quantity.above == quantity.above) != (quantity.at_least == quantity.at_least)


def test_percent_is_stored_where_percent_is_printed():
    for name, quantity in QUANTITIES.quantities.items():
        if not quantity.setting:
            assert quantity.percent == ("pct" in name.split("_")), name


def test_every_correction_fits_some_row():
    for correction in QUANTITIES.corrections:
        assert any(correction.fits(row) for row in ROWS), correction
