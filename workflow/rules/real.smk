"""Real networks: how they were trained, and how much the preparation of the images matters."""

CURVES = f"{RESULTS}/figures/{{network}}/learning_curve"


rule plot_learning_curve:
    """Loss and accuracy of a network over its training."""
    input:
        record=f"{RESULTS}/networks/{{network}}.json",
    output:
        pdf=f"{CURVES}.pdf",
        svg=f"{CURVES}.svg",
        png=report(
            f"{CURVES}.png",
            caption="../report/learning_curve.rst",
            category="Networks",
            labels={"network": "{network}", "figure": "learning curve"},
        ),
        numbers=f"{CURVES}.csv",
    log:
        f"{LOGS}/plot_learning_curve/{{network}}.log",
    wildcard_constraints:
        network=pattern(TRAINED),
    conda:
        "../../envs/analysis.yaml"
    params:
        dpi=DPI,
        code=code_hash("plot_learning_curve.py"),
    script:
        "../scripts/plot_learning_curve.py"


TARGETS += expand(f"{CURVES}.png", network=TRAINED)


if "preprocessing_variants" in STUDY:
    VARIANTS = f"{RESULTS}/tables/preprocessing"
    COMPARED = [network for network in SHOWN if PLAN.names_classes(network)]
    TARGETS += expand(f"{VARIANTS}/{{network}}_accuracy.csv", network=COMPARED)

    rule compare_preprocessings:
        """Show a network the same images prepared in several ways; compare accuracy and measures."""
        input:
            index=f"{DATASET}/index.parquet",
            classes=f"{DATASET}/classes.csv",
            images=IMAGES,
            weights=lambda wildcards: WEIGHTS[wildcards.network],
        output:
            accuracy=f"{VARIANTS}/{{network}}_accuracy.csv",
            differences=f"{VARIANTS}/{{network}}_measures.csv",
        log:
            f"{LOGS}/compare_preprocessings/{{network}}.log",
        benchmark:
            f"{BENCHMARKS}/compare_preprocessings/{{network}}.tsv"
        conda:
            "../../envs/torch.yaml"
        threads: 8
        resources:
            gpu=N_GPUS,
            mem_mb=8000,
            device=SITE["device"],
            batch_size=SITE["batch_size"],
        params:
            folder=FOLDER,
            network=lambda wildcards: BUILDS[wildcards.network],
            layers=lambda wildcards: PLAN.network(wildcards.network)["layers"],
            settings={
                "names": STUDY["preprocessing_variants"]["variants"],
                "n_images": STUDY["preprocessing_variants"]["images"],
                "seed": SEED,
                **{
                    key: STUDY["activations"][key]
                    for key in ("split", "spatial", "relu")
                },
            },
            measures={
                key: STUDY["measures"][key] for key in ("top_k", "min_class_size")
            },
            code=code_hash("compare_preprocessings.py"),
        script:
            "../scripts/compare_preprocessings.py"
