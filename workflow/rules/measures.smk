"""Measures: the activations of each unit become one row of selectivity scores."""

MEASURES = STUDY["measures"]


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
        settings={key: MEASURES[key] for key in ("top_k", "min_class_size", "variants")},
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
            for network in NETWORKS
            for layer in layers_of(network)
        ],
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


TARGETS += rules.tabulate_units.output
