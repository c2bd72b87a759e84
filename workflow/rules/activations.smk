"""Images and a network, or a recorded matrix -> one activation file a layer, units by images."""

ACTIVATIONS = f"{RESULTS}/activations"
# The predictions are needed only where they select the images.
SELECTION = STUDY["activations"]["images"]


# Of each network to extract, the one whose build and selected images are used: its own, or those of the trained original.
for shown, original in {**{network: network for network in SHOWN}, **UNTRAINED}.items():

    rule:
        """Record all layers of one network in one pass over the images."""
        name:
            f"extract_activations_{shown}"
        input:
            index=f"{DATASET}/index.parquet",
            classes=f"{DATASET}/classes.csv",
            images=IMAGES,
            weights=WEIGHTS[shown],
            predictions=(
                f"{RESULTS}/predictions/{original}.parquet"
                if SELECTION == "correct"
                else []
            ),
        output:
            layers=expand(
                f"{ACTIVATIONS}/{shown}/{{layer}}.h5",
                layer=PLAN.network(original)["layers"],
            ),
        log:
            f"{LOGS}/extract_activations/{shown}.log",
        benchmark:
            f"{BENCHMARKS}/extract_activations/{shown}.tsv"
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
            network={**BUILDS[original], "layers": PLAN.network(original)["layers"]},
            settings={
                key: STUDY["activations"][key]
                for key in ("spatial", "relu", "pre_relu", "split")
            },
            provenance={
                "study": NAME,
                "network": shown,
                "constructor": BUILDS[original]["constructor"],
                "arguments": BUILDS[original]["arguments"],
                "selection": SELECTION,
                "split": STUDY["activations"]["split"],
            },
            code=code_hash("extract_activations.py"),
        script:
            "../scripts/extract_activations.py"


for recorded in [network for network in NETWORKS if PLAN.is_recorded(network)]:
    for layer in layers_of(recorded):

        rule:
            """Bring one layer's recorded activations into the form of the workflow."""
            name:
                f"convert_activations_{recorded}_{layer}"
            input:
                recorded=PLAN.network(recorded)["activations"][layer],
                index=f"{DATASET}/{recorded}/index.parquet",
                classes=f"{DATASET}/{recorded}/classes.csv",
            output:
                activations=f"{ACTIVATIONS}/{recorded}/{layer}.h5",
            log:
                f"{LOGS}/convert_activations/{recorded}/{layer}.log",
            conda:
                "../../envs/analysis.yaml"
            params:
                provenance={"study": NAME, "network": recorded, "layer": layer},
                code=code_hash("convert_activations.py"),
            script:
                "../scripts/convert_activations.py"
