"""Bootstrap the measures of chosen units over images, within classes."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from tqdm import tqdm

from selectivity.activations import open_activations
from selectivity.csv_files import save_csv
from selectivity.layer_seeds import layer_seed
from selectivity.measure_tables import chosen_units
from selectivity.measures import MeasureSettings
from selectivity.measures.bootstrap import Bootstrap, bootstrap_rows
from selectivity.parquet import read_table
from selectivity.stage import stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    *,
    activations: list[Path],
    measures: list[Path],
    table: Path,
    units: Mapping[str, Sequence[int]],
    samples: int,
    settings: dict[str, Any],
    seed: int,
) -> None:
    """Write value, standard error and 95 % interval of every measure of the chosen units of each layer."""
    chosen = MeasureSettings(**settings)
    rows: list[dict[str, object]] = []
    for path, scores in zip(activations, measures, strict=True):
        observed, _ = read_table(scores)
        network, layer = observed.loc[0, ["network", "layer"]]
        draws = Bootstrap(samples, layer_seed(seed, network, layer))
        with open_activations(path, {"network": network, "layer": layer}) as store:
            picked = chosen_units(observed, units.get(layer, ()), chosen.top_k)
            for unit in tqdm(picked, unit="unit", desc=layer, disable=None):
                values = store.read_units(unit, unit + 1)[0]
                for row in bootstrap_rows(values, store.class_sizes, unit, chosen, draws):
                    rows.append({"network": network, "layer": layer, **row})
    save_csv(pd.DataFrame(rows), table)


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            activations=[Path(path) for path in snakemake.input.activations],
            measures=[Path(path) for path in snakemake.input.measures],
            table=Path(snakemake.output.table),
            units=snakemake.params.units,
            samples=snakemake.params.samples,
            settings=snakemake.params.settings,
            seed=snakemake.params.seed,
        )
