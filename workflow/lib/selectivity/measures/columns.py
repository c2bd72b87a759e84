"""The columns of the measures table, in the order in which they are written."""

import numpy as np

from selectivity.measures.settings import MeasureSettings

# One row a unit as the kernels fill it; the columns of each k are kept apart.
HEAD = (
    ("n_images", np.int64),
    ("is_constant", np.bool_),
    ("mean", np.float64),
    ("standard_error", np.float64),
    ("proportion_positive", np.float64),
    ("localist", np.float64),
    ("localist_gap", np.float64),
    ("top_class", np.int64),
    ("top_class_selectivity", np.float64),
    ("recall_at_95_precision", np.float64),
    ("recall_at_95_precision_class", np.int64),
    ("recall_at_95_precision_threshold", np.float64),
    ("recall_at_95_precision_selected", np.float64),
    ("max_proportion_positive", np.float64),
    ("max_proportion_positive_class", np.int64),
)
TAIL = (
    ("ccmas", np.float64),
    ("ccmas_class", np.int64),
    ("ccmas_mean_in", np.float64),
    ("ccmas_standard_error_in", np.float64),
    ("ccmas_mean_out", np.float64),
    ("ccmas_is_out_negative", np.bool_),
    ("ccmas_is_sum_not_positive", np.bool_),
    ("ccmas_2", np.float64),
    ("ccmas_2_class", np.int64),
    ("ccmas_2_mean_in", np.float64),
    ("ccmas_2_mean_out", np.float64),
    ("ccmas_2_is_out_negative", np.bool_),
    ("ccmas_2_is_sum_not_positive", np.bool_),
    ("class_selectivity", np.float64),
    ("class_selectivity_class", np.int64),
    ("max_informedness", np.float64),
    ("max_informedness_class", np.int64),
    ("informedness_threshold", np.float64),
    ("informedness_selected", np.float64),
    ("informedness_recall", np.float64),
    ("informedness_specificity", np.float64),
    ("informedness_false_positive_rate", np.float64),
    ("informedness_false_discovery_rate", np.float64),
    ("informedness_precision", np.float64),
    ("max_f1", np.float64),
    ("max_f1_class", np.int64),
    ("max_f1_threshold", np.float64),
    ("average_precision", np.float64),
    ("average_precision_class", np.int64),
    ("auc", np.float64),
    ("auc_class", np.int64),
)
UNIT_RECORD = np.dtype([*HEAD, *TAIL])
# The columns of the gap suite, which a study may ask for; all are float64, since a count can be undefined.
GAP_COLUMNS = (
    "upper_threshold",
    "n_upper_images",
    "n_upper_clusters",
    "n_top_class_in_upper_part",
    "top_class_extent",
    "n_top_cluster_images",
    "n_top_cluster_classes",
    "n_top_class_in_top_cluster",
    "biggest_gap",
    "biggest_gap_code",
    "second_biggest_gap",
    "second_biggest_gap_code",
    "gap_selectivity",
    "n_structured_images",
    "n_structured_clusters",
    "n_structured_classes",
    "n_top_class_in_structured",
    "top_class_range",
    "ccmas_class_range",
    "ccmas_2_class_range",
)
GAP_RECORD = np.dtype([(name, np.float64) for name in GAP_COLUMNS])


# What is known of the top k images, in the order in which the kernels fill it; permuted labels need the first three.
TOP_ROWS = (
    "precision",
    "n_classes",
    "n_tied",
    "n_zero",
    "n_top",
    "recall",
    "specificity",
    "informedness",
)


def top_columns(settings: MeasureSettings) -> list[str]:
    """Return the columns of the top k images: the rates of the modal class for every k, then the counts."""
    names = []
    for k in settings.top_k:
        names += [f"precision_{k}", f"precision_{k}_class"]
        names += [f"{rate}_{k}" for rate in ("recall", "specificity", "informedness")]
    for count in ("n_classes", "n_tied", "n_zero", "n_top"):
        names += [f"{count}_{k}" for k in settings.top_k]
    return names


def names_class(column: str) -> bool:
    """Tell whether a column holds class labels."""
    return column.endswith("_class")


def core_columns(settings: MeasureSettings) -> list[str]:
    """Return the names of all default measures in table order; the size of a class stands behind the class."""
    names = [name for name, _ in HEAD] + top_columns(settings) + [name for name, _ in TAIL]
    names += GAP_COLUMNS if settings.gap is not None else ()
    sized = [[name, f"{name}_size"] if names_class(name) else [name] for name in names]
    return [name for group in sized for name in group]


def empty_records(n_units: int) -> np.ndarray:
    """Return one undefined record a unit: fractions NaN, classes -1, flags False."""
    records = np.zeros(n_units, UNIT_RECORD)
    for name, kind in (*HEAD, *TAIL):
        if kind is np.float64:
            records[name] = np.nan
        elif names_class(name):
            records[name] = -1
    return records
