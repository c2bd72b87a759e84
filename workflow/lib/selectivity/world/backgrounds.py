"""The seven scenes in which the things stand."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from selectivity.world.dice import Dice
from selectivity.world.pen import CANVAS, RESOLUTION, Canvas, Color, circle, smooth
from selectivity.world.textures import Rgb, weave
from selectivity.world.vocabulary import PALETTE, pack

PALE = {
    "white": 3, "blue": 2.5, "green": 2, "yellow": 1.5, "pink": 1.5, "gray": 1.2, "orange": 1.2,
    "purple": 1.2, "brown": 0.8, "red": 0.5,
}  # fmt: skip
_ROUND = circle(24)
WHITE = np.array([255, 252, 245], np.float32)
DUSK = np.array([30, 34, 74], np.float32)


@dataclass(frozen=True)
class Surface:
    """One flat region of a scene: what it is, its color name, two colors and a texture."""

    thing: str
    color: str
    first: Rgb
    second: Rgb
    texture: str = "none"


def tint(name: str, dice: Dice, spread: float = 16.0) -> Rgb:
    """Return a palette color, a little off."""
    shift = [dice.uniform(-spread, spread) for _ in range(3)]
    return np.clip(np.array(PALETTE[name]) + shift, 0, 255).astype(np.float32)


def toward(color: Rgb, goal: Rgb, share: float) -> Rgb:
    """Return the color moved towards another by a share of the way."""
    return color + (goal - color) * np.float32(share)


def _variant(color: Rgb, dice: Dice, strength: float) -> Rgb:
    """Return a lighter or darker color for the second color of a texture."""
    goal = WHITE if dice.chance(0.5) or color.mean() < 90 else DUSK
    return toward(color, goal, strength * dice.uniform(0.5, 1.0))


def _flat(surface: Surface) -> int:
    return pack(surface.thing, "none", surface.color, surface.texture)


def _canvas(
    top: Surface, bottom: Surface | None, horizon: int, dice: Dice, noise: np.random.Generator
) -> Canvas:
    rgb = weave(top.texture, top.first, top.second, dice, noise)
    ids: NDArray[np.int32] = np.full((RESOLUTION, RESOLUTION), _flat(top), np.int32)
    if bottom is not None:
        ground = weave(bottom.texture, bottom.first, bottom.second, dice, noise)
        rgb[horizon:] = ground[horizon:]
        ids[horizon:] = _flat(bottom)
    return Canvas(np.clip(rgb, 0, 255).astype(np.uint8), ids)


def _color(values: Rgb) -> Color:
    red, green, blue = (int(min(255.0, max(0.0, value))) for value in values)
    return red, green, blue


def _disk(canvas: Canvas, x: float, y: float, size: float, color: Rgb, ids: int) -> None:
    canvas.polygon((_ROUND * size + (x, y)).ravel().tolist(), _color(color), ids)


def _clouds(canvas: Canvas, dice: Dice, horizon: int, color: Rgb) -> None:
    ids = pack("cloud", "none", "white", "none")
    for _ in range(dice.integer(3)):
        x, y = dice.uniform(0, CANVAS), dice.uniform(0.1, 0.6) * horizon * 3
        size = dice.uniform(7, 14)
        for shift, lift, share in ((-1.1, 0, 0.7), (0, -0.45, 1), (1.1, 0, 0.75), (0, 0.1, 0.9)):
            _disk(canvas, x + shift * size, y + lift * size, size * share, color, ids)


def _ridge(canvas: Canvas, dice: Dice, horizon: int, color: Rgb, ids: int, height: float) -> None:
    """Paint rolling hills that rise above the horizon by up to `height` samples."""
    base = horizon * 3 + 1
    knots = np.linspace(-20, CANVAS + 20, 7)
    tops = [(x, base - dice.uniform(0.15, 1.0) * height) for x in knots.tolist()]
    curve = smooth([(-40, base + 30), *tops, (CANVAS + 40, base + 30)])
    curve[:, 1] = np.minimum(curve[:, 1], base)
    canvas.polygon(curve.ravel().tolist(), _color(color), ids)


def _sky(dice: Dice) -> Surface:
    name = dice.weighted({"blue": 6, "gray": 1, "orange": 1, "pink": 1.5, "purple": 0.5})
    color = toward(tint(name, dice), WHITE, dice.uniform(0.2, 0.45))
    return Surface("sky", name, color, toward(color, WHITE, 0.6))


def _horizon(dice: Dice) -> int:
    return int(RESOLUTION * dice.uniform(0.45, 0.68))


def pattern(dice: Dice, noise: np.random.Generator) -> Canvas:
    """Paint a flat pattern, as on paper or cloth."""
    kinds = ("striped", "checkered", "dotted", "grainy", "wavy", "bricked", "none")
    name, texture = dice.weighted(PALE), dice.choice(kinds)
    first = toward(tint(name, dice), WHITE, dice.uniform(0.0, 0.5))
    if dice.chance(0.5):
        second = _variant(first, dice, 0.6)
    else:
        other = toward(tint(dice.weighted(PALE), dice), WHITE, 0.4)
        second = toward(first, other, dice.uniform(0.4, 1))
    return _canvas(Surface("pattern", name, first, second, texture), None, 0, dice, noise)


def sea(dice: Dice, noise: np.random.Generator) -> Canvas:
    """Paint a sea under a sky."""
    horizon, sky, water = _horizon(dice), _sky(dice), tint("blue", dice)
    wave = Surface("sea", "blue", water, toward(water, WHITE, 0.35), "wavy")
    canvas = _canvas(sky, wave, horizon, dice, noise)
    if dice.chance(0.4):
        sun = toward(tint("yellow", dice), WHITE, 0.3)
        x, y = dice.uniform(0, CANVAS), dice.uniform(0.3, 1) * horizon * 3
        canvas_sun = pack("sun", "none", "yellow", "none")
        _disk(canvas, x, min(y, horizon * 3 - 13), 12, sun, canvas_sun)
    _clouds(canvas, dice, horizon, toward(sky.second, WHITE, 0.7))
    return canvas


def meadow(dice: Dice, noise: np.random.Generator) -> Canvas:
    """Paint grass before hills, sometimes with small flowers."""
    horizon, sky = _horizon(dice), _sky(dice)
    name = dice.weighted({"green": 6, "yellow": 1, "brown": 0.7})
    grass = tint(name, dice)
    ground = Surface("meadow", name, toward(grass, DUSK, 0.12), toward(grass, WHITE, 0.3), "grassy")
    canvas = _canvas(sky, ground, horizon, dice, noise)
    _clouds(canvas, dice, horizon, toward(sky.second, WHITE, 0.7))
    for share, height in ((0.35, 40), (0.15, 22)):
        if dice.chance(0.7):
            hill = toward(toward(grass, sky.first, share), WHITE, share / 2)
            _ridge(canvas, dice, horizon, hill, pack("hill", "none", name, "none"), height)
    if dice.chance(0.5):
        petals = dice.choice(("white", "yellow", "pink", "red"))
        ids, color = pack("meadow", "flower", petals, "grassy"), tint(petals, dice)
        for _ in range(4 + dice.integer(8)):
            x, y = dice.uniform(0, CANVAS), dice.uniform(horizon * 3 + 6, CANVAS)
            _disk(canvas, x, y, dice.uniform(1.8, 3.0), color, ids)
    return canvas


def street(dice: Dice, noise: np.random.Generator) -> Canvas:
    """Paint a row of distant buildings along a road."""
    horizon, sky = _horizon(dice), _sky(dice)
    name = dice.weighted({"gray": 4, "brown": 1})
    road = toward(tint(name, dice), DUSK, dice.uniform(0, 0.3))
    texture = dice.choice(("grainy", "bricked", "none"))
    ground = Surface("road", name, road, toward(road, WHITE, 0.22), texture)
    canvas = _canvas(sky, ground, horizon, dice, noise)
    base, x = horizon * 3.0, -dice.uniform(0, 30)
    lit = dice.chance(0.7)
    while x < CANVAS and lit:
        width, top = dice.uniform(22, 46), base - dice.uniform(16, 72)
        wall = dice.weighted(PALE)
        color = toward(toward(tint(wall, dice), sky.first, 0.45), WHITE, 0.15)
        ids = pack("building", "none", wall, "none")
        canvas.polygon([x, top, x + width, top, x + width, base, x, base], _color(color), ids)
        pane, glass = toward(color, DUSK, 0.25), pack("building", "window", "blue", "none")
        for left in np.arange(x + 5, x + width - 7, 10).tolist():
            for y in np.arange(top + 6, base - 8, 12).tolist():
                box = [left, y, left + 5, y, left + 5, y + 6, left, y + 6]
                canvas.polygon(box, _color(pane), glass)
        x += width
    return canvas


def room(dice: Dice, noise: np.random.Generator) -> Canvas:
    """Paint a papered wall and a floor or table."""
    horizon, name = _horizon(dice), dice.weighted(PALE)
    paper = toward(tint(name, dice), WHITE, dice.uniform(0.15, 0.5))
    texture = dice.choice(("striped", "checkered", "dotted", "bricked", "none", "none"))
    wall = Surface("wall", name, paper, _variant(paper, dice, 0.35), texture)
    base = dice.choice(("brown", "brown", "white", "gray", "orange"))
    plank = tint(base, dice)
    kind = dice.choice(("striped", "grainy", "checkered", "none"))
    floor = Surface("floor", base, plank, _variant(plank, dice, 0.35), kind)
    canvas = _canvas(wall, floor, horizon, dice, noise)
    if dice.chance(0.6):
        y = horizon * 3
        board = [0.0, y - 5.0, CANVAS, y - 5.0, CANVAS, y + 1.0, 0.0, y + 1.0]
        ids = pack("wall", "rim", "white", "none")
        canvas.polygon(board, _color(toward(paper, WHITE, 0.6)), ids)
    return canvas


def night(dice: Dice, noise: np.random.Generator) -> Canvas:
    """Paint stars and mostly a moon above dark hills."""
    horizon = _horizon(dice)
    deep = toward(DUSK, tint(dice.choice(("blue", "purple")), dice), dice.uniform(0.0, 0.3))
    stars = Surface("sky", "black", deep, np.array([255, 240, 200], np.float32), "starry")
    name = dice.choice(("green", "gray", "brown", "blue", "purple"))
    soil = toward(tint(name, dice), DUSK, dice.uniform(0.35, 0.6))
    ground = Surface("meadow", name, soil, toward(soil, WHITE, 0.15), "grainy")
    canvas = _canvas(stars, ground, horizon, dice, noise)
    if dice.chance(0.6):
        x, y = dice.uniform(16, CANVAS - 16), dice.uniform(14, horizon * 2)
        glow, ids = np.array([252, 240, 196], np.float32), pack("moon", "none", "yellow", "none")
        size = dice.uniform(9, 14)
        _disk(canvas, x, y, size, glow, ids)
        if dice.chance(0.6):
            _disk(canvas, x + size * 0.5, y - size * 0.3, size * 0.85, deep, _flat(stars))
    if dice.chance(0.7):
        hill = toward(soil, deep, 0.45)
        _ridge(canvas, dice, horizon, hill, pack("hill", "none", name, "none"), 34)
    return canvas


def desert(dice: Dice, noise: np.random.Generator) -> Canvas:
    """Paint dunes under a warm sky with a low sun."""
    horizon = _horizon(dice)
    name = dice.weighted({"orange": 2, "pink": 2, "blue": 3, "yellow": 1})
    air = toward(tint(name, dice), WHITE, 0.4)
    sky = Surface("sky", name, air, toward(air, WHITE, 0.5))
    soil = dice.choice(("orange", "yellow", "brown"))
    sand = toward(tint(soil, dice), WHITE, 0.2)
    ground = Surface("sand", soil, sand, toward(sand, WHITE, 0.3), dice.choice(("wavy", "grainy")))
    canvas = _canvas(sky, ground, horizon, dice, noise)
    if dice.chance(0.6):
        x, y = dice.uniform(0, CANVAS), dice.uniform(16, horizon * 3)
        sun = toward(tint("yellow", dice), WHITE, 0.45)
        _disk(canvas, x, y, dice.uniform(12, 20), sun, pack("sun", "none", "yellow", "none"))
    for share, height in ((0.35, 46), (0.18, 26)):
        dune = toward(toward(sand, DUSK, 0.1), air, share)
        _ridge(canvas, dice, horizon, dune, pack("dune", "none", soil, "none"), height)
    return canvas


def plain_paper(dice: Dice) -> Canvas:
    """Paint an empty pale studio background."""
    name = dice.weighted(PALE)
    first = toward(tint(name, dice, 10), WHITE, 0.45)
    paper = Surface("pattern", name, first, toward(first, WHITE, 0.4))
    return _canvas(paper, None, 0, dice, np.random.default_rng(0))


BACKGROUNDS: Mapping[str, Callable[[Dice, np.random.Generator], Canvas]] = {
    "pattern": pattern,
    "sea": sea,
    "meadow": meadow,
    "street": street,
    "room": room,
    "night": night,
    "desert": desert,
}
