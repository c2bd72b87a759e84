"""Tabulate Representative Substitution by unit and layer, and the verdicts on its claims at every setting."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import yaml

from selectivity.claims.evidence import Evidence, Table
from selectivity.claims.registry import Claim, claims_from, evaluate
from selectivity.claims.substitution import TESTS
from selectivity.csv_files import save_csv
from selectivity.parquet import read_table
from selectivity.stage import stage_log
from selectivity.substitution_tables import (
    default_setting,
    layer_summary,
    mark_setting,
    pivot_verdicts,
    sensitivity,
    settings_of,
)

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def judged(table: pd.DataFrame, claims: Sequence[Claim]) -> Iterable[Mapping[str, object]]:
    """Yield the verdict on each claim for each network of a table marked for one setting."""
    for network, rows in table.groupby("network", sort=False):
        columns = {name: rows[name].to_numpy() for name in rows}
        evidence = Evidence(str(network), tables={"substitution": Table("substitution", columns)})
        for claim in claims:
            found = evaluate(claim, evidence)
            verdict = {"verdict": found.verdict, "reason": found.reason}
            yield {"network": network, "claim": claim.id, **verdict}


def main(
    *,
    substitution: Sequence[Path],
    claims: Path,
    step: int | None,
    units: Path,
    layers: Path,
    verdicts: Path,
    overview: Path,
) -> None:
    """Write the tables of all networks; the units are marked for the setting that the verdicts are about."""
    table = pd.concat([read_table(path)[0] for path in substitution], ignore_index=True)
    about = claims_from(yaml.safe_load(claims.read_text(encoding="utf-8")))
    about = [claim for claim in about if claim.id in TESTS]
    save_csv(mark_setting(table, *default_setting(table, step)), units)
    save_csv(layer_summary(table), layers)
    found = sensitivity(table, lambda marked: judged(marked, about))
    save_csv(found, verdicts)
    order = [f"{scalar} {n_steps}" for scalar, n_steps in settings_of(table)]
    save_csv(pivot_verdicts(found, order), overview)


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            substitution=[Path(path) for path in snakemake.input.substitution],
            claims=Path(snakemake.input.claims),
            step=snakemake.params.step,
            units=Path(snakemake.output.units),
            layers=Path(snakemake.output.layers),
            verdicts=Path(snakemake.output.verdicts),
            overview=Path(snakemake.output.overview),
        )
