"""Networks and the order of their units -> what is lost without them (Morcos et al. 2018)."""

ABLATION_CURVES = f"{RESULTS}/ablation/{{network}}/{{layer}}_curves.parquet"
ABLATION_UNITS = f"{RESULTS}/ablation/{{network}}/{{layer}}_units.parquet"
ABLATED_PAIRS = [
    (network, layer) for network, layers in SILENCED.items() for layer in layers
]
# The table of RS where the study measures it, for the order in which units are silenced.
RS_TABLES = {
    network: f"{RESULTS}/substitution/{network}.parquet"
    for network in MAXIMIZED
    if "substitution" in STUDY
}


rule ablate_units:
    """Silence the units of a layer in several orders, and each by itself."""
    input:
        weights=lambda wildcards: WEIGHTS[wildcards.network],
        index=f"{DATASET}/index.parquet",
        classes=f"{DATASET}/classes.csv",
        images=IMAGES,
        class_means=CLASS_MEANS,
        substitution=lambda wildcards: RS_TABLES.get(wildcards.network, []),
    output:
        curves=ABLATION_CURVES,
        units=ABLATION_UNITS,
    log:
        f"{LOGS}/ablate_units/{{network}}/{{layer}}.log",
    benchmark:
        f"{BENCHMARKS}/ablate_units/{{network}}/{{layer}}.tsv"
    conda:
        "../../envs/torch.yaml"
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
        settings={
            key: STUDY["ablation"][key]
            for key in ("orders", "repeats", "fills", "images")
        },
        split=SUBSTITUTION["split"],
        step=SUBSTITUTION["step"],
        seed=SEED,
        provenance=lambda wildcards: {
            "study": NAME,
            "network": wildcards.network,
            "layer": wildcards.layer,
            **BUILDS[wildcards.network],
        },
        code=code_hash("ablate_units.py"),
    script:
        "../scripts/ablate_units.py"


rule tabulate_ablation:
    """Gather what each unit is worth, and which score foretells it."""
    input:
        curves=[ABLATION_CURVES.format(network=n, layer=x) for n, x in ABLATED_PAIRS],
        units=[ABLATION_UNITS.format(network=n, layer=x) for n, x in ABLATED_PAIRS],
    output:
        units=f"{RESULTS}/tables/ablation_units.csv",
        summary=report(
            f"{RESULTS}/tables/ablation.csv",
            caption="../report/ablation.rst",
            category="Tables",
            labels={"table": "ablation"},
        ),
    log:
        f"{LOGS}/tabulate_ablation.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        seed=SEED,
        code=code_hash("tabulate_ablation.py"),
    script:
        "../scripts/tabulate_ablation.py"


rule plot_ablation:
    """Accuracy as units are silenced, and the worth of each unit against its scores."""
    input:
        curves=each_layer(ABLATION_CURVES, SILENCED),
        units=each_layer(ABLATION_UNITS, SILENCED),
    output:
        pdf=f"{RESULTS}/figures/{{network}}/ablation.pdf",
        svg=f"{RESULTS}/figures/{{network}}/ablation.svg",
        png=report(
            f"{RESULTS}/figures/{{network}}/ablation.png",
            caption="../report/ablation.rst",
            category="Figures",
            subcategory="Ablation",
            labels={"network": "{network}", "figure": "ablation"},
        ),
        csv=f"{RESULTS}/figures/{{network}}/ablation.csv",
    log:
        f"{LOGS}/plot_ablation/{{network}}.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        layers=lambda wildcards: SILENCED[wildcards.network],
        fill=STUDY["ablation"]["fills"][0],
        dpi=DPI,
        code=code_hash("plot_ablation.py"),
    script:
        "../scripts/plot_ablation.py"


TARGETS += [f"{RESULTS}/tables/ablation.csv"]
TARGETS += [f"{RESULTS}/figures/{network}/ablation.png" for network in SILENCED]
