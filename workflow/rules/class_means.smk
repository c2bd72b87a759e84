"""Images and networks -> mean activation of every unit over each class: class selectivity as in Morcos et al. (2018)."""

# The sections that need class means share one set of images and one value of a map.
AVERAGED = {
    **PLAN.chosen_layers("synthesis"),
    **{
        network: list(
            dict.fromkeys([*PLAN.chosen_layers("synthesis").get(network, []), *layers])
        )
        for network, layers in PLAN.chosen_layers("ablation").items()
    },
}
SUBSTITUTION = STUDY.get("substitution", {"split": "test", "spatial": "mean", "step": None})
CLASS_MEANS = f"{RESULTS}/class_means/{{network}}.h5"


rule average_activations:
    """Average the activations of each unit over the images of each class."""
    input:
        index=f"{DATASET}/index.parquet",
        classes=f"{DATASET}/classes.csv",
        images=IMAGES,
        weights=lambda wildcards: WEIGHTS[wildcards.network],
    output:
        means=CLASS_MEANS,
    log:
        f"{LOGS}/average_activations/{{network}}.log",
    benchmark:
        f"{BENCHMARKS}/average_activations/{{network}}.tsv"
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
        build=lambda wildcards: BUILDS[wildcards.network],
        layers=lambda wildcards: {
            layer: PLAN.network(wildcards.network)["layers"][layer]
            for layer in AVERAGED[wildcards.network]
        },
        spatial=SUBSTITUTION["spatial"],
        split=SUBSTITUTION["split"],
        provenance=lambda wildcards: {
            "study": NAME,
            "network": wildcards.network,
            **BUILDS[wildcards.network],
        },
        code=code_hash("average_activations.py"),
    script:
        "../scripts/average_activations.py"
