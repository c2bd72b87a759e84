"""Neuron features and their indices -> figures 1 to 11 of rafegas2017."""

NF_PLOTS = f"{RESULTS}/figures/{{network}}"


rule plot_neuron_features:
    """Neuron features with their crops; structured and blurred ones."""
    input:
        indices=each_layer(NF_INDICES, FEATURE_LAYERS),
        features=each_layer(NF_FILE, FEATURE_LAYERS),
        top_images=each_layer(NF_TOP, FEATURE_LAYERS),
        receptive_fields=NF_FIELDS,
        index=f"{DATASET}/index.parquet",
        images=IMAGES,
    output:
        neuron_features_pdf=f"{NF_PLOTS}/neuron_features.pdf",
        neuron_features_svg=f"{NF_PLOTS}/neuron_features.svg",
        neuron_features_png=report(
            f"{NF_PLOTS}/neuron_features.png",
            caption="../report/neuron_features.rst",
            category="Figures",
            subcategory="Neuron features",
            labels={"network": "{network}", "figure": "features and crops"},
        ),
        neuron_features_csv=f"{NF_PLOTS}/neuron_features.csv",
        structured_features_pdf=f"{NF_PLOTS}/structured_features.pdf",
        structured_features_svg=f"{NF_PLOTS}/structured_features.svg",
        structured_features_png=report(
            f"{NF_PLOTS}/structured_features.png",
            caption="../report/structured_features.rst",
            category="Figures",
            subcategory="Neuron features",
            labels={"network": "{network}", "figure": "structured and blurred"},
        ),
        structured_features_csv=f"{NF_PLOTS}/structured_features.csv",
    log:
        f"{LOGS}/plot_neuron_features/{{network}}.log",
    conda:
        "../../envs/torch.yaml"
    params:
        layers=lambda wildcards: FEATURE_LAYERS[wildcards.network],
        folder=FOLDER,
        preprocessing=lambda wildcards: BUILDS[wildcards.network]["preprocessing"],
        dpi=STUDY["figures"]["dpi"],
        code=code_hash("plot_neuron_features.py"),
    script:
        "../scripts/plot_neuron_features.py"


rule plot_color_features:
    """The first layer sorted by color, and units of each layer from gray to colorful."""
    input:
        indices=each_layer(NF_INDICES, FEATURE_LAYERS),
        features=each_layer(NF_FILE, FEATURE_LAYERS),
        top_images=each_layer(NF_TOP, FEATURE_LAYERS),
        receptive_fields=NF_FIELDS,
        index=f"{DATASET}/index.parquet",
        images=IMAGES,
    output:
        first_layer_by_color_pdf=f"{NF_PLOTS}/first_layer_by_color.pdf",
        first_layer_by_color_svg=f"{NF_PLOTS}/first_layer_by_color.svg",
        first_layer_by_color_png=report(
            f"{NF_PLOTS}/first_layer_by_color.png",
            caption="../report/first_layer_by_color.rst",
            category="Figures",
            subcategory="Neuron features",
            labels={"network": "{network}", "figure": "first layer by color"},
        ),
        first_layer_by_color_csv=f"{NF_PLOTS}/first_layer_by_color.csv",
        units_by_color_pdf=f"{NF_PLOTS}/units_by_color.pdf",
        units_by_color_svg=f"{NF_PLOTS}/units_by_color.svg",
        units_by_color_png=report(
            f"{NF_PLOTS}/units_by_color.png",
            caption="../report/units_by_color.rst",
            category="Figures",
            subcategory="Neuron features",
            labels={"network": "{network}", "figure": "units by color"},
        ),
        units_by_color_csv=f"{NF_PLOTS}/units_by_color.csv",
    log:
        f"{LOGS}/plot_color_features/{{network}}.log",
    conda:
        "../../envs/torch.yaml"
    params:
        layers=lambda wildcards: FEATURE_LAYERS[wildcards.network],
        folder=FOLDER,
        preprocessing=lambda wildcards: BUILDS[wildcards.network]["preprocessing"],
        dpi=STUDY["figures"]["dpi"],
        code=code_hash("plot_color_features.py"),
    script:
        "../scripts/plot_color_features.py"


rule plot_hue_rings:
    """Color-selective units around the circle of hues."""
    input:
        indices=each_layer(NF_INDICES, FEATURE_LAYERS),
        features=each_layer(NF_FILE, FEATURE_LAYERS),
        top_images=each_layer(NF_TOP, FEATURE_LAYERS),
        receptive_fields=NF_FIELDS,
        index=f"{DATASET}/index.parquet",
        images=IMAGES,
        hues=NF_HUES,
    output:
        hue_rings_pdf=f"{NF_PLOTS}/hue_rings.pdf",
        hue_rings_svg=f"{NF_PLOTS}/hue_rings.svg",
        hue_rings_png=report(
            f"{NF_PLOTS}/hue_rings.png",
            caption="../report/hue_rings.rst",
            category="Figures",
            subcategory="Neuron features",
            labels={"network": "{network}", "figure": "hue rings"},
        ),
        hue_rings_csv=f"{NF_PLOTS}/hue_rings.csv",
    log:
        f"{LOGS}/plot_hue_rings/{{network}}.log",
    conda:
        "../../envs/torch.yaml"
    params:
        layers=lambda wildcards: FEATURE_LAYERS[wildcards.network],
        folder=FOLDER,
        preprocessing=lambda wildcards: BUILDS[wildcards.network]["preprocessing"],
        threshold=FEATURES["color_threshold"],
        dpi=STUDY["figures"]["dpi"],
        code=code_hash("plot_hue_rings.py"),
    script:
        "../scripts/plot_hue_rings.py"


