"""Put every published number beside ours, below the verdicts on the claims."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import yaml

from selectivity.claims.registry import Finding, claims_from
from selectivity.csv_files import save_csv
from selectivity.evidence_files import read_evidence
from selectivity.files import atomic
from selectivity.ledger.checks import check_rows
from selectivity.ledger.identities import identity_rows
from selectivity.ledger.page import Ledger, render
from selectivity.ledger.published import read_published
from selectivity.ledger.quantities import quantities_from
from selectivity.ledger.rows import LEDGER_COLUMNS, claim_rows, published_rows, study_network
from selectivity.stage import stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def read_yaml(path: Path) -> Any:
    """Return the content of a YAML file."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def read_findings(verdicts: Path, claims: Path) -> list[Finding]:
    """Return the findings of the table of claims."""
    known = {claim.id: claim for claim in claims_from(read_yaml(claims))}
    table = pd.read_csv(verdicts, dtype=str, keep_default_na=False)
    return [
        Finding(known[row.claim], row.network, row.verdict, json.loads(row.numbers), row.reason)
        for row in table.itertuples()
    ]


def main(
    *,
    published: Path,
    quantities: Path,
    claims: Path,
    verdicts: Path,
    measures: Sequence[Path],
    summaries: Sequence[Path],
    tables: Sequence[tuple[str, Path]],
    table: Path,
    page: Path,
    networks: Sequence[Mapping[str, Any]],
    study: str,
    title: str,
) -> None:
    """Write the ledger as a table and as a page."""
    evidence = read_evidence(networks, measures, summaries, tables)
    compared = [
        study_network(item, network["published_as"])
        for item, network in zip(evidence, networks, strict=True)
    ]
    findings = read_findings(verdicts, claims)
    printed = read_published(published)
    rows = published_rows(printed, quantities_from(read_yaml(quantities)), compared)
    checks = [*check_rows(printed), *(row for item in evidence for row in identity_rows(item))]
    ledger = [astuple(row) for row in [*claim_rows(findings), *rows, *checks]]
    save_csv(pd.DataFrame(ledger, columns=list(LEDGER_COLUMNS)), table)
    with atomic(page) as temporary:
        content = render(Ledger(study, title, networks, findings, rows, checks))
        temporary.write_text(content, encoding="utf-8")


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            published=Path(snakemake.input.published),
            quantities=Path(snakemake.input.quantities),
            claims=Path(snakemake.input.claims),
            verdicts=Path(snakemake.input.verdicts),
            measures=[Path(path) for path in snakemake.input.measures],
            summaries=[Path(path) for path in snakemake.input.summaries],
            tables=[
                ("synthetic", Path(snakemake.input.synthetic)),
                *zip(snakemake.params.tables, map(Path, snakemake.input.tables), strict=True),
            ],
            table=Path(snakemake.output.table),
            page=Path(snakemake.output.page),
            networks=snakemake.params.networks,
            study=snakemake.params.study,
            title=snakemake.params.title,
        )
