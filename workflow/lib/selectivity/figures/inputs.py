"""What the figure stages read: measures of layers, one unit's activations, example pictures."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from selectivity.activations import open_activations
from selectivity.datasets import ImageSource, open_images
from selectivity.figures.jitter import UnitActivations

LARGEST_SIDE = 256  # pixels; more than this is not seen at the size of the examples


def read_measures(paths: Sequence[Path], layers: Sequence[str]) -> pd.DataFrame:
    """Return the units of several layers, in the order of `layers`; one file a layer."""
    frames = [pd.read_parquet(path) for path in paths]
    found = {str(frame["layer"].iloc[0]): frame for frame in frames if len(frame)}
    return pd.concat([found[layer] for layer in layers], ignore_index=True)


def read_published(path: Path) -> pd.DataFrame:
    """Return the printed numbers of the papers, all columns as text."""
    return pd.read_csv(path, sep="\t", dtype=str, quoting=3, keep_default_na=False)


def read_unit(
    path: Path, expected: Mapping[str, str], unit: int, label: int, class_names: Sequence[str]
) -> UnitActivations:
    """Return the activations of one unit to all images, with the class to show."""
    with open_activations(path, expected) as store:
        return UnitActivations(
            layer=expected["layer"],
            unit=unit,
            values=store.read_units(unit, unit + 1)[0],
            labels=store.labels,
            images=store.images,
            label=label,
            class_name=class_names[label],
        )


def load_examples(
    places: Mapping[str, np.ndarray], images: np.ndarray, index: pd.DataFrame, source: ImageSource
) -> dict[str, list[np.ndarray]]:
    """Return the pictures at `places` of `images` (image ids), cut to their middle square."""
    rows = pd.Series(np.arange(len(index)), index=index["image"])
    pictures = open_images(index, source)
    return {
        name: [_square(pictures[int(rows[images[place]])]) for place in chosen]
        for name, chosen in places.items()
    }


def unit_points(unit: UnitActivations) -> pd.DataFrame:
    """Return the points of a jitterplot."""
    columns = {"image": unit.images, "label": unit.labels, "activation": unit.values}
    return pd.DataFrame({**columns, "shown_class": unit.member.astype(np.int8)})


def _square(picture: np.ndarray) -> np.ndarray:
    """Return the middle square of a picture, thinned to the size at which it is shown."""
    rows, columns = picture.shape[:2]
    side = min(rows, columns)
    top, left = (rows - side) // 2, (columns - side) // 2
    step = max(1, side // LARGEST_SIDE)
    return picture[top : top + side : step, left : left + side : step]
