"""Write the weights of a network before any training: the chance level of every measure."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from selectivity.initialization import initialize
from selectivity.networks import build_network
from selectivity.stage import fix_threads, stage_log
from selectivity.training.saving import save_network

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    *,
    network: Mapping[str, Any],
    seed: int,
    provenance: Mapping[str, Any],
    weights: Path,
    record: Path,
) -> None:
    """Build the network and draw its weights from `seed`, as its training does."""
    module = build_network(network["constructor"], network["arguments"])
    initialize(module, seed)
    save_network(module, weights, record, {**provenance, "torch": torch.__version__})


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        fix_threads(1)
        main(
            network=snakemake.params.network,
            seed=snakemake.params.seed,
            provenance={**snakemake.params.provenance, "code": snakemake.params.code},
            weights=Path(snakemake.output.weights),
            record=Path(snakemake.output.record),
        )
