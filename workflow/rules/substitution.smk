"""Synthetic images and class means -> Representative Substitution, its claims and figures (substitution2020)."""

SUBSTITUTED = f"{RESULTS}/substitution/{{network}}.parquet"
CLAIM_TABLES["substitution"] = [f"{RESULTS}/tables/substitution.csv"]


rule measure_substitution:
    """Measure how many units of its layer respond more to a unit's image than the unit itself."""
    input:
        images=each_layer(SYNTHETIC, MAXIMIZED),
        class_means=CLASS_MEANS,
    output:
        units=SUBSTITUTED,
    log:
        f"{LOGS}/measure_substitution/{{network}}.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        layers=lambda wildcards: layer_depths(wildcards.network, MAXIMIZED),
        scalars=SYNTHESIS["scalars"],
        provenance=lambda wildcards: {"study": NAME, "network": wildcards.network},
        code=code_hash("measure_substitution.py"),
    script:
        "../scripts/measure_substitution.py"


rule tabulate_substitution:
    """Gather Representative Substitution by unit and layer, and judge its claims at every setting."""
    input:
        substitution=expand(SUBSTITUTED, network=MAXIMIZED),
        claims="config/claims.yaml",
    output:
        units=f"{RESULTS}/tables/substitution.csv",
        layers=f"{RESULTS}/tables/substitution_layers.csv",
        verdicts=f"{RESULTS}/tables/substitution_verdicts.csv",
        overview=report(
            f"{RESULTS}/tables/substitution_overview.csv",
            caption="../report/substitution_overview.rst",
            category="Tables",
            labels={"table": "claims on substitution at every setting"},
        ),
    log:
        f"{LOGS}/tabulate_substitution.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        step=SUBSTITUTION["step"],
        code=code_hash("tabulate_substitution.py"),
    script:
        "../scripts/tabulate_substitution.py"


rule plot_substitution:
    """Representative Substitution against class selectivity, layer by layer and by depth."""
    input:
        units=f"{RESULTS}/tables/substitution.csv",
        layers=f"{RESULTS}/tables/substitution_layers.csv",
    output:
        scatter_pdf=f"{RESULTS}/figures/{{network}}/substitution.pdf",
        scatter_svg=f"{RESULTS}/figures/{{network}}/substitution.svg",
        scatter_png=report(
            f"{RESULTS}/figures/{{network}}/substitution.png",
            caption="../report/substitution.rst",
            category="Figures",
            subcategory="Substitution",
            labels={"network": "{network}", "figure": "RS and class selectivity"},
        ),
        scatter_csv=f"{RESULTS}/figures/{{network}}/substitution.csv",
        by_depth_pdf=f"{RESULTS}/figures/{{network}}/substitution_by_depth.pdf",
        by_depth_svg=f"{RESULTS}/figures/{{network}}/substitution_by_depth.svg",
        by_depth_png=report(
            f"{RESULTS}/figures/{{network}}/substitution_by_depth.png",
            caption="../report/substitution_by_depth.rst",
            category="Figures",
            subcategory="Substitution",
            labels={"network": "{network}", "figure": "RS by depth"},
        ),
        by_depth_csv=f"{RESULTS}/figures/{{network}}/substitution_by_depth.csv",
    log:
        f"{LOGS}/plot_substitution/{{network}}.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        scattered=lambda wildcards: SUBSTITUTION["scatter_layers"].get(
            wildcards.network
        ),
        dpi=DPI,
        code=code_hash("plot_substitution.py"),
    script:
        "../scripts/plot_substitution.py"


rule plot_substituted_units:
    """Images of selective units, and of the units that respond to them more strongly."""
    input:
        units=f"{RESULTS}/tables/substitution.csv",
        classes=f"{DATASET}/classes.csv",
        images=each_layer(SYNTHETIC, MAXIMIZED),
    output:
        pdf=f"{RESULTS}/figures/{{network}}/substituted_units.pdf",
        svg=f"{RESULTS}/figures/{{network}}/substituted_units.svg",
        png=report(
            f"{RESULTS}/figures/{{network}}/substituted_units.png",
            caption="../report/substituted_units.rst",
            category="Figures",
            subcategory="Substitution",
            labels={"network": "{network}", "figure": "units that beat a unit"},
        ),
        csv=f"{RESULTS}/figures/{{network}}/substituted_units.csv",
    log:
        f"{LOGS}/plot_substituted_units/{{network}}.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        layers=lambda wildcards: MAXIMIZED[wildcards.network],
        dpi=DPI,
        code=code_hash("plot_substituted_units.py"),
    script:
        "../scripts/plot_substituted_units.py"


TARGETS += [
    f"{RESULTS}/tables/substitution_layers.csv",
    f"{RESULTS}/tables/substitution_overview.csv",
]
TARGETS += [
    f"{RESULTS}/figures/{network}/{figure}.png"
    for network in MAXIMIZED
    for figure in (
        "substitution",
        "substitution_by_depth",
        "substituted_units",
    )
]
