"""The house style: one place for fonts, colors, line widths and the way figures are written.

Figures are `matplotlib.figure.Figure` objects made by `new_figure`, never pyplot's: no display and
no global state.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_hex, to_rgb
from matplotlib.figure import Figure

from selectivity.files import atomic

mpl.use("agg")

INK = "#1d2430"
SOFT = "#6b7280"
FAINT = "#d5d9df"
POINTS = "#9aa1ac"

# Okabe and Ito's palette, distinguishable with any kind of color vision.
PALETTE = {
    "orange": "#E69F00",
    "sky": "#56B4E9",
    "green": "#009E73",
    "yellow": "#F0E442",
    "blue": "#0072B2",
    "red": "#D55E00",
    "purple": "#CC79A7",
    "black": "#000000",
}
CYCLE = tuple(PALETTE[name] for name in ("blue", "red", "green", "purple", "orange", "sky"))
MARKERS = ("s", "p", "*", "8", "^", "X", "D", "P")  # the order of the papers' released code

# Depth of a layer: one hue, ordered by lightness, far from the red and green of the box plots.
DEPTH = LinearSegmentedColormap.from_list("depth", ["#8fbfe0", "#3d86c0", "#28559a", "#2a2a6e"])
SEQUENTIAL = "viridis"
DIVERGING = "RdBu_r"

COLUMN = 3.5  # inches: one column of a journal page
PAGE = 7.2  # inches: its full width
PNG_DPI = 200
SHEET_DPI = 1.5  # times the dots per inch: sheets of small pictures
VECTOR_DPI = 300  # of the dense point clouds that are images inside PDF and SVG

_RC: Any = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # comes with matplotlib, hence the same everywhere
    "mathtext.fontset": "dejavusans",
    "font.size": 7.5,
    "axes.titlesize": 8,
    "axes.titleweight": "regular",
    "axes.titlelocation": "left",
    "axes.titlepad": 7,
    "axes.labelsize": 7.5,
    "axes.labelpad": 4,
    "axes.labelcolor": INK,
    "axes.edgecolor": SOFT,
    "axes.linewidth": 0.6,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": cycler(color=CYCLE),
    "axes.formatter.useoffset": False,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.minor.size": 1.5,
    "ytick.minor.size": 1.5,
    "grid.color": FAINT,
    "grid.linewidth": 0.5,
    "lines.linewidth": 1.2,
    "lines.solid_capstyle": "round",
    "lines.markersize": 4,
    "legend.frameon": False,
    "legend.fontsize": 7,
    "legend.handlelength": 1.4,
    "text.color": INK,
    "figure.facecolor": "white",
    "figure.dpi": 100,
    "savefig.facecolor": "white",
    "savefig.bbox": "tight",
    "savefig.pad_inches": 0.08,
    "image.cmap": SEQUENTIAL,
    "image.interpolation": "nearest",
    "pdf.fonttype": 42,  # text stays text
    "svg.fonttype": "path",  # looks the same where DejaVu is not installed
    "svg.hashsalt": "unit-selectivity",
    "path.simplify": True,
}

_METADATA: dict[str, dict[str, Any]] = {
    "pdf": {"CreationDate": None, "ModDate": None},
    "svg": {"Date": None},
    "png": {"Software": None},
}


@contextmanager
def house_style() -> Iterator[None]:
    """Draw in the house style, whatever matplotlib settings the machine has."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_RC)
        yield


def new_figure(width: float = PAGE, height: float = 3.0, **options: Any) -> Figure:
    """Return an empty figure of `width` x `height` inches with constrained layout."""
    return Figure(figsize=(width, height), **{"layout": "constrained", **options})


def layer_colors(layers: Sequence[str]) -> dict[str, str]:
    """Return one color a layer, in the order of depth: light for shallow, dark for deep layers."""
    places = np.linspace(0, 1, len(layers)) if len(layers) > 1 else np.full(len(layers), 0.6)
    return {layer: to_hex(DEPTH(place)) for layer, place in zip(layers, places, strict=True)}


def tint(color: str, strength: float = 0.25) -> str:
    """Return `color` mixed with white; `strength` 1 is the color itself."""
    red, green, blue = (1 - strength * (1 - part) for part in to_rgb(color))
    return to_hex((red, green, blue))


def panel_title(axes: Axes, letter: str, title: str, note: str = "", lift: float = 0) -> None:
    """Write a bold panel letter, a title and below it a gray note above the left edge of `axes`.

    `lift` is the room, in points, left free between them and the axes.

    Dollar signs stay dollar signs: names of classes and layers are the user's.
    """
    height = lift + (16 if note else 6)
    place: Any = {"xycoords": "axes fraction", "textcoords": "offset points"}
    place |= {"annotation_clip": False, "va": "baseline", "parse_math": False}
    if letter:
        axes.annotate(letter, (0, 1), xytext=(0, height), fontsize=9, fontweight="bold", **place)
    axes.annotate(title, (0, 1), xytext=(13 if letter else 0, height), fontsize=8, **place)
    if note:
        axes.annotate(note, (0, 1), xytext=(0, lift + 6), fontsize=7, color=SOFT, **place)


def short_number(value: float) -> str:
    """Return three digits of a number, or all before the point, without an exponent where it can."""
    return f"{value:,.0f}" if 999.5 <= abs(value) < 1e7 else f"{value:.3g}"


def message_figure(message: str) -> Figure:
    """Return a figure that only says why there is nothing to draw."""
    figure = new_figure(PAGE, 1.2)
    style: Any = {"ha": "center", "va": "center", "color": SOFT, "parse_math": False}
    figure.text(0.5, 0.5, message, fontsize=9, **style)
    return figure


def save_figure(figure: Figure, stem: Path, dpi: int = PNG_DPI) -> None:
    """Write `figure` to `stem` + .pdf, .svg and .png; equal figures give equal bytes."""
    stem = Path(stem)
    with house_style():
        figure.draw_without_rendering()
        figure.set_layout_engine("none")  # solved once, the same for the three forms
        for form, metadata in _METADATA.items():
            with atomic(stem.with_name(f"{stem.name}.{form}")) as path:
                sharp = dpi if form == "png" else max(dpi, VECTOR_DPI)
                figure.savefig(path, format=form, dpi=sharp, metadata=metadata)
