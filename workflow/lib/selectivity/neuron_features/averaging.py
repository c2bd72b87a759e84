"""Sum the crops of many units image by image: each image is decoded once, whatever uses it.

Images come in blocks; within a block the crops of one unit follow one another, so that its sums
stay in the processor's cache. Sums of colors are integers, hence exact: results depend on neither
blocks nor threads.
"""

from dataclasses import dataclass, field

import numpy as np
from numba import njit

# bytes of one pixel of one unit: weighted RGB, opponent sums and squares, feature and deviation
# (3 x 4 bytes each), corners of the crops and of their weights
BYTES_PER_PIXEL = 5 * 12 + 12

ROWS_PER_STRIP = 32
# opponent values as integers: intensity, red - green, yellow - blue
AXES = np.array([[1, 1, 1], [1, -1, 0], [1, 1, -2]], np.int32)


@dataclass
class CropSums:
    """Running sums over the crops of a range of units."""

    n_units: int
    rows: int
    columns: int
    weighted: np.ndarray = field(init=False)  # (units, 3, rows, columns) of w x RGB
    total: np.ndarray = field(init=False)  # of integer opponent values
    squares: np.ndarray = field(init=False)
    counts: np.ndarray = field(init=False)  # (units, rows + 1, columns + 1) corners of crops
    weights: np.ndarray = field(init=False)
    energy: np.ndarray = field(init=False)  # (units,) summed gradient energy of the crops
    n_crops: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        shape = (self.n_units, 3, self.rows, self.columns)
        self.weighted = np.zeros(shape, np.float32)
        self.total = np.zeros(shape, np.int32)
        self.squares = np.zeros(shape, np.int32)
        self.counts = np.zeros((self.n_units, self.rows + 1, self.columns + 1), np.int32)
        self.weights = np.zeros((self.n_units, self.rows + 1, self.columns + 1), np.float64)
        self.energy = np.zeros(self.n_units)
        self.n_crops = np.zeros(self.n_units, np.int64)


def covered(corners: np.ndarray) -> np.ndarray:
    """Return, for each pixel, the sum over the crops that cover it: (rows, columns)."""
    return corners.cumsum(0).cumsum(1)[:-1, :-1]


@njit(cache=True, nogil=True, error_model="numpy")
def add_crops(
    images: np.ndarray,
    places: np.ndarray,
    windows: np.ndarray,
    weights: np.ndarray,
    weighted: np.ndarray,
    total: np.ndarray,
    squares: np.ndarray,
) -> None:
    """Add crops of padded planar images (n, 3, rows, columns) to the sums of one unit.

    Crop i is cut from ``images[places[i]]``; `windows` holds its top and left and the rows and columns of it to use:
    first, last + 1, first, last + 1. Strip after strip over all crops: the sums of a strip stay in a fast cache, and
    enough rows of a crop follow one another that the processor fetches them ahead.
    """
    for strip in range(0, weighted.shape[1], ROWS_PER_STRIP):
        for i in range(len(places)):
            top, left, r0, r1, c0, c1 = windows[i]
            weight = weights[i]
            for r in range(max(strip, r0), min(strip + ROWS_PER_STRIP, r1)):
                red = images[places[i], 0, top + r, left + c0 : left + c1]
                green = images[places[i], 1, top + r, left + c0 : left + c1]
                blue = images[places[i], 2, top + r, left + c0 : left + c1]
                for k, plane in enumerate((red, green, blue)):
                    target = weighted[k, r, c0:c1]
                    for c in range(c1 - c0):
                        target[c] += weight * np.float32(plane[c])
                for k in range(3):
                    sums, powers = total[k, r, c0:c1], squares[k, r, c0:c1]
                    sign, tail = AXES[k, 1], AXES[k, 2]
                    for c in range(c1 - c0):
                        value = (
                            np.int32(red[c]) + sign * np.int32(green[c]) + tail * np.int32(blue[c])
                        )
                        sums[c] += value
                        powers[c] += value * value


@njit(cache=True, nogil=True)
def mark_crops(
    windows: np.ndarray, weights: np.ndarray, counts: np.ndarray, corners: np.ndarray
) -> None:
    """Note which pixels of a unit's feature its crops cover."""
    for i in range(len(windows)):
        _, _, r0, r1, c0, c1 = windows[i]
        counts[r0, c0] += 1
        counts[r1, c1] += 1
        counts[r0, c1] -= 1
        counts[r1, c0] -= 1
        corners[r0, c0] += weights[i]
        corners[r1, c1] += weights[i]
        corners[r0, c1] -= weights[i]
        corners[r1, c0] -= weights[i]


@njit(cache=True, nogil=True, error_model="numpy")
def crop_energies(image: np.ndarray, windows: np.ndarray) -> np.ndarray:
    """Return the gradient energy of crops of a padded planar image (3, rows, columns): that of ``gradient_energy``.

    From one summed-area table of the squared forward differences of R + G + B, exact in integers.
    """
    _, rows, columns = image.shape
    table = np.zeros((rows, columns), np.int64)
    for r in range(rows - 1):
        running = 0
        for c in range(columns - 1):
            here = np.int64(image[0, r, c]) + image[1, r, c] + image[2, r, c]
            below = np.int64(image[0, r + 1, c]) + image[1, r + 1, c] + image[2, r + 1, c]
            beside = np.int64(image[0, r, c + 1]) + image[1, r, c + 1] + image[2, r, c + 1]
            running += (below - here) ** 2 + (beside - here) ** 2
            table[r + 1, c + 1] = table[r, c + 1] + running
    energies = np.zeros(len(windows))
    for i in range(len(windows)):
        top, left, r0, r1, c0, c1 = windows[i]
        t, b, m, n = top + r0, top + r1 - 1, left + c0, left + c1 - 1
        if b > t and n > m:
            total = table[b, n] - table[t, n] - table[b, m] + table[t, m]
            energies[i] = total / ((b - t) * (n - m))
    return energies


def gradient_energy(features: np.ndarray) -> np.ndarray:
    """Return the mean squared forward differences of R + G + B, in 8-bit steps, of features (units, h, w, 3).

    Pixels that are NaN are left out; NaN where nothing is left.
    """
    gray = features.sum(-1, dtype=np.float64) * 255
    if gray.shape[1] < 2 or gray.shape[2] < 2:
        return np.zeros(len(gray))
    energy = np.diff(gray, axis=1)[:, :, :-1] ** 2 + np.diff(gray, axis=2)[:, :-1] ** 2
    known = np.isfinite(energy)
    n_known = known.sum((1, 2))
    total = np.where(known, energy, 0).sum((1, 2))
    return np.where(n_known > 0, total / np.maximum(n_known, 1), np.nan)
