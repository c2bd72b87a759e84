"""Tables of an ablation: its curves, what each unit is worth, and which score foretells it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from selectivity.ablation.removal import Counts, Removal

PREDICTORS = ("class_selectivity", "rs")


def curve_table(removals: Sequence[Removal], counts: Counts) -> pd.DataFrame:
    """Return one row a removal and number of units removed, with the accuracy left."""
    parts = []
    for removal, curve in zip(removals, counts.curves, strict=True):
        parts.append(
            pd.DataFrame(
                {
                    "order": removal.order,
                    "repeat": removal.repeat,
                    "fill": removal.fill,
                    "n_removed": np.arange(len(curve)),
                    "unit": [-1, *removal.units],
                    "accuracy": curve.sum(1) / counts.images.sum(),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def unit_table(counts: Counts, units: pd.DataFrame) -> pd.DataFrame:
    """Return one row a unit and fill: the accuracy lost without the unit, over all images and over its own class.

    `units` has one row a unit, in order, with the columns class_selectivity, class_selectivity_class and rs.
    """
    parts = []
    own = units["class_selectivity_class"].to_numpy(np.int64)
    sizes = np.maximum(counts.images, 1)
    rows = np.arange(len(units))
    for fill, correct in counts.single.items():
        lost = counts.intact[None] - correct  # (n_units, n_classes)
        share = lost / sizes
        others = lost.sum(1) - np.where(own >= 0, lost[rows, own], 0)
        n_others = counts.images.sum() - np.where(own >= 0, counts.images[own], 0)
        parts.append(
            pd.DataFrame(
                {
                    "unit": rows,
                    "fill": fill,
                    "class": own,
                    "class_selectivity": units["class_selectivity"].to_numpy(),
                    "rs": units["rs"].to_numpy(),
                    "drop": lost.sum(1) / counts.images.sum(),
                    "own_class_drop": np.where(own >= 0, share[rows, own], np.nan),
                    "other_classes_drop": others / np.maximum(n_others, 1),
                    "largest_class_drop": share.max(1),
                    "most_affected_class": share.argmax(1),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def summary_table(curves: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """Return one row a network, layer and fill: how well selectivity and RS foretell what a unit is worth.

    `area_<order>`: mean accuracy over the curve; a smaller one means that more important units went first.
    `rho_<score>`: Spearman's rho of the score with the drop when the unit alone is silenced.
    """
    rows = []
    keys = ["network", "layer", "fill"]
    for (network, layer, fill), part in units.groupby(keys, sort=False):
        row: dict[str, object] = {"network": network, "layer": layer, "fill": fill}
        row["n_units"] = len(part)
        row["n_units_with_rs"] = int(part["rs"].notna().sum())
        row["mean_drop"] = part["drop"].mean()
        row["mean_own_class_drop"] = part["own_class_drop"].mean()
        row["mean_other_classes_drop"] = part["other_classes_drop"].mean()
        for score in PREDICTORS:
            rho, p = rank_correlation(part[score], part["drop"])
            row |= {f"rho_{score}": rho, f"p_{score}": p}
            row[f"rho_{score}_own_class"] = rank_correlation(part[score], part["own_class_drop"])[0]
        here = curves[(curves[keys] == [network, layer, fill]).all(axis=1)]
        areas = here.groupby(["order", "repeat"], sort=False)["accuracy"].mean()
        for order, area in areas.groupby(level="order", sort=False):
            row[f"area_{order}"] = area.mean()
            if len(area) > 1:
                row[f"area_{order}_sd"] = area.std(ddof=1)
        rows.append(row)
    return pd.DataFrame(rows)


def rank_correlation(first: pd.Series, second: pd.Series) -> tuple[float, float]:
    """Return Spearman's rho and p over rows where both are defined; NaN below five rows or without spread."""
    a, b = first.to_numpy(np.float64), second.to_numpy(np.float64)
    both = ~(np.isnan(a) | np.isnan(b))
    a, b = a[both], b[both]
    if a.size < 5 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return np.nan, np.nan
    result = stats.spearmanr(a, b)
    return float(result.statistic), float(result.pvalue)
