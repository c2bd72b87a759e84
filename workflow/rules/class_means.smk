"""Images and networks -> mean activation of every unit over each class: class selectivity as in Morcos et al. (2018)."""

from selectivity.section_layers import chosen_layers, check_sections, wanted_units

try:
    check_sections(PLAN)
    MAXIMIZED = chosen_layers(PLAN, "synthesis")
    SILENCED = chosen_layers(PLAN, "ablation")
except UserError as error:
    raise WorkflowError(str(error)) from None

# Sections that need class means share one set of images and one value of a map.
AVERAGED = {
    network: [
        layer
        for layer in layers_of(network)
        if layer in MAXIMIZED.get(network, []) + SILENCED.get(network, [])
    ]
    for network in [*MAXIMIZED, *SILENCED]
}
SUBSTITUTION = STUDY.get(
    "substitution", {"split": "test", "spatial": "mean", "step": None}
)
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
