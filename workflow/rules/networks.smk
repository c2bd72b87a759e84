"""Dataset -> networks: those that the workflow trains itself, and their untrained copies."""


rule train_network:
    """Train a network on the training images of the dataset."""
    input:
        index=f"{DATASET}/index.parquet",
        classes=f"{DATASET}/classes.csv",
        images=(
            f"{DATASET}/images.h5"
            if PLAN.has_world
            else STUDY.get("dataset", {}).get("images", [])
        ),
    output:
        weights=f"{RESULTS}/networks/{{network}}.safetensors",
        record=f"{RESULTS}/networks/{{network}}.json",
    log:
        f"{LOGS}/train_network/{{network}}.log",
    benchmark:
        f"{BENCHMARKS}/train_network/{{network}}.tsv"
    wildcard_constraints:
        network=pattern(TRAINED),
    conda:
        "../../envs/torch.yaml"
    threads: lambda wildcards: PLAN.network(wildcards.network)["train"]["threads"]
    resources:
        gpu=lambda wildcards: int(
            PLAN.network(wildcards.network)["train"]["device"] != "cpu"
        ),
        mem_mb=4000,
    params:
        folder=STUDY.get("dataset", {}).get("folder", ""),
        network=lambda wildcards: training_record(wildcards),
        training=lambda wildcards: PLAN.network(wildcards.network)["train"],
        seed=SEED,
        provenance=lambda wildcards: training_record(wildcards),
        code=code_hash("train_network.py"),
    script:
        "../scripts/train_network.py"


rule initialize_network:
    """Write a network's weights before training, the chance level of its measures."""
    output:
        weights=f"{RESULTS}/networks/{{network}}_untrained.safetensors",
        record=f"{RESULTS}/networks/{{network}}_untrained.json",
    log:
        f"{LOGS}/initialize_network/{{network}}.log",
    wildcard_constraints:
        network=pattern(TRAINED),
    conda:
        "../../envs/torch.yaml"
    params:
        network=lambda wildcards: training_record(
            wildcards, ("constructor", "arguments")
        ),
        seed=SEED,
        provenance=lambda wildcards: training_record(
            wildcards, ("constructor", "arguments")
        ),
        code=code_hash("initialize_network.py"),
    script:
        "../scripts/initialize_network.py"


rule plot_training:
    """Draw the learning curve of a network that the workflow trained."""
    input:
        record=f"{RESULTS}/networks/{{network}}.json",
        classes=f"{DATASET}/classes.csv",
    output:
        pdf=f"{RESULTS}/figures/{{network}}/training.pdf",
        svg=f"{RESULTS}/figures/{{network}}/training.svg",
        png=report(
            f"{RESULTS}/figures/{{network}}/training.png",
            caption="../report/training.rst",
            category="Networks",
            labels={"network": "{network}", "figure": "learning curve"},
        ),
        csv=f"{RESULTS}/figures/{{network}}/training.csv",
    log:
        f"{LOGS}/plot_training/{{network}}.log",
    wildcard_constraints:
        network=pattern(TRAINED),
    conda:
        "../../envs/analysis.yaml"
    params:
        dpi=STUDY["figures"]["dpi"],
        code=code_hash("plot_training.py"),
    script:
        "../scripts/plot_training.py"


TARGETS += expand(f"{RESULTS}/figures/{{network}}/training.png", network=TRAINED)
