"""Activations and images -> neuron features, their color and class selectivity (rafegas2017)."""

from selectivity.section_layers import chosen_layers, check_sections

try:
    check_sections(PLAN)
    FEATURE_LAYERS = chosen_layers(PLAN, "neuron_features")
except UserError as error:
    raise WorkflowError(str(error)) from None

FEATURES = STUDY["neuron_features"]
FEATURE_PAIRS = [
    (network, layer) for network, layers in FEATURE_LAYERS.items() for layer in layers
]
NF_TOP = f"{RESULTS}/top_images/{{network}}/{{layer}}.parquet"
NF_CURVES = f"{RESULTS}/ranked_activations/{{network}}/{{layer}}.h5"
NF_FIELDS = f"{RESULTS}/neuron_features/{{network}}/receptive_fields.csv"
NF_FILE = f"{RESULTS}/neuron_features/{{network}}/{{layer}}.h5"
NF_INDICES = f"{RESULTS}/neuron_features/{{network}}/{{layer}}.parquet"
NF_RESPONSES = f"{RESULTS}/feature_responses/{{network}}/{{layer}}.parquet"
NF_ABLATION = f"{RESULTS}/color_ablation/{{network}}/{{layer}}.parquet"
NF_CLASSES = f"{RESULTS}/class_frequencies/{{network}}/{{layer}}.parquet"
NF_TABLE = f"{RESULTS}/tables/neuron_features.csv"
NF_SHARES = f"{RESULTS}/tables/color_selective_shares.csv"
NF_HUES = f"{RESULTS}/tables/dataset_hues.csv"
RANKING = ("relu", "max_images", "n_ranks", "n_quantiles", "n_random", "n_wrong_class")
AVERAGING = ("max_images", "min_activation", "border", "divisor")
INDICES = (
    "class_threshold",
    "class_images",
    "min_activation",
    "color_variants",
    "hue_sign",
)


rule trace_receptive_fields:
    """Trace which pixels the positions of each layer see."""
    input:
        index=f"{DATASET}/index.parquet",
        images=IMAGES,
    output:
        receptive_fields=NF_FIELDS,
    log:
        f"{LOGS}/trace_receptive_fields/{{network}}.log",
    conda:
        "../../envs/torch.yaml"
    params:
        folder=FOLDER,
        build=lambda wildcards: BUILDS[wildcards.network],
        layers=lambda wildcards: {
            layer: PLAN.network(wildcards.network)["layers"][layer]
            for layer in FEATURE_LAYERS[wildcards.network]
        },
        code=code_hash("trace_receptive_fields.py"),
    script:
        "../scripts/trace_receptive_fields.py"


rule rank_images:
    """Rank the images of each unit of a layer."""
    input:
        activations=f"{RESULTS}/activations/{{network}}/{{layer}}.h5",
    output:
        top_images=NF_TOP,
        curves=NF_CURVES,
    log:
        f"{LOGS}/rank_images/{{network}}/{{layer}}.log",
    benchmark:
        f"{BENCHMARKS}/rank_images/{{network}}/{{layer}}.tsv"
    conda:
        "../../envs/analysis.yaml"
    params:
        settings={key: FEATURES[key] for key in RANKING},
        seed=SEED,
        code=code_hash("rank_images.py"),
    script:
        "../scripts/rank_images.py"


rule build_neuron_features:
    """Average the receptive-field crops that excite each unit of a layer most."""
    input:
        top_images=NF_TOP,
        curves=NF_CURVES,
        receptive_fields=NF_FIELDS,
        index=f"{DATASET}/index.parquet",
        images=IMAGES,
    output:
        features=NF_FILE,
    log:
        f"{LOGS}/build_neuron_features/{{network}}/{{layer}}.log",
    benchmark:
        f"{BENCHMARKS}/build_neuron_features/{{network}}/{{layer}}.tsv"
    conda:
        "../../envs/torch.yaml"
    threads: 4
    resources:
        mem_mb=FEATURES["memory_mb"],
    params:
        folder=FOLDER,
        preprocessing=lambda wildcards: BUILDS[wildcards.network]["preprocessing"],
        settings={key: FEATURES[key] for key in AVERAGING},
        code=code_hash("build_neuron_features.py"),
    script:
        "../scripts/build_neuron_features.py"


