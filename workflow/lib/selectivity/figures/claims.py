"""The verdicts on the claims as a matrix: claims by networks, told apart by symbol and by color."""

import textwrap
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from selectivity.claims.registry import FAILS, HOLDS, NOT_APPLICABLE
from selectivity.figures.style import FAINT, INK, PAGE, PALETTE, SOFT, house_style, new_figure

MARKS = {
    HOLDS: ("o", PALETTE["green"], "holds"),
    FAILS: ("X", PALETTE["red"], "does not hold"),
    NOT_APPLICABLE: ("_", SOFT, "not applicable"),
}
ROW = 0.2  # inches
ROOM = 0.75  # extra rows that a second line of a statement takes
TOPIC = 1.45  # rows that the heading of a topic takes
MARGIN = 0.08  # inches
ID_WIDTH = 0.36  # inches
COLUMN_WIDTH = 0.72  # inches
LETTERS_PER_INCH = 16.5


@dataclass(frozen=True)
class Line:
    """One line of the figure: the heading of a topic or a claim, and where it stands (rows from the top)."""

    place: float
    claim: str
    text: list[str]


def ordered(verdicts: pd.DataFrame) -> pd.DataFrame:
    """Return the verdicts by topic, in the order in which topics first appear among the claims."""
    topics = {topic: i for i, topic in enumerate(dict.fromkeys(verdicts["topic"]))}
    order = verdicts.assign(order=verdicts["topic"].map(topics))
    return order.sort_values(["order", "claim"], kind="stable").drop(columns="order")


def lines_of(verdicts: pd.DataFrame, letters: int) -> tuple[list[Line], float]:
    """Return the lines from top to bottom, statements wrapped at `letters`, and the rows that they take."""
    lines: list[Line] = []
    place, topic = -0.4, ""
    rows = ordered(verdicts).drop_duplicates("claim")[["claim", "topic", "statement"]].astype(str)
    for claim, its_topic, statement in rows.to_numpy().tolist():
        if its_topic != topic:
            topic = its_topic
            lines.append(Line(place + TOPIC - 0.5, "", [topic]))
            place += TOPIC
        text = textwrap.wrap(statement, letters)
        extra = ROOM * (len(text) - 1)
        lines.append(Line(place + (1 + extra) / 2, claim, text))
        place += 1 + extra
    return lines, place


def draw_claims(verdicts: pd.DataFrame) -> Figure:
    """Draw the table of `evaluate_claims`: one row a claim, one column a network."""
    networks = list(dict.fromkeys(verdicts["network"]))
    columns = COLUMN_WIDTH * len(networks)
    width = max(PAGE, 4.6 + columns)
    statements = width - 2 * MARGIN - ID_WIDTH - columns
    lines, n_rows = lines_of(verdicts, int(LETTERS_PER_INCH * statements))
    with house_style():
        height = 0.75 + ROW * (n_rows + 0.4)
        figure = new_figure(width, height, layout="none")
        axes = figure.add_axes((0, 0.3 / height, 1, ROW * (n_rows + 0.4) / height))
        axes.set_xlim(0, width)
        axes.set_ylim(n_rows, -0.4)
        _draw_text(axes, lines, width)
        centers = width - MARGIN - columns + COLUMN_WIDTH * (np.arange(len(networks)) + 0.5)
        _draw_marks(axes, lines, verdicts, dict(zip(networks, centers, strict=True)))
        _dress(axes, networks, centers)
    return figure


def _draw_text(axes: Axes, lines: list[Line], width: float) -> None:
    for line in lines:
        heading = not line.claim
        style: Any = {"va": "center", "parse_math": False, "linespacing": 1.15}
        style |= {"fontweight": "bold"} if heading else {}
        left = MARGIN if heading else MARGIN + ID_WIDTH
        axes.text(left, line.place, "\n".join(line.text), color=INK, **style)
        axes.text(MARGIN, line.place, line.claim, color=SOFT, **style)
        half = 0.5 if heading else (1 + ROOM * (len(line.text) - 1)) / 2
        axes.plot([MARGIN, width - MARGIN], [line.place + half] * 2, color=FAINT, linewidth=0.5)


def _draw_marks(
    axes: Axes, lines: list[Line], verdicts: pd.DataFrame, centers: dict[str, float]
) -> None:
    places = {line.claim: line.place for line in lines if line.claim}
    shown = verdicts[["claim", "network", "verdict"]].astype(str)
    for claim, network, verdict in shown.to_numpy().tolist():
        marker, color, _ = MARKS[verdict]
        axes.plot(centers[network], places[claim], marker, color=color, markersize=5.5)


def _dress(axes: Axes, networks: list[str], centers: np.ndarray) -> None:
    axes.set_yticks([])
    axes.xaxis.tick_top()
    names = ["\n".join(textwrap.wrap(name.replace("_", " "), 12)) for name in networks]
    axes.set_xticks(centers, names, parse_math=False)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    for marker, color, name in MARKS.values():
        axes.plot([], [], marker, color=color, markersize=5.5, label=name)
    axes.legend(loc="upper right", bbox_to_anchor=(1, 0), ncols=3, handletextpad=0.1)
