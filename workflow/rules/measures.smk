"""Measures: the activations of each unit become one row of selectivity scores."""

from selectivity.figures.choice import FigurePlan

MEASURES = STUDY["measures"]
SCORED = {key: MEASURES[key] for key in ("top_k", "min_class_size", "variants", "gap")}
DEFAULTS = {key: MEASURES[key] for key in ("top_k", "min_class_size")}
SHOWN_LAYERS = FigurePlan(PLAN, RESULTS, DATASET)
# (network, layer) of every table of measures, in the order of the study.
MEASURED = [(network, layer) for network in NETWORKS for layer in layers_of(network)]


rule measure_units:
    """Measure a shard of a layer's units: every measure, all classes, from one sort of each unit."""
    input:
        activations=f"{RESULTS}/activations/{{network}}/{{layer}}.h5",
    output:
        table=temp(f"{RESULTS}/measures/{{network}}/{{layer}}/{{shard}}.parquet"),
    log:
        f"{LOGS}/measure_units/{{network}}/{{layer}}/{{shard}}.log",
    benchmark:
        f"{BENCHMARKS}/measure_units/{{network}}/{{layer}}/{{shard}}.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: MEASURES["threads"]
    params:
        settings=SCORED,
        seed=SEED,
        code=code_hash("measure_units.py"),
    script:
        "../scripts/measure_units.py"


rule gather_measures:
    """Join the shards of a layer, which must tile its units, into its table of measures."""
    input:
        shards=expand(
            f"{RESULTS}/measures/{{network}}/{{layer}}/{{shard}}.parquet",
            shard=sharding.shard_names(MEASURES["shards"]),
            allow_missing=True,
        ),
    output:
        table=f"{RESULTS}/measures/{{network}}/{{layer}}.parquet",
    log:
        f"{LOGS}/gather_measures/{{network}}/{{layer}}.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code_hash("gather_measures.py"),
    script:
        "../scripts/gather_measures.py"


rule tabulate_units:
    """Write the measures of all units of all layers as one table."""
    input:
        layers=[
            f"{RESULTS}/measures/{network}/{layer}.parquet"
            for network, layer in MEASURED
        ],
        # a function, as files of rules that are included later add to it
        others=lambda wildcards: UNIT_TABLES,
    output:
        table=f"{RESULTS}/tables/units.csv",
    log:
        f"{LOGS}/tabulate_units.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code_hash("tabulate_units.py"),
    script:
        "../scripts/tabulate_units.py"


rule tabulate_correlations:
    """Correlate five measures over the hidden units of each network (gale2020, table A2) and over each layer."""
    input:
        layers=[
            f"{RESULTS}/measures/{network}/{layer}.parquet"
            for network, layer in MEASURED
        ],
    output:
        table=f"{RESULTS}/tables/correlations.csv",
    log:
        f"{LOGS}/tabulate_correlations.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        hidden={network: SHOWN_LAYERS.drawn(network).hidden for network in NETWORKS},
        top_k=MEASURES["top_k"],
        code=code_hash("tabulate_correlations.py"),
    script:
        "../scripts/tabulate_correlations.py"


rule permute_labels:
    """Measure a layer under permuted labels: p-values of its units and what chance gives for each measure."""
    input:
        activations=f"{RESULTS}/activations/{{network}}/{{layer}}.h5",
        measures=f"{RESULTS}/measures/{{network}}/{{layer}}.parquet",
    output:
        units=f"{RESULTS}/chance/{{network}}/{{layer}}.parquet",
        bands=temp(f"{RESULTS}/chance/{{network}}/{{layer}}.csv"),
    log:
        f"{LOGS}/permute_labels/{{network}}/{{layer}}.log",
    benchmark:
        f"{BENCHMARKS}/permute_labels/{{network}}/{{layer}}.tsv"
    conda:
        "../../envs/analysis.yaml"
    threads: MEASURES["threads"]
    params:
        settings=DEFAULTS,
        permutations=MEASURES["permutations"],
        seed=SEED,
        code=code_hash("permute_labels.py"),
    script:
        "../scripts/permute_labels.py"


