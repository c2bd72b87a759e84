"""Repack a compressed archive of images, or CIFAR-10's binary version, as a zip that is read in place."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from selectivity.assets import Asset
from selectivity.datasets.repack import repack
from selectivity.stage import stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake

log = logging.getLogger("selectivity")


def main(*, archive: Path, asset: Asset, output: Path) -> None:
    """Write the zip; no pixel changes."""
    asset.check(archive)
    log.info("%d images", repack(archive, output))


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            archive=Path(snakemake.input.archive),
            asset=Asset.from_dict(snakemake.params.asset),
            output=Path(snakemake.output.images),
        )
