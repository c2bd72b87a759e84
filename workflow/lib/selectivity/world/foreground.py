"""What stands around and before the things: toys that clutter, and bushes, fences and boards."""

import math

import numpy as np

from selectivity.world.dice import Dice
from selectivity.world.pen import CANVAS, Canvas, circle, paint, smooth
from selectivity.world.vocabulary import ANY_COLOR, PALETTE, pack

_BALL, _LUMPS = circle(16), circle(10)
_BLOCK = np.array([(-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8)])
_TRIANGLE = np.array([(0, -1), (0.9, 0.7), (-0.9, 0.7)])
_STAR = circle(10)[:, ::-1] * np.where(np.arange(10) % 2, 1.05, 0.48)[:, None]
_HEART_SIDE = np.array([(-0.85, 0.1), (-0.8, -0.6), (-0.35, -0.8)])
_HEART = smooth([(0, 0.95), *_HEART_SIDE, (0, -0.4), *(_HEART_SIDE[::-1] * (-1, 1))])
TOYS = (_BALL, _BLOCK, _TRIANGLE, _STAR, _HEART)


def add_toys(canvas: Canvas, dice: Dice, n_toys: int) -> None:
    """Scatter small toys: balls, blocks, triangles, stars and hearts."""
    for _ in range(n_toys):
        color, shape, size = dice.choice(ANY_COLOR), dice.choice(TOYS), dice.uniform(5, 17)
        turn = dice.uniform(-0.6, 0.6)
        cosine, sine = math.cos(turn), math.sin(turn)
        points = size * shape @ np.array([[cosine, sine], [-sine, cosine]])
        points += np.array([dice.uniform(0, CANVAS), dice.uniform(0, CANVAS)])
        fill = paint(color, dice.uniform(0.9, 1.25))
        outline = 2 if size > 9 and dice.chance(0.5) else 0
        ids = pack("toy", "none", color, "none")
        canvas.polygon(points.ravel().tolist(), fill, ids, outline)


def occlude(canvas: Canvas, dice: Dice, center: tuple[float, float], size: float) -> None:
    """Put something before the thing at `center`, covering a part of it."""
    dice.choice((_bush, _fence, _board))(canvas, dice, center, size)


def _bush(canvas: Canvas, dice: Dice, center: tuple[float, float], size: float) -> None:
    """Grow a leafy bush over one side of the thing."""
    name = dice.weighted({"green": 6, "brown": 1, "orange": 1, "pink": 1, "purple": 1})
    ids, angle = pack("bush", "leaf", name, "none"), dice.uniform(-0.3, math.pi + 0.3)
    x = center[0] + 0.85 * size * math.cos(angle)
    y = center[1] + 0.85 * size * math.sin(angle)
    reach, tone = size * dice.uniform(0.4, 0.62), dice.uniform(0.7, 1.0)
    lumps = _LUMPS * [[reach * dice.uniform(0.75, 1.15)] for _ in range(10)] + (x, y)
    canvas.polygon(smooth(lumps).ravel().tolist(), paint(name, tone), ids, 2)
    for _ in range(4):
        leaf = _BALL * (reach * dice.uniform(0.15, 0.3)) + np.array([x, y])
        spot = leaf + reach * np.array([dice.uniform(-0.5, 0.5), dice.uniform(-0.55, 0.4)])
        canvas.polygon(spot.ravel().tolist(), paint(name, tone * 1.15), ids)


def _fence(canvas: Canvas, dice: Dice, center: tuple[float, float], size: float) -> None:
    """Build a picket fence across the lower part of the thing."""
    name = dice.weighted({"white": 4, "brown": 3, "gray": 1, "blue": 1, "red": 0.5})
    ids, fill = pack("fence", "none", name, "none"), paint(name, dice.uniform(0.8, 1.0))
    top = center[1] + size * dice.uniform(-0.1, 0.45)
    width, pitch = dice.uniform(6, 10), dice.uniform(20, 30)
    rail = top + dice.uniform(10, 16)
    canvas.polygon([-5, rail, CANVAS + 5, rail, CANVAS + 5, rail + 6, -5, rail + 6], fill, ids, 1)
    x = -dice.uniform(0, pitch)
    while x < CANVAS:
        bottom = float(CANVAS + 5)
        picket = [x, top, x + width / 2, top - 6, x + width, top, x + width, bottom, x, bottom]
        canvas.polygon(picket, fill, ids, 1)
        x += pitch


def _board(canvas: Canvas, dice: Dice, center: tuple[float, float], size: float) -> None:
    """Slide a wall, a table or a curtain in from one side."""
    name = dice.choice(tuple(PALETTE))
    ids, fill = pack("board", "none", name, "none"), paint(name, dice.uniform(0.8, 1.15))
    cover, low, high = size * dice.uniform(0.3, 0.65), -5.0, CANVAS + 5.0
    left, right = center[0] - size + cover, center[0] + size - cover
    bottom = center[1] + size - cover
    lean = dice.uniform(-8, 8)
    shapes = (
        [low, bottom - lean, high, bottom + lean, high, high, low, high],
        [low, low, left - lean, low, left + lean, high, low, high],
        [right - lean, low, high, low, high, high, right + lean, high],
    )
    canvas.polygon(dice.choice(shapes), fill, ids, 2)
