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
import pandas as pd
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
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

SEQUENTIAL = "viridis"
DIVERGING = "RdBu_r"

COLUMN = 3.5  # inches: one column of a journal page
PAGE = 7.2  # inches: its full width
PNG_DPI = 200

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
    """Return one color a layer, in the order of depth: dark for shallow, bright for deep layers."""
    ramp = mpl.colormaps[SEQUENTIAL](np.linspace(0.08, 0.82, max(len(layers), 2)))
    return {layer: to_hex(color) for layer, color in zip(layers, ramp, strict=False)}


def tint(color: str, strength: float = 0.25) -> str:
    """Return `color` mixed with white; `strength` 1 is the color itself."""
    red, green, blue = (1 - strength * (1 - part) for part in to_rgb(color))
    return to_hex((red, green, blue))


def panel_letter(axes: Axes, letter: str, dx: float = -24, dy: float = 7) -> None:
    """Write a bold panel letter above the upper left corner of `axes`, moved by (dx, dy) points."""
    axes.annotate(
        letter,
        (0, 1),
        xycoords="axes fraction",
        xytext=(dx, dy),
        textcoords="offset points",
        fontsize=10,
        fontweight="bold",
        va="baseline",
        ha="left",
        annotation_clip=False,
    )


def save_figure(figure: Figure, stem: Path, dpi: int = PNG_DPI) -> None:
    """Write `figure` to `stem` + .pdf, .svg and .png; equal figures give equal bytes."""
    stem = Path(stem)
    with house_style():
        for form, metadata in _METADATA.items():
            with atomic(stem.with_name(f"{stem.name}.{form}")) as path:
                figure.savefig(path, format=form, dpi=dpi, metadata=metadata)


def save_numbers(frame: pd.DataFrame, path: Path) -> None:
    """Write the numbers that a figure or table shows as CSV."""
    with atomic(path) as temporary:
        frame.to_csv(temporary, index=False, float_format="%.10g", lineterminator="\n")
