"""Which synthetic images are shown side by side."""

from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from selectivity.figures.style import short_number
from selectivity.figures.substitution import Picture
from selectivity.synthesis.store import SyntheticImages, open_synthesis

Rows = dict[str, list[Picture]]
Row = dict[Hashable, Any]
N_SHEET = 10
N_BEATING = 2  # figure 2 of the paper shows two


def substituted_rows(
    units: pd.DataFrame, images: Mapping[str, Path], class_names: Sequence[str]
) -> tuple[Rows, pd.DataFrame]:
    """Return for each layer its most selective unit that two others beat on its own IAM image, then those others.

    `units` has the rows of one network at one setting. Of the units that beat it, those with images are shown,
    strongest first; one, where no unit is beaten by two.
    """
    rows: Rows = {}
    numbers = []
    for layer, path in images.items():
        table = _best_objective(units[units["layer"] == layer])
        beaten = table[table["rs"] > 0]
        with open_synthesis(path) as store:
            own, others = _most_beaten(store, beaten)
            if not others:
                continue
            shown = [own, *(_of_unit(table, unit) for unit in others)]
            rows[layer] = [
                _picture(store, row, class_names, " beats it" if place else "")
                for place, row in enumerate(shown)
            ]
            numbers += [_numbers(row, "beats it" if p else "own") for p, row in enumerate(shown)]
    return rows, pd.DataFrame(numbers, columns=list(_COLUMNS))


def selective_rows(
    units: pd.DataFrame, images: Mapping[str, Path], class_names: Sequence[str]
) -> tuple[Rows, pd.DataFrame]:
    """Return for each layer the images of its most selective units."""
    rows: Rows = {}
    numbers = []
    for layer, path in images.items():
        shown = _best_objective(units[units["layer"] == layer]).head(N_SHEET).to_dict("records")
        with open_synthesis(path) as store:
            rows[layer] = [_picture(store, row, class_names) for row in shown]
        numbers += [_numbers(row, "shown") for row in shown]
    return rows, pd.DataFrame(numbers, columns=list(_COLUMNS))


def drawn_rows(
    images: Mapping[str, Path], objective: str, scalar: str, class_of_output: Mapping[int, str]
) -> tuple[Rows, pd.DataFrame]:
    """Return for each layer the images of its first units, with the activation that they reach.

    A unit of the network's output is called by its class; `class_of_output` has the names of those that have images.
    """
    rows: Rows = {}
    numbers: list[Row] = []
    for layer, path in images.items():
        with open_synthesis(path) as store:
            # A layer without maps has one scalar.
            wanted = f"{objective}_{scalar}"
            recipe = wanted if wanted in store.recipes else _only_recipe(store, objective)
            reached = store.curve(recipe, "snapshot_activation")
            rows[layer] = []
            for place, unit in enumerate(store.units[:N_SHEET].tolist()):
                start, end = (float(value) for value in reached[place, [0, -1]])
                name = class_of_output.get(unit, "") if store.kind == "output" else ""
                note = f"{name}\n{short_number(end)} (noise {short_number(start)})".strip()
                rows[layer].append(Picture(store.pixels(recipe, place), f"unit {unit}", note))
                row: Row = {"layer": layer, "unit": unit, "part": "shown", "objective": objective}
                numbers.append(row | {"activation": end, "activation_of_noise": start})
    return rows, pd.DataFrame(numbers)


def _only_recipe(store: SyntheticImages, objective: str) -> str:
    return next(name for name in store.recipes if name.startswith(f"{objective}_"))


_COLUMNS = ("layer", "unit", "part", "objective", "class_selectivity", "class", "rs", "activation")


def _best_objective(units: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of IAM images, or of AM images where there are no others; most selective units first."""
    chosen = "iam" if (units["objective"] == "iam").any() else "am"
    rows = units[units["objective"] == chosen]
    return rows.sort_values("class_selectivity", ascending=False, kind="stable")


def _of_unit(table: pd.DataFrame, unit: int) -> Row:
    return table[table["unit"] == unit].to_dict("records")[0]


def _recipe(row: Row) -> str:
    return f"{row['objective']}_{row['scalar']}"


def _beating(store: SyntheticImages, row: Row) -> list[int]:
    """Return the units with an image that respond more strongly to this unit's image than the unit itself."""
    steps = store.curve(_recipe(row), "snapshot_step").tolist()
    first, column = _place(store, row), steps.index(row["step"])
    n_higher = int(store.curve(_recipe(row), "snapshot_higher")[first, column])
    strongest = store.curve(_recipe(row), "snapshot_strongest")[first, column][:n_higher]
    made = set(store.units.tolist())
    return [int(unit) for unit in strongest if int(unit) in made][:N_BEATING]


def _most_beaten(store: SyntheticImages, beaten: pd.DataFrame) -> tuple[Row, list[int]]:
    """Return the first row whose unit enough others beat, or at least some, and those others."""
    best: tuple[Row, list[int]] = ({}, [])
    for own in beaten.to_dict("records"):
        others = _beating(store, own)
        if len(others) > len(best[1]):
            best = (own, others)
        if len(others) == N_BEATING:
            break
    return best


def _place(store: SyntheticImages, row: Row) -> int:
    return int(np.flatnonzero(store.units == row["unit"])[0])


def _picture(
    store: SyntheticImages, row: Row, class_names: Sequence[str], suffix: str = ""
) -> Picture:
    label = int(row["class_selectivity_class"])
    name = class_names[label] if 0 <= label < len(class_names) else "no class"
    note = f"{name} {row['class_selectivity']:.2f}\nRS {row['rs']:.2g}"
    pixels = store.pixels(_recipe(row), _place(store, row))
    return Picture(pixels, f"unit {row['unit']}{suffix}", note)


def _numbers(row: Row, part: str) -> Row:
    values: Row = {name: row[name] for name in _COLUMNS if name in row}
    return values | {"part": part, "class": int(row["class_selectivity_class"])}
