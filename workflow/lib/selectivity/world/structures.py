"""Drawings of the buildings."""

import math

import numpy as np

from selectivity.world.dice import Dice
from selectivity.world.pen import Pen
from selectivity.world.vocabulary import VIVID


def lighthouse(pen: Pen, dice: Dice) -> None:
    """Draw a tapering tower in two-colored bands with a lantern on top, on a rock."""
    color = dice.weighted({"red": 6, "blue": 2, "black": 2, "green": 1})
    n_bands = 3 + dice.integer(2)
    if dice.chance(0.4):
        side = dice.choice((-1, 1))
        pen.polygon(
            [(side * 0.1, -0.74), (side * 1.2, -0.98), (side * 1.2, -0.46)],
            "yellow", "beam", tone=1.35, edge=False,
        )  # fmt: skip
    pen.blob(
        [(-0.8, 1), (-0.6, 0.78), (-0.2, 0.7), (0.3, 0.68), (0.62, 0.8), (0.8, 1), (0, 1.06)],
        dice.choice(("gray", "brown")), "rock", tone=0.9,
    )  # fmt: skip
    pen.polygon(
        [(-0.24, -0.5), (0.24, -0.5), (0.4, 0.84), (-0.4, 0.84)],
        "white", "tower", texture="striped",
    )  # fmt: skip
    for band in range(n_bands):
        top, bottom = (-0.5 + 1.32 * (2 * band + share) / (2 * n_bands) for share in (0.55, 1.5))
        upper, lower = (0.235 + 0.157 * (y + 0.5) / 1.32 for y in (top, bottom))
        pen.polygon(
            [(-upper, top), (upper, top), (lower, bottom), (-lower, bottom)],
            color, "tower", texture="striped", edge=False,
        )  # fmt: skip
    pen.blob(
        [(-0.1, 0.84), (-0.1, 0.64), (0, 0.56), (0.1, 0.64), (0.1, 0.84)],
        "brown", "door", tone=0.8,
    )  # fmt: skip
    pen.rectangle((-0.18, -0.82, 0.18, -0.54), "yellow", "lantern", tone=1.15)
    pen.line([(0, -0.8), (0, -0.56)], 0.03, "black", "lantern")
    pen.rectangle((-0.34, -0.57, 0.34, -0.48), "black", "rim")
    pen.polygon([(-0.28, -0.8), (0.28, -0.8), (0.06, -1.02), (-0.06, -1.02)], color, "roof")
    pen.shine([(-0.17, -0.4), (-0.1, -0.4), (-0.16, 0.7), (-0.28, 0.7)], 0.3)


def _bricks(pen: Pen, color: str) -> None:
    for row, y in enumerate(np.arange(-0.02, 0.9, 0.17).tolist()):
        pen.line([(-0.72, y), (0.72, y)], 0.025, color, texture="bricked", tone=0.78)
        for x in np.arange(-0.58 + 0.14 * (row % 2), 0.72, 0.28).tolist():
            pen.line([(x, y), (x, min(y + 0.15, 0.84))], 0.025, color, texture="bricked", tone=0.78)


def house(pen: Pen, dice: Dice) -> None:
    """Draw a small house with a gable, a door and two windows."""
    wall = dice.choice(("white", "yellow", "brown", "pink", "gray", "blue", "orange"))
    roofs = [name for name in ("red", "brown", "gray", "orange", "purple") if name != wall]
    roof = dice.choice(roofs)
    ridge, bricked = dice.uniform(-0.98, -0.78), dice.chance(0.3)
    if dice.chance(0.7):
        pen.rectangle((0.34, ridge + 0.04, 0.56, -0.2), "brown", "chimney", tone=0.9)
    pen.rectangle((-0.76, -0.2, 0.76, 0.88), wall, texture="bricked" if bricked else "none")
    if bricked:
        _bricks(pen, wall)
    pen.shadow([(-0.76, -0.06), (0.76, -0.06), (0.76, 0.08), (-0.76, 0.08)], 0.16)
    pen.polygon(
        [(-1.02, -0.06), (-0.86, -0.2), (0, ridge), (0.86, -0.2), (1.02, -0.06)],
        roof, "roof",
    )  # fmt: skip
    pen.line([(-0.86, -0.09), (0.86, -0.09)], 0.05, roof, "roof", tone=0.75)
    pen.ellipse((0, -0.4, 0.12, 0.12), "blue", "window", tone=1.4)
    pen.rectangle((-0.16, 0.3, 0.18, 0.88), dice.choice(("brown", "red", "blue", "green")), "door")
    pen.ellipse((0.1, 0.62, 0.04, 0.04), "yellow", "handle", edge=False)
    glass, light = dice.choice((("blue", 1.45), ("yellow", 1.15)))
    for left in (-0.62, 0.34):
        pen.rectangle((left, 0.16, left + 0.3, 0.48), glass, "window", tone=light)
        pen.line([(left + 0.15, 0.17), (left + 0.15, 0.47)], 0.035, "white", "window")
        pen.line([(left + 0.01, 0.32), (left + 0.29, 0.32)], 0.035, "white", "window")


