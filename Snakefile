"""Does this unit detect an object? Every measure of the literature, side by side, on any image network.

dataset -> networks -> predictions -> activations -> measures -> figures, tables, ledger: one file of rules per arrow,
one script per rule, all arithmetic in workflow/lib/selectivity.
"""

import sys
from pathlib import Path

from snakemake.utils import min_version

min_version("9.27")

# Rules and stage scripts import the library from here: Snakemake hands this process's path on to script jobs.
sys.path.insert(0, str(Path(workflow.basedir, "workflow", "lib")))


configfile: "config/config.yaml"


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/assets.smk"
include: "workflow/rules/dataset.smk"
include: "workflow/rules/networks.smk"
include: "workflow/rules/predictions.smk"
include: "workflow/rules/activations.smk"
include: "workflow/rules/measures.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/real.smk"


if "neuron_features" in STUDY:

    include: "workflow/rules/neuron_features.smk"
    include: "workflow/rules/neuron_feature_figures.smk"


if {"synthesis", "substitution", "ablation"} & set(STUDY):

    include: "workflow/rules/class_means.smk"


if "synthesis" in STUDY:

    include: "workflow/rules/synthesis.smk"


if "substitution" in STUDY:

    include: "workflow/rules/substitution.smk"


if "ablation" in STUDY:

    include: "workflow/rules/ablation.smk"


include: "workflow/rules/ledger.smk"


onstart:
    sweep(RESULTS, DATASET)


rule all:
    """Everything that the study asks for."""
    default_target: True
    input:
        TARGETS,
