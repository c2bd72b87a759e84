"""Neuron features as pictures: with their crops, sharp and blurred, sorted by color (rafegas2017 figures 2, 3, 5, 6).

Each function returns the figure and the numbers behind it.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from selectivity.figures.neuron_features_data import Layer, spread_out
from selectivity.figures.style import PAGE, SOFT
from selectivity.figures.tiles import Sheet, mosaic, resized

Drawing = tuple[Figure, pd.DataFrame]
LABEL = 0.66  # inches left of the rows, for the names of the layers


def field_size(layer: Layer) -> str:
    """Return the size of a layer's receptive fields in words."""
    rows, columns = layer.field.shape
    return f"{rows} x {columns} px"


def name_layer(sheet: Sheet, layer: Layer, x: float, y: float) -> None:
    """Write the name of a layer and the size of its features."""
    sheet.text(x, y, layer.name, fontsize=8)
    sheet.text(x, y + 0.14, field_size(layer), fontsize=5.5, color=SOFT)


def draw_unit(
    sheet: Sheet,
    layer: Layer,
    unit: int,
    x: float,
    y: float,
    side: float,
    *,
    title: str,
    grid: float | None = None,
    fade: bool = True,
    n_grid: int = 10,
) -> None:
    """Draw a neuron feature of `side` inches and beside it its crops, of `grid` inches or as large.

    With `fade`, crops that the feature is not the mean of are pale.
    """
    sheet.text(x, y - 0.04, title, fontsize=5.8, color=SOFT)
    sheet.picture(layer.feature(unit), x, y, side, side)
    crops = mosaic(layer.crops(unit, n_grid * n_grid, fade=fade), n_grid, n_grid, 44)
    sheet.picture(crops, x + side + 0.05, y, grid or side, grid or side)


def plot_with_crops(layers: Sequence[Layer], n_units: int = 5) -> Drawing:
    """Draw a few neuron features of each layer with the crops that they are the mean of (figure 2).

    Units are evenly spaced in the area under their ranked activations, so that no one picked them.
    """
    gap = 0.12
    step = (PAGE - LABEL) / n_units
    grid = 0.6 * (step - gap - 0.05)  # a hundred crops need more room than one feature
    side = step - gap - 0.05 - grid
    row = grid + 0.24
    sheet = Sheet(PAGE, row * len(layers))
    records = []
    for r, layer in enumerate(layers):
        y = r * row + 0.18
        name_layer(sheet, layer, 0, y + 0.1)
        for c, unit in enumerate(spread_out(layer.alive()["curve_auc"], n_units)):
            n = int(layer.value(unit, "n_nf_images"))
            title = f"unit {unit} · mean of {n}"
            draw_unit(sheet, layer, unit, LABEL + c * step, y, side, title=title, grid=grid)
            records.append(_record(layer, unit, ("n_nf_images", "curve_auc", "activation_max")))
    return sheet.figure, pd.DataFrame(records)


def _record(layer: Layer, unit: int, columns: Sequence[str]) -> Mapping[str, object]:
    return {
        "layer": layer.name,
        "unit": unit,
        **{name: layer.value(unit, name) for name in columns},
    }


