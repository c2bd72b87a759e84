"""Networks and photographs: how much the preparation of the images matters, and how much their colors."""

if "preprocessing_variants" in STUDY:
    VARIANTS = f"{RESULTS}/tables/preprocessing"
    TARGETS += expand(
        f"{RESULTS}/figures/{{network}}/preprocessings.png", network=PLAN.classifiers
    )

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

    rule plot_preprocessings:
        """Draw how the preparation of the images moves accuracy and measures."""
        input:
            accuracy=f"{VARIANTS}/{{network}}_accuracy.csv",
            differences=f"{VARIANTS}/{{network}}_measures.csv",
        output:
            pdf=f"{RESULTS}/figures/{{network}}/preprocessings.pdf",
            svg=f"{RESULTS}/figures/{{network}}/preprocessings.svg",
            png=report(
                f"{RESULTS}/figures/{{network}}/preprocessings.png",
                caption="../report/preprocessings.rst",
                category="Networks",
                labels={"network": "{network}", "figure": "preparation of the images"},
            ),
            csv=f"{RESULTS}/figures/{{network}}/preprocessings.csv",
        log:
            f"{LOGS}/plot_preprocessings/{{network}}.log",
        conda:
            "../../envs/analysis.yaml"
        params:
            dpi=STUDY["figures"]["dpi"],
            code=code_hash("plot_preprocessings.py"),
        script:
            "../scripts/plot_preprocessings.py"


if "gray_accuracy" in STUDY:
    GRAY = f"{RESULTS}/tables/gray_accuracy.csv"
    TARGETS += [GRAY]
    CLAIM_TABLES |= {"gray_accuracy": [GRAY]}

    rule measure_gray_accuracy:
        """Measure the errors of a network on images in color and in gray."""
        input:
            index=f"{DATASET}/index.parquet",
            classes=f"{DATASET}/classes.csv",
            images=IMAGES,
            predictions=f"{RESULTS}/predictions/{{network}}.parquet",
            weights=lambda wildcards: WEIGHTS[wildcards.network],
        output:
            accuracy=f"{RESULTS}/gray_accuracy/{{network}}.csv",
        log:
            f"{LOGS}/measure_gray_accuracy/{{network}}.log",
        benchmark:
            f"{BENCHMARKS}/measure_gray_accuracy/{{network}}.tsv"
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
            n_images=STUDY["gray_accuracy"]["images"],
            seed=SEED,
            code=code_hash("measure_gray_accuracy.py"),
        script:
            "../scripts/measure_gray_accuracy.py"

    rule tabulate_gray_accuracy:
        """Write the errors of all networks on images in color and in gray as one table."""
        input:
            accuracies=expand(
                f"{RESULTS}/gray_accuracy/{{network}}.csv", network=PLAN.classifiers
            ),
        output:
            table=GRAY,
            page=report(
                f"{RESULTS}/tables/gray_accuracy.html",
                caption="../report/gray_accuracy.rst",
                category="Tables",
                labels={"table": "errors in color and in gray"},
            ),
        log:
            f"{LOGS}/tabulate_gray_accuracy.log",
        conda:
            "../../envs/analysis.yaml"
        params:
            code=code_hash("tabulate_gray_accuracy.py"),
        script:
            "../scripts/tabulate_gray_accuracy.py"