def windmill(pen: Pen, dice: Dice) -> None:
    """Draw a tower with four turning blades."""
    color = dice.choice(("white", "brown", "gray", "yellow", "red"))
    turn = dice.uniform(0, math.pi / 2)
    pen.polygon([(-0.25, -0.36), (0.25, -0.36), (0.46, 1), (-0.46, 1)], color, "tower")
    pen.blob(
        [(-0.32, -0.3), (-0.22, -0.58), (0, -0.7), (0.22, -0.58), (0.32, -0.3), (0, -0.26)],
        dice.choice(("red", "brown", "black", "blue")), "roof",
    )  # fmt: skip
    pen.blob(
        [(-0.13, 1), (-0.13, 0.72), (0, 0.6), (0.13, 0.72), (0.13, 1)],
        "brown", "door", tone=0.8,
    )  # fmt: skip
    pen.rectangle((-0.09, 0.1, 0.09, 0.32), "blue", "window", tone=1.4)
    pen.shine([(-0.22, -0.1), (-0.14, -0.1), (-0.22, 0.76), (-0.32, 0.76)], 0.25)
    cloths = [name for name in ("white", "gray", "brown", "red", "yellow") if name != color]
    cloth, hub = dice.choice(cloths), np.array([0, -0.4])
    for blade in range(4):
        angle = turn + blade * math.pi / 2
        along = np.array([math.cos(angle), math.sin(angle)])
        across = np.array([-along[1], along[0]])
        inner, outer = hub + along * 0.22, hub + along * 0.9
        sheet = [inner, outer, outer + across * 0.24, inner + across * 0.18]
        pen.polygon(sheet, cloth, "blade")
        pen.line([hub + along * 0.56, hub + along * 0.56 + across * 0.2], 0.03, "brown", "blade")
        pen.line([hub, hub + along * 0.9], 0.06, "brown", "blade", tone=0.8)
    pen.ellipse((0, -0.4, 0.09, 0.09), "black", "blade", edge=False)


def castle(pen: Pen, dice: Dice) -> None:
    """Draw a gate between two towers, with battlements or pointed roofs."""
    color = dice.choice(("gray", "gray", "brown", "white", "pink"))
    pointed, roof = dice.chance(0.6), dice.choice(("red", "blue", "purple", "orange"))
    if dice.chance(0.5):
        pen.line([(0, -0.1), (0, -0.86)], 0.05, "brown", "mast")
        pen.polygon([(0.02, -0.88), (0.36, -0.75), (0.02, -0.6)], dice.choice(VIVID), "flag")
    for x in (-0.5, -0.22, 0.06, 0.34):
        pen.rectangle((x, -0.28, x + 0.17, -0.06), color, "battlement", tone=0.92)
    pen.rectangle((-0.6, -0.12, 0.6, 0.92), color, texture="bricked", tone=0.92)
    for x, y in ((-0.34, 0.14), (0.2, 0.2), (-0.1, 0.06), (0.3, 0.5), (-0.42, 0.56)):
        pen.line([(x, y), (x + 0.14, y)], 0.04, color, texture="bricked", tone=0.75)
    for left in (-0.84, 0.48):
        if not pointed:
            for shift in (-0.02, 0.13, 0.28):
                pen.rectangle((left + shift, -0.64, left + shift + 0.1, -0.46), color, "battlement")
        pen.rectangle((left, -0.5, left + 0.36, 0.92), color, "tower", texture="bricked")
        for x, y in ((0.05, 0.12), (0.17, 0.36), (0.06, 0.62)):
            pen.line(
                [(left + x, y), (left + x + 0.12, y)],
                0.04, color, "tower", texture="bricked", tone=0.78,
            )  # fmt: skip
        if pointed:
            pen.polygon(
                [(left - 0.07, -0.46), (left + 0.43, -0.46), (left + 0.18, -1.02)],
                roof, "roof",
            )  # fmt: skip
        pen.blob(
            [(left + 0.11, 0), (left + 0.11, -0.2), (left + 0.18, -0.3), (left + 0.25, -0.2),
             (left + 0.25, 0)],
            "black", "window", edge=False,
        )  # fmt: skip
    pen.blob(
        [(-0.22, 0.92), (-0.22, 0.5), (0, 0.3), (0.22, 0.5), (0.22, 0.92)],
        "brown", "door", tone=0.8,
    )  # fmt: skip
