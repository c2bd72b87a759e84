"""What the picture world is made of: classes, parts, colors, textures and scenes.

The position of a name in its vocabulary is its id in the masks; id 0 is "none" in every channel.
"""

from typing import Final

ONTOLOGY: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "natural": {
        "animal": ("butterfly", "ladybug", "fish", "snail"),
        "food": ("apple", "lemon", "mushroom", "strawberry"),
        "plant": ("daisy", "tree", "cactus", "tulip"),
    },
    "artifact": {
        "vehicle": ("bus", "car", "sailboat", "rocket"),
        "structure": ("lighthouse", "house", "windmill", "castle"),
        "household": ("clock", "umbrella", "mug", "lamp"),
    },
}
CLASSES: Final = tuple(
    name for kingdom in ONTOLOGY.values() for family in kingdom.values() for name in family
)
PARENTS: Final = {
    name: f"{kingdom}/{family}"
    for kingdom, families in ONTOLOGY.items()
    for family, names in families.items()
    for name in names
}

STUFF: Final = (
    "sky", "cloud", "sun", "moon", "sea", "hill", "meadow", "building", "road", "wall", "floor",
    "dune", "sand", "pattern", "toy", "bush", "fence", "board",
)  # fmt: skip
OBJECTS: Final = ("none", *CLASSES, *STUFF)

PARTS: Final = (
    "none", "antenna", "arm", "band", "base", "battlement", "beam", "bell", "blade", "body",
    "canopy", "cap", "chimney", "crown", "door", "eye", "face", "fin", "flag", "flame", "flower",
    "hand", "handle", "head", "headlight", "hull", "lantern", "leaf", "leg", "mast", "mouth",
    "nose", "petal", "pot", "rock", "roof", "rim", "sail", "seed", "shade", "shell", "spot",
    "stand", "steam", "stem", "tail", "tower", "trunk", "wheel", "window", "wing",
)  # fmt: skip

PALETTE: Final[dict[str, tuple[int, int, int]]] = {
    "red": (222, 62, 56),
    "orange": (243, 146, 58),
    "yellow": (250, 210, 76),
    "green": (94, 172, 92),
    "blue": (68, 128, 208),
    "purple": (142, 98, 184),
    "pink": (245, 158, 184),
    "brown": (150, 100, 66),
    "white": (249, 246, 238),
    "gray": (152, 157, 166),
    "black": (50, 50, 60),
}
COLORS: Final = ("none", *PALETTE)
VIVID: Final = ("red", "orange", "yellow", "green", "blue", "purple", "pink")
ANY_COLOR: Final = (*VIVID, "brown", "white", "gray")

TEXTURES: Final = (
    "none", "striped", "checkered", "dotted", "grainy", "wavy", "grassy", "starry", "bricked",
)  # fmt: skip
SCENES: Final = ("pattern", "sea", "meadow", "street", "room", "night", "desert")

MASK_CHANNELS: Final = ("object", "part", "color", "texture")
VOCABULARIES: Final[dict[str, tuple[str, ...]]] = {
    "object": OBJECTS,
    "part": PARTS,
    "color": COLORS,
    "texture": TEXTURES,
}
_IDS: Final = {
    channel: {name: i for i, name in enumerate(names)} for channel, names in VOCABULARIES.items()
}


def pack(thing: str, part: str, color: str, texture: str) -> int:
    """Return the four mask ids of a painted surface as one integer, object in the lowest byte.

    One integer canvas then carries all masks, at the cost of a single extra drawing call.
    """
    return (
        _IDS["object"][thing]
        | _IDS["part"][part] << 8
        | _IDS["color"][color] << 16
        | _IDS["texture"][texture] << 24
    )
