"""Write what chance, an untrained copy of the network and an ideal detector give, for every layer and measure."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from selectivity.chance_tables import add_untrained
from selectivity.csv_files import save_csv
from selectivity.measure_tables import gather_layers
from selectivity.stage import stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(*, bands: list[Path], untrained: Mapping[str, list[Path]], table: Path) -> None:
    """Join the layers; `untrained` holds the measures of the untrained copy by the name of the trained network."""
    chance = pd.concat([pd.read_csv(path) for path in bands], ignore_index=True)
    for network, layers in untrained.items():
        chance = add_untrained(chance, network, gather_layers(layers))
    save_csv(chance, table)


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            bands=[Path(path) for path in snakemake.input.bands],
            untrained={
                network: [Path(path) for path in snakemake.input[f"untrained_{network}"]]
                for network in snakemake.params.untrained
            },
            table=Path(snakemake.output.table),
        )
