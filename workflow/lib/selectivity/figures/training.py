"""How a network learned: its loss and its accuracy, epoch by epoch."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from selectivity.figures.style import COLUMN, PALETTE, SOFT, new_figure

SERIES = {
    "train_accuracy": ("training images", PALETTE["sky"], "o"),
    "validation_accuracy": ("held-out images", PALETTE["blue"], "s"),
}

MARKED_EPOCHS = 20  # the markers of more would run together


def plot_training(history: pd.DataFrame, accuracy: float, n_classes: int) -> Figure:
    """Draw the learning curve of one network.

    `history` has a row an epoch, `accuracy` is that of the finished network on all held-out images.
    """
    figure = new_figure(COLUMN * 1.6, 2.1)
    left, right = figure.subplots(1, 2)
    few = len(history) <= MARKED_EPOCHS
    left.plot(history["epoch"], history["loss"], color=PALETTE["red"], marker="o" if few else None)
    left.set(xlabel="epoch", ylabel="mean loss", title="loss on training images")
    left.set_ylim(0, 1.08 * history["loss"].max())
    for column, (label, color, marker) in SERIES.items():
        marked = marker if few else None
        right.plot(history["epoch"], history[column], color=color, marker=marked, label=label)
    right.set(xlabel="epoch", ylim=(0, 1.02), title=f"accuracy, in the end {accuracy:.1%}")
    right.axhline(1 / n_classes, color=SOFT, linewidth=0.8, linestyle=":")
    right.text(
        history["epoch"].iloc[0], 1 / n_classes + 0.02, "chance",
        ha="left", va="bottom", fontsize=6.5, color=SOFT,
    )  # fmt: skip
    right.yaxis.set_major_formatter(PercentFormatter(xmax=1, decimals=0))
    right.legend(loc="best")
    for axes in (left, right):
        _whole_epochs(axes)
    return figure


def _whole_epochs(axes: Axes) -> None:
    axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))
    axes.grid(axis="y")
