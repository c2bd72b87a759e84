"""Whole pictures: a thing in a scene, with clutter, other things, occlusion and light.

A picture depends on the seed and its image id alone, so that any shard makes the same pictures.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from selectivity.errors import ConfigError
from selectivity.world.backgrounds import BACKGROUNDS, plain_paper
from selectivity.world.dice import Dice
from selectivity.world.drawings import DRAWINGS
from selectivity.world.foreground import add_toys, occlude
from selectivity.world.pen import CANVAS, OVERSAMPLING, RESOLUTION, Canvas, Pen
from selectivity.world.textures import X, Y
from selectivity.world.vocabulary import CLASSES, MASK_CHANNELS, SCENES

MIDDLE = OVERSAMPLING // 2


@dataclass(frozen=True)
class SceneSettings:
    """How varied and how difficult the pictures are.

    `usual_scene`, `second_thing`, `occlusion` and `studio` are probabilities: of the scene in which
    a class is mostly met, of a smaller thing of another class, of something in front of the thing,
    and of an empty background. `clutter` is the largest number of small toys. `light` scales the
    changes of brightness, color cast and contrast, `noise` the grain, `pose` the turns, shears and
    shifts. The thing's half size is drawn between `smallest` and `largest` (1 = picture width).
    """

    usual_scene: float = 0.5
    second_thing: float = 0.25
    clutter: int = 5
    occlusion: float = 0.4
    noise: float = 0.015
    light: float = 0.6
    pose: float = 1.0
    smallest: float = 0.26
    largest: float = 0.46
    studio: float = 0.0

    def __post_init__(self) -> None:
        for name in ("usual_scene", "second_thing", "occlusion", "studio"):
            if not 0 <= getattr(self, name) <= 1:
                raise ConfigError(f"{name} is a probability, not {getattr(self, name)}")
        if not 0 < self.smallest <= self.largest <= 0.5:
            raise ConfigError(f"sizes {self.smallest} to {self.largest} must lie between 0 and 0.5")


PORTRAITS = SceneSettings(
    second_thing=0, clutter=0, occlusion=0, noise=0.01, light=0.4, pose=0.2,
    smallest=0.38, largest=0.45, studio=1,
)  # fmt: skip


@dataclass(frozen=True)
class Picture:
    """One picture: `rgb` (rows, columns, 3), `masks` (channels, rows, columns) and its kind."""

    rgb: NDArray[np.uint8]
    masks: NDArray[np.uint8]
    label: int
    scene: int


def label_of(image: int) -> int:
    """Return the class of an image id; classes take turns, which balances any run of ids."""
    return image % len(CLASSES)


def make_picture(seed: int, image: int, settings: SceneSettings) -> Picture:
    """Draw picture `image` of the world with the given seed."""
    dice = Dice(np.random.default_rng([seed, image, 0]))
    noise = np.random.default_rng([seed, image, 1])
    label = label_of(image)
    usual = DRAWINGS[CLASSES[label]].scene
    scene = usual if dice.chance(settings.usual_scene) else dice.choice(SCENES)
    if dice.chance(settings.studio):
        scene, canvas = "pattern", plain_paper(dice)
    else:
        canvas = BACKGROUNDS[scene](dice, noise)
    add_toys(canvas, dice, dice.integer(settings.clutter + 1))
    _add_things(canvas, dice, label, settings)
    rgb = _develop(canvas, dice, noise, settings)
    return Picture(rgb, _masks(canvas), label, SCENES.index(scene))


def _add_things(canvas: Canvas, dice: Dice, label: int, settings: SceneSettings) -> None:
    size = dice.uniform(settings.smallest, settings.largest) * CANVAS
    room = (CANVAS / 2 - size * 0.75) * settings.pose
    center = (CANVAS / 2 + dice.uniform(-room, room), CANVAS / 2 + dice.uniform(-room, room))
    if dice.chance(settings.second_thing):
        other = (label + 1 + dice.integer(len(CLASSES) - 1)) % len(CLASSES)
        small = size * dice.uniform(0.34, 0.52)
        place = (dice.uniform(small, CANVAS - small), dice.uniform(small, CANVAS - small))
        _draw(canvas, dice, other, place, small, settings.pose)
    _draw(canvas, dice, label, center, size, settings.pose)
    _shade(canvas, dice)
    if dice.chance(settings.occlusion):
        occlude(canvas, dice, center, size)


def _draw(
    canvas: Canvas, dice: Dice, label: int, center: tuple[float, float], size: float, pose: float
) -> None:
    drawing = DRAWINGS[CLASSES[label]]
    turn, stretch = pose * drawing.turn * dice.uniform(-1, 1), 1 + pose * dice.uniform(-0.13, 0.13)
    flip = -1 if dice.chance(0.5 * min(1.0, 2 * pose)) else 1
    shear = pose * dice.uniform(-0.12, 0.12)
    cosine, sine = math.cos(turn), math.sin(turn)
    matrix = (
        np.array([[cosine, -sine], [sine, cosine]])
        @ np.array([[1, shear], [0, 1]])
        @ np.diag([flip * stretch * size, size / stretch])
    )
    outline = dice.choice((0, 2, 2, 3) if size > 40 else (0, 1, 2))
    jitter = [dice.uniform(-16, 16) for _ in range(3)]
    drawing.paint(Pen(canvas, CLASSES[label], matrix, center, outline, jitter), dice)


def _shade(canvas: Canvas, dice: Dice) -> None:
    """Round the things by a soft light from above and let them cast a shadow.

    The things' silhouette, blurred, serves as their relief: its slope towards the light brightens,
    its slope away darkens, and outside the silhouette the shifted blur is the cast shadow.
    """
    things = np.asarray(canvas.ids) & 0xFF
    silhouette = Image.fromarray(((things >= 1) & (things <= len(CLASSES))).astype(np.uint8) * 255)
    side, depth = dice.choice((-1, 1)), dice.uniform(0.25, 0.45)
    small = silhouette.reduce(OVERSAMPLING)
    inside = np.asarray(small, np.float32) / 255
    relief = np.asarray(small.filter(ImageFilter.GaussianBlur(4)), np.float32) / 255
    rows, columns = np.gradient(relief)
    relit = np.clip((rows + 0.7 * side * columns) * 7, -1, 1) * depth * inside
    soft = np.pad(np.asarray(small.filter(ImageFilter.GaussianBlur(2)), np.float32), 2, "edge")
    left = 2 + 2 * side
    cast = soft[:RESOLUTION, left : left + RESOLUTION] / 255
    shadow = depth * cast * (1 - inside)
    light = np.clip(relit, 0, None)
    dark = np.clip(-relit, 0, None) + shadow
    canvas.relight(0.8 * light, 0.8 * dark)


def _develop(
    canvas: Canvas, dice: Dice, noise: np.random.Generator, settings: SceneSettings
) -> NDArray[np.uint8]:
    """Average the canvas down and vary its light, color cast, contrast and grain."""
    rgb = np.asarray(canvas.picture.reduce(OVERSAMPLING), np.float32) / 255
    angle, strength = dice.uniform(0, 2 * math.pi), settings.light
    slope, gain = dice.uniform(0, 0.5) * strength, 1 + strength * dice.uniform(-0.28, 0.14)
    falloff = (1 + slope * (X * math.cos(angle) + Y * math.sin(angle))) * gain
    red, blue = (1 + strength * dice.uniform(-reach, reach) for reach in (0.1, 0.13))
    cast = np.array([red, 1, blue], np.float32)
    contrast = 1 + strength * dice.uniform(-0.35, 0.08)
    rgb = (rgb * falloff[..., None] * cast - 0.5) * contrast + 0.5
    grain = noise.standard_normal(rgb.shape, dtype=np.float32)
    rgb += grain * (dice.uniform(0.1, 1) * settings.noise)
    return (np.clip(rgb, 0, 1) * 255 + 0.5).astype(np.uint8)


def _masks(canvas: Canvas) -> NDArray[np.uint8]:
    """Sample the packed ids at the pixel centers and split them into the mask channels."""
    centers = np.asarray(canvas.ids)[MIDDLE::OVERSAMPLING, MIDDLE::OVERSAMPLING].astype("<u4")
    masks = centers.view(np.uint8).reshape(RESOLUTION, RESOLUTION, len(MASK_CHANNELS))
    return np.ascontiguousarray(masks.transpose(2, 0, 1))
