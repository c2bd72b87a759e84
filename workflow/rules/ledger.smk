"""Measures to verdicts: activation summaries, claims judged, published numbers beside ours.

Included after all files of rules that add to CLAIM_TABLES.
"""

from snakemake.exceptions import WorkflowError

from selectivity.claims.roles import describe_network
from selectivity.errors import UserError
from selectivity.ledger.published import read_published
from selectivity.ledger.rows import check_published_as

try:
    DESCRIBED = {
        network: describe_network(network, PLAN.network(network), layers_of(network))
        for network in NETWORKS
    }
    check_published_as(
        DESCRIBED.values(),
        read_published(Path(workflow.basedir, "config", "published.tsv")),
    )
except UserError as error:
    raise WorkflowError(f"{PLAN.study_file}: {error}") from None

IS_OUTPUT = {
    network: {layer: layer in entry["outputs"] for layer in entry["layers"]}
    for network, entry in DESCRIBED.items()
}
IS_RECORDED = {network: PLAN.is_recorded(network) for network in NETWORKS}
MEASURED_LAYERS = [
    (network, layer) for network in NETWORKS for layer in layers_of(network)
]
CLAIM_FILES = [(name, path) for name, paths in CLAIM_TABLES.items() for path in paths]
TARGETS += [
    f"{RESULTS}/tables/claims.csv",
    f"{RESULTS}/figures/claims.png",
    f"{RESULTS}/ledger.html",
]


rule summarize_activations:
    """The zeros, the shape and the classes of each unit of a layer, as far as claims ask for them."""
    input:
        activations=f"{RESULTS}/activations/{{network}}/{{layer}}.h5",
        measures=f"{RESULTS}/measures/{{network}}/{{layer}}.parquet",
        classes=[f"{DATASET}/classes.csv"] if PLAN.has_images else [],
    output:
        f"{RESULTS}/activation_summary/{{network}}/{{layer}}.parquet",
    log:
        f"{LOGS}/summarize_activations/{{network}}/{{layer}}.log",
    benchmark:
        f"{BENCHMARKS}/summarize_activations/{{network}}/{{layer}}.tsv"
    conda:
        "../../envs/analysis.yaml"
    resources:
        mem_mb=2000,
    params:
        code=code_hash("summarize_activations.py"),
        is_output=lookup("{network}/{layer}", within=IS_OUTPUT),
        is_recorded=lookup("{network}", within=IS_RECORDED),
    script:
        "../scripts/summarize_activations.py"


rule evaluate_claims:
    """The verdict on every claim of the papers for every network of the study."""
    input:
        claims="config/claims.yaml",
        measures=[f"{RESULTS}/measures/{n}/{x}.parquet" for n, x in MEASURED_LAYERS],
        summaries=[
            f"{RESULTS}/activation_summary/{n}/{x}.parquet" for n, x in MEASURED_LAYERS
        ],
        tables=[path for _, path in CLAIM_FILES],
    output:
        verdicts=report(
            f"{RESULTS}/tables/claims.csv",
            caption="../report/claims.rst",
            category="Ledger",
            labels={"result": "verdicts on the claims", "form": "table"},
        ),
        synthetic=f"{RESULTS}/tables/synthetic_units.csv",
    log:
        f"{LOGS}/evaluate_claims.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code_hash("evaluate_claims.py"),
        networks=list(DESCRIBED.values()),
        tables=[name for name, _ in CLAIM_FILES],
        seed=SEED,
    script:
        "../scripts/evaluate_claims.py"


rule plot_claims:
    """The verdicts as a matrix of claims and networks."""
    input:
        verdicts=f"{RESULTS}/tables/claims.csv",
    output:
        pdf=f"{RESULTS}/figures/claims.pdf",
        svg=f"{RESULTS}/figures/claims.svg",
        png=report(
            f"{RESULTS}/figures/claims.png",
            caption="../report/claims.rst",
            category="Ledger",
            labels={"result": "verdicts on the claims", "form": "figure"},
        ),
        numbers=f"{RESULTS}/figures/claims.csv",
    log:
        f"{LOGS}/plot_claims.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code_hash("plot_claims.py"),
    script:
        "../scripts/plot_claims.py"


rule build_ledger:
    """Every published number beside ours, below the verdicts on the claims."""
    input:
        published="config/published.tsv",
        quantities="config/quantities.yaml",
        claims="config/claims.yaml",
        verdicts=f"{RESULTS}/tables/claims.csv",
        synthetic=f"{RESULTS}/tables/synthetic_units.csv",
        measures=[f"{RESULTS}/measures/{n}/{x}.parquet" for n, x in MEASURED_LAYERS],
        summaries=[
            f"{RESULTS}/activation_summary/{n}/{x}.parquet" for n, x in MEASURED_LAYERS
        ],
        tables=[path for _, path in CLAIM_FILES],
    output:
        table=f"{RESULTS}/ledger.csv",
        page=report(
            f"{RESULTS}/ledger.html",
            caption="../report/ledger.rst",
            category="Ledger",
            labels={"result": "published numbers and claims", "form": "page"},
        ),
    log:
        f"{LOGS}/build_ledger.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code_hash("build_ledger.py"),
        networks=list(DESCRIBED.values()),
        tables=[name for name, _ in CLAIM_FILES],
        study=NAME,
        title=STUDY["title"],
    script:
        "../scripts/build_ledger.py"
