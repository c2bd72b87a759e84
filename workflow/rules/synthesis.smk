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
        wanted=lambda wildcards: wanted_units(
            SYNTHESIS,
            wildcards.layer,
            wildcards.layer in SILENCED.get(wildcards.network, []),
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


rule plot_synthetic_images:
    """Sheet of synthetic images, a row a layer; with class selectivity, the most selective units."""
    input:
        images=each_layer(SYNTHETIC, MAXIMIZED),
        classes=f"{DATASET}/classes.csv",
        units=f"{RESULTS}/tables/substitution.csv" if "substitution" in STUDY else [],
    output:
        pdf=f"{RESULTS}/figures/{{network}}/synthetic_images.pdf",
        svg=f"{RESULTS}/figures/{{network}}/synthetic_images.svg",
        png=report(
            f"{RESULTS}/figures/{{network}}/synthetic_images.png",
            caption="../report/synthetic_images.rst",
            category="Figures",
            subcategory="Synthetic images",
            labels={"network": "{network}", "figure": "synthetic images"},
        ),
        csv=f"{RESULTS}/figures/{{network}}/synthetic_images.csv",
    log:
        f"{LOGS}/plot_synthetic_images/{{network}}.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        layers=lambda wildcards: MAXIMIZED[wildcards.network],
        objectives=SYNTHESIS["objectives"],
        scalar=SYNTHESIS["scalars"][0],
        dpi=DPI,
        code=code_hash("plot_synthetic_images.py"),
    script:
        "../scripts/plot_synthetic_images.py"


TARGETS += [
    SYNTHETIC.format(network=network, layer=layer)
    for network, layers in MAXIMIZED.items()
    for layer in layers
]
TARGETS += [
    f"{RESULTS}/figures/{network}/synthetic_images.png" for network in MAXIMIZED
]
