"""Which images are classified, and by which scores the units of a layer are put in order."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from selectivity.errors import ConfigError
from selectivity.substitution import class_selectivity

# Name of an order: the score and its sign; the smallest values are removed first.
ORDERS = {
    "most_selective_first": ("class_selectivity", -1.0),
    "least_selective_first": ("class_selectivity", 1.0),
    "lowest_rs_first": ("rs", 1.0),
    "highest_rs_first": ("rs", -1.0),
}


def evenly(rows: np.ndarray, n_wanted: int | None) -> np.ndarray:
    """Return `n_wanted` of the rows, evenly spread: sorted by class, every class has its share."""
    if n_wanted is None or n_wanted >= len(rows):
        return rows
    return rows[(np.arange(n_wanted) * len(rows)) // n_wanted]


def score_units(
    means: np.ndarray,
    sizes: np.ndarray,
    substitution: pd.DataFrame | None,
    layer: str,
    step: int | None,
) -> pd.DataFrame:
    """Return class selectivity, its class and RS of every unit; RS is NaN without an IAM (or AM) image.

    RS is that of the scalar that comes first in the table, at `step` or at the last step measured.
    """
    index, best = class_selectivity(means, sizes)
    scores = pd.DataFrame({"class_selectivity": index, "class_selectivity_class": best})
    scores["rs"] = np.nan
    if substitution is None:
        return scores
    rows = substitution[substitution["layer"] == layer]
    if not len(rows):
        return scores
    objective = "iam" if (rows["objective"] == "iam").any() else "am"
    rows = rows[rows["objective"] == objective]
    rows = rows[rows["step"] == (rows["step"].max() if step is None else step)]
    rows = rows[rows["scalar"] == rows["scalar"].iloc[0]]
    scores.loc[rows["unit"].to_numpy(), "rs"] = rows["rs"].to_numpy()
    return scores


def named_scores(scores: pd.DataFrame, orders: Sequence[str]) -> dict[str, np.ndarray]:
    """Return the score of each order; orders by a score that no unit has are left out."""
    unknown = [name for name in orders if name not in ORDERS]
    if unknown:
        raise ConfigError(f"ablation.orders: unknown order '{unknown[0]}'")
    found = {}
    for name in orders:
        column, sign = ORDERS[name]
        if scores[column].notna().any():
            found[name] = sign * scores[column].to_numpy(np.float64)
    return found
