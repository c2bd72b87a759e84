"""Measure the units of a layer under permuted labels: what chance gives, and how unlikely each unit is."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from selectivity.activations import open_activations
from selectivity.allocator import keep_freed_memory
from selectivity.chance_tables import layer_chance, unit_chance
from selectivity.csv_files import save_csv
from selectivity.layer_seeds import layer_seed
from selectivity.measures import MeasureSettings
from selectivity.measures.chance import Permutations, chance_measures, permute_store
from selectivity.parquet import read_table, write_table
from selectivity.stage import stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    *,
    activations: Path,
    measures: Path,
    units: Path,
    bands: Path,
    network: str,
    layer: str,
    settings: dict[str, Any],
    permutations: int,
    seed: int,
    code: str,
    threads: int,
) -> None:
    """Write p-values of all units and the distribution of each measure over units and permutations."""
    keep_freed_memory()
    observed, _ = read_table(measures)
    chosen = MeasureSettings(**settings)
    drawn = Permutations(permutations, layer_seed(seed, network, layer))
    with open_activations(activations, {"network": network, "layer": layer}) as store:
        total = store.n_units * permutations
        with tqdm(total=total, unit="permutation", disable=None) as bar:
            permuted = permute_store(store, chosen, drawn, threads, bar.update)
        sizes, provenance = store.class_sizes, {"activations": store.provenance}
    names = chance_measures(chosen)
    provenance |= {"measures": settings, "permutations": permutations, "seed": seed, "code": code}
    write_table(unit_chance(observed, permuted, names), units, provenance)
    save_csv(layer_chance(observed, permuted, sizes, chosen, names), bands)


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            activations=Path(snakemake.input.activations),
            measures=Path(snakemake.input.measures),
            units=Path(snakemake.output.units),
            bands=Path(snakemake.output.bands),
            network=snakemake.wildcards.network,
            layer=snakemake.wildcards.layer,
            settings=snakemake.params.settings,
            permutations=snakemake.params.permutations,
            seed=snakemake.params.seed,
            code=snakemake.params.code,
            threads=snakemake.threads,
        )
