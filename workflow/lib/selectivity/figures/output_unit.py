"""One output unit before and after the softmax: gale2019 figure 4."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from selectivity.errors import ConfigError, nearest
from selectivity.figures.jitter import UnitActivations, draw_jitter, mark
from selectivity.figures.style import PAGE, PALETTE, new_figure, panel_title

OTHERS_END = PALETTE["red"]
_WHEN = {"output": "before the softmax", "softmax": "after the softmax"}


def choose_unit(
    measures: pd.DataFrame, classes: pd.DataFrame, class_name: str | None
) -> tuple[int, int] | None:
    """Return (unit, class label) of the output unit to draw, None where no unit has a class.

    The unit of the class `class_name` (its folder name or readable name); without one a typical
    unit, in the middle of the order of top-class selectivity.
    """
    known = classes[classes["output"].isin(measures["unit"])]
    if class_name is not None:
        named = known[(known["class"] == class_name) | (known["name"] == class_name)]
        if named.empty:
            names = [*known["class"], *known["name"]]
            raise ConfigError(
                f"figures.output_class: no output unit stands for a class '{class_name}'"
                f"{nearest(class_name, names)}"
            )
        return int(named["output"].iloc[0]), int(named["label"].iloc[0])
    scores = known["output"].map(measures.set_index("unit")["top_class_selectivity"])
    ordered = known[scores.notna()].iloc[np.argsort(scores.dropna(), kind="stable")]
    if ordered.empty:
        return None
    typical = ordered.iloc[(len(ordered) - 1) // 2]
    return int(typical["output"]), int(typical["label"])


def separation(unit: UnitActivations) -> dict[str, Any]:
    """Return how far the class of the unit stands above all others."""
    members = unit.values[unit.member]
    others = unit.values[~unit.member]
    end = float(others.max()) if others.size else np.nan
    above = int((members > end).sum())
    return {
        "layer": unit.layer,
        "unit": unit.unit,
        "class": unit.class_name,
        "n_images": len(unit.values),
        "n_class_images": len(members),
        "highest_other_activation": end,
        "n_class_images_above_all_others": above,
        "top_class_selectivity_pct": 100 * above / len(members) if len(members) else np.nan,
    }


def plot_output_unit(units: Mapping[str, UnitActivations], seed: int) -> Figure:
    """Draw one jitterplot a stage of the output, `output` and `softmax`, below each other."""
    figure = new_figure(PAGE, 0.3 + 1.55 * len(units))
    rows: Any = figure.subplots(len(units), 1, squeeze=False)[:, 0]
    for letter, axes, (stage, unit) in zip("ab", rows, units.items(), strict=False):
        draw_jitter(axes, unit, seed)
        numbers = separation(unit)
        note = f"black: {unit.class_name}, {numbers['n_class_images_above_all_others']:,} of "
        note += f"{numbers['n_class_images']:,} images above all others: "
        note += f"top-class selectivity {numbers['top_class_selectivity_pct']:.1f} %"
        panel_title(axes, letter, f"{unit.name}, {_WHEN[stage]}", note, lift=11)
        if numbers["n_class_images_above_all_others"]:
            end = numbers["highest_other_activation"]
            mark(axes, end, "most active other image", OTHERS_END, dashed=False)
    rows[-1].set_xlabel("activation")
    return figure
