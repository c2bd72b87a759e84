"""The columns of the variants that a study asks for."""

from collections.abc import Callable

import numpy as np

from selectivity.measures import variants
from selectivity.measures.columns import GAP_COLUMNS, core_columns
from selectivity.measures.ranked_units import RankedUnit
from selectivity.measures.seeded_clusters import kmeans_pp_seeded
from selectivity.measures.settings import MeasureSettings

INFORMEDNESS = (
    "max_informedness",
    "informedness_threshold",
    "informedness_selected",
    "informedness_recall",
    "informedness_specificity",
    "informedness_precision",
    "informedness_false_positive_rate",
    "informedness_false_discovery_rate",
)

# Variant -> its function and the measures that it changes; {k} stands for every k of the study.
DEFINITIONS: dict[str, tuple[Callable[..., variants.Columns], tuple[str, ...]]] = {
    "recall_p95_first": (variants.recall_p95_first, ("recall_at_95_precision",)),
    "topimage_class": (
        variants.topimage_class,
        ("precision_{k}", "ccmas", "recall_at_95_precision"),
    ),
    "modal100_class": (variants.modal100_class, ("recall_at_95_precision",)),
    "ranks2to101": (variants.ranks2to101, ("precision_{k}",)),
    "topimage_ranks2to101": (variants.topimage_ranks2to101, ("precision_{k}",)),
    "topimage_upper_part": (variants.topimage_upper_part, ("precision_{k}",)),
    "rank": (variants.rank, ("precision_{k}", "n_classes_{k}")),
    "ccmas2_without_best": (variants.ccmas2_without_best, ("ccmas_2",)),
    "shifted": (variants.shifted, ("ccmas", "ccmas_2")),
    "relu": (variants.relu, ("ccmas", "ccmas_2")),
    "morcos": (variants.morcos, ("ccmas", "ccmas_2")),
    "pooled": (variants.pooled, ("class_selectivity",)),
    "informedness_code": (variants.informedness_code, INFORMEDNESS),
    "candidates10": (
        variants.candidates10,
        ("recall_at_95_precision", "max_informedness", "max_f1", "average_precision"),
    ),
    "informedness_code_candidates10": (variants.informedness_code_candidates10, INFORMEDNESS),
    "localist_disjoint": (variants.localist_disjoint, ("localist",)),
    "localist_code": (variants.localist_code, ("localist",)),
    "run_length": (variants.run_length, ("top_class_selectivity",)),
    "ap_rank": (variants.ap_rank, ("average_precision",)),
    "ap_100": (variants.ap_100, ("average_precision",)),
    "ddof0": (variants.ddof0, ("standard_error", "ccmas_standard_error_in")),
    "kmeans_pp_seeded": (kmeans_pp_seeded, GAP_COLUMNS),
}


def changed_columns(variant: str, settings: MeasureSettings) -> list[str]:
    """Return the default columns that a variant changes, their class columns included, in table order."""
    measures = {
        template.format(k=k) for template in DEFINITIONS[variant][1] for k in settings.top_k
    }
    known = core_columns(settings)
    return [name for name in known if name in measures or name.removesuffix("_class") in measures]


def empty_variants(n_units: int, n_filled: int, settings: MeasureSettings) -> dict[str, np.ndarray]:
    """Return the columns of all variants for units that are constant."""
    columns = {}
    for variant in settings.variants:
        for name in changed_columns(variant, settings):
            column = np.full(n_units, np.nan)
            if name.endswith("_class"):
                column = np.full(n_units, -1)
            elif name == "localist" and n_filled > 1:
                column = np.zeros(n_units, np.bool_)
            columns[f"{name}__{variant}"] = column
    return columns


def fill_variants(
    columns: dict[str, np.ndarray], u: int, unit: RankedUnit, settings: MeasureSettings
) -> None:
    """Fill row `u` of the columns of all variants."""
    for variant in settings.variants:
        for name, value in DEFINITIONS[variant][0](unit, settings).items():
            columns[f"{name}__{variant}"][u] = value
