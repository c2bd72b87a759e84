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
)
TAIL = (
    ("ccmas", np.float64),
    ("ccmas_class", np.int64),
    ("ccmas_2", np.float64),
    ("ccmas_2_class", np.int64),
    ("class_selectivity", np.float64),
    ("class_selectivity_class", np.int64),
    ("max_informedness", np.float64),
    ("max_informedness_class", np.int64),
    ("informedness_threshold", np.float64),
    ("informedness_recall", np.float64),
    ("informedness_specificity", np.float64),
    ("informedness_false_positive_rate", np.float64),
    ("informedness_false_discovery_rate", np.float64),
    ("max_f1", np.float64),
    ("max_f1_class", np.int64),
    ("average_precision", np.float64),
    ("average_precision_class", np.int64),
    ("auc", np.float64),
    ("auc_class", np.int64),
)
UNIT_RECORD = np.dtype([*HEAD, *TAIL])


def top_columns(settings: MeasureSettings) -> list[str]:
    """Return the columns of the top k images: precision and its class for every k, then the counts."""
    names = []
    for k in settings.top_k:
        names += [f"precision_{k}", f"precision_{k}_class"]
    names += [f"n_classes_{k}" for k in settings.top_k]
    names += [f"n_tied_{k}" for k in settings.top_k]
    return names


def core_columns(settings: MeasureSettings) -> list[str]:
    """Return the names of all default measures in table order."""
    return [name for name, _ in HEAD] + top_columns(settings) + [name for name, _ in TAIL]


def empty_records(n_units: int) -> np.ndarray:
    """Return one undefined record a unit: fractions NaN, classes -1, flags False."""
    records = np.zeros(n_units, UNIT_RECORD)
    for name, kind in (*HEAD, *TAIL):
        if kind is np.float64:
            records[name] = np.nan
        elif name.endswith("_class"):
            records[name] = -1
    return records
