"""Tables of chance: p-values of units, and the bands that the figures of a layer show."""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from selectivity.measures.chance import benjamini_hochberg, ideal_units, p_values
from selectivity.measures.definitions import MEASURES
from selectivity.measures.engine import measure_units
from selectivity.measures.settings import MeasureSettings

QUANTILES = {"q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95}
MOST_IDEAL_UNITS = 16
_FALLING = {measure.column for measure in MEASURES if measure.direction == "lower"}


def falls_with_selectivity(measure: str) -> bool:
    """Tell whether small values of a measure are the selective ones, as its contract says."""
    return re.sub(r"_\d+$", "_{k}", measure) in _FALLING or measure in _FALLING


def unit_chance(
    observed: pd.DataFrame, permuted: np.ndarray, measures: Sequence[str]
) -> pd.DataFrame:
    """Return per unit and measure the permutation p-value, its q-value within the layer, and what chance gives.

    `permuted` is (n_units, n_permutations, n_measures); q-values are Benjamini and Hochberg's.
    """
    columns: dict[str, np.ndarray] = {}
    for m, name in enumerate(measures):
        values = observed[name].to_numpy(np.float64)
        p = p_values(values, permuted[:, :, m], falls_with_selectivity(name))
        columns[f"{name}_p"] = p
        columns[f"{name}_q"] = benjamini_hochberg(p)
        columns[f"{name}_chance_mean"] = permuted[:, :, m].mean(axis=1)
    return pd.concat([observed[["network", "layer", "unit"]], pd.DataFrame(columns)], axis=1)


def layer_chance(
    observed: pd.DataFrame,
    permuted: np.ndarray,
    class_sizes: np.ndarray,
    settings: MeasureSettings,
    measures: Sequence[str],
) -> pd.DataFrame:
    """Return one row a measure: its distribution over units and permutations, and the ideal unit's value."""
    ideal = ideal_values(class_sizes, settings)
    rows = []
    for m, name in enumerate(measures):
        values = permuted[:, :, m].ravel()
        values = values[np.isfinite(values)]
        row: dict[str, object] = {
            "network": observed["network"].iloc[0],
            "layer": observed["layer"].iloc[0],
            "measure": name,
            "n_units": len(permuted),
            "n_permutations": permuted.shape[1],
            "mean": float(values.mean()) if len(values) else np.nan,
        }
        for quantile, share in QUANTILES.items():
            row[quantile] = float(np.quantile(values, share)) if len(values) else np.nan
        rows.append(row | {"ideal": ideal.get(name, np.nan)})
    return pd.DataFrame(rows)


def ideal_values(class_sizes: np.ndarray, settings: MeasureSettings) -> dict[str, float]:
    """Return the median of each measure over ideal localist units, one for each of some classes.

    The classes are spread evenly over all class sizes, small to large.
    """
    filled = np.flatnonzero(class_sizes)
    if len(filled) < 2:
        return {}
    by_size = filled[np.argsort(class_sizes[filled], kind="stable")]
    picks = np.linspace(0, len(by_size) - 1, min(len(by_size), MOST_IDEAL_UNITS)).round()
    block = ideal_units(class_sizes, by_size[picks.astype(int)])
    plain = MeasureSettings(settings.top_k, settings.min_class_size)
    columns = measure_units(block, class_sizes, plain)
    return {
        name: float(np.median(column))
        for name, column in columns.items()
        if column.dtype in (np.float64, np.bool_)
    }


def add_untrained(
    chance: pd.DataFrame, trained: str, untrained: pd.DataFrame | None
) -> pd.DataFrame:
    """Add the median of each measure over the units of the untrained copy of the network `trained`."""
    if untrained is None:
        return chance
    medians = {
        (layer, name): units[name].median()
        for layer, units in untrained.groupby("layer", sort=False)
        for name in chance["measure"].unique()
    }
    keys = zip(chance["network"], chance["layer"], chance["measure"], strict=True)
    values = [
        medians.get((layer, name), np.nan) if network == trained else np.nan
        for network, layer, name in keys
    ]
    column = chance.get("untrained_median", pd.Series(np.nan, index=chance.index))
    return chance.assign(untrained_median=column.fillna(pd.Series(values, index=chance.index)))
