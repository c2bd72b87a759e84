"""Tables of Representative Substitution: a network's units, layer summaries, and claims at every setting."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from selectivity.substitution import (
    SELECTIVITY_VARIANTS,
    class_selectivity,
    rank_correlation,
    recipe_table,
)

SETTING = ["scalar", "step"]
MIN_CONV_LAYERS = 3  # networks that can serve as the reference of the multilayer perceptron


def layer_table(
    units: np.ndarray,
    n_units: int,
    recipes: Mapping[str, Mapping[str, np.ndarray]],
    means: np.ndarray,
    sizes: np.ndarray,
) -> pd.DataFrame:
    """Return one row a unit, objective, scalar and step: RS and class selectivity.

    `recipes` gives the snapshot curves by recipe, called ``<objective>_<scalar>``; `means` are class means of all
    units of the layer.
    """
    parts = []
    for recipe, curves in recipes.items():
        objective, scalar = recipe.split("_", 1)
        part = recipe_table(units, n_units, curves)
        part.insert(1, "objective", objective)
        part.insert(2, "scalar", scalar)
        parts.append(part)
    table = pd.concat(parts, ignore_index=True)
    for variant in SELECTIVITY_VARIANTS:
        index, best = class_selectivity(means, sizes, variant)
        suffix = "" if variant == SELECTIVITY_VARIANTS[0] else f"__{variant}"
        table[f"class_selectivity{suffix}"] = index[table["unit"]]
        table[f"class_selectivity_class{suffix}"] = best[table["unit"]]
    table["n_classes"] = int((sizes > 0).sum())
    return table


def mark_setting(table: pd.DataFrame, scalar: str, step: int) -> pd.DataFrame:
    """Return the table with `is_default` true for one setting, and the reference spread of RS for the MLP claim.

    Dense layers have no map and hence the same rows under every scalar.
    """
    dense = table["kind"] != "conv"
    chosen = (table["step"] == step) & ((table["scalar"] == scalar) | dense)
    return table.assign(
        is_default=chosen, convolutional_iqr=_reference_spread(table[chosen], table)
    )


def _reference_spread(chosen: pd.DataFrame, table: pd.DataFrame) -> np.ndarray:
    """Return for each row of `table` the mean interquartile range of RS in the conv layers of other networks."""
    rows = chosen[(chosen["kind"] == "conv") & (chosen["objective"] == "iam")]
    spread = rows.groupby(["network", "layer"], sort=False)["rs"].agg(
        lambda rs: float(np.subtract(*np.nanquantile(rs, [0.75, 0.25])))
    )
    by_network = {n: s.to_numpy() for n, s in spread.groupby(level="network", sort=False)}
    reference = {}
    for network in table["network"].unique():
        others = [
            values
            for name, values in by_network.items()
            if name != network and len(values) >= MIN_CONV_LAYERS
        ]
        reference[network] = float(np.concatenate(others).mean()) if others else np.nan
    return table["network"].map(reference).to_numpy(np.float64)


def settings_of(table: pd.DataFrame) -> list[tuple[str, int]]:
    """Return the settings (scalar, step) of a study: scalars as they come, steps rising."""
    scalars = table.loc[table["kind"] == "conv", "scalar"].unique()
    scalars = scalars if len(scalars) else table["scalar"].unique()
    return [(str(s), int(t)) for s in scalars for t in sorted(table["step"].unique())]


def default_setting(table: pd.DataFrame, step: int | None) -> tuple[str, int]:
    """Return the setting of the verdicts: the first scalar, and `step` or the last one measured."""
    scalar, last = settings_of(table)[-1]
    scalar = settings_of(table)[0][0]
    return scalar, last if step is None else step


def layer_summary(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row a network, layer, objective and setting: RS, selectivity, and how they go together."""
    keys = ["network", "layer", "depth", "kind", "objective", *SETTING]
    rows = []
    for key, part in table.groupby(keys, sort=False):
        rho, p = rank_correlation(part["class_selectivity"], part["rs"])
        low, middle, high = np.nanquantile(part["rs"], [0.25, 0.5, 0.75])
        rows.append(
            {
                **dict(zip(keys, key, strict=True)),
                "n_units": int(part["n_units"].iloc[0]),
                "n_made": len(part),
                "n_failed": int(part["am_failed"].sum()),
                "n_undefined_selectivity": int(part["class_selectivity"].isna().sum()),
                "mean_selectivity": part["class_selectivity"].mean(),
                "mean_rs": part["rs"].mean(),
                "rs_q25": low,
                "median_rs": middle,
                "rs_q75": high,
                "share_rs_0": float((part["rs"] == 0).mean()),
                "rho": rho,
                "p": p,
            }
        )
    return pd.DataFrame(rows)


Judge = Callable[[pd.DataFrame], Iterable[Mapping[str, object]]]


def sensitivity(table: pd.DataFrame, judge: Judge) -> pd.DataFrame:
    """Return the verdict on each claim at each setting; `judge` gives the verdicts on a table marked for one."""
    rows: list[dict[str, object]] = []
    for scalar, step in settings_of(table):
        for verdict in judge(mark_setting(table, scalar, step)):
            rows.append({"scalar": scalar, "step": step, **verdict})
    return pd.DataFrame(rows)


def pivot_verdicts(verdicts: pd.DataFrame, order: Sequence[str]) -> pd.DataFrame:
    """Return claims by settings, each cell the first letter of a verdict: h(olds), d(oes not), n(ot applicable)."""
    wide = verdicts.assign(setting=verdicts["scalar"] + " " + verdicts["step"].astype(str))
    wide = wide.pivot_table(
        index=["network", "claim"], columns="setting", values="verdict", aggfunc="first", sort=False
    )
    return wide.reindex(columns=[name for name in order if name in wide.columns]).reset_index()
