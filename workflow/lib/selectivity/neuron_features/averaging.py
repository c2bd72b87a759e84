"""Sum the crops of many units image by image: each image is decoded once, whatever uses it.

Images come in blocks; within a block the crops of one unit follow one another, so that its sums
stay in the processor's cache. Sums of colors are integers, hence exact: results depend on neither
blocks nor threads. Only what lies inside an image is summed: the color outside is the same for all
crops, and how many of them show it where is known from their corners.
"""

from dataclasses import dataclass, field

import numpy as np
from numba import njit

BYTES_PER_PIXEL = 3 * 12  # of one unit: weighted RGB, opponent sums and squares, 3 x 4 bytes each

ROWS_PER_STRIP = 32
# opponent values as integers: intensity, red - green, yellow - blue
AXES = np.array([[1, 1, 1], [1, -1, 0], [1, 1, -2]], np.int32)


@dataclass
class CropSums:
    """Running sums over what lies inside the images of the crops of a range of units."""

    n_units: int
    rows: int
    columns: int
    weighted: np.ndarray = field(init=False)  # (units, 3, rows, columns) of w x RGB
    total: np.ndarray = field(init=False)  # of integer opponent values
    squares: np.ndarray = field(init=False)
    energy: np.ndarray = field(init=False)  # (units,) summed gradient energy of the crops

    def __post_init__(self) -> None:
        shape = (self.n_units, 3, self.rows, self.columns)
        self.weighted = np.zeros(shape, np.float32)
        self.total = np.zeros(shape, np.int32)
        self.squares = np.zeros(shape, np.int32)
        self.energy = np.zeros(self.n_units)


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
    """Add crops of planar images (n, 3, rows, columns) to the sums of one unit.

    Crop i is cut from ``images[places[i]]``; `windows` holds its top and left, negative where it sticks out, and its
    rows and columns inside the image: first, last + 1, first, last + 1. Strip after strip over all crops: the sums of
    a strip stay in a fast cache, and enough rows of a crop follow one another that the processor fetches them ahead.
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
def coverage(
    windows: np.ndarray, weights: np.ndarray, shape: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Return how many crops have a pixel inside their image, and the sum of their weights: (rows, columns) each."""
    counts, sums = np.zeros(shape, np.int64), np.zeros(shape, np.float64)
    # each crop's corners, and from them the sums of all above and to the left
    for i in range(len(windows)):
        _, _, r0, r1, c0, c1 = windows[i]
        for r, c, sign in ((r0, c0, 1), (r1, c1, 1), (r0, c1, -1), (r1, c0, -1)):
            if r < shape[0] and c < shape[1]:
                counts[r, c] += sign
                sums[r, c] += sign * weights[i]
    for r in range(shape[0]):
        for c in range(1, shape[1]):
            counts[r, c] += counts[r, c - 1]
            sums[r, c] += sums[r, c - 1]
    for r in range(1, shape[0]):
        counts[r] += counts[r - 1]
        sums[r] += sums[r - 1]
    return counts, sums


@njit(cache=True, nogil=True)
def separate_planes(image: np.ndarray, planes: np.ndarray, gray: np.ndarray) -> None:
    """Copy an image (rows, columns, RGB) into `planes` (RGB, rows, columns) and R + G + B into `gray`."""
    rows, columns, _ = image.shape
    for r in range(rows):
        for c in range(columns):
            red, green, blue = image[r, c]
            planes[0, r, c], planes[1, r, c], planes[2, r, c] = red, green, blue
            gray[r, c] = np.int32(red) + green + blue


@njit(cache=True, nogil=True, error_model="numpy")
def crop_energies(gray: np.ndarray, windows: np.ndarray) -> np.ndarray:
    """Return the gradient energy of crops of an image of R + G + B, (rows, columns): that of ``gradient_energy``.

    From one summed-area table of the squared forward differences, exact in integers.
    """
    rows, columns = gray.shape
    table = np.zeros((rows, columns), np.int64)
    squares = np.empty(columns - 1, np.int32)
    for r in range(rows - 1):
        here, below = gray[r], gray[r + 1]
        for c in range(columns - 1):
            squares[c] = (below[c] - here[c]) ** 2 + (here[c + 1] - here[c]) ** 2
        running = 0
        for c in range(columns - 1):
            running += squares[c]
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
