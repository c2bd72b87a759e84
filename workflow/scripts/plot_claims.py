"""Draw the verdicts on the claims as a matrix of claims and networks."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from selectivity.csv_files import save_csv
from selectivity.figures.claims import draw_claims
from selectivity.figures.style import save_figure
from selectivity.stage import stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(*, verdicts: Path, stem: Path) -> None:
    """Write the figure and the verdicts that it shows."""
    table = pd.read_csv(verdicts, keep_default_na=False)
    save_figure(draw_claims(table), stem)
    save_csv(table[["claim", "topic", "statement", "network", "verdict"]], stem.with_suffix(".csv"))


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            verdicts=Path(snakemake.input.verdicts), stem=Path(snakemake.output.png).with_suffix("")
        )
