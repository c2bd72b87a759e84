"""How the preparation of the images moves accuracy and measures (definitions 1.3)."""

import re

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, PercentFormatter

from selectivity.figures.style import CYCLE, INK, PAGE, SOFT, new_figure, panel_title

SHOWN = ("ccmas", "top_class_selectivity", "max_informedness")
NAMES = {"ccmas": "CCMAS", "top_class_selectivity": "top-class selectivity"}
NAMES |= {"max_informedness": "maximum informedness"}
ROWS = {"mean_difference": "change of the mean", "pearson": "r with default"}
GUESSES = {"accuracy_top1": "top-1", "accuracy_top5": "top-5"}


def plot_preprocessings(accuracy: pd.DataFrame, measures: pd.DataFrame, network: str) -> Figure:
    """Draw accuracies by variant, and by layer how four measures move and correlate with the default.

    `accuracy` has a row a variant, the study's own preparation first; `measures` one a layer, variant and measure.
    """
    variants = list(accuracy["variant"])
    colors = dict(zip(variants, (INK, *CYCLE), strict=False))
    shown = shown_measures(measures)
    figure = new_figure(PAGE, 1.15 + 0.16 * len(variants) + 3.4)
    figure.set_layout_engine("constrained", hspace=0.08)
    heights = [0.55 + 0.16 * len(variants), 3.4]
    parts = figure.add_gridspec(2, 1, height_ratios=heights)
    top, bottom = (figure.add_subfigure(parts[place]) for place in (0, 1))
    _draw_accuracies(top.subplots(), accuracy, colors, network)
    grid = bottom.subplots(len(ROWS), len(shown), sharex=True, squeeze=False)
    for row, (statistic, label) in enumerate(ROWS.items()):
        for column, measure in enumerate(shown):
            drawn = measures[measures["measure"] == measure]
            _draw_layers(grid[row, column], drawn, statistic, colors)
        grid[row, 0].set_ylabel(label)
    for letter, axes, measure in zip("bcde", grid[0], shown, strict=False):
        panel_title(axes, letter, measure_name(measure))
    handles = [
        Line2D([], [], color=color, marker="o", markersize=3, label=name)
        for name, color in colors.items()
    ]
    bottom.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    return figure


def shown_measures(measures: pd.DataFrame) -> list[str]:
    """Return the measures that the figure shows: the precision over the most images, and three more."""
    found = list(dict.fromkeys(measures["measure"]))
    precisions = [name for name in found if re.fullmatch(r"precision_\d+", name)]
    last = sorted(precisions, key=lambda name: int(name.split("_")[1]))[-1:]
    return [*last, *(name for name in SHOWN if name in found)]


def plotted_numbers(accuracy: pd.DataFrame, measures: pd.DataFrame) -> pd.DataFrame:
    """Return what the figure shows as one row a number."""
    first = accuracy.melt("variant", [*GUESSES, "same_answer"], "quantity")
    kept = measures[measures["measure"].isin(shown_measures(measures))]
    second = kept.melt(["layer", "variant", "measure"], list(ROWS), "quantity")
    columns = ["layer", "variant", "measure", "quantity", "value"]
    return pd.concat([first, second], ignore_index=True).reindex(columns=columns)


def measure_name(measure: str) -> str:
    """Return a measure in the words of the papers."""
    return NAMES.get(measure, measure.replace("precision_", "precision@"))


def _draw_accuracies(
    axes: Axes, accuracy: pd.DataFrame, colors: dict[str, str], network: str
) -> None:
    """Draw one line a variant: top-1 as a dot, top-5 as a ring."""
    for place, row in enumerate(accuracy.to_dict("records")):
        color = colors[row["variant"]]
        for column, face in (("accuracy_top1", color), ("accuracy_top5", "white")):
            axes.plot([row[column]], [place], "o", color=color, markerfacecolor=face)
        note = f"{row['accuracy_top1']:.1%}, {row['accuracy_top5']:.1%}"
        note += "" if place == 0 else f"; same answer as default {row['same_answer']:.1%}"
        axes.annotate(
            note, (1.02, place), xycoords=("axes fraction", "data"), va="center", fontsize=6.5,
            color=SOFT, annotation_clip=False,
        )  # fmt: skip
    for column, style in (("accuracy_top1", "-"), ("accuracy_top5", ":")):
        axes.axvline(accuracy[column].iloc[0], color=SOFT, linewidth=0.7, linestyle=style, zorder=0)
    axes.set_yticks(range(len(accuracy)), list(accuracy["variant"]))
    axes.set_ylim(len(accuracy) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_formatter(PercentFormatter(xmax=1, decimals=0))
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.margins(x=0.08)
    n_images = int(accuracy["n_images"].iloc[0])
    panel_title(
        axes, "a", f"accuracy of {network} (dot: top-1, ring: top-5) on {n_images:,} images"
    )


def _draw_layers(axes: Axes, rows: pd.DataFrame, statistic: str, colors: dict[str, str]) -> None:
    """Draw one line a variant over the layers, in the order of depth; the default is the line at 0 or 1."""
    layers = list(dict.fromkeys(rows["layer"]))
    (_, ink), *others = colors.items()
    axes.axhline(float(statistic == "pearson"), color=ink, linewidth=0.7)
    for place, (name, color) in enumerate(others):
        line = rows[rows["variant"] == name].set_index("layer")[statistic].reindex(layers)
        size = 4.8 - 0.8 * place  # variants that agree show as rings around each other
        axes.plot(range(len(layers)), line, "o-", color=color, markersize=size, linewidth=0.9)
    axes.set_xticks(range(len(layers)), layers, rotation=90)
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.grid(axis="y")
