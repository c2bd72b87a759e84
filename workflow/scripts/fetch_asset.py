"""Fetch a published file, checked against its hash, or take the copy that is here."""

from pathlib import Path
from typing import TYPE_CHECKING

from selectivity.assets import Asset, fetch_asset
from selectivity.stage import stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(*, asset: Asset, output: Path, downloads: Path, lock: Path, offline: bool) -> None:
    """Put the file at `output`; nothing else is ever put there."""
    fetch_asset(asset, output, downloads, lock, offline=offline)


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            asset=Asset.from_dict(snakemake.params.asset),
            output=Path(snakemake.output.asset),
            downloads=Path(snakemake.resources.downloads),
            lock=Path(snakemake.resources.lock),
            offline=snakemake.resources.offline == "True",
        )
