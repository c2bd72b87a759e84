"""Make images that excite single units: activation maximization, alone (AM) and against the layer (IAM)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from selectivity.allocator import keep_freed_memory
from selectivity.datasets import ImageSource, open_images
from selectivity.datasets.index import read_index
from selectivity.extraction import choose_device
from selectivity.files import sha256_of
from selectivity.networks import Preprocessing, build_network, load_weights
from selectivity.sharding import shard_range
from selectivity.stage import fix_threads, stage_log
from selectivity.synthesis.cutting import LayerCut
from selectivity.synthesis.engine import (
    choose_units,
    items_of,
    make_deterministic,
    shape_of_layer,
    synthesize_images,
)
from selectivity.synthesis.inputs import valid_box
from selectivity.synthesis.seeds import Identity
from selectivity.synthesis.settings import recipes_of

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    *,
    weights: Path,
    index: Path,
    source: ImageSource,
    build: Mapping[str, Any],
    path: str,
    identity: Identity,
    settings: Mapping[str, Any],
    wanted: int | Sequence[int] | None,
    restarts: int,
    shard: str,
    provenance: Mapping[str, Any],
    device: str,
    output: Path,
) -> None:
    """Make the images of one shard of the units that the study asks for; go on where a stopped job left off."""
    fix_threads(1)
    keep_freed_memory()
    make_deterministic()
    chosen = choose_device(device)
    network = build_network(build["constructor"], build["arguments"])
    load_weights(network, weights)
    preprocessing = Preprocessing.from_config(build["preprocessing"])
    images, _ = read_index(index)
    box = valid_box(preprocessing, open_images(images, source)[0], chosen)
    n_all, is_map = shape_of_layer(LayerCut(network.to(chosen), path), box)
    units = choose_units(n_all, wanted, identity, settings["batch"])
    start, stop = shard_range(shard, len(units))
    described = {**provenance, "weights_sha256": sha256_of(weights), "device": chosen.type}
    items = items_of(units[start:stop], restarts)
    recipes = recipes_of(settings, is_map)
    synthesize_images(output, network, path, recipes, identity, items, box, described)


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            weights=Path(snakemake.input.weights),
            index=Path(snakemake.input.index),
            source=ImageSource(Path(snakemake.input.images), snakemake.params.folder),
            build=snakemake.params.build,
            path=snakemake.params.path,
            identity=Identity(
                snakemake.params.seed, snakemake.wildcards.network, snakemake.wildcards.layer
            ),
            settings=snakemake.params.settings,
            wanted=snakemake.params.wanted,
            restarts=snakemake.params.restarts,
            shard=snakemake.wildcards.shard,
            provenance={**snakemake.params.provenance, "code": snakemake.params.code},
            device=snakemake.resources.device,
            output=Path(snakemake.output.images),
        )
