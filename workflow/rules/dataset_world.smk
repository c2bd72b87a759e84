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


rule plot_contact_sheet:
    """Show examples of every class of the picture world."""
    input:
        images=f"{DATASET}/images.h5",
        index=f"{DATASET}/index.parquet",
        classes=f"{DATASET}/classes.csv",
    output:
        pdf=f"{RESULTS}/figures/contact_sheet.pdf",
        svg=f"{RESULTS}/figures/contact_sheet.svg",
        png=report(
            f"{RESULTS}/figures/contact_sheet.png",
            caption="../report/contact_sheet.rst",
            category="Dataset",
            labels={"figure": "contact sheet"},
        ),
        csv=f"{RESULTS}/figures/contact_sheet.csv",
    log:
        f"{LOGS}/plot_contact_sheet.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        n_examples=6,
        dpi=STUDY["figures"]["dpi"],
        code=code_hash("plot_contact_sheet.py"),
    script:
        "../scripts/plot_contact_sheet.py"


rule plot_masks:
    """Show pictures of the world beside their masks."""
    input:
        images=f"{DATASET}/images.h5",
        index=f"{DATASET}/index.parquet",
    output:
        pdf=f"{RESULTS}/figures/masks.pdf",
        svg=f"{RESULTS}/figures/masks.svg",
        png=report(
            f"{RESULTS}/figures/masks.png",
            caption="../report/masks.rst",
            category="Dataset",
            labels={"figure": "concept masks"},
        ),
        csv=f"{RESULTS}/figures/masks.csv",
    log:
        f"{LOGS}/plot_masks.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        names=[
            "ladybug",
            "fish",
            "mushroom",
            "cactus",
            "bus",
            "sailboat",
            "lighthouse",
            "mug",
        ],
        dpi=STUDY["figures"]["dpi"],
        code=code_hash("plot_masks.py"),
    script:
        "../scripts/plot_masks.py"


TARGETS += [f"{RESULTS}/figures/contact_sheet.png", f"{RESULTS}/figures/masks.png"]