rule tabulate_chance:
    """Write what chance and an ideal detector give for every layer and measure: the bands of the box plots."""
    input:
        **{
            f"untrained_{original}": expand(
                f"{RESULTS}/measures/{copy}/{{layer}}.parquet",
                layer=layers_of(original),
            )
            for copy, original in UNTRAINED.items()
        },
        bands=[f"{RESULTS}/chance/{network}/{layer}.csv" for network, layer in MEASURED],
    output:
        table=f"{RESULTS}/tables/chance.csv",
    log:
        f"{LOGS}/tabulate_chance.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        untrained=list(UNTRAINED.values()),
        code=code_hash("tabulate_chance.py"),
    script:
        "../scripts/tabulate_chance.py"


rule measure_groups:
    """Measure how selective the units of a layer are for groups of classes (gale2020, tables A3 to A5)."""
    input:
        activations=f"{RESULTS}/activations/{{network}}/{{layer}}.h5",
        classes=SHOWN_LAYERS.classes,
    output:
        table=f"{RESULTS}/groups/{{network}}/{{layer}}.parquet",
    log:
        f"{LOGS}/measure_groups/{{network}}/{{layer}}.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        groups=MEASURES["groups"],
        settings=DEFAULTS,
        code=code_hash("measure_groups.py"),
    script:
        "../scripts/measure_groups.py"


rule tabulate_groups:
    """Write the scores of all units for all groups of classes as one table."""
    input:
        layers=[
            f"{RESULTS}/groups/{network}/{layer}.parquet"
            for network, layer in MEASURED
        ],
    output:
        table=f"{RESULTS}/tables/groups.csv",
    log:
        f"{LOGS}/tabulate_groups.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code_hash("tabulate_groups.py"),
    script:
        "../scripts/tabulate_groups.py"


rule bootstrap_units:
    """Bootstrap the measures of chosen units over images: standard errors and intervals."""
    input:
        activations=[
            f"{RESULTS}/activations/{network}/{layer}.h5"
            for network, layer in MEASURED
        ],
        measures=[
            f"{RESULTS}/measures/{network}/{layer}.parquet"
            for network, layer in MEASURED
        ],
    output:
        table=f"{RESULTS}/tables/bootstrap.csv",
    log:
        f"{LOGS}/bootstrap_units.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        units=MEASURES["bootstrap"]["units"],
        samples=MEASURES["bootstrap"]["samples"],
        settings=DEFAULTS,
        seed=SEED,
        code=code_hash("bootstrap_units.py"),
    script:
        "../scripts/bootstrap_units.py"


rule plot_variants:
    """How far other readings of the papers, and their released code, move each measure."""
    input:
        measures=[
            f"{RESULTS}/measures/{network}/{layer}.parquet"
            for network, layer in MEASURED
        ],
    output:
        pdf=f"{RESULTS}/figures/{{network}}/variants.pdf",
        svg=f"{RESULTS}/figures/{{network}}/variants.svg",
        png=report(
            f"{RESULTS}/figures/{{network}}/variants.png",
            caption="../report/variants.rst",
            category="Figures",
            subcategory="Measures",
            labels={"network": "{network}", "figure": "paper, code, exact"},
        ),
        numbers=f"{RESULTS}/figures/{{network}}/variants.csv",
    log:
        f"{LOGS}/plot_variants/{{network}}.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        variants=MEASURES["variants"],
        dpi=STUDY["figures"]["dpi"],
        code=code_hash("plot_variants.py"),
    script:
        "../scripts/plot_variants.py"


TARGETS += rules.tabulate_units.output
TARGETS += rules.tabulate_correlations.output
if MEASURES["permutations"]:
    TARGETS += rules.tabulate_chance.output
if MEASURES["bootstrap"]["samples"]:
    TARGETS += rules.bootstrap_units.output
if MEASURES["groups"]:
    TARGETS += rules.tabulate_groups.output
    CLAIM_TABLES |= {"groups": rules.tabulate_groups.output}
if MEASURES["variants"]:
    TARGETS += expand(rules.plot_variants.output.png, network=NETWORKS)
