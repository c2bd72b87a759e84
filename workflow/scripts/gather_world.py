"""Join the shards of the picture world into one dataset with its index and class table."""

from pathlib import Path
from typing import TYPE_CHECKING

from selectivity.files import atomic
from selectivity.parquet import write_table
from selectivity.stage import stage_log
from selectivity.world.composition import SceneSettings
from selectivity.world.index import class_table, image_index, world_provenance
from selectivity.world.shards import gather_shards

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    *,
    shards: list[Path],
    train_images: int,
    test_images: int,
    seed: int,
    scene: SceneSettings,
    images: Path,
    index: Path,
    classes: Path,
) -> None:
    """Gather `shards` into `images` and write `index` and `classes` beside it."""
    provenance = world_provenance(seed, scene)
    digest = gather_shards(shards, images, train_images + test_images, provenance)
    fingerprint = {"dataset_fingerprint": f"{digest[:16]}-{train_images}-{test_images}"}
    write_table(image_index(train_images, test_images), index, {**provenance, **fingerprint})
    with atomic(classes) as temporary:
        class_table().to_csv(temporary, index=False, lineterminator="\n")


if __name__ == "__main__":
    with stage_log(snakemake.log[0]):
        main(
            shards=[Path(shard) for shard in snakemake.input.shards],
            train_images=snakemake.params.train_images,
            test_images=snakemake.params.test_images,
            seed=snakemake.params.seed,
            scene=SceneSettings(**snakemake.params.scene),
            images=Path(snakemake.output.images),
            index=Path(snakemake.output.index),
            classes=Path(snakemake.output.classes),
        )
