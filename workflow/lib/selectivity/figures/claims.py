"""The verdicts on the claims as a matrix: claims by networks, told apart by symbol and by color."""

import textwrap

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
LABEL_WIDTH = 88  # characters
COLUMN_WIDTH = 0.62  # inches


def ordered(verdicts: pd.DataFrame) -> pd.DataFrame:
    """Return the verdicts by topic, in the order in which topics first appear among the claims."""
    topics = {topic: i for i, topic in enumerate(dict.fromkeys(verdicts["topic"]))}
    order = verdicts.assign(order=verdicts["topic"].map(topics))
    return order.sort_values(["order", "claim"], kind="stable").drop(columns="order")


def draw_claims(verdicts: pd.DataFrame) -> Figure:
    """Draw the table of `evaluate_claims`: one row a claim, one column a network."""
    verdicts = ordered(verdicts)
    claims = verdicts.drop_duplicates("claim")
    networks = list(dict.fromkeys(verdicts["network"]))
    n_lines = len(claims) + 1.4 * claims["topic"].nunique()
    with house_style():
        left = PAGE - COLUMN_WIDTH * max(len(networks), 2) + 0.4
        figure = new_figure(PAGE, 0.9 + ROW * n_lines, layout="none")
        height = figure.get_figheight()
        axes = figure.add_axes((left / PAGE, 0.3 / height, 1 - left / PAGE, 1 - 0.95 / height))
        _draw_rows(axes, verdicts, networks)
        axes.set_xlim(-0.5, len(networks) - 0.5)
        axes.set_ylim(n_lines - 0.4, -0.2)
        _dress(axes, networks)
    return figure


def _draw_rows(axes: Axes, verdicts: pd.DataFrame, networks: list[str]) -> None:
    line, topic = 0.0, ""
    for claim, rows in verdicts.groupby("claim", sort=False):
        first = rows.iloc[0]
        if first["topic"] != topic:
            topic = first["topic"]
            line += 1.4
            _label(axes, line - 0.95, topic, weight="bold")
        text = textwrap.shorten(f"{claim}  {first['statement']}", LABEL_WIDTH, placeholder=" ...")
        _label(axes, line, text)
        axes.axhline(line + 0.5, color=FAINT, linewidth=0.4)
        for row in rows.itertuples():
            marker, color, _ = MARKS[row.verdict]
            axes.plot(networks.index(row.network), line, marker, color=color, markersize=6)
        line += 1


def _label(axes: Axes, line: float, text: str, weight: str = "normal") -> None:
    axes.annotate(
        text,
        (0, line),
        xycoords=("axes fraction", "data"),
        xytext=(-8, 0),
        textcoords="offset points",
        ha="right",
        va="center",
        fontweight=weight,
        color=INK,
        parse_math=False,
        annotation_clip=False,
    )


def _dress(axes: Axes, networks: list[str]) -> None:
    axes.set_yticks([])
    axes.xaxis.tick_top()
    names = ["\n".join(textwrap.wrap(name.replace("_", " "), 12)) for name in networks]
    axes.set_xticks(range(len(networks)), names, parse_math=False)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    for marker, color, name in MARKS.values():
        axes.plot([], [], marker, color=color, markersize=6, label=name)
    axes.legend(
        loc="upper right", bbox_to_anchor=(1, 0), ncols=3, borderaxespad=0.2, handletextpad=0.1
    )
