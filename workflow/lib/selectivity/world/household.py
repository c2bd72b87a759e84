"""Drawings of the household things."""

import math

import numpy as np

from selectivity.world.dice import Dice
from selectivity.world.pen import Pen
from selectivity.world.vocabulary import ANY_COLOR, VIVID

SIDES = (-1, 1)


def clock(pen: Pen, dice: Dice) -> None:
    """Draw a round clock at a random time, sometimes with the bells and feet of an alarm clock."""
    color, face = dice.choice((*ANY_COLOR, "black")), "white" if dice.chance(0.85) else "yellow"
    if dice.chance(0.5):
        pen.line([(-0.3, -0.86), (0, -1.0), (0.3, -0.86)], 0.07, "gray", "handle")
        for side in SIDES:
            pen.line(
                [(side * 0.46, 0.64), (side * 0.64, 0.96)],
                0.14, color, "leg", tone=0.8, edge=True,
            )  # fmt: skip
            pen.ellipse((side * 0.5, -0.74, 0.28, 0.2), color, "bell", turn=side * 0.65, tone=1.15)
    pen.ellipse((0, 0.04, 0.84, 0.84), color, "rim")
    pen.ellipse((0, 0.04, 0.66, 0.66), face, "face", tone=1.0 if face == "white" else 1.3)
    for mark in range(12):
        angle = mark * math.pi / 6
        inner, width = (0.5, 0.09) if mark % 3 == 0 else (0.54, 0.05)
        along = np.array([math.cos(angle), math.sin(angle)])
        ends = [(0, 0.04) + radius * along for radius in (inner, 0.59)]
        pen.line(ends, width, "black", "face")
    for length, width in ((0.5, 0.07), (0.34, 0.1)):
        angle = dice.uniform(0, 2 * math.pi)
        pen.line(
            [(0, 0.04), (length * math.cos(angle), 0.04 + length * math.sin(angle))],
            width, "black", "hand",
        )  # fmt: skip
    pen.ellipse((0, 0.04, 0.08, 0.08), "red", "hand", edge=False)
    pen.shine([(-0.6, -0.3), (-0.42, -0.56), (-0.14, -0.7), (-0.4, -0.42)], 0.35)


def umbrella(pen: Pen, dice: Dice) -> None:
    """Draw an open umbrella with a scalloped rim, plain or in two colors."""
    color = dice.choice(VIVID)
    accent = color if dice.chance(0.4) else dice.choice((*VIVID, "white"))
    pen.line([(0, -1.0), (0, -0.8)], 0.06, "brown", "handle")
    pen.line(
        [(0, 0), (0, 0.74), (0.08, 0.88), (0.22, 0.88), (0.28, 0.72)],
        0.09, "brown", "handle", edge=True,
    )  # fmt: skip
    angle = np.linspace(math.pi, 2 * math.pi, 23)
    rim = np.linspace(0.97, -0.97, 21)[1:-1]
    sag = 0.1 * np.abs(np.sin(2.5 * math.pi * (rim + 0.97) / 0.97))
    scallops = np.stack([rim, 0.06 - sag], axis=1)
    dome = np.stack([0.97 * np.cos(angle), 0.06 + 0.9 * np.sin(angle)], axis=1)
    pen.polygon(
        np.concatenate([dome, scallops]),
        color, "canopy", texture="striped" if accent != color else "none",
    )  # fmt: skip
    for panel in (1, 3):
        left, right = (-0.97 + edge * 0.388 for edge in (panel, panel + 1))
        middle = (left + right) / 2
        rise = [(left, 0.03), (left * 0.86, -0.4), (left * 0.5, -0.7), (0, -0.84)]
        fall = [(right * 0.5, -0.7), (right * 0.86, -0.4), (right, 0.03)]
        if accent != color:
            pen.polygon(
                [*rise, *fall, (middle, -0.05)],
                accent, "canopy", texture="striped", edge=False,
            )  # fmt: skip
        else:
            pen.line(rise, 0.03, color, "canopy", tone=0.7)
            pen.line(fall, 0.03, color, "canopy", tone=0.7)
    pen.shine([(-0.74, -0.28), (-0.56, -0.54), (-0.3, -0.7), (-0.48, -0.42)], 0.4)


