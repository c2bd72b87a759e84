"""Which synthetic images are shown side by side."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from selectivity.figures.substitution import Picture
from selectivity.synthesis.store import SyntheticImages, open_synthesis

Rows = dict[str, list[Picture]]
N_SHEET = 10
N_BEATING = 2  # figure 2 of the paper shows two


def substituted_rows(
    units: pd.DataFrame, images: Mapping[str, Path], class_names: Sequence[str]
) -> tuple[Rows, pd.DataFrame]:
    """Return for each layer its most selective unit that others beat on its own IAM image, then those others.

    `units` has the rows of one network at one setting. Of the units that beat it, those with images are shown,
    strongest first.
    """
    rows: Rows = {}
    numbers = []
    for layer, path in images.items():
        here = _with_objective(units[units["layer"] == layer])
        beaten = here[here["rs"] > 0].sort_values("class_selectivity", ascending=False)
        with open_synthesis(path) as store:
            for row in beaten.itertuples():
                shown = [row.unit, *_beating(store, row)]
                if len(shown) > 1:
                    break
            else:
                continue
            recipe = f"{row.objective}_{row.scalar}"
            table = here.set_index("unit")
            rows[layer] = []
            for place, unit in enumerate(shown):
                one = table.loc[unit]
                title = f"unit {unit}" if place == 0 else f"unit {unit} beats it"
                picture = _picture(store, recipe, int(unit), title, _note(one, class_names))
                rows[layer].append(picture)
                numbers.append(_numbers(one, layer, int(unit), "own" if place == 0 else "beats it"))
    return rows, pd.DataFrame(numbers, columns=list(_COLUMNS))


def sheet_rows(
    units: pd.DataFrame, images: Mapping[str, Path], class_names: Sequence[str]
) -> tuple[Rows, pd.DataFrame]:
    """Return for each layer the images of its most selective units."""
    rows: Rows = {}
    numbers = []
    for layer, path in images.items():
        here = _with_objective(units[(units["layer"] == layer)])
        order = here.sort_values("class_selectivity", ascending=False, kind="stable")
        with open_synthesis(path) as store:
            rows[layer] = []
            for row in order.head(N_SHEET).itertuples():
                one = here.set_index("unit").loc[row.unit]
                recipe = f"{row.objective}_{row.scalar}"
                note = _note(one, class_names)
                rows[layer].append(_picture(store, recipe, int(row.unit), f"unit {row.unit}", note))
                numbers.append(_numbers(one, layer, int(row.unit), "shown"))
    return rows, pd.DataFrame(numbers, columns=list(_COLUMNS))


_COLUMNS = ("layer", "unit", "part", "objective", "class_selectivity", "class", "rs", "activation")


def _with_objective(units: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of IAM images, or of AM images where there are no others."""
    chosen = "iam" if (units["objective"] == "iam").any() else "am"
    return units[units["objective"] == chosen]


def _beating(store: SyntheticImages, row: tuple) -> list[int]:
    """Return the units with an image that respond more strongly to this unit's image than the unit itself."""
    recipe = f"{row.objective}_{row.scalar}"  # type: ignore[attr-defined]
    steps = store.curve(recipe, "snapshot_step").tolist()
    first = int(np.flatnonzero(store.units == row.unit)[0])  # type: ignore[attr-defined]
    column = steps.index(row.step)  # type: ignore[attr-defined]
    n_higher = int(store.curve(recipe, "snapshot_higher")[first, column])
    strongest = store.curve(recipe, "snapshot_strongest")[first, column][:n_higher]
    made = set(store.units.tolist())
    return [int(unit) for unit in strongest if int(unit) in made][:N_BEATING]


def _picture(store: SyntheticImages, recipe: str, unit: int, title: str, note: str) -> Picture:
    index = int(np.flatnonzero(store.units == unit)[0])
    return Picture(store.pixels(recipe, index), title, note)


def _note(row: pd.Series, class_names: Sequence[str]) -> str:
    label = int(row["class_selectivity_class"])
    name = class_names[label] if 0 <= label < len(class_names) else "no class"
    return f"{name} {row['class_selectivity']:.2f}\nRS {row['rs']:.2f}"


def _numbers(row: pd.Series, layer: str, unit: int, part: str) -> dict[str, object]:
    return {
        "layer": layer,
        "unit": unit,
        "part": part,
        "objective": row["objective"],
        "class_selectivity": row["class_selectivity"],
        "class": int(row["class_selectivity_class"]),
        "rs": row["rs"],
        "activation": row["activation"],
    }
