"""The study in the words of the rules: what is asked for, where it lies, and the domains of the wildcards.

results/<study>/<noun>/<network>/<layer>...   everything computed from one study file
resources/datasets/<dataset>/...              images that the workflow makes or converts, and their index
logs/<study>/<rule>/<wildcards>.log           one log a job
"""

from pathlib import Path

from snakemake.exceptions import WorkflowError

from selectivity import provenance, sharding
from selectivity.errors import UserError
from selectivity.files import sweep
from selectivity.study import Plan, pattern

try:
    PLAN = Plan.read(config, root=Path(workflow.basedir))
except UserError as error:
    raise WorkflowError(str(error)) from None

STUDY = PLAN.study
SITE = PLAN.site
NAME = STUDY["study"]
SEED = STUDY["seed"]
RESULTS = f"results/{NAME}"
LOGS = f"logs/{NAME}"
BENCHMARKS = f"logs/{NAME}/benchmarks"
DATASET = f"resources/datasets/{PLAN.dataset}"
NETWORKS = PLAN.networks
# Networks that are shown images, those that the workflow trains, and the untrained copies that tell what chance gives.
SHOWN = [network for network in NETWORKS if not PLAN.is_recorded(network)]
TRAINED = [network for network in NETWORKS if PLAN.is_trained_here(network)]
UNTRAINED = {
    f"{network}_untrained": network
    for network in TRAINED
    if STUDY["measures"]["permutations"]
}
IMAGES = (
    f"{DATASET}/images.h5" if PLAN.has_world else STUDY.get("dataset", {}).get("images")
)
FOLDER = STUDY.get("dataset", {}).get("folder", "")
# Weights given by the study, or those that the workflow trains or converts.
WEIGHTS = {
    network: PLAN.network(network).get(
        "weights", f"{RESULTS}/networks/{network}.safetensors"
    )
    for network in SHOWN
} | {copy: f"{RESULTS}/networks/{copy}.safetensors" for copy in UNTRAINED}
# What builds a network and prepares its images: all of it can change a number.
BUILDS = {
    network: {
        "constructor": PLAN.network(network)["constructor"],
        "arguments": PLAN.network(network).get("arguments", {}),
        "preprocessing": PLAN.network(network).get("preprocessing", {}),
    }
    for network in SHOWN
}
N_GPUS = 0 if SITE["device"] == "cpu" else 1
# The final files; each file of rules adds its own.
TARGETS = []
# Tables of other stages that claims and ledger look at: name to files; each file of rules adds its own.
CLAIM_TABLES = {}
# Tables of units that join tables/units.csv; each file of rules adds its own.
UNIT_TABLES = []


wildcard_constraints:
    network=pattern([*NETWORKS, *UNTRAINED]),
    layer=pattern(PLAN.all_layers()),
    shard=r"\d{3}-of-\d{3}",


def code_hash(script):
    """The hash of a stage script and of all library code it reaches: what makes a job rerun after an edit."""
    return provenance.code_hash(Path(workflow.basedir, "workflow", "scripts", script))


def layers_of(network):
    """The layers of a network, in the order of the study file."""
    return PLAN.layers_of(network)


def each_layer(pattern, chosen):
    """The function that lists a file of each layer chosen of the network asked for, in the order of depth."""
    return lambda wildcards: expand(
        pattern, network=wildcards.network, layer=chosen[wildcards.network]
    )


def layer_depths(network, chosen):
    """The layers chosen of a network, each with its number among all of them, counted from 1."""
    layers = PLAN.layers_of(network)
    return {layer: layers.index(layer) + 1 for layer in chosen[network]}


def training_record(
    wildcards, keys=("constructor", "arguments", "preprocessing", "train")
):
    """What a trained or untrained network is made of, as its record tells it."""
    entry = PLAN.network(wildcards.network)
    described = {key: entry.get(key, {}) for key in keys}
    return {"study": NAME, "network": wildcards.network, "seed": SEED, **described}
