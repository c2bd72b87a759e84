"""Images -> index: which image files there are, their classes and splits, and a fingerprint of them all.

The generated world brings its own index; recorded activations have one made of their labels.
"""

from selectivity.datasets.ilsvrc import TABLES as CLASS_TABLES

# The published table of the classes and outputs that the study's folders are named by, if there is one.
CLASS_TABLE = (
    f"config/{CLASS_TABLES[STUDY['dataset']['classes']]}"
    if "classes" in STUDY.get("dataset", {})
    else []
)

if PLAN.has_world:

    include: "dataset_world.smk"

elif PLAN.has_images:

    rule index_images:
        """Index the images of the dataset, after a look into every file."""
        input:
            images=STUDY["dataset"]["images"],
            class_table=CLASS_TABLE,
        output:
            index=f"{DATASET}/index.parquet",
            classes=f"{DATASET}/classes.csv",
            bad_files=f"{DATASET}/bad_files.csv",
        log:
            f"{LOGS}/index_images.log",
        benchmark:
            f"{BENCHMARKS}/index_images.tsv"
        conda:
            "../../envs/torch.yaml"
        threads: 8
        params:
            folder=STUDY["dataset"]["folder"],
            selection={
                **{key: STUDY["dataset"].get(key) for key in ("per_class", "subset")},
                "split_folders": STUDY["dataset"]["split_folders"],
                "seed": SEED,
            },
            settings={
                key: STUDY["dataset"][key]
                for key in ("outputs", "names", "parents", "on_bad_file")
            },
            code=code_hash("index_images.py"),
        script:
            "../scripts/index_images.py"


rule index_labels:
    """Index the images whose activations were recorded elsewhere, by their labels."""
    input:
        labels=lambda wildcards: PLAN.network(wildcards.network)["labels"],
    output:
        index=f"{DATASET}/{{network}}/index.parquet",
        classes=f"{DATASET}/{{network}}/classes.csv",
        bad_files=f"{DATASET}/{{network}}/bad_files.csv",
    log:
        f"{LOGS}/index_labels/{{network}}.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code_hash("index_labels.py"),
    script:
        "../scripts/index_labels.py"