rule plot_tag_clouds:
    """The classes behind units as tag clouds."""
    input:
        indices=each_layer(NF_INDICES, FEATURE_LAYERS),
        features=each_layer(NF_FILE, FEATURE_LAYERS),
        top_images=each_layer(NF_TOP, FEATURE_LAYERS),
        receptive_fields=NF_FIELDS,
        index=f"{DATASET}/index.parquet",
        images=IMAGES,
        frequencies=each_layer(NF_CLASSES, FEATURE_LAYERS),
        classes=f"{DATASET}/classes.csv",
    output:
        units_by_class_pdf=f"{NF_PLOTS}/units_by_class.pdf",
        units_by_class_svg=f"{NF_PLOTS}/units_by_class.svg",
        units_by_class_png=report(
            f"{NF_PLOTS}/units_by_class.png",
            caption="../report/units_by_class.rst",
            category="Figures",
            subcategory="Neuron features",
            labels={"network": "{network}", "figure": "units by class index"},
        ),
        units_by_class_csv=f"{NF_PLOTS}/units_by_class.csv",
        color_and_class_pdf=f"{NF_PLOTS}/color_and_class.pdf",
        color_and_class_svg=f"{NF_PLOTS}/color_and_class.svg",
        color_and_class_png=report(
            f"{NF_PLOTS}/color_and_class.png",
            caption="../report/color_and_class.rst",
            category="Figures",
            subcategory="Neuron features",
            labels={"network": "{network}", "figure": "color and class"},
        ),
        color_and_class_csv=f"{NF_PLOTS}/color_and_class.csv",
    log:
        f"{LOGS}/plot_tag_clouds/{{network}}.log",
    conda:
        "../../envs/torch.yaml"
    params:
        layers=lambda wildcards: FEATURE_LAYERS[wildcards.network],
        folder=FOLDER,
        preprocessing=lambda wildcards: BUILDS[wildcards.network]["preprocessing"],
        dpi=STUDY["figures"]["dpi"],
        code=code_hash("plot_tag_clouds.py"),
    script:
        "../scripts/plot_tag_clouds.py"


rule plot_ranked_activations:
    """Ranked activation curves of each layer."""
    input:
        table=NF_TABLE,
        curves=each_layer(NF_CURVES, FEATURE_LAYERS),
    output:
        pdf=f"{NF_PLOTS}/ranked_activations.pdf",
        svg=f"{NF_PLOTS}/ranked_activations.svg",
        png=report(
            f"{NF_PLOTS}/ranked_activations.png",
            caption="../report/ranked_activations.rst",
            category="Figures",
            subcategory="Neuron features",
            labels={"network": "{network}", "figure": "ranked activations"},
        ),
        csv=f"{NF_PLOTS}/ranked_activations.csv",
    log:
        f"{LOGS}/plot_ranked_activations/{{network}}.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        layers=lambda wildcards: FEATURE_LAYERS[wildcards.network],
        dpi=STUDY["figures"]["dpi"],
        code=code_hash("plot_ranked_activations.py"),
    script:
        "../scripts/plot_ranked_activations.py"


rule plot_index_bars:
    """Stacked bars of responses to neuron features, color and class selectivity by layer."""
    input:
        table=NF_TABLE,
    output:
        feature_responses_pdf=f"{NF_PLOTS}/feature_responses.pdf",
        feature_responses_svg=f"{NF_PLOTS}/feature_responses.svg",
        feature_responses_png=report(
            f"{NF_PLOTS}/feature_responses.png",
            caption="../report/feature_responses.rst",
            category="Figures",
            subcategory="Neuron features",
            labels={"network": "{network}", "figure": "responses to features"},
        ),
        feature_responses_csv=f"{NF_PLOTS}/feature_responses.csv",
        color_by_layer_pdf=f"{NF_PLOTS}/color_by_layer.pdf",
        color_by_layer_svg=f"{NF_PLOTS}/color_by_layer.svg",
        color_by_layer_png=report(
            f"{NF_PLOTS}/color_by_layer.png",
            caption="../report/color_by_layer.rst",
            category="Figures",
            subcategory="Neuron features",
            labels={"network": "{network}", "figure": "color by layer"},
        ),
        color_by_layer_csv=f"{NF_PLOTS}/color_by_layer.csv",
        class_by_layer_pdf=f"{NF_PLOTS}/class_by_layer.pdf",
        class_by_layer_svg=f"{NF_PLOTS}/class_by_layer.svg",
        class_by_layer_png=report(
            f"{NF_PLOTS}/class_by_layer.png",
            caption="../report/class_by_layer.rst",
            category="Figures",
            subcategory="Neuron features",
            labels={"network": "{network}", "figure": "class by layer"},
        ),
        class_by_layer_csv=f"{NF_PLOTS}/class_by_layer.csv",
    log:
        f"{LOGS}/plot_index_bars/{{network}}.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        layers=lambda wildcards: FEATURE_LAYERS[wildcards.network],
        dpi=STUDY["figures"]["dpi"],
        code=code_hash("plot_index_bars.py"),
    script:
        "../scripts/plot_index_bars.py"


# Figures 1 to 11 of the paper, in its order.
NF_FIGURES = (
    "ranked_activations",
    "neuron_features",
    "structured_features",
    "feature_responses",
    "first_layer_by_color",
    "units_by_color",
    "hue_rings",
    "color_by_layer",
    "class_by_layer",
    "units_by_class",
    "color_and_class",
)
TARGETS += [
    f"{RESULTS}/figures/{network}/{figure}.{form}"
    for network in FEATURE_LAYERS
    for figure in NF_FIGURES
    for form in ("pdf", "svg", "png", "csv")
]
