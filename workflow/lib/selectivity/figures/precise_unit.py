"""The most precise unit of a layer: gale2020 figure 3 and gale2019 figure 3."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from selectivity.figures.jitter import (
    THRESHOLD,
    TOP_RANK,
    UnitActivations,
    draw_jitter,
    mark,
)
from selectivity.figures.style import (
    INK,
    PAGE,
    POINTS,
    SOFT,
    new_figure,
    panel_title,
    short_number,
)

N_EXAMPLES = 3
_INSET_SIZE = (0.38, 0.4)  # width and height in the histogram's axes


def most_precise_unit(measures: pd.DataFrame, k: int) -> tuple[int, int] | None:
    """Return (unit, class) of the highest precision at `k`, None where no unit has one."""
    scores = measures[f"precision_{k}"].to_numpy(dtype=np.float64)
    if not np.isfinite(scores).any():
        return None
    best = measures.iloc[int(np.nanargmax(scores))]
    return int(best["unit"]), int(best[f"precision_{k}_class"])


def informedness_threshold(values: np.ndarray, member: np.ndarray) -> tuple[float, float]:
    """Return (maximum informedness, its threshold) of one class, the highest of equal thresholds."""
    order = np.argsort(-values, kind="stable")
    hits = np.cumsum(member[order], dtype=np.float64)
    selected = np.arange(1.0, len(values) + 1)
    last_of_ties = np.append(np.diff(values[order]) != 0, True)
    n_members, n_others = hits[-1], len(values) - hits[-1]
    if n_members == 0 or n_others == 0:
        return np.nan, np.nan
    scores = (hits / n_members - (selected - hits) / n_others)[last_of_ties]
    best = int(scores.argmax())
    return float(scores[best]), float(values[order][last_of_ties][best])


def unit_numbers(unit: UnitActivations, k: int) -> dict[str, float | int | str]:
    """Return the numbers that the papers print about such a unit."""
    values = unit.values.astype(np.float64)
    members = values[unit.member]
    informedness, threshold = informedness_threshold(values, unit.member)
    rank = min(k, len(values))
    boundary = float(np.partition(values, -rank)[-rank])
    error = members.std(ddof=1) / np.sqrt(len(members)) if len(members) > 1 else np.nan
    at_zero = int((members == 0).sum())
    return {
        "layer": unit.layer,
        "unit": unit.unit,
        "class": unit.class_name,
        "n_images": len(values),
        "n_activations_above_zero": int((values > 0).sum()),
        "n_activations_at_zero": int((values == 0).sum()),
        "min_activation": float(values.min()),
        "max_activation": float(values.max()),
        "n_class_images": len(members),
        "class_images_at_zero_n": at_zero,
        "class_images_at_zero_pct": 100 * at_zero / len(members),
        "class_mean_activation": float(members.mean()),
        "class_mean_standard_error": float(error),
        "max_informedness_of_class": informedness,
        "informedness_threshold_of_class": threshold,
        "k": rank,
        "activation_at_rank_k": boundary,
        "precision_at_k": precision_of_class(values, unit.member, rank, boundary),
    }


def precision_of_class(values: np.ndarray, member: np.ndarray, k: int, boundary: float) -> float:
    """Return the share of the class in the top `k`, in expectation over ties at the boundary."""
    above, tied = values > boundary, values == boundary
    places = k - above.sum()
    return float((member[above].sum() + places * member[tied].mean()) / k)


def example_images(unit: UnitActivations, seed: int) -> dict[str, np.ndarray]:
    """Return positions of class images with the lowest, the mean and the highest activations.

    Equal activations, as the zeros of a sparse unit, are drawn by lot.
    """
    places = np.random.default_rng([seed, unit.unit]).permutation(np.flatnonzero(unit.member))
    values = unit.values[places].astype(np.float64)
    nearest = np.argsort(np.abs(values - values.mean()), kind="stable")
    ascending = np.argsort(values, kind="stable")
    lowest = places[ascending[:N_EXAMPLES]]
    return {
        "at zero" if (unit.values[lowest] == 0).all() else "lowest": lowest,
        "at the mean": places[nearest[:N_EXAMPLES]],
        "at the maximum": places[ascending[::-1][:N_EXAMPLES]],
    }


def plot_precise_unit(
    unit: UnitActivations,
    k: int,
    seed: int,
    pictures: Mapping[str, Sequence[np.ndarray]] | None = None,
) -> Figure:
    """Draw jitterplot, histogram and, where there are pictures, examples of the unit's class.

    `pictures` holds one entry a key of `example_images`: the RGB images at those positions.
    """
    numbers = unit_numbers(unit, k)
    figure = new_figure(PAGE, 3.7)
    if not pictures:
        _draw_activations(figure, unit, numbers, seed)
        return figure
    halves: Any = figure.subfigures(1, 2, width_ratios=[2.1, 1], wspace=0.03)
    left, right = halves
    _draw_activations(left, unit, numbers, seed)
    _draw_pictures(right, unit, pictures, example_images(unit, seed))
    return figure


def _draw_activations(figure: Any, unit: UnitActivations, numbers: Mapping, seed: int) -> None:
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=[1, 1.5])
    lines = (numbers["informedness_threshold_of_class"], numbers["activation_at_rank_k"])
    draw_jitter(top, unit, seed)
    best = f"maximum informedness {numbers['max_informedness_of_class']:.2f}"
    mark(top, lines[0], best, THRESHOLD, dashed=True, level=1)
    mark(top, lines[1], f"{numbers['k']} most active \u2192", TOP_RANK, dashed=False)
    note = f"black: {unit.class_name}, {100 * numbers['precision_at_k']:.0f} % of the "
    note += f"{numbers['k']} most active images; gray: all others"
    panel_title(top, "a", f"{unit.name}, the most precise unit of {unit.layer}", note, lift=20)
    top.tick_params(bottom=False)
    top.spines["bottom"].set_visible(False)
    _draw_histogram(bottom, unit, lines)
    panel_title(bottom, "b", f"Images of {unit.class_name}", _class_note(numbers))
    bottom.set_xlabel("activation")
    bottom.set_ylabel("images")


def _class_note(numbers: Mapping) -> str:
    spread = numbers["class_mean_standard_error"]
    return (
        f"{numbers['n_class_images']:,} images: mean {short_number(numbers['class_mean_activation'])}"
        + (f" ± {spread:.2g}" if np.isfinite(spread) else "")
        + f"; {numbers['class_images_at_zero_n']:,} "
        + f"({numbers['class_images_at_zero_pct']:.1f} %) at zero"
    )


def _draw_histogram(axes: Axes, unit: UnitActivations, lines: tuple[float, float]) -> None:
    members = unit.values[unit.member]
    low, high = float(unit.values.min()), float(unit.values.max())
    n_bins = int(np.clip(2 * np.sqrt(len(members)), 20, 50))
    edges = np.linspace(low, high if high > low else low + 1, n_bins + 1)
    counts, _ = np.histogram(members, edges)
    axes.stairs(counts, edges, fill=True, color=SOFT, linewidth=0)
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True, steps=[1, 2, 5, 10]))
    axes.axvline(lines[0], color=THRESHOLD, linestyle=(0, (3, 1.6)))
    axes.axvline(lines[1], color=TOP_RANK)
    _draw_inset(
        axes, unit.values[unit.values != 0], edges, _place_inset(axes, counts, edges, lines)
    )


def _place_inset(
    axes: Axes, counts: np.ndarray, edges: np.ndarray, lines: tuple[float, float]
) -> tuple[float, float, float, float]:
    """Return the bounds of the inset: above the lower bars and off the lines; raise the axis for it.

    Of the two sides the one is taken that hides fewer lines and then needs less room.
    """
    start, stop = axes.get_xlim()
    width, height = _INSET_SIZE
    sides = []
    for left in (0.98 - width, 0.1):
        ends = (start + part * (stop - start) for part in (left - 0.1, left + width + 0.03))
        first, last = ends
        under = counts[(edges[1:] > first) & (edges[:-1] < last)].max(initial=0)
        hidden = sum(first < line < last for line in lines)
        sides.append((hidden, max(1.08 * counts.max(), under / (0.74 - height)), left))
    _, top, left = min(sides, key=lambda side: side[:2])
    axes.set_ylim(0, max(top, 1))
    return left, 0.9 - height, width, height


def _draw_inset(
    axes: Axes, active: np.ndarray, edges: np.ndarray, bounds: tuple[float, float, float, float]
) -> None:
    left, bottom, width, height = bounds
    corner, size = (left - 0.07, bottom - 0.12), (width + 0.08, height + 0.24)
    white = Rectangle(corner, *size, transform=axes.transAxes, color="white", zorder=3, linewidth=0)
    axes.add_patch(white)
    inset = axes.inset_axes(bounds, zorder=4)
    inset.hist(active, bins=50, range=(edges[0], edges[-1]), color=POINTS, edgecolor="none")
    inset.set_title(f"all images, zeros removed ({len(active):,})", fontsize=6.5, color=SOFT, pad=3)
    inset.tick_params(labelsize=6, colors=SOFT, labelcolor=SOFT)
    inset.locator_params(nbins=4)


def _draw_pictures(
    figure: SubFigure,
    unit: UnitActivations,
    pictures: Mapping[str, Sequence[np.ndarray]],
    places: Mapping[str, np.ndarray],
) -> None:
    rows = figure.subplots(len(pictures), 1, squeeze=False)[:, 0]
    for letter, axes, (where, images) in zip("cdefg", rows, pictures.items(), strict=False):
        panel_title(axes, letter, f"{where[0].upper()}{where[1:]}")
        for column, (image, place) in enumerate(zip(images, places[where], strict=True)):
            extent = (1.08 * column, 1.08 * column + 1, 0, 1)
            axes.imshow(image, extent=extent, interpolation="lanczos")
            value = short_number(float(unit.values[place]))
            style = {"fontsize": 6.5, "color": INK, "ha": "center", "va": "top"}
            axes.text(1.08 * column + 0.5, -0.04, value, **style)
        axes.set_xlim(0, 1.08 * N_EXAMPLES - 0.08)
        axes.set_ylim(0, 1)
        axes.set_axis_off()
