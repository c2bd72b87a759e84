"""The picture world at a glance: examples of every class, and what the masks know of a picture."""

from collections.abc import Mapping, Sequence
from colorsys import hls_to_rgb
from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from numpy.typing import NDArray

from selectivity.figures.style import FAINT, INK, PAGE, SOFT, new_figure
from selectivity.world.vocabulary import PALETTE, STUFF

Images = NDArray[np.uint8]

GAP = 5  # pixels of white between pictures
N_BLOCK_COLUMNS = 3
_GOLDEN = 0.61803398875  # consecutive hues as far apart as can be


def choose_examples(index: pd.DataFrame, n_examples: int, split: str = "test") -> pd.DataFrame:
    """Return `n_examples` rows of the index for each class, evenly spaced among its images."""
    rows = index[index["split"] == split]
    picked = [
        group.iloc[np.linspace(0, len(group) - 1, min(n_examples, len(group))).round().astype(int)]
        for _, group in rows.groupby("label", sort=True)
    ]
    return pd.concat(picked, ignore_index=True)


def tile(images: Sequence[Images] | Images, n_columns: int) -> Images:
    """Set pictures of one size into rows, with white gaps between them."""
    side = np.asarray(images[0]).shape[0]
    n_rows = -(-len(images) // n_columns)
    pitch = side + GAP
    sheet = np.full((n_rows * pitch - GAP, n_columns * pitch - GAP, 3), 255, np.uint8)
    for number, image in enumerate(images):
        top, left = (pitch * part for part in divmod(number, n_columns))
        sheet[top : top + side, left : left + side] = image
    return sheet


def contact_sheet(examples: Mapping[str, Images], parents: Mapping[str, str]) -> Figure:
    """Show the examples of each class in a row of its own, classes grouped as in the ontology.

    `examples` are class name to pictures (n, rows, columns, 3), the same number for every class;
    `parents` class name to its place in the ontology, such as natural/animal.
    """
    groups: dict[str, list[str]] = {}
    for name in examples:
        groups.setdefault(parents.get(name, ""), []).append(name)
    n_rows = -(-len(groups) // N_BLOCK_COLUMNS)
    longest = max(map(len, groups.values()))
    n_examples = max(map(len, examples.values()))
    block = PAGE / N_BLOCK_COLUMNS
    height = n_rows * (block * 0.8 * longest / n_examples + 0.24)
    layout = ConstrainedLayoutEngine(w_pad=0.05, h_pad=0.03, wspace=0.0, hspace=0.02)
    figure = new_figure(PAGE, height, layout=layout)
    grid = figure.subplots(n_rows, min(N_BLOCK_COLUMNS, len(groups)), squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for axes, (place, names) in zip(grid.flat, groups.items(), strict=False):
        pictures = [image for name in names for image in examples[name]]
        _show_block(axes, tile(pictures, n_examples), names, place)
    return figure


def _show_block(axes: Axes, sheet: Images, names: Sequence[str], place: str) -> None:
    axes.imshow(sheet, interpolation="nearest")
    pitch = (sheet.shape[0] + GAP) / len(names)
    for row, name in enumerate(names):
        y = row * pitch + (pitch - GAP) / 2
        axes.text(-GAP * 2, y, name, ha="right", va="center", fontsize=6, color=INK)
    kingdom, _, family = place.rpartition("/")
    axes.text(0, -GAP * 2, family, ha="left", va="bottom", fontsize=8, fontweight="bold")
    axes.text(sheet.shape[1], -GAP * 2, kingdom, ha="right", va="bottom", fontsize=7, color=SOFT)


def mask_panel(
    pictures: Mapping[str, tuple[Images, Images]], vocabularies: Mapping[str, Sequence[str]]
) -> Figure:
    """Show pictures (columns) with their masks (rows) and, beneath each mask, what it names.

    `pictures` are class name to a picture and its masks (channels, rows, columns); `vocabularies`
    the names behind the ids, by channel and in the order of the channels.
    """
    n_rows, n_columns = 1 + len(vocabularies), len(pictures)
    figure = new_figure(PAGE, PAGE / n_columns * n_rows * 1.25)
    grid = figure.subplots(n_rows, n_columns, squeeze=False)
    for column, (name, (image, masks)) in enumerate(pictures.items()):
        _show_picture(grid[0, column], image)
        grid[0, column].set_title(name, loc="center", fontsize=7.5, pad=3)
        for row, (channel, names) in enumerate(vocabularies.items(), start=1):
            axes = grid[row, column]
            _show_picture(axes, mask_colors(masks[row - 1], channel, names))
            axes.set_xlabel(_largest(masks[row - 1], names), fontsize=5, color=SOFT, labelpad=2)
    for row, label in enumerate(("picture", *vocabularies)):
        grid[row, 0].set_ylabel(label, labelpad=4)
    return figure


def _show_picture(axes: Axes, picture: NDArray) -> None:
    axes.imshow(picture, interpolation="nearest")
    axes.set(xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set(visible=True, color=FAINT, linewidth=0.5)


def mask_colors(mask: Images, channel: str, names: Sequence[str]) -> NDArray[np.float64]:
    """Return a mask as a picture: colors as themselves, other concepts in hues of their own.

    Of the objects, what a scene is made of (sky, sea, ...) is pale, the things are strong.
    """
    table = np.ones((len(names), 3))
    for number, name in enumerate(names):
        if number == 0:
            table[number] = to_rgb("#f3f4f6")
        elif channel == "color" and name in PALETTE:
            table[number] = np.array(PALETTE[name]) / 255
        else:
            pale = channel == "object" and name in STUFF
            lightness = 0.86 if pale else (0.45, 0.56, 0.68)[number % 3]
            table[number] = hls_to_rgb(number * _GOLDEN % 1.0, lightness, 0.35 if pale else 0.55)
    return table[mask]


def _largest(mask: Images, names: Sequence[str], n_names: int = 3, width: int = 22) -> str:
    """Name the concepts that cover most."""
    counts = np.bincount(mask.ravel(), minlength=len(names))
    counts[0] = 0
    order = np.argsort(-counts, kind="stable")[:n_names]
    return fill(", ".join(names[number] for number in order if counts[number]), width)


def mask_numbers(
    images: Mapping[str, int],
    pictures: Mapping[str, tuple[Images, Images]],
    vocabularies: Mapping[str, Sequence[str]],
) -> pd.DataFrame:
    """Return the number of pixels of each concept in each picture of the panel."""
    rows = []
    for name, (_, masks) in pictures.items():
        for mask, (channel, concepts) in zip(masks, vocabularies.items(), strict=True):
            for number, count in enumerate(np.bincount(mask.ravel()).tolist()):
                if number and count:
                    rows.append((images[name], name, channel, concepts[number], count))
    return pd.DataFrame(rows, columns=["image", "class", "channel", "concept", "pixels"])
