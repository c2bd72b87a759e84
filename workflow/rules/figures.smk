"""Measures and activations to the papers' figures, and to the tables that a reader opens."""

from selectivity.figures.choice import FigurePlan

FIGURES = FigurePlan(PLAN, RESULTS, DATASET)
DPI = STUDY["figures"]["dpi"]
TARGETS += FIGURES.targets()
TARGETS += [f"{RESULTS}/tables/best_units.csv", f"{RESULTS}/tables/layers.csv"]


rule plot_measures_by_layer:
    """Box plots of nine measures of the hidden layers and of three measures of all layers."""
    input:
        measures=FIGURES.measures,
        chance=(
            [f"{RESULTS}/tables/chance.csv"]
            if STUDY["measures"].get("permutations")
            else []
        ),
    output:
        nine_pdf=f"{RESULTS}/figures/{{network}}/measures_by_layer.pdf",
        nine_svg=f"{RESULTS}/figures/{{network}}/measures_by_layer.svg",
        nine_png=report(
            f"{RESULTS}/figures/{{network}}/measures_by_layer.png",
            caption="../report/measures_by_layer.rst",
            category="Figures",
            subcategory="Selectivity by layer",
            labels={"network": "{network}", "figure": "nine measures, hidden layers"},
        ),
        nine_csv=f"{RESULTS}/figures/{{network}}/measures_by_layer.csv",
        three_pdf=f"{RESULTS}/figures/{{network}}/selectivity_by_layer.pdf",
        three_svg=f"{RESULTS}/figures/{{network}}/selectivity_by_layer.svg",
        three_png=report(
            f"{RESULTS}/figures/{{network}}/selectivity_by_layer.png",
            caption="../report/selectivity_by_layer.rst",
            category="Figures",
            subcategory="Selectivity by layer",
            labels={"network": "{network}", "figure": "three measures, all layers"},
        ),
        three_csv=f"{RESULTS}/figures/{{network}}/selectivity_by_layer.csv",
    log:
        f"{LOGS}/plot_measures_by_layer/{{network}}.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        layers=FIGURES.layers,
        hidden=FIGURES.hidden,
        dpi=DPI,
        code=code_hash("plot_measures_by_layer.py"),
    script:
        "../scripts/plot_measures_by_layer.py"


rule plot_gaps_by_layer:
    """Box plots of the k-means/gap suite: clusters, gaps and what lies above the biggest gap."""
    input:
        measures=FIGURES.measures,
    output:
        pdf=f"{RESULTS}/figures/{{network}}/gaps_by_layer.pdf",
        svg=f"{RESULTS}/figures/{{network}}/gaps_by_layer.svg",
        png=report(
            f"{RESULTS}/figures/{{network}}/gaps_by_layer.png",
            caption="../report/gaps_by_layer.rst",
            category="Figures",
            subcategory="Selectivity by layer",
            labels={"network": "{network}", "figure": "clusters and gaps, all layers"},
        ),
        numbers=f"{RESULTS}/figures/{{network}}/gaps_by_layer.csv",
    log:
        f"{LOGS}/plot_gaps_by_layer/{{network}}.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        layers=FIGURES.layers,
        dpi=DPI,
        code=code_hash("plot_gaps_by_layer.py"),
    script:
        "../scripts/plot_gaps_by_layer.py"


rule plot_jitter_precise_unit:
    """Jitterplot, histogram and example images of the most precise unit of a layer."""
    input:
        unpack(FIGURES.pictures),
        activations=f"{RESULTS}/activations/{{network}}/{{layer}}.h5",
        measures=f"{RESULTS}/measures/{{network}}/{{layer}}.parquet",
        classes=FIGURES.classes,
    output:
        pdf=f"{RESULTS}/figures/{{network}}/jitter_precise_unit/{{layer}}.pdf",
        svg=f"{RESULTS}/figures/{{network}}/jitter_precise_unit/{{layer}}.svg",
        png=report(
            f"{RESULTS}/figures/{{network}}/jitter_precise_unit/{{layer}}.png",
            caption="../report/jitter_precise_unit.rst",
            category="Figures",
            subcategory="Single units",
            labels={"network": "{network}", "figure": "most precise unit of {layer}"},
        ),
        numbers=f"{RESULTS}/figures/{{network}}/jitter_precise_unit/{{layer}}.csv",
        points=f"{RESULTS}/figures/{{network}}/jitter_precise_unit/{{layer}}_points.csv",
    log:
        f"{LOGS}/plot_jitter_precise_unit/{{network}}/{{layer}}.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        folder=FIGURES.folder(),
        seed=SEED,
        dpi=DPI,
        code=code_hash("plot_jitter_precise_unit.py"),
    script:
        "../scripts/plot_jitter_precise_unit.py"


