"""Tag clouds of the classes behind a unit, as leaves and summed over the ontology (rafegas2017 figures 10 and 11)."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib import colormaps, font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import PathPatch
from matplotlib.textpath import TextPath
from matplotlib.transforms import Affine2D
from wordcloud import WordCloud

from selectivity.figures.neuron_features_data import Layer, spread_out
from selectivity.figures.neuron_features_examples import LABEL, draw_unit
from selectivity.figures.style import PAGE, SOFT
from selectivity.figures.tiles import Sheet
from selectivity.neuron_features.ontology import common_ancestors, ontology_weights

FONT = FontProperties("DejaVu Sans")
SHADES = {"leaf": ("Oranges", 0.55), "hypernym": ("Greens", 0.5)}
SCALE = 200  # pixels an inch of the layout: placement only, letters are drawn as outlines


def draw_cloud(
    axes: Axes, weights: Mapping[str, float], kind: str, size: tuple[float, float]
) -> None:
    """Draw words as large as the root of their weights, darker for heavier ones, into axes of `size` inches."""
    width, height = round(size[0] * SCALE), round(size[1] * SCALE)
    axes.set(xlim=(0, width), ylim=(height, 0), xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set_visible(False)
    roots = {word: float(np.sqrt(weight)) for word, weight in weights.items() if weight > 0}
    if not roots:
        return
    path = font_manager.findfont(FONT)
    cloud = WordCloud(
        font_path=path, width=width, height=height, prefer_horizontal=1.0, relative_scaling=1.0,
        max_words=40, min_font_size=9, max_font_size=round(0.3 * height), margin=3, random_state=0,
    ).generate_from_frequencies(roots)  # fmt: skip
    name, low = SHADES[kind]
    for (word, share), font_size, (row, column), _orientation, _color in cloud.layout_:
        outline = TextPath((0, 0), word, size=font_size, prop=FONT, usetex=False)
        ink = outline.get_extents()  # the layout places the top left corner of the ink
        place = Affine2D().translate(-ink.x0, -ink.y1).scale(1, -1).translate(column, row)
        shade = colormaps[name](low + (1 - low) * share)
        axes.add_patch(PathPatch(place.transform_path(outline), facecolor=shade, linewidth=0))


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
        draw_unit(sheet, layer, unit, label, y, side, title=" · ".join([f"unit {unit}", *values]))
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
