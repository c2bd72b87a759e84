"""Three made-up units that tell the measures apart: gale2019 figure 5, gale2020 figure A5."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from selectivity.figures.jitter import UnitActivations, draw_jitter
from selectivity.figures.style import INK, PAGE, SOFT, new_figure, panel_title

N_CLASSES = 10
N_ITEMS = 100
UNITS = ("a", "b", "c")
TITLES = {
    "a": "One item active, everything else silent",
    "b": "All items of one class active, everything else silent",
    "c": "All items of one class a little above all others",
}
# Quantity of published.tsv: (our column, factor from ours to the printed unit, how it is written)
QUANTITIES = {
    "ccmas": ("ccmas", 1, "CCMAS", "{:.2f}"),
    "precision100_pct": ("precision_100", 100, "precision, %", "{:.1f}"),
    "top_class_selectivity_pct": (
        "top_class_selectivity",
        100,
        "top-class selectivity, %",
        "{:.0f}",
    ),
}


def synthetic_activations(seed: int) -> np.ndarray:
    """Return the activations (3 units, 10 classes x 100 items), class by class; class 0 is special.

    Unit c: others U(.73, .83), the class .1 higher. The level .78 follows from the printed CCMAS
    of .06 = .1 / (2 x .78 + .1).
    """
    generator = np.random.default_rng([seed, 5])
    values = np.zeros((3, N_CLASSES, N_ITEMS))
    values[0, 0, 0] = 1
    values[1, 0] = generator.uniform(0.9, 1, N_ITEMS)
    values[2] = generator.uniform(0.73, 0.83, (N_CLASSES, N_ITEMS))
    values[2, 0] += 0.1
    return values.reshape(3, -1).astype(np.float32)


def class_sizes() -> np.ndarray:
    """Return the number of items of each class."""
    return np.full(N_CLASSES, N_ITEMS, dtype=np.int64)


def synthetic_numbers(measures: Mapping[str, np.ndarray], published: pd.DataFrame) -> pd.DataFrame:
    """Return one row a unit and quantity: ours beside the printed one, in the printed unit."""
    rows = []
    for index, letter in enumerate(UNITS):
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
    labels = np.repeat(np.arange(N_CLASSES), N_ITEMS)
    for index, (letter, (axes, table)) in enumerate(zip(UNITS, grid, strict=True)):
        values = activations[index]
        unit = UnitActivations("synthetic", index, values, labels, np.arange(len(values)), 0, "A")
        draw_jitter(axes, unit, seed)
        axes.set_xlim(-0.02, 1.04)
        panel_title(axes, letter, TITLES[letter], "black: class A; gray: nine other classes")
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
        axes.plot([0.04, 0.98], [height - 0.14] * 2, color="#e6e8ec", linewidth=0.6)
