"""Measure one shard of a layer's units."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from tqdm import tqdm

from selectivity.activations import open_activations
from selectivity.allocator import keep_freed_memory
from selectivity.layer_seeds import layer_seed
from selectivity.measures import MeasureSettings
from selectivity.measures.blocks import measure_store
from selectivity.parquet import write_table
from selectivity.sharding import shard_range
from selectivity.stage import stage_log

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    *,
    activations: Path,
    table: Path,
    network: str,
    layer: str,
    shard: str,
    settings: dict[str, Any],
    seed: int,
    code: str,
    threads: int,
) -> None:
    """Measure the shard's units, block by block, and write one row a unit."""
    keep_freed_memory()
    chosen = MeasureSettings(**settings, seed=layer_seed(seed, network, layer))
    with open_activations(activations, {"network": network, "layer": layer}) as store:
        start, stop = shard_range(shard, store.n_units)
        with tqdm(total=stop - start, unit="unit", disable=None) as bar:
            columns = measure_store(store, start, stop, chosen, threads, bar.update)
        provenance = {"activations": store.provenance, "measures": settings, "code": code}
        provenance |= {"seed": seed}
        identity = {"network": network, "layer": layer, "unit": range(start, stop)}
        rows = pd.DataFrame(identity | columns).astype({"network": str, "layer": str})
        shape = {"shard": shard, "start": start, "stop": stop, "n_units": store.n_units}
        write_table(rows, table, {**provenance, **shape})


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            activations=Path(snakemake.input.activations),
            table=Path(snakemake.output.table),
            network=snakemake.wildcards.network,
            layer=snakemake.wildcards.layer,
            shard=snakemake.wildcards.shard,
            settings=snakemake.params.settings,
            seed=snakemake.params.seed,
            code=snakemake.params.code,
            threads=snakemake.threads,
        )
