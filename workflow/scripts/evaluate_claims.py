"""Judge every claim of the papers on every network of the study."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import yaml

from selectivity.claims.evidence import Evidence, Table
from selectivity.claims.registry import Finding, claims_from, evaluate
from selectivity.csv_files import save_csv
from selectivity.evidence_files import read_evidence
from selectivity.measures import MeasureSettings, measure_units
from selectivity.stage import stage_log
from selectivity.synthetic_units import LETTERS, class_sizes, synthetic_activations

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake

SYNTHETIC_UNITS = "synthetic units"


def measured_synthetic_units(seed: int) -> pd.DataFrame:
    """Return the measures of the three made-up units."""
    columns = measure_units(synthetic_activations(seed), class_sizes(), MeasureSettings())
    return pd.DataFrame({"unit": list(LETTERS), **columns})


def as_record(finding: Finding) -> dict[str, Any]:
    """Return a finding as a row of the table."""
    claim = finding.claim
    return {
        "claim": claim.id,
        "source": " ".join(claim.source),
        "topic": claim.topic,
        "statement": claim.statement,
        "test": claim.test,
        "thresholds": json.dumps(dict(claim.thresholds)),
        "network": finding.network,
        "verdict": finding.verdict,
        "reason": finding.reason,
        "numbers": json.dumps(dict(finding.numbers)),
    }


def main(
    *,
    claims: Path,
    measures: Sequence[Path],
    summaries: Sequence[Path],
    tables: Sequence[tuple[str, Path]],
    verdicts: Path,
    synthetic: Path,
    networks: Sequence[Mapping[str, Any]],
    seed: int,
) -> None:
    """Write the verdicts, and the measures of the synthetic units that some of them rest on."""
    evidence = read_evidence(networks, measures, summaries, tables)
    units = measured_synthetic_units(seed)
    made_up = Table(SYNTHETIC_UNITS, {name: np.asarray(units[name]) for name in units})
    judges = {
        "network": evidence,
        "synthetic": [Evidence(SYNTHETIC_UNITS, tables={"synthetic": made_up})],
    }
    findings = [
        as_record(evaluate(claim, item))
        for claim in claims_from(yaml.safe_load(claims.read_text(encoding="utf-8")))
        for item in judges[claim.scope]
    ]
    for path, table in ((verdicts, pd.DataFrame(findings)), (synthetic, units)):
        save_csv(table, path)


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            claims=Path(snakemake.input.claims),
            measures=[Path(path) for path in snakemake.input.measures],
            summaries=[Path(path) for path in snakemake.input.summaries],
            tables=list(
                zip(snakemake.params.tables, map(Path, snakemake.input.tables), strict=True)
            ),
            verdicts=Path(snakemake.output.verdicts),
            synthetic=Path(snakemake.output.synthetic),
            networks=snakemake.params.networks,
            seed=snakemake.params.seed,
        )
