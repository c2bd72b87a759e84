"""Build the neuron features of a layer: the weighted mean of the crops that excite a unit most."""

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd

from selectivity.errors import DataError
from selectivity.neuron_features.averaging import (
    BYTES_PER_PIXEL,
    CropSums,
    add_crop,
    covered,
    energy_table,
    gradient_energy,
)
from selectivity.neuron_features.crops import fill_color, is_inside, pad_image
from selectivity.neuron_features.fields import ReceptiveField
from selectivity.neuron_features.settings import FeatureSettings

logger = logging.getLogger(__name__)

INTEGER_SCALE = np.array([1 / 382.5, 1 / 255, 1 / 510])  # of integers to opponent values

# image ids -> images as fed to the network before mean subtraction, (n, rows, columns, RGB) uint8
Decoder = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Features:
    """Neuron features of consecutive units and what is known of their crops."""

    start: int
    features: np.ndarray  # (units, rows, columns, RGB) float32 in [0, 1], NaN where undefined
    spread: np.ndarray  # the same shape: standard deviation of the crops in opponent space
    n_images: np.ndarray
    weight_sum: np.ndarray
    sharpness: np.ndarray


def selected_crops(
    top: pd.DataFrame, field: ReceptiveField, settings: FeatureSettings
) -> pd.DataFrame:
    """Return the crops of every unit's neuron feature: unit, image, weight, row and column of the map.

    `top` holds the sample "top" of the ranking table. Dead units, whose normalized activation is
    NaN, have none.
    """
    keep = (top["sample"] == "top") & (top["normalized_activation"] >= settings.min_activation)
    keep &= top["rank"] < settings.max_images
    chosen = top.loc[keep, ["unit", "image", "normalized_activation", "position"]]
    chosen = chosen.rename(columns={"normalized_activation": "weight"})
    chosen["row"], chosen["column"] = np.divmod(chosen.pop("position"), field.columns.length)
    if settings.border == "skip_border":
        inside = is_inside(field, chosen["row"].to_numpy(), chosen["column"].to_numpy())
        chosen = chosen[inside]
    return chosen.sort_values(["image", "unit"], ignore_index=True)


