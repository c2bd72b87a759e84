"""Three made-up units that tell the measures apart: gale2019 figure 5, gale2020 figure A5."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from selectivity.figures.jitter import UnitActivations, draw_jitter
from selectivity.figures.style import FAINT, INK, PAGE, SOFT, new_figure, panel_title
from selectivity.synthetic_units import LETTERS, N_CLASSES, N_IMAGES_PER_CLASS

TITLES = {
    "a": "A single image is active",
    "b": "One class is active, all others are silent",
    "c": "One class lies just above all others",
}
NOTES = {
    "a": "black: the class of that image; gray: nine other classes; 100 images each",
    "b": "every measure calls it selective",
    "c": "as perfect a detector as b, but not for CCMAS",
}
# Quantity of published.tsv: (our column, factor from ours to the printed unit, how it is written)
QUANTITIES = {
    "ccmas": ("ccmas", 1, "CCMAS", "{:.2g}"),
    "precision100_pct": ("precision_100", 100, "precision, %", "{:.3g}"),
    "top_class_selectivity_pct": (
        "top_class_selectivity",
        100,
        "top-class selectivity, %",
        "{:.3g}",
    ),
}


def synthetic_numbers(measures: Mapping[str, np.ndarray], published: pd.DataFrame) -> pd.DataFrame:
    """Return one row a unit and quantity: ours beside the printed one, in the printed unit."""
    rows = []
    for index, letter in enumerate(LETTERS):
        for quantity, (column, factor, *_) in QUANTITIES.items():
            ours = factor * float(measures[column][index])
            row = {"unit": letter, "quantity": quantity, "computed": ours}
            for source, locus in (("gale2019", f"fig5{letter}"), ("gale2020", f"figA5{letter}")):
                row[source] = _printed(published, source, locus, quantity)
            rows.append(row)
    return pd.DataFrame(rows)


def _printed(published: pd.DataFrame, source: str, unit: str, quantity: str) -> float:
    chosen = (published["source"] == source) & (published["unit"] == unit)
    values = published.loc[chosen & (published["quantity"] == quantity), "value"]
    return float(values.iloc[0]) if len(values) else np.nan


def plot_synthetic_units(activations: np.ndarray, numbers: pd.DataFrame, seed: int) -> Figure:
    """Draw one jitterplot a unit and beside it the computed and the printed measures."""
    figure = new_figure(PAGE, 4.6)
    grid = figure.subplots(3, 2, width_ratios=[1.75, 1])
    labels = np.repeat(np.arange(N_CLASSES), N_IMAGES_PER_CLASS)
    for index, (letter, (axes, table)) in enumerate(zip(LETTERS, grid, strict=True)):
        values = activations[index]
        unit = UnitActivations("synthetic", index, values, labels, np.arange(len(values)), 0, "A")
        draw_jitter(axes, unit, seed)
        axes.set_xlim(-0.02, 1.04)
        panel_title(axes, letter, TITLES[letter], NOTES[letter])
        _draw_table(table, numbers[numbers["unit"] == letter], heading=index == 0)
    grid[-1, 0].set_xlabel("activation")
    return figure


def _draw_table(axes: Axes, rows: pd.DataFrame, *, heading: bool) -> None:
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    columns: Sequence[tuple[str, float]] = (("computed", 0.78), ("gale2019", 0.98))
    if heading:
        for name, right in (("computed", 0.78), ("printed", 0.98)):
            axes.text(right, 1.08, name, ha="right", color=SOFT, fontsize=7)
    heights = np.linspace(0.78, 0.22, len(rows))
    for height, row in zip(heights, rows.to_dict("records"), strict=True):
        *_, label, form = QUANTITIES[row["quantity"]]
        axes.text(0.04, height, label, va="center", color=INK)
        for column, right in columns:
            text = form.format(row[column]) if column == "computed" else f"{row[column]:g}"
            weight = "bold" if column == "computed" else "normal"
            axes.text(right, height, text, va="center", ha="right", weight=weight)
        axes.plot([0.04, 0.98], [height - 0.14] * 2, color=FAINT, linewidth=0.6)
