"""Drawings of the vehicles."""

from selectivity.world.dice import Dice
from selectivity.world.pen import Pen
from selectivity.world.vocabulary import ANY_COLOR, VIVID

SIDES = (-1, 1)


def _wheel(pen: Pen, x: float, y: float, size: float) -> None:
    pen.ellipse((x, y, size, size), "black", "wheel")
    pen.ellipse((x, y, size * 0.52, size * 0.52), "gray", "wheel", tone=1.3, edge=False)
    pen.ellipse((x, y, size * 0.18, size * 0.18), "black", "wheel", edge=False)


def bus(pen: Pen, dice: Dice) -> None:
    """Draw a bus from the side, often red, with one or two decks of windows."""
    color = dice.weighted({"red": 5, "yellow": 2, "blue": 1, "green": 1, "white": 1})
    double = dice.chance(0.4)
    top, n_windows = -0.88 if double else -0.52, 4 + dice.integer(2)
    pen.blob(
        [(-1, top + 0.14), (-0.92, top), (0, top - 0.02), (0.92, top), (1, top + 0.14),
         (1.03, 0.3), (0.96, 0.46), (0, 0.46), (-0.96, 0.46), (-1.03, 0.3)],
        color,
    )  # fmt: skip
    pitch = 1.52 / n_windows
    for y in (top + 0.16, -0.12) if double else (top + 0.18,):
        for window in range(n_windows + (1 if double and y < -0.3 else 0)):
            left = -0.9 + window * pitch
            pen.rectangle((left, y, left + pitch * 0.78, y + 0.32), "blue", "window", tone=1.45)
    pen.rectangle((0.7, -0.2, 0.92, 0.4), "gray", "door", tone=1.35)
    pen.line([(0.81, -0.16), (0.81, 0.38)], 0.03, "gray", "door", tone=0.7)
    stripe = dice.choice(("white", "black", "yellow", "white"))
    pen.rectangle((-1.0, 0.24, 0.64, 0.33), stripe, "band", texture="striped", edge=False)
    for x in (-0.58, 0.46):
        _wheel(pen, x, 0.46, 0.23)
    pen.ellipse((1.0, 0.24, 0.06, 0.08), "yellow", "headlight", edge=False)
    pen.shine([(-0.9, top + 0.1), (-0.5, top + 0.05), (0.5, top + 0.05), (0, top + 0.11)], 0.4)


def car(pen: Pen, dice: Dice) -> None:
    """Draw a small rounded car from the side, in any color."""
    color, roof = dice.choice((*ANY_COLOR, "black")), dice.uniform(-0.66, -0.5)
    pen.blob(
        [(-0.7, 0.04), (-0.52, roof + 0.06), (-0.1, roof - 0.06), (0.3, roof), (0.66, 0.02),
         (0, 0.14)],
        color, "roof", tone=0.95,
    )  # fmt: skip
    pen.blob(
        [(-1, 0.1), (-0.92, -0.06), (-0.5, -0.12), (0.5, -0.1), (0.92, 0.0), (1.03, 0.2),
         (0.97, 0.4), (0, 0.44), (-0.97, 0.4)],
        color,
    )  # fmt: skip
    pen.polygon(
        [(-0.54, -0.08), (-0.38, roof + 0.12), (-0.06, roof + 0.05), (-0.06, -0.08)],
        "blue", "window", tone=1.5,
    )  # fmt: skip
    pen.polygon(
        [(0.05, -0.08), (0.05, roof + 0.06), (0.26, roof + 0.12), (0.5, -0.08)],
        "blue", "window", tone=1.5,
    )  # fmt: skip
    pen.shine([(-0.44, -0.14), (-0.32, roof + 0.16), (-0.22, roof + 0.14), (-0.34, -0.14)], 0.5)
    pen.line([(0, -0.06), (0, 0.38)], 0.03, color, "door", tone=0.62)
    pen.line([(0.1, 0.04), (0.2, 0.04)], 0.05, "gray", "handle", tone=1.3)
    if dice.chance(0.25):
        band = dice.choice(("white", "black", "red"))
        pen.rectangle((-0.98, 0.16, 0.96, 0.25), band, "band", texture="striped", edge=False)
    for x in (-0.56, 0.56):
        _wheel(pen, x, 0.42, 0.25)
    pen.ellipse((0.95, 0.13, 0.07, 0.09), "yellow", "headlight")
    pen.ellipse((-0.97, 0.14, 0.05, 0.07), "red", "headlight", edge=False)
    pen.shine([(-0.85, 0.0), (-0.5, -0.05), (0.7, -0.02), (0.2, 0.03)], 0.35)


