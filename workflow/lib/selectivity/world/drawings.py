"""The drawing of each class, and how freely it may be turned and where it is mostly met."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from selectivity.world import animals, food, household, plants, structures, vehicles
from selectivity.world.dice import Dice
from selectivity.world.pen import Pen

UPRIGHT = 0.2  # radians


@dataclass(frozen=True)
class Drawing:
    """How a class is drawn: its painter, its usual scene and its largest turn in radians."""

    paint: Callable[[Pen, Dice], None]
    scene: str
    turn: float = UPRIGHT


DRAWINGS: Mapping[str, Drawing] = {
    "butterfly": Drawing(animals.butterfly, "meadow", math.pi),
    "ladybug": Drawing(animals.ladybug, "meadow", math.pi),
    "fish": Drawing(animals.fish, "sea", 0.5),
    "snail": Drawing(animals.snail, "meadow"),
    "apple": Drawing(food.apple, "room", 0.5),
    "lemon": Drawing(food.lemon, "room", math.pi),
    "mushroom": Drawing(food.mushroom, "meadow"),
    "strawberry": Drawing(food.strawberry, "room", 0.9),
    "daisy": Drawing(plants.daisy, "meadow"),
    "tree": Drawing(plants.tree, "meadow"),
    "cactus": Drawing(plants.cactus, "desert"),
    "tulip": Drawing(plants.tulip, "room"),
    "bus": Drawing(vehicles.bus, "street"),
    "car": Drawing(vehicles.car, "street"),
    "sailboat": Drawing(vehicles.sailboat, "sea"),
    "rocket": Drawing(vehicles.rocket, "night", 0.9),
    "lighthouse": Drawing(structures.lighthouse, "sea"),
    "house": Drawing(structures.house, "street"),
    "windmill": Drawing(structures.windmill, "meadow"),
    "castle": Drawing(structures.castle, "night"),
    "clock": Drawing(household.clock, "room"),
    "umbrella": Drawing(household.umbrella, "street"),
    "mug": Drawing(household.mug, "room"),
    "lamp": Drawing(household.lamp, "room"),
}
