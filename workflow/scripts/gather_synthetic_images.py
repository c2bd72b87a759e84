"""Gather the shards of a layer's synthetic images into one file."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from selectivity.stage import stage_log
from selectivity.synthesis.store import gather_images

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(*, shards: Sequence[Path], output: Path) -> None:
    """Write the images of all shards, in the order of units."""
    gather_images(shards, output)


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            shards=[Path(path) for path in snakemake.input.shards],
            output=Path(snakemake.output.images),
        )
