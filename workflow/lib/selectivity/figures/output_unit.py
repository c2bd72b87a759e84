"""One output unit before and after the softmax: gale2019 figure 4."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from selectivity.figures.jitter import UnitActivations, draw_jitter
from selectivity.figures.style import PAGE, PALETTE, new_figure, panel_title

OTHERS_END = PALETTE["red"]
_WHEN = {"output": "before the softmax", "softmax": "after the softmax"}


def typical_unit(scores: pd.Series, own_classes: np.ndarray) -> int | None:
    """Return the unit in the middle of the order of `scores`, among units that stand for a class."""
    candidates = scores[(own_classes >= 0) & np.isfinite(scores.to_numpy(dtype=np.float64))]
    if candidates.empty:
        return None
    ordered = candidates.sort_values(kind="stable")
    return int(ordered.index[(len(ordered) - 1) // 2])


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
    figure = new_figure(PAGE, 0.3 + 1.45 * len(units))
    rows: Any = figure.subplots(len(units), 1, squeeze=False)[:, 0]
    for letter, axes, (stage, unit) in zip("ab", rows, units.items(), strict=False):
        draw_jitter(axes, unit, seed)
        numbers = separation(unit)
        note = f"black: {unit.class_name}, {numbers['n_class_images_above_all_others']:,} of "
        note += f"{numbers['n_class_images']:,} images above all others: "
        note += f"top-class selectivity {numbers['top_class_selectivity_pct']:.1f} %"
        panel_title(axes, letter, f"{unit.name}, {_WHEN[stage]}", note, lift=2)
        if numbers["n_class_images_above_all_others"]:
            axes.axvline(numbers["highest_other_activation"], color=OTHERS_END, linewidth=0.9)
    rows[-1].set_xlabel("activation")
    return figure
