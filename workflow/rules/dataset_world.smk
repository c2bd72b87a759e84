"""The generated picture world: drawn in shards, gathered into one dataset."""

WORLD = STUDY["dataset"]["world"]


rule generate_world:
    """Draw one shard of the picture world."""
    output:
        pictures=temp(f"{DATASET}/shards/{{shard}}.h5"),
    log:
        f"{LOGS}/generate_world/{{shard}}.log",
    benchmark:
        f"{BENCHMARKS}/generate_world/{{shard}}.tsv"
    conda:
        "../../envs/analysis.yaml"
    params:
        n_images=WORLD["train_images"] + WORLD["test_images"],
        scene=WORLD["scene"],
        seed=SEED,
        code=code_hash("generate_world.py"),
    script:
        "../scripts/generate_world.py"


rule gather_world:
    """Join the shards into the dataset: images, masks, index and class table."""
    input:
        shards=expand(
            f"{DATASET}/shards/{{shard}}.h5",
            shard=sharding.shard_names(WORLD["shards"]),
        ),
    output:
        images=f"{DATASET}/images.h5",
        index=f"{DATASET}/index.parquet",
        classes=f"{DATASET}/classes.csv",
    log:
        f"{LOGS}/gather_world.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        train_images=WORLD["train_images"],
        test_images=WORLD["test_images"],
        scene=WORLD["scene"],
        seed=SEED,
        code=code_hash("gather_world.py"),
    script:
        "../scripts/gather_world.py"
