"""Drawings of things to eat, most of them known by their color."""

import math

from selectivity.world.dice import Dice
from selectivity.world.pen import Pen


def apple(pen: Pen, dice: Dice) -> None:
    """Draw a red, green or yellow apple with a stem and mostly a leaf."""
    color = dice.weighted({"red": 5, "green": 4, "yellow": 2})
    pen.blob(
        [(0, -0.46), (0.36, -0.66), (0.76, -0.46), (0.86, 0.04), (0.62, 0.64), (0.26, 0.86),
         (0, 0.78), (-0.26, 0.86), (-0.62, 0.64), (-0.86, 0.04), (-0.76, -0.46), (-0.36, -0.66)],
        color,
    )  # fmt: skip
    pen.blob([(-0.2, -0.54), (0, -0.46), (0.2, -0.54), (0, -0.36)], color, tone=0.72, edge=False)
    pen.line([(0, -0.44), (0.03, -0.72), (0.1, -0.92)], 0.1, "brown", "stem", edge=True)
    if dice.chance(0.75):
        pen.blob([(0.1, -0.68), (0.3, -0.96), (0.66, -0.94), (0.42, -0.68)], "green", "leaf")
        pen.line([(0.16, -0.71), (0.5, -0.88)], 0.04, "green", "leaf", tone=0.7)
    pen.shine([(-0.62, -0.1), (-0.54, -0.36), (-0.34, -0.46), (-0.42, -0.2), (-0.52, 0.04)], 0.55)


def lemon(pen: Pen, dice: Dice) -> None:
    """Draw a yellow, rarely green, fruit with two tips."""
    color, height = dice.weighted({"yellow": 9, "green": 1}), dice.uniform(0.54, 0.66)
    if dice.chance(0.5):
        pen.blob([(-0.86, -0.02), (-0.84, -0.42), (-0.5, -0.74), (-0.46, -0.3)], "green", "leaf")
        pen.line([(-0.8, -0.1), (-0.58, -0.56)], 0.04, "green", "leaf", tone=0.7)
    pen.blob(
        [(-1, 0), (-0.84, -0.13), (-0.6, -height * 0.74), (0, -height), (0.6, -height * 0.74),
         (0.84, -0.14), (1, 0), (0.84, 0.14), (0.6, height * 0.74), (0, height),
         (-0.6, height * 0.74), (-0.84, 0.13)],
        color, texture="grainy",
    )  # fmt: skip
    for x, y in ((0.3, -0.1), (0.46, 0.14), (0.12, 0.2), (0.28, 0.34), (-0.1, 0.36)):
        pen.ellipse((x, y, 0.035, 0.035), color, texture="grainy", tone=0.84, edge=False)
    pen.shine(
        [(-0.56, -height * 0.4), (-0.2, -height * 0.72), (0.1, -height * 0.74),
         (-0.2, -height * 0.46)],
        0.6,
    )  # fmt: skip


def mushroom(pen: Pen, dice: Dice) -> None:
    """Draw a capped mushroom; red caps mostly carry white spots."""
    color = dice.weighted({"red": 5, "brown": 4, "orange": 1, "white": 1})
    width = dice.uniform(0.22, 0.32)
    spotted = dice.chance(0.85 if color == "red" else 0.25)
    pen.blob(
        [(-width, -0.1), (width, -0.1), (width + 0.03, 0.6), (width + 0.12, 0.86), (0, 0.96),
         (-width - 0.12, 0.86), (-width - 0.03, 0.6)],
        "white", "stem", tone=0.97,
    )  # fmt: skip
    pen.shadow([(-width, 0.02), (width, 0.02), (width, 0.2), (-width, 0.14)], 0.18)
    pen.blob(
        [(-0.98, 0.0), (-0.86, -0.48), (-0.46, -0.84), (0, -0.95), (0.46, -0.84), (0.86, -0.48),
         (0.98, 0.0), (0.5, 0.12), (0, 0.15), (-0.5, 0.12)],
        color, "cap", texture="dotted" if spotted else "none",
    )  # fmt: skip
    if spotted:
        upper = ((-0.48, -0.42, 0.15), (0.06, -0.62, 0.16), (0.52, -0.36, 0.14))
        lower = ((-0.04, -0.14, 0.14), (0.76, -0.08, 0.09), (-0.76, -0.08, 0.1))
        for x, y, size in (*upper, *lower):
            place = (x + dice.uniform(-0.05, 0.05), y, size, size * 0.88)
            pen.ellipse(place, "white", "spot", texture="dotted", edge=False)
    pen.shine([(-0.74, -0.3), (-0.6, -0.58), (-0.34, -0.74), (-0.54, -0.46)], 0.4)


def strawberry(pen: Pen, dice: Dice) -> None:
    """Draw a red fruit with rows of yellow seeds under a green crown."""
    color = "red" if dice.chance(0.93) else "pink"
    pen.blob(
        [(0, -0.52), (0.46, -0.64), (0.8, -0.36), (0.66, 0.16), (0.3, 0.7), (0, 0.96),
         (-0.3, 0.7), (-0.66, 0.16), (-0.8, -0.36), (-0.46, -0.64)],
        color, texture="dotted",
    )  # fmt: skip
    rows = {-0.22: (-0.5, -0.17, 0.17, 0.5), 0.06: (-0.36, 0, 0.36), 0.34: (-0.2, 0.2), 0.6: (0,)}
    for y, row in rows.items():
        for x in row:
            place = (x + dice.uniform(-0.04, 0.04), y, 0.05, 0.075)
            pen.ellipse(place, "yellow", "seed", texture="dotted", edge=False)
    pen.line([(0, -0.6), (0.03, -0.78), (0.1, -0.94)], 0.1, "green", "stem", tone=0.85)
    for angle in (-1.25, -0.65, 0.65, 1.25, 0.0):
        tip = (0.66 * math.sin(angle), -0.66 + 0.36 * math.cos(angle))
        pen.blob([(-0.1, -0.66), (0, -0.7), (0.1, -0.66), tip], "green", "leaf")
    pen.shine([(-0.64, -0.2), (-0.58, -0.38), (-0.44, -0.42), (-0.5, -0.2), (-0.56, 0.0)], 0.4)
