"""Networks -> synthetic images of single units -> Representative Substitution, its figures and claims (substitution2020)."""

SYNTHESIS = STUDY["synthesis"]
SYNTHETIC = f"{RESULTS}/synthetic_images/{{network}}/{{layer}}.h5"
SYNTHETIC_SHARDS = f"{RESULTS}/synthetic_images/{{network}}/{{layer}}"
# What a network's images may be made of; neither shards nor the choice of units change an image.
RECIPE = {
    key: value
    for key, value in SYNTHESIS.items()
    if key not in ("layers", "units", "restarts", "shards")
}


rule synthesize_images:
    """Make the images that excite one shard of a layer's units; a stopped job goes on where it was."""
    input:
        weights=lambda wildcards: WEIGHTS[wildcards.network],
        index=f"{DATASET}/index.parquet",
        images=IMAGES,
    output:
        images=temp(f"{SYNTHETIC_SHARDS}/{{shard}}.h5"),
    log:
        f"{LOGS}/synthesize_images/{{network}}/{{layer}}/{{shard}}.log",
    benchmark:
        f"{BENCHMARKS}/synthesize_images/{{network}}/{{layer}}/{{shard}}.tsv"
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
        settings=RECIPE,
        # All units of a layer that are ablated in the order of RS, else as many as the study says.
        n_units=lambda wildcards: (
            None
            if wildcards.layer in SILENCED.get(wildcards.network, [])
            else SYNTHESIS["units"]
        ),
        restarts=SYNTHESIS["restarts"],
        seed=SEED,
        provenance=lambda wildcards: {
            "study": NAME,
            "network": wildcards.network,
            "layer": wildcards.layer,
            "seed": SEED,
            **BUILDS[wildcards.network],
        },
        code=code_hash("synthesize_images.py"),
    script:
        "../scripts/synthesize_images.py"


rule gather_synthetic_images:
    """Gather the synthetic images of all units of a layer."""
    input:
        shards=expand(
            f"{SYNTHETIC_SHARDS}/{{shard}}.h5",
            shard=sharding.shard_names(SYNTHESIS["shards"]),
            allow_missing=True,
        ),
    output:
        images=SYNTHETIC,
    log:
        f"{LOGS}/gather_synthetic_images/{{network}}/{{layer}}.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code_hash("gather_synthetic_images.py"),
    script:
        "../scripts/gather_synthetic_images.py"


TARGETS += [
    SYNTHETIC.format(network=network, layer=layer)
    for network, layers in MAXIMIZED.items()
    for layer in layers
]
