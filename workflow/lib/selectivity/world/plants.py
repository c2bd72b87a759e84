"""Drawings of the plants."""

import math

from selectivity.world.dice import Dice
from selectivity.world.pen import Pen

SIDES = (-1, 1)


def daisy(pen: Pen, dice: Dice) -> None:
    """Draw a flower of many narrow petals around a yellow heart."""
    color = dice.weighted({"white": 4, "pink": 2, "yellow": 1, "purple": 1, "orange": 1})
    n_petals, turn = 8 + dice.integer(4), dice.uniform(0, 1)
    pen.line([(0, -0.2), (0.06, 0.4), (0, 1)], 0.1, "green", "stem", edge=True)
    for side in SIDES if dice.chance(0.5) else (1,):
        pen.blob(
            [(side * 0.04, 0.68), (side * 0.24, 0.36), (side * 0.58, 0.3), (side * 0.38, 0.62)],
            "green", "leaf",
        )  # fmt: skip
    for petal in range(n_petals):
        angle = turn + 2 * math.pi * petal / n_petals
        place = (0.4 * math.cos(angle), -0.34 + 0.4 * math.sin(angle), 0.27, 0.13)
        pen.ellipse(place, color, "petal", turn=angle, tone=1.0 if petal % 2 else 0.94)
    heart = "yellow" if color != "yellow" else "brown"
    pen.ellipse((0, -0.34, 0.24, 0.24), heart, "flower")
    pen.shine([(-0.12, -0.42), (0, -0.5), (0.06, -0.44), (-0.04, -0.38)], 0.4)


def tree(pen: Pen, dice: Dice) -> None:
    """Draw a fir of three tiers or a leafy tree, sometimes in autumn colors."""
    color = dice.weighted({"green": 7, "orange": 1, "yellow": 1, "red": 0.5})
    pen.blob(
        [(-0.22, 1), (-0.11, 0.6), (-0.1, 0), (0.1, 0), (0.12, 0.6), (0.24, 1), (0, 0.97)],
        "brown", "trunk",
    )  # fmt: skip
    if dice.chance(0.35):
        for tier, bottom in enumerate((0.56, 0.16, -0.24)):
            half, tone = 0.82 - 0.17 * tier, 0.78 + 0.1 * tier
            hem = [(-half * 0.45, bottom + 0.07), (0, bottom + 0.03), (half * 0.45, bottom + 0.07)]
            outline = [(0, bottom - 0.76), (-half, bottom), *hem, (half, bottom)]
            pen.polygon(outline, color, "crown", texture="grassy", tone=tone)
        return
    pen.line([(0, 0.4), (0.26, 0.1)], 0.08, "brown", "trunk")
    left = [(-0.5, 0.36), (-0.86, 0.1), (-0.78, -0.36), (-0.5, -0.62), (-0.2, -0.9)]
    right = [(0.24, -0.9), (0.54, -0.6), (0.8, -0.34), (0.86, 0.1), (0.5, 0.36), (0.2, 0.28)]
    pen.blob([*left, *right, (-0.2, 0.3)], color, "crown", texture="grassy", tone=0.88)
    tufts = ((-0.36, -0.22, 0.36), (0.36, -0.24, 0.34), (0.02, -0.52, 0.34), (0.04, 0.0, 0.3))
    for x, y, size in tufts:
        pen.ellipse(
            (x, y, size, size * 0.9),
            color, "crown", texture="grassy", tone=dice.uniform(0.98, 1.16), edge=False,
        )  # fmt: skip
    if dice.chance(0.35):
        fruit = "red" if color != "red" else "yellow"
        for x, y in ((-0.45, -0.1), (0.32, -0.36), (-0.02, -0.66), (0.4, 0.08), (-0.12, -0.08)):
            pen.ellipse((x, y, 0.1, 0.1), fruit, "seed", edge=False)


def cactus(pen: Pen, dice: Dice) -> None:
    """Draw a ribbed cactus with one or two arms in a flower pot."""
    side, second = dice.choice(SIDES), dice.chance(0.7)
    pen.line(
        [(side * 0.2, 0.12), (side * 0.62, 0.1), (side * 0.62, -0.36)],
        0.26, "green", "arm", edge=True,
    )  # fmt: skip
    if second:
        pen.line(
            [(-side * 0.2, -0.12), (-side * 0.58, -0.14), (-side * 0.58, -0.48)],
            0.22, "green", "arm", edge=True,
        )  # fmt: skip
    pen.blob(
        [(-0.28, 0.5), (-0.31, -0.4), (-0.24, -0.76), (0, -0.94), (0.24, -0.76), (0.31, -0.4),
         (0.28, 0.5)],
        "green", texture="striped",
    )  # fmt: skip
    for x in (-0.15, 0, 0.15):
        pen.line([(x, -0.68 + abs(x)), (x, 0.45)], 0.035, "green", texture="striped", tone=0.68)
    if dice.chance(0.5):
        petals = dice.choice(("pink", "red", "yellow"))
        for x, y in ((-0.14, -0.9), (0.14, -0.9), (0, -1.0)):
            pen.ellipse((x, y, 0.12, 0.11), petals, "flower")
    pot = dice.choice(("brown", "orange", "orange", "white", "blue"))
    pen.polygon([(-0.46, 0.5), (0.46, 0.5), (0.34, 1), (-0.34, 1)], pot, "pot")
    pen.rectangle((-0.54, 0.4, 0.54, 0.6), pot, "pot", tone=1.12)
    pen.shine([(-0.22, -0.3), (-0.2, -0.6), (-0.12, -0.66), (-0.14, -0.2)], 0.3)


def tulip(pen: Pen, dice: Dice) -> None:
    """Draw a cup of three petals between two long leaves."""
    color = dice.weighted({"red": 3, "pink": 2, "yellow": 2, "purple": 2, "white": 1, "orange": 1})
    pen.line([(0, -0.1), (0.02, 1)], 0.12, "green", "stem", edge=True)
    for side in SIDES:
        lean = dice.uniform(0.38, 0.56)
        pen.blob(
            [(0, 0.98), (side * 0.26, 0.6), (side * lean, 0.02), (side * 0.12, 0.44)],
            "green", "leaf", tone=1.0 if side > 0 else 0.88,
        )  # fmt: skip
    for side in SIDES:
        inner = [(side * 0.42, -0.92), (side * 0.18, -0.62), (side * 0.06, -0.06)]
        cup = [*inner, (side * 0.34, -0.1), (side * 0.52, -0.46)]
        pen.blob(cup, color, "petal", tone=0.84)
    pen.blob(
        [(0, -0.98), (0.26, -0.56), (0.28, -0.16), (0, 0.02), (-0.28, -0.16), (-0.26, -0.56)],
        color, "petal",
    )  # fmt: skip
    pen.shine([(-0.14, -0.36), (-0.12, -0.62), (-0.02, -0.74), (-0.04, -0.4)], 0.4)
