"""Images and a network -> its answers: the five best outputs of each image, and how often the first is right."""

SHOWN = [network for network in NETWORKS if not PLAN.is_recorded(network)]
# Weights given by the study, or those that the workflow trains.
WEIGHTS = {
    network: PLAN.network(network).get(
        "weights", f"{RESULTS}/networks/{network}.safetensors"
    )
    for network in SHOWN
}
# What builds a network and prepares its images: all of it can change a number.
BUILDS = {
    network: {
        "constructor": PLAN.network(network)["constructor"],
        "arguments": PLAN.network(network).get("arguments", {}),
        "preprocessing": PLAN.network(network).get("preprocessing", {}),
    }
    for network in SHOWN
}
IMAGES = (
    f"{DATASET}/images.h5" if PLAN.has_world else STUDY.get("dataset", {}).get("images")
)
FOLDER = STUDY.get("dataset", {}).get("folder", "")
N_GPUS = 0 if SITE["device"] == "cpu" else 1


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
    network=[network for network in SHOWN if PLAN.names_classes(network)],
)
