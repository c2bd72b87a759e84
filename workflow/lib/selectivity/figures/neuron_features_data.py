"""What the figures of rafegas2017 are drawn from: tables, features and crops of the layers of one network."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from selectivity.figures.tiles import faded, raised, to_pixels
from selectivity.neuron_features.building import is_averaged
from selectivity.neuron_features.crops import crop, fill_color
from selectivity.neuron_features.fields import ReceptiveField, read_field
from selectivity.neuron_features.settings import FeatureSettings
from selectivity.neuron_features.store import FeatureStore, open_features
from selectivity.parquet import read_table

Decode = Callable[[int], np.ndarray]


@dataclass(frozen=True)
class Layer:
    """One layer: its units' indices, their features and their crops."""

    name: str
    table: pd.DataFrame  # indexed by unit
    store: FeatureStore
    top: pd.DataFrame
    field: ReceptiveField
    decode: Decode
    settings: FeatureSettings
    fill: np.ndarray

    def alive(self) -> pd.DataFrame:
        """Return the units that have a neuron feature."""
        return self.table[self.table["n_nf_images"] > 0]

    def value(self, unit: int, column: str) -> float:
        """Return a number of one unit."""
        return float(self.table[column].to_numpy(np.float64)[self.table.index.get_loc(unit)])

    def feature(self, unit: int) -> np.ndarray:
        """Return a neuron feature as 8-bit pixels, its contrast raised to be seen."""
        return to_pixels(raised(self.store.feature(unit)))

    def crops(self, unit: int, n: int = 100, *, fade: bool = False) -> list[np.ndarray]:
        """Return what the unit sees of the images that excite it most, the strongest first.

        With `fade`, those that its neuron feature is not the mean of are pale.
        """
        mine = self.top[(self.top["unit"] == unit) & (self.top["sample"] == "top")][:n]
        strong = is_averaged(mine, self.field, self.settings)
        cut = []
        for image, position, counts in zip(mine["image"], mine["position"], strong, strict=True):
            row, column = divmod(int(position), self.field.columns.length)
            pixels = crop(self.decode(int(image)), self.field, (row, column), self.fill)
            cut.append(faded(pixels) if fade and not counts else pixels)
        return cut


@dataclass(frozen=True)
class LayerFiles:
    """The result files of one layer."""

    indices: Path
    features: Path
    top_images: Path


def layer_files(layers: Sequence[str], given: Any) -> dict[str, LayerFiles]:
    """Return the files of each layer from a job's lists of them, which follow the order of the layers."""
    files = zip(given.indices, given.features, given.top_images, strict=True)
    paths = (LayerFiles(*(Path(path) for path in three)) for three in files)
    return dict(zip(layers, paths, strict=True))


@contextmanager
def open_layers(
    layers: Mapping[str, LayerFiles], receptive_fields: Path, decode: Decode, mean: np.ndarray
) -> Iterator[list[Layer]]:
    """Open the layers of a network, in their order."""
    with ExitStack() as stack:
        opened = []
        for name, files in layers.items():
            store = stack.enter_context(open_features(files.features))
            settings = FeatureSettings(**store.provenance["neuron_features"])
            opened.append(
                Layer(
                    name,
                    read_table(files.indices)[0].set_index("unit"),
                    store,
                    read_table(files.top_images)[0],
                    read_field(receptive_fields, name),
                    decode,
                    settings,
                    fill_color(settings.border, mean),
                )
            )
        yield opened


def spread_out(values: pd.Series, n: int, *, lowest_first: bool = False) -> list[int]:
    """Return the units at evenly spaced values between the extremes, each once; undefined values are left out."""
    known = values.dropna().sort_values(ascending=lowest_first, kind="stable")
    if len(known) <= n:
        return [int(unit) for unit in known.index]
    targets = np.linspace(known.iloc[0], known.iloc[-1], n)
    chosen: list[int] = []
    for target in targets:
        left = known.drop(index=chosen)
        chosen.append(int((left - target).abs().idxmin()))
    order = values.loc[chosen].sort_values(ascending=lowest_first, kind="stable")
    return [int(unit) for unit in order.index]
