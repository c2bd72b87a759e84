"""What ablation shows: which score foretells the worth of a unit."""

import numpy as np
import pandas as pd

from selectivity.ablation.predictors import compare_predictors
from selectivity.substitution import rank_correlation

PREDICTORS = ("class_selectivity", "rs")


def summary_table(curves: pd.DataFrame, units: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return one row a network, layer and fill: how well selectivity and RS foretell what a unit is worth.

    `area_<order>`: mean accuracy over the curve; a smaller one means that more important units went first.
    `rho_<score>`: Spearman's rho of the score with the drop when the unit alone is silenced.
    `advantage_of_rs`: its absolute rho less that of class selectivity over the units that have both, with the 95 %
    interval of a bootstrap over units drawn with `seed`; `better_predictor` is the one that the interval favors.
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
        selectivity, rs, drop = (part[name].to_numpy(np.float64) for name in (*PREDICTORS, "drop"))
        found = compare_predictors(selectivity, rs, drop, seed)
        row |= {"advantage_of_rs": found.advantage}
        row |= {"advantage_of_rs_low": found.low, "advantage_of_rs_high": found.high}
        names = {"first": PREDICTORS[0], "second": PREDICTORS[1]}
        row["better_predictor"] = names.get(found.better, found.better)
        here = curves[(curves[keys] == [network, layer, fill]).all(axis=1)]
        areas = here.groupby(["order", "repeat"], sort=False)["accuracy"].mean()
        for order, area in areas.groupby(level="order", sort=False):
            row[f"area_{order}"] = area.mean()
            if len(area) > 1:
                row[f"area_{order}_sd"] = area.std(ddof=1)
        rows.append(row)
    return pd.DataFrame(rows)
