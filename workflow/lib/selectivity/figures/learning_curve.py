"""How a network learned: loss, and accuracy on training and test images, epoch by epoch."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from selectivity.figures.style import INK, PALETTE, new_figure, panel_title

COLUMNS = ("epoch", "loss", "train_accuracy", "validation_accuracy")


def curve_numbers(history: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return the numbers drawn, one row an epoch."""
    return pd.DataFrame(list(history), columns=list(COLUMNS)).astype({"epoch": int})


def plot_learning_curve(numbers: pd.DataFrame) -> Figure:
    """Draw the loss on the left, both accuracies on the right."""
    figure = new_figure(height=2.4)
    left, right = figure.subplots(1, 2)
    left.plot(numbers["epoch"], numbers["loss"], color=INK)
    left.set_ylabel("mean loss")
    left.set_ylim(bottom=0)
    panel_title(left, "a", "Training loss")
    for column, color, label in (
        ("train_accuracy", PALETTE["blue"], "training images"),
        ("validation_accuracy", PALETTE["red"], "test images"),
    ):
        right.plot(numbers["epoch"], numbers[column], color=color, label=label)
    right.set_ylabel("accuracy")
    right.set_ylim(0, 1)
    right.yaxis.set_major_formatter(PercentFormatter(1))
    right.legend(loc="lower right")
    panel_title(right, "b", "Accuracy")
    for axes in (left, right):
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure
