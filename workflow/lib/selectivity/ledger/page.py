"""The ledger as one HTML page without external resources; all text from files is escaped."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from selectivity.claims.registry import FAILS, HOLDS, NOT_APPLICABLE, Finding
from selectivity.claims.roles import ROLES
from selectivity.ledger.check import CONSISTENT, INCONSISTENT
from selectivity.ledger.numbers import (
    RELATION_SIGNS,
    difference_text,
    number_text,
    numbers_text,
)
from selectivity.ledger.page_parts import PAGE
from selectivity.ledger.rows import (
    DIFFERS,
    NOT_COMPUTED,
    REFERENCE_ONLY,
    REPRODUCED,
    LedgerRow,
)

DASH = "\u2013"
# verdict -> style class and symbol: the symbol tells them apart without color.
BADGES = {
    HOLDS: ("yes", "✓"),
    FAILS: ("no", "✗"),
    NOT_APPLICABLE: ("none", DASH),
    REPRODUCED: ("yes", "✓"),
    DIFFERS: ("no", "✗"),
    REFERENCE_ONLY: ("reference", "○"),
    NOT_COMPUTED: ("none", DASH),
    CONSISTENT: ("yes", "✓"),
    INCONSISTENT: ("no", "✗"),
}
PAPERS = {
    "gale2019": "Gale, Blything, Martin, Bowers, Nguyen: CogSci 2019",
    "gale2020": "Are there any object detectors in the hidden layers of CNNs? 2020",
    "rafegas2017": "Rafegas, Vanrell, Alexandre: 2017",
    "substitution2020": "Representative substitution, AAAI student abstract 2020",
}


# How notes mark bounds, which the page writes as signs.
_BOUND = re.compile(r"^(lt|gt)\b(; )?")


@dataclass(frozen=True)
class Ledger:
    """All that the page shows."""

    study: str
    title: str
    networks: Sequence[Mapping[str, Any]]
    findings: Sequence[Finding]
    published: Sequence[LedgerRow]
    checks: Sequence[LedgerRow]


def badge(verdict: str) -> str:
    """Return a verdict as a colored label with its symbol."""
    style, symbol = BADGES[verdict]
    return f'<span class="badge {style}"><i>{symbol}</i>{escape(verdict)}</span>'


def render(ledger: Ledger) -> str:
    """Return the page."""
    papers = list(dict.fromkeys(row.source for row in ledger.published))
    sections = [("claims", "Claims", _claims(ledger))]
    sections += [(paper, paper, _paper(paper, ledger.published)) for paper in papers]
    sections.append(("checks", "Checks", _checks(ledger.checks)))
    links = "".join(
        f'<a href="#{escape(anchor)}">{escape(name)}</a>' for anchor, name, _ in sections
    )
    body = "".join(
        f'<section id="{escape(anchor)}">{content}</section>' for anchor, _, content in sections
    )
    return PAGE.substitute(
        study=escape(ledger.study),
        title=escape(ledger.title),
        summary=_summary(ledger),
        links=links,
        networks=_networks(ledger.networks),
        body=body,
    )


def _summary(ledger: Ledger) -> str:
    tiles = [
        ("Claims of the papers", [finding.verdict for finding in ledger.findings]),
        ("Published numbers", [row.verdict for row in ledger.published]),
        ("Checks", [row.verdict for row in ledger.checks]),
    ]
    return "".join(_tile(name, verdicts) for name, verdicts in tiles)


def _tile(name: str, verdicts: list[str]) -> str:
    counts = Counter(verdicts)
    present = [(verdict, counts[verdict]) for verdict in BADGES if counts[verdict]]
    bar = "".join(
        f'<span class="{BADGES[v][0]}" style="flex-grow:{n}" title="{n} {escape(v)}"></span>'
        for v, n in present
    )
    parts = "".join(f"<li>{badge(v)}<b>{n}</b></li>" for v, n in present)
    return (
        f'<div class="tile"><h3>{escape(name)}<b>{len(verdicts)}</b></h3>'
        f'<div class="bar">{bar}</div><ul>{parts}</ul></div>'
    )


def _networks(networks: Iterable[Mapping[str, Any]]) -> str:
    rows = []
    for network in networks:
        meant = _meant(network["published_as"])
        cells = "".join(f"<td>{escape(network['roles'].get(role, DASH))}</td>" for role in ROLES)
        name = f"<th scope=row>{escape(network['name'])}</th>"
        layers = escape(", ".join(network["layers"]))
        rows.append(f"<tr>{name}<td>{escape(meant)}</td>{cells}<td>{layers}</td></tr>")
    heads = "".join(f"<th>{role}</th>" for role in ROLES)
    return (
        f'<table class="roles"><thead><tr><th>network</th><th>is</th>{heads}'
        f"<th>all layers</th></tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def _meant(published_as: Mapping[str, Any]) -> str:
    """Return which network of the papers a network is."""
    if not published_as:
        return "none of the papers' networks"
    datasets = published_as["dataset"]
    names = datasets if isinstance(datasets, str) else ", ".join(datasets)
    return f"{published_as['network']} on {names}"


def _claims(ledger: Ledger) -> str:
    topics = dict.fromkeys(finding.claim.topic for finding in ledger.findings)
    blocks = []
    for topic in topics:
        chosen = [finding for finding in ledger.findings if finding.claim.topic == topic]
        ids = dict.fromkeys(finding.claim.id for finding in chosen)
        cards = "".join(_card([f for f in chosen if f.claim.id == id_]) for id_ in ids)
        blocks.append(f"<h3>{escape(topic)}</h3>{cards}")
    intro = (
        "<h2>Claims</h2><p class=lead>What the papers say about all networks of their kind, "
        "judged on the networks of this study. A claim that fails here is no mistake: it says where this "
        "network or this data set differs from the papers'.</p>"
    )
    return intro + _filters(finding.verdict for finding in ledger.findings) + "".join(blocks)


def _card(findings: list[Finding]) -> str:
    claim = findings[0].claim
    thresholds = ", ".join(f"{k} = {number_text(v)}" for k, v in claim.thresholds.items())
    lines = "".join(
        f'<div class="finding" data-verdict="{escape(f.verdict)}">{badge(f.verdict)}'
        f"<div><p><b>{escape(f.network)}</b>{escape(f.reason)}.</p>"
        f"<p class=numbers>{escape(numbers_text(f.numbers))}</p></div></div>"
        for f in findings
    )
    remark = f"<p class=remark>{escape(claim.remark)}</p>" if claim.remark else ""
    limits = f" <span class=limits>({escape(thresholds)})</span>" if thresholds else ""
    return (
        f'<article class="claim row" id="{escape(claim.id)}"><header><span class=id>{escape(claim.id)}</span>'
        f"<h4>{escape(claim.statement)}</h4><span class=source>{escape(', '.join(claim.source))}</span></header>"
        f"<p class=test><b>Test</b>{escape(claim.test)}{limits}</p>{lines}{remark}</article>"
    )


def _filters(verdicts: Iterable[str]) -> str:
    counts = Counter(verdicts)
    buttons = "".join(
        f'<button type=button data-show="{escape(v)}">{badge(v)}<b>{counts[v]}</b></button>'
        for v in BADGES
        if counts[v]
    )
    return (
        '<div class="filters"><input type=search placeholder="filter by any word: ccmas fc6"'
        f' aria-label="filter"><div>{buttons}</div><output></output></div>'
    )


def _paper(paper: str, published: Iterable[LedgerRow]) -> str:
    rows = [row for row in published if row.source == paper]
    name = PAPERS.get(paper, "")
    intro = (
        f"<h2>{escape(paper)}</h2><p class=lead>{escape(name)}: {len(rows)} printed numbers.</p>"
    )
    return intro + _filters(row.verdict for row in rows) + _table(rows)


def _checks(checks: Sequence[LedgerRow]) -> str:
    intro = (
        "<h2>Checks</h2><p class=lead>First the papers: numbers that must follow from other printed numbers, "
        "recomputed. Then this study: what must hold between the measures of every unit.</p>"
    )
    return intro + _filters(row.verdict for row in checks) + _table(checks)


HEADS = (
    ("where", ""),
    ("network", ""),
    ("layer", ""),
    ("unit", "right"),
    ("quantity", ""),
    ("published", "right"),
    ("ours", "right"),
    ("difference", "right"),
    ("verdict", ""),
    ("why", ""),
)


def _table(rows: Sequence[LedgerRow]) -> str:
    heads = "".join(
        f'<th class="{style}"><button type=button>{name}</button></th>' for name, style in HEADS
    )
    body = "".join(map(_row, rows))
    return f"<div class=wide><table class=ledger><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"


def _row(row: LedgerRow) -> str:
    cells = (
        _cell(escape(row.locus) + _small(row.id), key=row.id),
        _cell(_breakable(row.network) + _small(row.dataset), "name"),
        _cell(_breakable(row.layer)),
        _cell(escape(row.unit), "right"),
        _cell(_breakable(row.quantity), "name"),
        _published(row),
        _cell(number_text(row.ours) + _small(row.our_network), "right", _number_key(row.ours)),
        _cell(difference_text(row.difference), "right soft", _number_key(row.difference)),
        _cell(badge(row.verdict)),
        _cell(escape(row.reason) + _small(_BOUND.sub("", row.note)), "why"),
    )
    return f'<tr class=row data-verdict="{escape(row.verdict)}">{"".join(cells)}</tr>'


def _cell(content: str, style: str = "", key: str = "") -> str:
    attributes = f' class="{style}"' if style else ""
    attributes += f' data-key="{escape(key)}"' if key else ""
    return f"<td{attributes}>{content}</td>"


def _published(row: LedgerRow) -> str:
    key = _number_key(row.published)
    error = f" ± {row.standard_error}" if row.standard_error else ""
    text = escape(f"{RELATION_SIGNS[row.relation]}{row.published}{error}")
    if row.is_doubtful:
        text += ' <abbr title="hard to read in the scan of the paper">ocr?</abbr>'
    return _cell(text, "right" if key else "text", key)


def _small(text: str) -> str:
    return f"<small>{_breakable(text)}</small>" if text else ""


def _breakable(text: str) -> str:
    """Return escaped text that may be broken after each underscore, comma and plus."""
    return re.sub(r"([_,+])", r"\1<wbr>", escape(text))


def _number_key(value: str | float) -> str:
    """Return the number that a cell sorts by, nothing where it holds none."""
    try:
        number = float(value)
    except ValueError:
        return ""
    return "" if math.isnan(number) else repr(number)
