"""Draw one shard of the picture world; a picture depends on the seed and its id, never on the shard."""

from pathlib import Path
from typing import TYPE_CHECKING

from selectivity.sharding import shard_range
from selectivity.stage import fix_threads, stage_log
from selectivity.world.composition import SceneSettings
from selectivity.world.index import world_provenance
from selectivity.world.shards import draw_pictures, write_shard

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(*, shard: str, n_images: int, seed: int, scene: SceneSettings, pictures: Path) -> None:
    """Draw the pictures of `shard` out of `n_images` and write them to `pictures`."""
    first, stop = shard_range(shard, n_images)
    arrays = draw_pictures(first, stop, seed, scene)
    write_shard(pictures, arrays, first, world_provenance(seed, scene))


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        fix_threads(1)
        main(
            shard=snakemake.wildcards.shard,
            n_images=snakemake.params.n_images,
            seed=snakemake.params.seed,
            scene=SceneSettings(**snakemake.params.scene),
            pictures=Path(snakemake.output.pictures),
        )
