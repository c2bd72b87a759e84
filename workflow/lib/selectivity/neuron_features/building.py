"""Build the neuron features of a layer: the weighted mean of the crops that excite a unit most."""

import logging
import math
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd

from selectivity.errors import DataError
from selectivity.neuron_features.averaging import (
    AXES,
    BYTES_PER_PIXEL,
    CropSums,
    add_crops,
    coverage,
    crop_energies,
    gradient_energy,
    separate_planes,
)
from selectivity.neuron_features.crops import fill_color, is_inside
from selectivity.neuron_features.fields import ReceptiveField
from selectivity.neuron_features.settings import FeatureSettings

logger = logging.getLogger(__name__)

# of the memory; the rest is for the tables of crops and for what decoding takes in passing
UNIT_SHARE, IMAGE_SHARE = 0.5, 0.25
# decoded together, then put among the others: a small array, which is used again and again
IMAGES_AT_A_TIME = 32
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
    per_unit = _unit_bytes(field)
    if per_unit > UNIT_SHARE * memory:
        logger.warning("one unit takes %d MB, more than the memory setting leaves", per_unit >> 20)
    return int(np.clip(UNIT_SHARE * memory // per_unit, 1, max(n_units, 1)))


def _unit_bytes(field: ReceptiveField) -> int:
    return field.rows.size * field.columns.size * BYTES_PER_PIXEL


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
        shape = (3, self.field.input_rows, self.field.input_columns)
        # R + G + B of the images being put in; the borders stay as they are
        self.grays = np.full(
            (IMAGES_AT_A_TIME, above + shape[1] + below, left + shape[2] + right),
            self.fill.sum(dtype=np.int32),
        )
        ids = crops["image"].to_numpy()
        images = np.unique(ids)
        memory -= self.grays.nbytes + IMAGES_AT_A_TIME * math.prod(shape)  # as decoded
        n_block = int(np.clip(memory // math.prod(shape), 1, max(len(images), 1)))
        self.planes = np.empty((n_block, *shape), np.uint8)
        with ThreadPoolExecutor(threads) as pool:
            for first in range(0, len(images), n_block):
                block = images[first : first + n_block]
                start, stop = np.searchsorted(ids, [block[0], block[-1] + 1])
                self._add_block(pool, crops.iloc[start:stop], block, decode)
        del self.planes, self.grays
        return self._finish(crops)

    def _add_block(
        self, pool: ThreadPoolExecutor, crops: pd.DataFrame, block: np.ndarray, decode: Decoder
    ) -> None:
        """Add the crops of a block of images, which are sorted by image."""
        places = np.searchsorted(block, crops["image"].to_numpy())
        windows = self._windows(crops["row"].to_numpy(), crops["column"].to_numpy())
        by_image = np.split(windows, np.searchsorted(places, np.arange(1, len(block))))
        energies: list[np.ndarray] = []
        for first in range(0, len(block), IMAGES_AT_A_TIME):
            part = slice(first, min(first + IMAGES_AT_A_TIME, len(block)))
            pixels, numbers = self._decoded(decode, block[part]), range(part.start, part.stop)
            energies.extend(pool.map(self._prepare, numbers, pixels, by_image[part]))
        units = crops["unit"].to_numpy() - self.start
        np.add.at(self.sums.energy, units, np.concatenate(energies))
        weights = crops["weight"].to_numpy(np.float32)
        by_unit = self._split_by_unit(units, places, windows, weights)
        list(pool.map(self._add_unit, range(self.sums.n_units), *by_unit))

    def _split_by_unit(self, units: np.ndarray, *columns: np.ndarray) -> list[list[np.ndarray]]:
        """Return what belongs to each unit of the range, in its order, of some columns of crops."""
        order = np.argsort(units, kind="stable")
        starts = np.searchsorted(units[order], np.arange(1, self.sums.n_units))
        return [np.split(column[order], starts) for column in columns]

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
        """Put an image into its place and return the gradient energies of its crops, border included."""
        gray = self.grays[place % IMAGES_AT_A_TIME]
        above, _, left, _ = self.padding
        rows, columns = image.shape[:2]
        inside = gray[above : above + rows, left : left + columns]
        separate_planes(image, self.planes[place], inside)
        windows = windows + np.array([above, left, 0, 0, 0, 0])
        if self.settings.border != "masked":
            windows[:, 2:] = 0, self.field.rows.size, 0, self.field.columns.size
        return crop_energies(gray, windows)

    def _add_unit(
        self, u: int, places: np.ndarray, windows: np.ndarray, weights: np.ndarray
    ) -> None:
        sums = self.sums
        add_crops(
            self.planes, places, windows, weights, sums.weighted[u], sums.total[u], sums.squares[u]
        )

    def _windows(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Return top and left of crops in the image, and their first and last rows and columns inside it."""
        tops, lefts = self.field.window(rows, columns)
        windows = np.empty((len(tops), 6), np.int64)
        windows[:, 0], windows[:, 1] = tops, lefts
        for k, first, size, length in (
            (2, tops, self.field.rows.size, self.field.input_rows),
            (4, lefts, self.field.columns.size, self.field.input_columns),
        ):
            windows[:, k] = np.clip(-first, 0, size)
            # a crop that lies outside altogether has nothing inside
            windows[:, k + 1] = np.clip(length - first, windows[:, k], size)
        return windows

    def _finish(self, crops: pd.DataFrame) -> Features:
        sums = self.sums
        windows = self._windows(crops["row"].to_numpy(), crops["column"].to_numpy())
        by_unit = self._split_by_unit(
            crops["unit"].to_numpy() - self.start, windows, crops["weight"].to_numpy(np.float64)
        )
        n_crops = np.array([len(weights) for weights in by_unit[1]])
        weight_sum = np.array([weights.sum() for weights in by_unit[1]])
        shape = (sums.n_units, *self.field.shape, 3)
        # each unit's feature and deviation take the place of its sums
        features = sums.weighted.reshape(shape)
        spread = sums.squares.view(np.float32).reshape(shape)
        own = np.empty(sums.n_units)
        for u, (inside, weights) in enumerate(zip(*by_unit, strict=True)):
            features[u], spread[u] = self._finished(u, inside, weights)
            own[u] = gradient_energy(features[u : u + 1])[0]
        energy = sums.energy / np.maximum(n_crops, 1)
        with np.errstate(invalid="ignore", divide="ignore"):
            sharpness = np.where(energy > 0, own / energy, np.nan)
        return Features(self.start, features, spread, n_crops, weight_sum, sharpness)

    def _finished(
        self, u: int, windows: np.ndarray, weights: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the mean and the standard deviation of one unit's crops: (rows, columns, 3)."""
        n, weight = coverage(windows, weights, self.field.shape)
        weighted = self.sums.weighted[u].astype(np.float64)
        total = self.sums.total[u].astype(np.int64)
        squares = self.sums.squares[u].astype(np.int64)
        if self.settings.border != "masked":
            # what crops show outside their images
            color = AXES.astype(np.int64) @ self.fill
            weighted += (weights.sum() - weight) * self.fill[:, None, None]
            total += (len(weights) - n) * color[:, None, None]
            squares += (len(weights) - n) * color[:, None, None] ** 2
            n[:], weight[:] = len(weights), weights.sum()
        divisor = n if self.settings.divisor == "n" else weight
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.where(n > 0, weighted / (255.0 * divisor), np.nan)
            # exact integers: n x sum of squares - square of the sum
            deviation = np.sqrt((n * squares - total**2).astype(np.float64)) / n
            deviation = np.where(n > 0, deviation, np.nan)
        return mean.transpose(1, 2, 0), deviation.transpose(1, 2, 0) * INTEGER_SCALE
