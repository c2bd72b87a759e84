"""Drawings of the animals."""

import math

import numpy as np

from selectivity.world.dice import Dice
from selectivity.world.pen import Pen
from selectivity.world.vocabulary import VIVID

SIDES = (-1, 1)


def butterfly(pen: Pen, dice: Dice) -> None:
    """Draw four wings with round spots, seen from above."""
    color, accent = dice.choice((*VIVID, "white")), dice.choice((*VIVID, "black", "white"))
    lower = accent if dice.chance(0.35) else color
    span, rings = dice.uniform(0.9, 1.05), dice.chance(0.6)
    for side in SIDES:
        x = side * span
        pen.line(
            [(side * 0.03, -0.5), (side * 0.12, -0.78), (side * 0.3, -0.93)],
            0.05, "black", "antenna",
        )  # fmt: skip
        pen.ellipse((side * 0.31, -0.93, 0.06, 0.06), "black", "antenna", edge=False)
        pen.blob(
            [(x * 0.06, 0.02), (x * 0.5, 0.08), (x * 0.78, 0.36), (x * 0.6, 0.8), (x * 0.26, 0.72)],
            lower, "wing", tone=0.92,
        )  # fmt: skip
        pen.blob(
            [(x * 0.06, -0.06), (x * 0.42, -0.72), (x * 0.9, -0.8), (x * 0.98, -0.34),
             (x * 0.6, 0.12)],
            color, "wing",
        )  # fmt: skip
        pen.ellipse((x * 0.68, -0.42, 0.18, 0.17), accent, "spot", edge=False)
        pen.ellipse(
            (x * 0.48, 0.44, 0.12, 0.12),
            color if lower == accent else accent, "spot", edge=False,
        )  # fmt: skip
        if rings:
            pen.ellipse((x * 0.68, -0.42, 0.08, 0.08), "white", "spot", edge=False)
        pen.shine([(x * 0.35, -0.5), (x * 0.6, -0.7), (x * 0.8, -0.68), (x * 0.5, -0.5)], 0.28)
    pen.ellipse((0, 0.08, 0.1, 0.52), "black", "body")
    pen.ellipse((0, -0.48, 0.13, 0.13), "black", "head")


def ladybug(pen: Pen, dice: Dice) -> None:
    """Draw a round spotted shell, mostly red, seen from above."""
    color = dice.weighted({"red": 7, "orange": 2, "yellow": 1})
    for y in (-0.28, 0.1, 0.46):
        for side in SIDES:
            knee = y + dice.uniform(-0.2, 0.12)
            pen.line(
                [(side * 0.5, y), (side * 0.84, knee), (side * 0.96, knee + 0.24)],
                0.08, "black", "leg",
            )  # fmt: skip
    for side in SIDES:
        pen.line(
            [(side * 0.14, -0.78), (side * 0.22, -0.92), (side * 0.36, -1.0)],
            0.06, "black", "antenna",
        )  # fmt: skip
    pen.ellipse((0, -0.6, 0.42, 0.32), "black", "head")
    for side in SIDES:
        pen.ellipse((side * 0.22, -0.72, 0.1, 0.1), "white", "eye", edge=False)
        pen.ellipse((side * 0.2, -0.74, 0.04, 0.04), "black", "eye", edge=False)
    pen.ellipse((0, 0.12, 0.75, 0.75), color, "shell", texture="dotted")
    pen.line([(0, -0.58), (0, 0.84)], 0.05, "black", "shell")
    spots = [(0.32, -0.22, 0.15), (0.5, 0.18, 0.13), (0.2, 0.32, 0.12), (0.38, 0.6, 0.11)]
    for x, y, size in spots[: 2 + dice.integer(3)]:
        for side in SIDES:
            pen.ellipse((side * x, y, size, size), "black", "spot", texture="dotted", edge=False)
    pen.shine([(-0.5, -0.16), (-0.34, -0.4), (-0.14, -0.46), (-0.3, -0.26)], 0.45)


