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
    add_crops,
    covered,
    crop_energies,
    gradient_energy,
    mark_crops,
)
from selectivity.neuron_features.crops import fill_color, is_inside
from selectivity.neuron_features.fields import ReceptiveField
from selectivity.neuron_features.settings import FeatureSettings

logger = logging.getLogger(__name__)

# of the memory; the rest is for the tables of crops and for what decoding takes in passing
UNIT_SHARE, IMAGE_SHARE = 0.6, 0.25
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

    Dead units, whose normalized activation is NaN, have none.
    """
    chosen = top.loc[
        is_averaged(top, field, settings), ["unit", "image", "normalized_activation", "position"]
    ]
    chosen = chosen.rename(columns={"normalized_activation": "weight"})
    chosen["row"], chosen["column"] = np.divmod(chosen.pop("position"), field.columns.length)
    return chosen.sort_values(["image", "unit"], ignore_index=True)


def is_averaged(top: pd.DataFrame, field: ReceptiveField, settings: FeatureSettings) -> np.ndarray:
    """Tell which rows of the ranking table a neuron feature is the mean of (rafegas2017, footnote 1)."""
    keep = (top["sample"] == "top") & (top["normalized_activation"] >= settings.min_activation)
    keep &= top["rank"] < settings.max_images
    if settings.border == "skip_border":
        rows, columns = np.divmod(top["position"].to_numpy(), field.columns.length)
        keep &= is_inside(field, rows, columns)
    return keep.to_numpy()


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
    """Yield the features of ranges of units; sums, features and images together take at most `memory` bytes.

    A receiver that keeps a range while it asks for the next holds that much more. If the sums of all
    units do not fit, ranges follow one another; `decode` then meets an image once a range, and
    should keep what it decoded (see ``FedImages``). A unit and an image are worked on at least.
    """
    n_range = units_in(field, memory, n_units)
    for start in range(0, n_units, n_range):
        stop = min(start + n_range, n_units)
        part = crops[(crops["unit"] >= start) & (crops["unit"] < stop)]
        fill = fill_color(settings.border, mean)
        # not kept in a variable: the sums would live on beside those of the next range
        yield _Builder(field, settings, fill, start, stop - start).build(
            part, decode, int(IMAGE_SHARE * memory), threads
        )


def units_in(field: ReceptiveField, memory: int, n_units: int) -> int:
    """Return for how many units at a time the sums fit into `memory`, with room for images."""
    per_unit = field.rows.size * field.columns.size * BYTES_PER_PIXEL
    if per_unit > UNIT_SHARE * memory:
        logger.warning("one unit takes %d MB, more than the memory setting leaves", per_unit >> 20)
    return int(np.clip(UNIT_SHARE * memory // per_unit, 1, max(n_units, 1)))


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
        shape = (self.field.input_rows + above + below, self.field.input_columns + left + right)
        ids = crops["image"].to_numpy()
        images = np.unique(ids)
        # a padded planar image, and the decoded image before
        n_bytes = 3 * (shape[0] * shape[1] + self.field.input_rows * self.field.input_columns)
        n_block = int(np.clip(memory // n_bytes, 1, max(len(images), 1)))
        self.planes = np.empty((n_block, 3, *shape), np.uint8)
        self.planes[:] = self.fill[
            :, None, None
        ]  # the borders stay as they are from block to block
        with ThreadPoolExecutor(threads) as pool:
            for first in range(0, len(images), n_block):
                block = images[first : first + n_block]
                start, stop = np.searchsorted(ids, [block[0], block[-1] + 1])
                self._add_block(pool, crops.iloc[start:stop], block, self._decoded(decode, block))
        del self.planes
        return self._finish(crops)

    def _add_block(
        self, pool: ThreadPoolExecutor, crops: pd.DataFrame, block: np.ndarray, pixels: np.ndarray
    ) -> None:
        """Add the crops of a block of images, which are sorted by image."""
        places = np.searchsorted(block, crops["image"].to_numpy())
        windows = self._windows(crops["row"].to_numpy(), crops["column"].to_numpy())
        by_image = np.split(windows, np.searchsorted(places, np.arange(1, len(block))))
        energies = list(pool.map(self._prepare, range(len(block)), pixels, by_image))
        units = crops["unit"].to_numpy() - self.start
        np.add.at(self.sums.energy, units, np.concatenate(energies))
        order = np.argsort(units, kind="stable")
        found, starts = np.unique(units[order], return_index=True)
        weights = crops["weight"].to_numpy(np.float64)
        parts = (np.split(array[order], starts[1:]) for array in (places, windows, weights))
        list(pool.map(self._add_unit, found.tolist(), *parts))

    def _decoded(self, decode: Decoder, block: np.ndarray) -> np.ndarray:
        images = decode(block)
        expected = (len(block), self.field.input_rows, self.field.input_columns, 3)
        if images.shape != expected or images.dtype != np.uint8:
            raise DataError(
                f"images of shape {images.shape} and type {images.dtype}; the receptive fields were "
                f"traced for 8-bit images of shape {expected}"
            )
        return images

    def _prepare(self, place: int, image: np.ndarray, windows: np.ndarray) -> np.ndarray:
        """Put an image into its place and return the gradient energies of its crops."""
        above, _, left, _ = self.padding
        rows, columns = image.shape[:2]
        inner = self.planes[place, :, above : above + rows, left : left + columns]
        inner[:] = image.transpose(2, 0, 1)
        return crop_energies(self.planes[place], windows)

    def _add_unit(
        self, u: int, places: np.ndarray, windows: np.ndarray, weights: np.ndarray
    ) -> None:
        sums, single = self.sums, weights.astype(np.float32)
        add_crops(
            self.planes, places, windows, single, sums.weighted[u], sums.total[u], sums.squares[u]
        )
        mark_crops(windows, weights, sums.counts[u], sums.weights[u])
        sums.n_crops[u] += len(places)

    def _windows(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Return top and left of crops in the padded image, and their first and last rows and columns to use."""
        tops, lefts = self.field.window(rows, columns)
        n_rows, n_columns = self.field.shape
        windows = np.empty((len(tops), 6), np.int64)
        windows[:, 0], windows[:, 1] = tops + self.padding[0], lefts + self.padding[2]
        windows[:, 2:] = 0, n_rows, 0, n_columns
        if self.settings.border == "masked":
            windows[:, 2], windows[:, 4] = np.maximum(0, -tops), np.maximum(0, -lefts)
            last = np.minimum(n_rows, self.field.input_rows - tops)
            right = np.minimum(n_columns, self.field.input_columns - lefts)
            # a crop that lies outside altogether uses nothing
            windows[:, 3], windows[:, 5] = (
                np.maximum(last, windows[:, 2]),
                np.maximum(right, windows[:, 4]),
            )
            windows[:, 2:4] = np.clip(windows[:, 2:4], 0, n_rows)
            windows[:, 4:] = np.clip(windows[:, 4:], 0, n_columns)
        return windows

    def _finish(self, crops: pd.DataFrame) -> Features:
        sums = self.sums
        shape = (sums.n_units, *self.field.shape, 3)
        features, spread = np.empty(shape, np.float32), np.empty(shape, np.float32)
        own = np.empty(sums.n_units)
        for u in range(sums.n_units):  # one at a time: the temporaries are larger than the sums
            features[u], spread[u] = self._finished(u)
            own[u] = gradient_energy(features[u : u + 1])[0]
        energy = sums.energy / np.maximum(sums.n_crops, 1)
        with np.errstate(invalid="ignore", divide="ignore"):
            sharpness = np.where(energy > 0, own / energy, np.nan)
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