def plot_structured(layers: Sequence[Layer], n_structured: int = 20, n_blurred: int = 5) -> Drawing:
    """Draw the sharpest features of each layer and some blurred ones, with their sharpness (figure 3).

    Sharpness is the gradient energy of the feature over the mean gradient energy of its crops: near 1 where all crops
    agree, near 0 where they average out.
    """
    n_columns = n_structured // 2 + 1
    split = 0.2
    n_extra = -(-n_blurred // 2)
    step = (PAGE - LABEL - split) / (n_columns - 1 + n_extra)
    side = step - 0.06
    row = 2 * (side + 0.15) + 0.12
    sheet = Sheet(PAGE, row * len(layers) + 0.2)
    sheet.text(LABEL, 0.1, "structured: the sharpest features, with their sharpness", color=SOFT)
    sheet.text(LABEL + (n_columns - 1) * step + split, 0.1, "blurred", color=SOFT)
    records = []
    for r, layer in enumerate(layers):
        y = 0.2 + r * row
        name_layer(sheet, layer, 0, y + 0.2)
        ranked = averaged(layer.alive(), n_structured + n_blurred)["nf_sharpness"].dropna()
        ranked = ranked.sort_values(ascending=False, kind="stable")
        n_low = min(n_blurred, max(len(ranked) - 1, 0))
        sharp = [int(u) for u in ranked.index[: min(n_structured, len(ranked) - n_low)]]
        blurred = [int(u) for u in ranked.index[::-1][:n_low]]
        for kind, units, x0, per_row in (
            ("structured", sharp, LABEL, n_columns - 1),
            ("blurred", blurred, LABEL + (n_columns - 1) * step + split, n_extra),
        ):
            for place, unit in enumerate(units):
                line, column = divmod(place, per_row)
                x, top = x0 + column * step, y + 0.08 + line * (side + 0.15)
                sheet.picture(layer.feature(unit), x, top, side, side)
                score = layer.value(unit, "nf_sharpness")
                style = {"fontsize": 4.6, "color": SOFT, "ha": "center"}
                sheet.text(x + side / 2, top + side + 0.07, f"{score:.2f}", **style)
                records.append(
                    {**_record(layer, unit, ("nf_sharpness", "n_nf_images")), "kind": kind}
                )
    return sheet.figure, pd.DataFrame(records)


def averaged(units: pd.DataFrame, n_wanted: int) -> pd.DataFrame:
    """Return the units whose features are means of many crops: the mean of two is sharp for want of averaging."""
    for least in (20, 10, 3):
        enough = units[units["n_nf_images"] >= least]
        if len(enough) >= n_wanted:
            return enough
    return enough


def plot_sorted_by_color(layer: Layer, n_columns: int = 16) -> Drawing:
    """Draw all features of a layer from the least to the most color selective (figure 5)."""
    ranked = layer.alive()["color_selectivity"].dropna().sort_values(kind="stable")
    n_columns = min(n_columns, max(len(ranked), 1))
    step = PAGE / 16
    side = step - 0.06
    n_rows = -(-len(ranked) // n_columns)
    sheet = Sheet(n_columns * step, n_rows * (side + 0.17) + 0.02)
    for place, (unit, index) in enumerate(zip(ranked.index.tolist(), ranked.tolist(), strict=True)):
        line, column = divmod(place, n_columns)
        x, y = column * step, line * (side + 0.17)
        sheet.picture(layer.feature(unit), x, y, side, side, frame=True)
        style = {"fontsize": 5.2, "color": SOFT, "ha": "center"}
        sheet.text(x + side / 2, y + side + 0.085, f"{index:.2f}", **style)
    numbers = pd.DataFrame(
        {"layer": layer.name, "unit": ranked.index, "color_selectivity": ranked.to_numpy()}
    )
    return sheet.figure, numbers


def plot_by_color(layers: Sequence[Layer], n_units: int = 4) -> Drawing:
    """Draw units of each layer from gray to colorful, with their crops and color index (figure 6)."""
    gap = 0.16
    side = ((PAGE - LABEL) / n_units - gap - 0.05) / 2
    row = side + 0.24
    sheet = Sheet(PAGE, row * len(layers))
    records = []
    for r, layer in enumerate(layers):
        y = r * row + 0.19
        name_layer(sheet, layer, 0, y + 0.1)
        units = spread_out(layer.alive()["color_selectivity"], n_units, lowest_first=True)
        for c, unit in enumerate(units):
            x = LABEL + c * (2 * side + 0.05 + gap)
            index = layer.value(unit, "color_selectivity")
            draw_unit(
                sheet, layer, unit, x, y, side, title=f"unit {unit} · color index {index:.2f}"
            )
            records.append(_record(layer, unit, ("color_selectivity", "hue", "n_nf_images")))
    return sheet.figure, pd.DataFrame(records)


def thumbnail(layer: Layer, unit: int, side: int = 96) -> np.ndarray:
    """Return a neuron feature no larger than `side` pixels."""
    feature = layer.feature(unit)
    return resized(feature, side) if max(feature.shape[:2]) > side else feature