def fish(pen: Pen, dice: Dice) -> None:
    """Draw a fish from the side, often striped."""
    color = dice.weighted(
        {"orange": 4, "yellow": 2, "blue": 2, "red": 1, "pink": 1, "purple": 1, "green": 1}
    )
    accent = dice.choice([name for name in (*VIVID, "white") if name != color])
    height, striped = dice.uniform(0.42, 0.6), dice.chance(0.55)
    fins = accent if dice.chance(0.5) else color
    pen.blob(
        [(-0.52, 0), (-0.8, -0.36), (-1.04, -0.44), (-0.9, 0), (-1.04, 0.44), (-0.8, 0.36)],
        fins, "tail", tone=0.92,
    )  # fmt: skip
    pen.blob(
        [(-0.3, -height * 0.7), (-0.1, -height - 0.28), (0.3, -height - 0.2),
         (0.42, -height * 0.7)],
        fins, "fin", tone=0.9,
    )  # fmt: skip
    pen.blob(
        [(-0.1, height * 0.8), (-0.2, height + 0.22), (0.1, height + 0.16), (0.22, height * 0.8)],
        fins, "fin", tone=0.9,
    )  # fmt: skip
    pen.blob(
        [(-0.66, 0), (-0.3, -height * 0.74), (0.2, -height), (0.7, -height * 0.68), (0.96, 0.02),
         (0.7, height * 0.7), (0.2, height), (-0.3, height * 0.76)],
        color, "body", texture="striped" if striped else "none",
    )  # fmt: skip
    if striped:
        for x in (-0.26, 0.06, 0.36):
            reach = height * (1 - 0.55 * (x - 0.2) ** 2) * 0.86
            right = [(x + 0.07, -reach), (x + 0.13, 0), (x + 0.07, reach)]
            band = [*right, (x - 0.07, reach), (x - 0.01, 0), (x - 0.07, -reach)]
            pen.polygon(band, accent, "band", texture="striped", edge=False)
    pen.blob([(-0.02, 0.06), (0.26, 0.1), (0.02, 0.34), (-0.1, 0.2)], fins, "fin", tone=0.8)
    pen.ellipse((0.64, -0.13, 0.15, 0.15), "white", "eye")
    pen.ellipse((0.68, -0.12, 0.08, 0.08), "black", "eye", edge=False)
    pen.line([(0.76, 0.2), (0.86, 0.17), (0.92, 0.1)], 0.05, "black", "mouth")
    pen.shine(
        [(-0.2, -height * 0.62), (0.2, -height * 0.84), (0.5, -height * 0.72),
         (0.1, -height * 0.6)],
        0.35,
    )  # fmt: skip


def snail(pen: Pen, dice: Dice) -> None:
    """Draw a snail from the side with a spiral on its shell."""
    color = dice.choice(("brown", "orange", "yellow", "pink", "red", "purple", "gray"))
    skin = dice.weighted({"yellow": 2, "brown": 1, "gray": 1, "green": 1, "pink": 1})
    for x, top in ((0.72, -0.54), (0.92, -0.48)):
        pen.line([(x - 0.03, 0), (x + 0.02, top)], 0.07, skin, "antenna", tone=1.25)
        pen.ellipse((x + 0.02, top, 0.08, 0.08), "black", "eye", edge=False)
    pen.blob(
        [(-1.04, 0.72), (-0.6, 0.46), (0.25, 0.42), (0.52, 0.12), (0.64, -0.12), (0.86, -0.16),
         (1.0, 0.05), (0.94, 0.36), (0.74, 0.64), (0.2, 0.76), (-0.5, 0.76)],
        skin, tone=1.25,
    )  # fmt: skip
    pen.line([(0.84, 0.14), (0.91, 0.13), (0.96, 0.08)], 0.04, "black", "mouth")
    pen.ellipse((-0.14, 0.0, 0.64, 0.62), color, "shell")
    pen.ellipse((-0.12, 0.02, 0.5, 0.48), color, "shell", tone=1.2, edge=False)
    angle = np.linspace(0, 4.6 * math.pi, 44)
    radius = np.linspace(0.5, 0.06, 44)
    spiral = np.stack([-0.13 + radius * np.cos(angle), 0.02 + radius * np.sin(angle)], axis=1)
    pen.line(spiral, 0.08, color, "shell", tone=0.62)
    pen.shine([(-0.56, -0.2), (-0.42, -0.42), (-0.18, -0.5), (-0.36, -0.3)], 0.4)
