"""The page of the ledger shows texts as texts, loads nothing, and writes numbers to be read."""

import html.parser
import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from selectivity.claims.registry import HOLDS, Claim, Finding
from selectivity.ledger.checks import check_rows
from selectivity.ledger.numbers import difference_text, number_text
from selectivity.ledger.page import BADGES, Ledger, render
from selectivity.ledger.published import read_published
from selectivity.ledger.quantities import quantities_from
from selectivity.ledger.rows import claim_rows, published_rows

ROOT = Path(__file__).resolve().parents[2]
PUBLISHED = read_published(ROOT / "config" / "published.tsv")
QUANTITIES = quantities_from(yaml.safe_load((ROOT / "config" / "quantities.yaml").read_text()))
CHECKS = check_rows(PUBLISHED)


class Texts(html.parser.HTMLParser):
    """Collects tags and visible text."""

    def __init__(self):
        super().__init__()
        self.tags, self.addresses, self.text = [], [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [v for k, v in attrs if k in ("src", "href", "srcset", "action")]

    def handle_data(self, data):
        self.text += data


EVIL = "<script>alert('&\"')</script>"


def evil_page():
    claim = Claim("C01", ("gale2019",), EVIL, EVIL, EVIL, {"below": 0.5}, remark=EVIL)
    findings = [Finding(claim, EVIL, HOLDS, {EVIL: 0.5}, EVIL)]
    rows = [
        replace(row, printed=EVIL, unit=EVIL, layer=EVIL, note=EVIL, locus=EVIL)
        for row in PUBLISHED[:2]
    ]
    published = [
        replace(row, reason=EVIL, our_network=EVIL) for row in published_rows(rows, QUANTITIES, [])
    ]
    network = {"name": EVIL, "layers": [EVIL], "roles": {"fc6": EVIL}, "published_as": {}}
    return render(Ledger(EVIL, EVIL, [network], findings, published, []))


def test_texts_cannot_become_markup():
    texts = Texts()
    texts.feed(evil_page())
    assert texts.tags.count("script") == 1
    assert texts.text.count("alert(") >= 12


def test_the_page_loads_nothing_from_elsewhere():
    rows = published_rows(PUBLISHED, QUANTITIES, [])
    page = render(Ledger("demo", "", [], [], rows, CHECKS))
    texts = Texts()
    texts.feed(page)
    assert all(address.startswith("#") for address in texts.addresses)
    assert not {"img", "link", "iframe"} & set(texts.tags)
    assert not re.search(r"https?://|url\(|@import|fetch\(", page)
    assert texts.tags.count("tr") >= 791 + len(CHECKS)


def test_every_verdict_has_a_badge_and_its_own_symbol_within_a_table():
    assert {row.verdict for row in CHECKS} <= set(BADGES)
    for group in (
        ("holds", "does not hold", "not applicable"),
        ("reproduced", "differs", "reference only", "not computed"),
    ):
        assert len({BADGES[verdict][1] for verdict in group}) == len(group)


def test_claims_are_rows_too():
    finding = Finding(Claim("C01", ("a", "b"), "t", "s", "x"), "net", HOLDS, {}, "why")
    (row,) = claim_rows([finding])
    assert (row.section, row.id, row.source, row.verdict) == ("claim", "C01", "a b", HOLDS)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (float("nan"), ""),
        (float("inf"), "∞"),
        (721536, "721,536"),
        (-3, "\u22123"),
        (0.123456, "0.1235"),
        (123456.7, "123,457"),
        (0.0, "0"),
    ],
)
def test_numbers_are_readable(value, text):
    assert number_text(value) == text


def test_differences_have_signs():
    assert difference_text(0.1234) == "+0.123"
    assert difference_text(-0.5) == "\u22120.5"
    assert difference_text(float("nan")) == ""
