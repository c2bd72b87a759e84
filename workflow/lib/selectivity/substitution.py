"""Representative Substitution and class selectivity of substitution2020, from counts and class means.

RS of a unit is the share of the units of its layer that respond more strongly than the unit itself to the image made
for it (eq. 4): low values mean that no other unit can stand in for it.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import stats

from selectivity.errors import ConfigError, nearest

EPSILON = 1e-7  # in the denominator of the class selectivity index (Morcos et al. 2018)
SELECTIVITY_VARIANTS = ("morcos", "pooled")


def representative_substitution(
    higher: np.ndarray, n_units: int, denominator: str = "n"
) -> np.ndarray:
    """Return RS from the number of units with a strictly larger activation.

    The denominator ``n`` counts the unit itself, so that 1 is never reached (as in the paper's equation);
    ``n_minus_1`` does not.
    """
    match denominator:
        case "n":
            return higher / n_units
        case "n_minus_1":
            return higher / (n_units - 1) if n_units > 1 else np.full(np.shape(higher), np.nan)
    raise ConfigError(f"denominator {denominator!r}{nearest(denominator, ('n', 'n_minus_1'))}")


def class_selectivity(
    class_means: np.ndarray, class_sizes: np.ndarray, variant: str = "morcos"
) -> tuple[np.ndarray, np.ndarray]:
    """Return the class selectivity index of each unit and its class.

    Parameters
    ----------
    class_means
        (n_units, n_classes): mean activation over the images of each class.
    class_sizes
        (n_classes,): images of each class; empty classes take no part.
    variant
        ``morcos``: the largest class mean against the mean of the other class means; ``pooled``: against the mean
        over all other images.

    Returns
    -------
    Index and class; NaN and -1 for a unit whose class means are all equal, or with fewer than two classes. The index
    of a unit with a negative class mean (of an output layer) is undefined too: it has no bounds.
    """
    if variant not in SELECTIVITY_VARIANTS:
        raise ConfigError(f"class selectivity {variant!r}{nearest(variant, SELECTIVITY_VARIANTS)}")
    present = np.flatnonzero(class_sizes > 0)
    means = np.asarray(class_means, dtype=np.float64)[:, present]
    n_units = len(means)
    if present.size < 2:
        return np.full(n_units, np.nan), np.full(n_units, -1)
    weights = (
        np.ones(present.size) if variant == "morcos" else class_sizes[present].astype(np.float64)
    )
    best = means.argmax(axis=1)
    rows = np.arange(n_units)
    top = means[rows, best]
    others = (means @ weights - top * weights[best]) / (weights.sum() - weights[best])
    index = (top - others) / (top + others + EPSILON)
    is_flat = np.ptp(means, axis=1) == 0
    is_undefined = is_flat | (means < 0).any(axis=1)
    return np.where(is_undefined, np.nan, index), np.where(is_flat, -1, present[best])


def has_failed(activation: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Tell the units whose image does not excite them: not at all, or no more than the noise it began as."""
    return (activation <= 0) | (activation <= start)


def recipe_table(units: np.ndarray, n_units: int, curves: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Return one row a unit and snapshot: RS, activation and whether the maximization failed.

    `curves` holds the snapshot arrays of one recipe, one row an image; of several restarts of a unit the median
    stands.
    """
    steps = curves["snapshot_step"]
    order, inverse = np.unique(units, return_inverse=True)
    names = ("higher", "activation", "others")
    median = {
        name: np.stack(
            [
                np.median(curves[f"snapshot_{name}"][inverse == row].astype(np.float64), axis=0)
                for row in range(order.size)
            ]
        )
        for name in names
    }
    start = median["activation"][:, list(steps).index(0)]
    parts = []
    for column, step in enumerate(steps):
        if step == 0:
            continue
        higher, activation = median["higher"][:, column], median["activation"][:, column]
        part = {
            "unit": order,
            "step": int(step),
            "n_units": n_units,
            "n_restarts": np.bincount(inverse),
            "rs": representative_substitution(higher, n_units, "n"),
            "rs__n_minus_1": representative_substitution(higher, n_units, "n_minus_1"),
            "activation": activation,
            "activation_of_noise": start,
            "mean_of_others": median["others"][:, column],
            "am_failed": has_failed(activation, start),
        }
        parts.append(pd.DataFrame(part))
    return pd.concat(parts, ignore_index=True)


def rank_correlation(first: pd.Series, second: pd.Series) -> tuple[float, float]:
    """Return Spearman's rho and p over rows where both are defined; NaN below five rows or without spread."""
    a, b = first.to_numpy(np.float64), second.to_numpy(np.float64)
    both = ~(np.isnan(a) | np.isnan(b))
    a, b = a[both], b[both]
    if a.size < 5 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return np.nan, np.nan
    result = stats.spearmanr(a, b)
    return float(result.statistic), float(result.pvalue)
