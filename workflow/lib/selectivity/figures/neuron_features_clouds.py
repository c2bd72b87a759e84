"""Tag clouds of the classes behind a unit, as leaves and summed over the ontology (rafegas2017 figures 10 and 11)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pandas as pd
from matplotlib import colormaps, font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.textpath import TextPath
from matplotlib.transforms import Affine2D
from PIL import ImageFont
from wordcloud import WordCloud

from selectivity.figures.neuron_features_data import Layer, spread_out
from selectivity.figures.neuron_features_examples import LABEL, draw_unit
from selectivity.figures.style import PAGE, SOFT
from selectivity.figures.tiles import Sheet
from selectivity.neuron_features.ontology import common_ancestors, ontology_weights

FONT = FontProperties("DejaVu Sans")
SHADES = {"leaf": ("Oranges", 0.55), "hypernym": ("Greens", 0.5)}
SMALLEST = 9  # pixels of the layout
N_TRIES = 3  # layouts of one size
SCALE = 200  # pixels an inch of the layout: placement only, letters are drawn as outlines


@dataclass(frozen=True)
class Word:
    """A word of a cloud: the size of its letters and where their line begins, in pixels of the layout, y downwards."""

    text: str
    share: float  # of the largest root of a weight
    size: float
    x: float
    baseline: float

    def outline(self) -> Path:
        """Return the letters as an outline."""
        letters = TextPath((0, 0), self.text, size=self.size, prop=FONT, usetex=False)
        return Affine2D().scale(1, -1).translate(self.x, self.baseline).transform_path(letters)


def cloud_layout(weights: Mapping[str, float], width: int, height: int) -> list[Word]:
    """Return words as large as the root of their weights, as large as they all fit into `width` x `height` pixels.

    Words that would be smaller than can be read are left out. The cloud stands in the middle.
    """
    roots = {word: float(np.sqrt(weight)) for word, weight in weights.items() if weight > 0}
    if not roots:
        return []
    largest = max(roots.values())
    shares = {word: root / largest for word, root in roots.items()}
    size = 0.34 * height
    while True:
        for seed in range(N_TRIES):
            words = _placed(shares, size, width, height, seed)
            if _is_whole(words, shares, size) and not _overlap(words):
                return _centered(words, width, height)
        if size < 2 * SMALLEST:
            return _centered(words, width, height)
        size *= 0.88


def _placed(
    shares: Mapping[str, float], size: float, width: int, height: int, seed: int
) -> list[Word]:
    path = font_manager.findfont(FONT)
    cloud = WordCloud(
        font_path=path, width=width, height=height, prefer_horizontal=1.0, relative_scaling=1.0, max_words=40,
        min_font_size=SMALLEST, max_font_size=round(size), margin=6, random_state=seed,
    ).generate_from_frequencies(dict(shares))  # fmt: skip
    words = []
    for (word, _), font_size, (row, column), *_ in cloud.layout_:
        ascent = ImageFont.truetype(path, font_size).getmetrics()[0]
        words.append(Word(word, shares[word], font_size, column, row + ascent))
    return words


def _is_whole(words: Sequence[Word], shares: Mapping[str, float], size: float) -> bool:
    """Tell whether all words have the size they should: one without room is made smaller, and all after it."""
    found = {word.text: word.size for word in words}
    return all(
        found.get(word, 0.0) >= size * share - 2 or size * share - 2 <= SMALLEST
        for word, share in shares.items()
    )


def _overlap(words: Sequence[Word]) -> bool:
    """Tell whether words overlap, as the layout lets them where letters hang below the line."""
    boxes = [word.outline().get_extents() for word in words]
    return any(a.overlaps(b) for a, b in combinations(boxes, 2))


def _centered(words: Sequence[Word], width: int, height: int) -> list[Word]:
    inks = [word.outline().get_extents() for word in words]
    x = (width - min(ink.x0 for ink in inks) - max(ink.x1 for ink in inks)) / 2
    y = (height - min(ink.y0 for ink in inks) - max(ink.y1 for ink in inks)) / 2
    return [replace(word, x=word.x + x, baseline=word.baseline + y) for word in words]


def draw_cloud(
    axes: Axes, weights: Mapping[str, float], kind: str, size: tuple[float, float]
) -> None:
    """Draw words as large as the root of their weights, darker for heavier ones, into axes of `size` inches."""
    width, height = round(size[0] * SCALE), round(size[1] * SCALE)
    axes.set(xlim=(0, width), ylim=(height, 0), xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set_visible(False)
    name, low = SHADES[kind]
    for word in cloud_layout(weights, width, height):
        shade = colormaps[name](low + (1 - low) * word.share)
        axes.add_patch(PathPatch(word.outline(), facecolor=shade, linewidth=0))


def unit_weights(
    frequencies: pd.DataFrame, unit: int, classes: pd.DataFrame, root: Collection[str] = ()
) -> pd.DataFrame:
    """Return the weights of the leaves and hypernyms behind one unit."""
    mine = frequencies[frequencies["unit"] == unit]
    shares = dict(zip(mine["label"].tolist(), mine["frequency"].tolist(), strict=True))
    return ontology_weights(shares, classes, root)


def plot_clouds(
    layers: Sequence[Layer],
    frequencies: Mapping[str, pd.DataFrame],
    classes: pd.DataFrame,
    units: Mapping[str, Sequence[int]],
    columns: Mapping[str, str],
) -> tuple[Figure, pd.DataFrame]:
    """Draw each unit's feature, crops and tag clouds; `columns` are the indices named in its title.

    Returns the figure and the weights of all nodes.
    """
    side, cloud, gap, label = 1.0, 1.28, 0.06, LABEL
    shown = [(layer, unit) for layer in layers for unit in units[layer.name]]
    has_ontology = classes["parents"].fillna("").ne("").any()
    block = label + 2 * side + 0.05 + (2 if has_ontology else 1) * (cloud * 1.6 + gap)
    row = side + 0.3
    sheet = Sheet(max(PAGE, block), row * len(shown) + 0.22)
    left = label + 2 * side + 0.05 + 2 * gap
    places = {"leaf": left, "hypernym": left + 1.6 * cloud + gap}
    sheet.text(places["leaf"], 0.1, "classes", color=SOFT)
    if has_ontology:
        sheet.text(places["hypernym"], 0.1, "ontology", color=SOFT)
    root = common_ancestors(classes)
    parts, last = [], ""
    for line, (layer, unit) in enumerate(shown):
        y = 0.3 + line * row
        if layer.name != last:
            sheet.text(0, y + 0.1, layer.name, fontsize=8)
            last = layer.name
        values = [f"{name} {layer.value(unit, column):.2f}" for column, name in columns.items()]
        title = " · ".join([f"unit {unit}", *values])
        # all crops count for the class index
        draw_unit(sheet, layer, unit, label, y, side, title=title, fade=False)
        weights = unit_weights(frequencies[layer.name], unit, classes, root)
        for kind, x in places.items():
            mine = weights[weights["kind"] == kind]
            if len(mine):
                axes = sheet.axes(x, y, 1.6 * cloud, side)
                draw_cloud(
                    axes,
                    dict(zip(mine["node"], mine["weight"], strict=True)),
                    kind,
                    (1.6 * cloud, side),
                )
        weights.insert(0, "unit", unit)
        weights.insert(0, "layer", layer.name)
        parts.append(weights)
    return sheet.figure, pd.concat(parts, ignore_index=True)


def class_examples(layer: Layer, n_units: int = 2) -> list[int]:
    """Return units of a layer from the least to the most class selective (figure 10)."""
    return spread_out(layer.alive()["class_selectivity_index"], n_units, lowest_first=True)


def both_examples(layer: Layer, n_units: int = 1) -> list[int]:
    """Return the units with the largest smaller one of color and class selectivity index (figure 11)."""
    both = layer.alive()[["color_selectivity", "class_selectivity_index"]].min(axis=1, skipna=False)
    best = both.dropna().sort_values(ascending=False, kind="stable")
    return [int(unit) for unit in best.index[:n_units]]
