"""Bring activations that were recorded elsewhere into the form of the workflow."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from selectivity.datasets.index import read_classes, read_index
from selectivity.files import sha256_of
from selectivity.recorded import convert_recorded
from selectivity.stage import stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    *, recorded: Path, index: Path, classes: Path, provenance: Mapping[str, Any], output: Path
) -> None:
    """Write the activation file of one layer."""
    images, fingerprint = read_index(index)
    described = {
        **provenance,
        "recorded_file": recorded.name,
        "recorded_sha256": sha256_of(recorded),
        "dataset_fingerprint": fingerprint,
        "hook_point": "as recorded",
    }
    convert_recorded(recorded, images, len(read_classes(classes)), output, described)


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            recorded=Path(snakemake.input.recorded),
            index=Path(snakemake.input.index),
            classes=Path(snakemake.input.classes),
            provenance={**snakemake.params.provenance, "code": snakemake.params.code},
            output=Path(snakemake.output.activations),
        )