def sailboat(pen: Pen, dice: Dice) -> None:
    """Draw two sails on a mast above a small hull."""
    hull = dice.choice(("brown", "white", "red", "blue", "black"))
    sail = dice.weighted({"white": 5, "red": 1, "orange": 1, "yellow": 1, "blue": 1, "pink": 1})
    other = sail if dice.chance(0.6) else dice.choice(ANY_COLOR)
    mast, reach, striped = dice.uniform(-0.12, 0.08), dice.uniform(0.7, 0.88), dice.chance(0.35)
    pen.line([(mast, -0.96), (mast, 0.42)], 0.08, "brown", "mast", edge=True)
    pen.blob(
        [(mast + 0.09, -0.9), (mast + 0.4, -0.36), (mast + reach, 0.27),
         (mast + reach * 0.5, 0.32), (mast + 0.09, 0.28)],
        sail, "sail", texture="striped" if striped else "none",
    )  # fmt: skip
    pen.blob(
        [(mast - 0.09, -0.78), (mast - 0.3, -0.28), (mast - reach * 0.78, 0.27),
         (mast - reach * 0.4, 0.32), (mast - 0.09, 0.28)],
        other, "sail", tone=0.93,
    )  # fmt: skip
    if striped:
        stripe = "red" if sail != "red" else "white"
        for y in (-0.36, -0.1, 0.14):
            pen.line(
                [(mast + 0.13, y), (mast + 0.02 + reach * (0.55 + 0.55 * y), y)],
                0.08, stripe, "band", texture="striped",
            )  # fmt: skip
    pen.polygon([(mast, -1.04), (mast - 0.3, -0.94), (mast, -0.84)], dice.choice(VIVID), "flag")
    pen.blob(
        [(-0.94, 0.4), (-0.4, 0.46), (0.5, 0.46), (1.0, 0.36), (0.78, 0.72), (0.5, 0.84),
         (-0.5, 0.84), (-0.76, 0.7)],
        hull, "hull",
    )  # fmt: skip
    pen.line(
        [(-0.8, 0.56), (0, 0.6), (0.84, 0.54)],
        0.07, "white" if hull != "white" else "blue", "band",
    )  # fmt: skip


def rocket(pen: Pen, dice: Dice) -> None:
    """Draw a rocket with colored nose and fins above its flame."""
    color = dice.weighted({"white": 4, "gray": 2, "blue": 1, "red": 1})
    accent = dice.choice([name for name in ("red", "orange", "blue", "purple") if name != color])
    n_windows, length = 1 + dice.integer(2), dice.uniform(0.9, 1.14)
    pen.blob(
        [(-0.24, 0.56), (-0.14, 0.86), (0, length), (0.14, 0.86), (0.24, 0.56), (0, 0.5)],
        "orange", "flame",
    )  # fmt: skip
    pen.blob(
        [(-0.12, 0.56), (0, length - 0.16), (0.12, 0.56), (0, 0.5)],
        "yellow", "flame", edge=False,
    )  # fmt: skip
    for side in SIDES:
        pen.blob(
            [(side * 0.24, 0.06), (side * 0.56, 0.4), (side * 0.66, 0.76), (side * 0.4, 0.66),
             (side * 0.18, 0.56)],
            accent, "fin", tone=0.94,
        )  # fmt: skip
    pen.blob(
        [(0, -1), (0.2, -0.72), (0.31, -0.3), (0.32, 0.14), (0.22, 0.6), (0, 0.63), (-0.22, 0.6),
         (-0.32, 0.14), (-0.31, -0.3), (-0.2, -0.72)],
        color,
    )  # fmt: skip
    pen.blob(
        [(0, -1.03), (0.14, -0.84), (0.24, -0.58), (0, -0.52), (-0.24, -0.58), (-0.14, -0.84)],
        accent, "nose",
    )  # fmt: skip
    for y in (-0.24, 0.14)[:n_windows]:
        pen.ellipse((0, y, 0.17, 0.17), "gray", "rim", tone=0.8)
        pen.ellipse((0, y, 0.11, 0.11), "blue", "window", tone=1.35, edge=False)
    pen.line([(-0.22, 0.44), (0.22, 0.44)], 0.06, accent, "band")
    pen.shine([(-0.22, -0.3), (-0.16, -0.46), (-0.14, 0.2), (-0.22, 0.2)], 0.5)
