"""Images and a network -> its answers: the five best outputs of each image, and how often the first is right."""

if PLAN.has_images:

    rule predict_images:
        """Let a network classify the images."""
        input:
            index=f"{DATASET}/index.parquet",
            classes=f"{DATASET}/classes.csv",
            images=IMAGES,
            weights=lambda wildcards: WEIGHTS[wildcards.network],
        output:
            predictions=f"{RESULTS}/predictions/{{network}}.parquet",
        log:
            f"{LOGS}/predict_images/{{network}}.log",
        benchmark:
            f"{BENCHMARKS}/predict_images/{{network}}.tsv"
        conda:
            "../../envs/torch.yaml"
        threads: 8
        resources:
            gpu=N_GPUS,
            mem_mb=4000,
            device=SITE["device"],
            batch_size=SITE["batch_size"],
        params:
            folder=FOLDER,
            network=lambda wildcards: BUILDS[wildcards.network],
            split=STUDY["activations"]["split"],
            provenance=lambda wildcards: {
                "study": NAME,
                "network": wildcards.network,
                **BUILDS[wildcards.network],
            },
            code=code_hash("predict_images.py"),
        script:
            "../scripts/predict_images.py"

    rule tabulate_accuracy:
        """Tabulate the accuracy of a network by class."""
        input:
            predictions=f"{RESULTS}/predictions/{{network}}.parquet",
            classes=f"{DATASET}/classes.csv",
            class_table=CLASS_TABLE,
        output:
            accuracy=f"{RESULTS}/tables/accuracy/{{network}}.csv",
        log:
            f"{LOGS}/tabulate_accuracy/{{network}}.log",
        conda:
            "../../envs/analysis.yaml"
        params:
            code=code_hash("tabulate_accuracy.py"),
        script:
            "../scripts/tabulate_accuracy.py"


# A network trained on other classes has no accuracy on these.
TARGETS += expand(
    f"{RESULTS}/tables/accuracy/{{network}}.csv",
    network=PLAN.classifiers,
)