rule plot_jitter_output_unit:
    """Jitterplots of one output unit before and after the softmax."""
    input:
        activations=FIGURES.stage_activations,
        measures=FIGURES.last_stage_measures,
        classes=FIGURES.classes,
    output:
        pdf=f"{RESULTS}/figures/{{network}}/jitter_output_unit.pdf",
        svg=f"{RESULTS}/figures/{{network}}/jitter_output_unit.svg",
        png=report(
            f"{RESULTS}/figures/{{network}}/jitter_output_unit.png",
            caption="../report/jitter_output_unit.rst",
            category="Figures",
            subcategory="Single units",
            labels={"network": "{network}", "figure": "an output unit"},
        ),
        numbers=f"{RESULTS}/figures/{{network}}/jitter_output_unit.csv",
        points=f"{RESULTS}/figures/{{network}}/jitter_output_unit_points.csv",
    log:
        f"{LOGS}/plot_jitter_output_unit/{{network}}.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        layers=FIGURES.stages,
        output_class=STUDY["figures"]["output_class"],
        seed=SEED,
        dpi=DPI,
        code=code_hash("plot_jitter_output_unit.py"),
    script:
        "../scripts/plot_jitter_output_unit.py"


rule plot_group_units:
    """Jitterplots of units that should detect a group of classes."""
    input:
        activations=FIGURES.group_activations,
        groups=FIGURES.group_tables,
        classes=FIGURES.classes,
    output:
        pdf=f"{RESULTS}/figures/{{network}}/jitter_groups.pdf",
        svg=f"{RESULTS}/figures/{{network}}/jitter_groups.svg",
        png=report(
            f"{RESULTS}/figures/{{network}}/jitter_groups.png",
            caption="../report/jitter_groups.rst",
            category="Figures",
            subcategory="Single units",
            labels={"network": "{network}", "figure": "units and groups of classes"},
        ),
        numbers=f"{RESULTS}/figures/{{network}}/jitter_groups.csv",
        points=f"{RESULTS}/figures/{{network}}/jitter_groups_points.csv",
    log:
        f"{LOGS}/plot_group_units/{{network}}.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        layers=FIGURES.grouped,
        groups=STUDY["measures"]["groups"],
        wanted=lambda wildcards: STUDY["figures"]["group_units"].get(
            wildcards.network, {}
        ),
        k=max(STUDY["measures"]["top_k"]),
        seed=SEED,
        dpi=DPI,
        code=code_hash("plot_group_units.py"),
    script:
        "../scripts/plot_group_units.py"


rule plot_synthetic_units:
    """Three made-up units on which the measures disagree, computed beside printed."""
    input:
        published="config/published.tsv",
    output:
        pdf=f"{RESULTS}/figures/synthetic_units.pdf",
        svg=f"{RESULTS}/figures/synthetic_units.svg",
        png=report(
            f"{RESULTS}/figures/synthetic_units.png",
            caption="../report/synthetic_units.rst",
            category="Figures",
            subcategory="Measures",
            labels={"network": "none", "figure": "three made-up units"},
        ),
        numbers=f"{RESULTS}/figures/synthetic_units.csv",
        points=f"{RESULTS}/figures/synthetic_units_points.csv",
    log:
        f"{LOGS}/plot_synthetic_units.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        seed=SEED,
        dpi=DPI,
        code=code_hash("plot_synthetic_units.py"),
    script:
        "../scripts/plot_synthetic_units.py"


rule plot_correlations:
    """Correlations between five measures over the units of a network, beside the printed ones."""
    input:
        correlations=f"{RESULTS}/tables/correlations.csv",
        published="config/published.tsv",
    output:
        pdf=f"{RESULTS}/figures/{{network}}/correlations.pdf",
        svg=f"{RESULTS}/figures/{{network}}/correlations.svg",
        png=report(
            f"{RESULTS}/figures/{{network}}/correlations.png",
            caption="../report/correlations.rst",
            category="Figures",
            subcategory="Measures",
            labels={"network": "{network}", "figure": "correlations between measures"},
        ),
        numbers=f"{RESULTS}/figures/{{network}}/correlations.csv",
    log:
        f"{LOGS}/plot_correlations/{{network}}.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        dpi=DPI,
        code=code_hash("plot_correlations.py"),
    script:
        "../scripts/plot_correlations.py"


rule tabulate_best_units:
    """The unit of highest CCMAS and the most precise unit of every layer."""
    input:
        measures=FIGURES.all_measures(),
        classes=FIGURES.all_classes(),
    output:
        table=f"{RESULTS}/tables/best_units.csv",
        page=report(
            f"{RESULTS}/tables/best_units.html",
            caption="../report/best_units.rst",
            category="Tables",
            labels={"table": "best units of each layer"},
        ),
    log:
        f"{LOGS}/tabulate_best_units.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        networks=NETWORKS,
        code=code_hash("tabulate_best_units.py"),
    script:
        "../scripts/tabulate_best_units.py"


rule tabulate_layers:
    """Mean, standard error, median and maximum of each measure of every layer."""
    input:
        measures=FIGURES.all_measures(),
    output:
        table=f"{RESULTS}/tables/layers.csv",
        page=report(
            f"{RESULTS}/tables/layers.html",
            caption="../report/layers.rst",
            category="Tables",
            labels={"table": "selectivity of each layer"},
        ),
    log:
        f"{LOGS}/tabulate_layers.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code_hash("tabulate_layers.py"),
    script:
        "../scripts/tabulate_layers.py"