rule show_neuron_features:
    """Show each neuron feature to the network and read the response of its neuron."""
    input:
        features=NF_FILE,
        receptive_fields=NF_FIELDS,
        weights=lambda wildcards: WEIGHTS[wildcards.network],
    output:
        responses=NF_RESPONSES,
    log:
        f"{LOGS}/show_neuron_features/{{network}}/{{layer}}.log",
    benchmark:
        f"{BENCHMARKS}/show_neuron_features/{{network}}/{{layer}}.tsv"
    conda:
        "../../envs/torch.yaml"
    resources:
        gpu=N_GPUS,
        mem_mb=4000,
        device=SITE["device"],
    params:
        build=lambda wildcards: BUILDS[wildcards.network],
        path=lambda wildcards: PLAN.network(wildcards.network)["layers"][
            wildcards.layer
        ],
        relu=FEATURES["relu"],
        code=code_hash("show_neuron_features.py"),
    script:
        "../scripts/show_neuron_features.py"


rule ablate_color:
    """Read the responses of a layer to gray versions of its units' highest images."""
    input:
        top_images=NF_TOP,
        receptive_fields=NF_FIELDS,
        index=f"{DATASET}/index.parquet",
        images=IMAGES,
        weights=lambda wildcards: WEIGHTS[wildcards.network],
    output:
        ablation=NF_ABLATION,
    log:
        f"{LOGS}/ablate_color/{{network}}/{{layer}}.log",
    benchmark:
        f"{BENCHMARKS}/ablate_color/{{network}}/{{layer}}.tsv"
    conda:
        "../../envs/torch.yaml"
    threads: 4
    resources:
        gpu=N_GPUS,
        mem_mb=4000,
        device=SITE["device"],
    params:
        folder=FOLDER,
        build=lambda wildcards: BUILDS[wildcards.network],
        path=lambda wildcards: PLAN.network(wildcards.network)["layers"][
            wildcards.layer
        ],
        relu=FEATURES["relu"],
        code=code_hash("ablate_color.py"),
    script:
        "../scripts/ablate_color.py"


rule measure_neuron_features:
    """Measure color and class selectivity of each unit of a layer."""
    input:
        top_images=NF_TOP,
        curves=NF_CURVES,
        features=NF_FILE,
        others=[NF_RESPONSES] + ([NF_ABLATION] if FEATURES["color_ablation"] else []),
        classes=f"{DATASET}/classes.csv",
    output:
        indices=NF_INDICES,
        frequencies=NF_CLASSES,
    log:
        f"{LOGS}/measure_neuron_features/{{network}}/{{layer}}.log",
    benchmark:
        f"{BENCHMARKS}/measure_neuron_features/{{network}}/{{layer}}.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: 2
    params:
        settings={key: FEATURES[key] for key in INDICES},
        code=code_hash("measure_neuron_features.py"),
    script:
        "../scripts/measure_neuron_features.py"


rule gather_neuron_features:
    """Gather indices and receptive fields of all layers and networks into tables."""
    input:
        indices=[
            NF_INDICES.format(network=network, layer=layer)
            for network, layer in FEATURE_PAIRS
        ],
        fields=[NF_FIELDS.format(network=network) for network in FEATURE_LAYERS],
    output:
        units=NF_TABLE,
        shares=NF_SHARES,
        fields=f"{RESULTS}/tables/receptive_fields.csv",
    log:
        f"{LOGS}/gather_neuron_features.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code_hash("gather_neuron_features.py"),
    script:
        "../scripts/gather_neuron_features.py"


rule measure_dataset_hues:
    """Measure the distribution of hues in the images of the dataset."""
    input:
        index=f"{DATASET}/index.parquet",
        images=IMAGES,
    output:
        hues=NF_HUES,
    log:
        f"{LOGS}/measure_dataset_hues.log",
    conda:
        "../../envs/torch.yaml"
    threads: 4
    params:
        folder=FOLDER,
        n_images=FEATURES["hue_images"],
        n_bins=FEATURES["hue_bins"],
        seed=SEED,
        code=code_hash("measure_dataset_hues.py"),
    script:
        "../scripts/measure_dataset_hues.py"


CLAIM_TABLES |= {
    "neuron_features": [NF_TABLE],
    "receptive_fields": [f"{RESULTS}/tables/receptive_fields.csv"],
    "dataset_hues": [NF_HUES],
}
UNIT_TABLES += [NF_TABLE]
TARGETS += [NF_TABLE, NF_HUES, NF_SHARES]
TARGETS += [
    NF_CLASSES.format(network=network, layer=layer) for network, layer in FEATURE_PAIRS
]