def mug(pen: Pen, dice: Dice) -> None:
    """Draw a mug with a handle, plain, banded or dotted, sometimes steaming."""
    color = dice.choice((*ANY_COLOR, "white"))
    if dice.chance(0.45):
        for x in (-0.22, 0.14):
            pen.line(
                [(x, -0.62), (x + 0.08, -0.74), (x - 0.05, -0.88), (x + 0.04, -1.02)],
                0.06, "white", "steam",
            )  # fmt: skip
    pen.line(
        [(0.5, -0.26), (0.84, -0.24), (0.94, 0.1), (0.8, 0.42), (0.5, 0.46)],
        0.15, color, "handle", tone=0.9, edge=True,
    )  # fmt: skip
    pen.blob(
        [(-0.64, -0.48), (-0.2, -0.42), (0.2, -0.42), (0.64, -0.48), (0.62, 0.3), (0.54, 0.74),
         (0, 0.86), (-0.54, 0.74), (-0.62, 0.3)],
        color,
    )  # fmt: skip
    pattern = dice.choice(("none", "none", "striped", "dotted"))
    accent = dice.choice([name for name in ANY_COLOR if name != color])
    if pattern == "striped":
        pen.polygon(
            [(-0.62, 0.0), (0, 0.08), (0.62, 0.0), (0.61, 0.26), (0, 0.34), (-0.61, 0.26)],
            accent, "band", texture="striped", edge=False,
        )  # fmt: skip
    elif pattern == "dotted":
        for x, y in ((-0.4, 0.0), (0.02, 0.06), (0.42, 0.0), (-0.2, 0.38), (0.24, 0.38)):
            pen.ellipse((x, y, 0.11, 0.11), accent, "spot", texture="dotted", edge=False)
    pen.ellipse((0, -0.5, 0.64, 0.17), color, "rim", tone=1.2)
    pen.ellipse((0, -0.48, 0.53, 0.11), "brown", "face", tone=0.75, edge=False)
    pen.shine([(-0.5, -0.2), (-0.42, -0.26), (-0.38, 0.4), (-0.48, 0.4)], 0.45)


def lamp(pen: Pen, dice: Dice) -> None:
    """Draw a table lamp with a wide shade, mostly of a warm color."""
    color = dice.weighted({"yellow": 4, "orange": 2, "red": 1, "green": 1, "white": 1, "blue": 1})
    metal = dice.choice(("black", "brown", "gray", "white"))
    pen.line([(0, -0.2), (0, 0.84)], 0.1, metal, "stand", edge=True)
    if dice.chance(0.5):
        pen.ellipse((0, 0.46, 0.24, 0.28), metal, "stand", tone=1.12)
    pen.blob(
        [(-0.46, 0.97), (-0.34, 0.8), (0, 0.76), (0.34, 0.8), (0.46, 0.97), (0, 1.02)],
        metal, "base",
    )  # fmt: skip
    pen.line([(0.3, -0.1), (0.3, 0.2)], 0.035, "black", "handle")
    pen.ellipse((0.3, 0.22, 0.05, 0.05), "black", "handle", edge=False)
    pen.polygon(
        [(-0.34, -0.95), (0, -0.98), (0.34, -0.95), (0.76, -0.1), (0, -0.02), (-0.76, -0.1)],
        color, "shade", tone=1.1,
    )  # fmt: skip
    if dice.chance(0.4):
        accent = dice.choice([name for name in ANY_COLOR if name != color])
        pen.polygon(
            [(-0.66, -0.3), (0, -0.23), (0.66, -0.3), (0.73, -0.15), (0, -0.07), (-0.73, -0.15)],
            accent, "band", texture="striped", edge=False,
        )  # fmt: skip
    pen.shine([(-0.26, -0.84), (-0.12, -0.88), (-0.3, -0.24), (-0.54, -0.28)], 0.4)