def build_features(
    crops: pd.DataFrame,
    n_units: int,
    field: ReceptiveField,
    decode: Decoder,
    settings: FeatureSettings,
    mean: np.ndarray,
    memory: int = 1 << 30,
    threads: int = 1,
) -> Iterator[Features]:
    """Yield the features of ranges of units; sums and images together take at most about `memory` bytes.

    If the sums of all units do not fit, ranges follow one another; `decode` then meets an image
    once a range, and should keep what it decoded (see ``FedImages``).
    """
    rows, columns = field.shape
    per_unit = rows * columns * BYTES_PER_PIXEL
    n_range = int(np.clip(0.6 * memory // per_unit, 1, max(n_units, 1)))
    if per_unit > memory:
        logger.warning("one unit takes %d MB, above the memory setting", per_unit >> 20)
    for start in range(0, n_units, n_range):
        stop = min(start + n_range, n_units)
        part = crops[(crops["unit"] >= start) & (crops["unit"] < stop)]
        builder = _Builder(field, settings, fill_color(settings.border, mean), start, stop - start)
        yield builder.build(part, decode, int(0.3 * memory), threads)


class _Builder:
    """Fills the sums of one range of units."""

    def __init__(
        self, field: ReceptiveField, settings: FeatureSettings, fill: np.ndarray, start: int, n: int
    ) -> None:
        self.field, self.settings, self.fill, self.start = field, settings, fill, start
        self.padding = field.padding()
        self.sums = CropSums(n, *field.shape)

    def build(self, crops: pd.DataFrame, decode: Decoder, memory: int, threads: int) -> Features:
        above, below, left, right = self.padding
        rows = self.field.input_rows + above + below
        columns = self.field.input_columns + left + right
        # decoded image, its padded planar copy and its energy table
        n_block = max(1, memory // (rows * columns * (3 + 3 + 8)))
        images = np.unique(crops["image"].to_numpy())
        with ThreadPoolExecutor(threads) as pool:
            for first in range(0, len(images), n_block):
                block = images[first : first + n_block]
                inside = crops[(crops["image"] >= block[0]) & (crops["image"] <= block[-1])]
                prepared = list(pool.map(self._prepare, self._decoded(decode, block)))
                groups = [
                    (block, prepared, unit, group)
                    for unit, group in inside.groupby("unit", sort=True)
                ]
                list(pool.map(self._add_unit, groups))
        return self._finish(crops)

    def _decoded(self, decode: Decoder, block: np.ndarray) -> np.ndarray:
        images = decode(block)
        expected = (len(block), self.field.input_rows, self.field.input_columns, 3)
        if images.shape != expected or images.dtype != np.uint8:
            raise DataError(
                f"images of shape {images.shape} and type {images.dtype}; the receptive fields were "
                f"traced for 8-bit images of shape {expected}"
            )
        return images

    def _prepare(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        padded = pad_image(image, self.padding, self.fill)
        planar = np.ascontiguousarray(padded.transpose(2, 0, 1))
        return planar, energy_table(planar)

    def _add_unit(self, work: tuple[np.ndarray, list, int, pd.DataFrame]) -> None:
        block, prepared, unit, group = work
        sums, u = self.sums, unit - self.start
        places = np.searchsorted(block, group["image"].to_numpy())
        tops, lefts = self.field.window(group["row"].to_numpy(), group["column"].to_numpy())
        for place, top, left, weight in zip(places, tops, lefts, group["weight"], strict=True):
            window = self._window(int(top), int(left))
            planar, table = prepared[place]
            sums.energy[u] += add_crop(
                planar, table, window, np.float32(weight),
                sums.weighted[u], sums.total[u], sums.squares[u],
            )  # fmt: skip
            _mark(sums.counts[u], window[2:], 1)
            _mark(sums.weights[u], window[2:], weight)
        sums.n_crops[u] += len(group)

    def _window(self, top: int, left: int) -> np.ndarray:
        rows, columns = self.field.shape
        r0, r1, c0, c1 = 0, rows, 0, columns
        if self.settings.border == "masked":
            r0, r1 = max(0, -top), min(rows, self.field.input_rows - top)
            c0, c1 = max(0, -left), min(columns, self.field.input_columns - left)
        return np.array([top + self.padding[0], left + self.padding[2], r0, r1, c0, c1], np.int64)

    def _finish(self, crops: pd.DataFrame) -> Features:
        sums = self.sums
        shape = (sums.n_units, *self.field.shape, 3)
        features, spread = np.empty(shape, np.float32), np.empty(shape, np.float32)
        for u in range(sums.n_units):  # one at a time: the temporaries are as large as the sums
            features[u], spread[u] = self._finished(u)
        energy = sums.energy / np.maximum(sums.n_crops, 1)
        with np.errstate(invalid="ignore", divide="ignore"):
            sharpness = np.where(energy > 0, gradient_energy(features) / energy, np.nan)
        weight_sum = np.zeros(sums.n_units)
        np.add.at(weight_sum, crops["unit"].to_numpy() - self.start, crops["weight"].to_numpy())
        n_images = sums.n_crops.copy()
        return Features(self.start, features, spread, n_images, weight_sum, sharpness)

    def _finished(self, u: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the mean and the standard deviation of one unit's crops: (rows, columns, 3)."""
        sums = self.sums
        n_valid = covered(sums.counts[u])
        divisor = n_valid if self.settings.divisor == "n" else covered(sums.weights[u])
        squares, total = sums.squares[u].astype(np.int64), sums.total[u].astype(np.int64)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.where(n_valid > 0, sums.weighted[u] / (255.0 * divisor), np.nan)
            # exact integers: n x sum of squares - square of the sum
            deviation = np.sqrt((n_valid * squares - total**2).astype(np.float64)) / n_valid
            deviation = np.where(n_valid > 0, deviation, np.nan)
        return mean.transpose(1, 2, 0), deviation.transpose(1, 2, 0) * INTEGER_SCALE


def _mark(corners: np.ndarray, window: np.ndarray, value: float) -> None:
    r0, r1, c0, c1 = window
    corners[r0, c0] += value
    corners[r1, c1] += value
    corners[r0, c1] -= value
    corners[r1, c0] -= value
