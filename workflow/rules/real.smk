"""Real networks: how much the preparation of the images matters."""

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
