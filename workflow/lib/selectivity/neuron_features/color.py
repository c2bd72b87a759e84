"""Color selectivity index and hue of neuron features, in opponent space (rafegas2017 equation 2; 7.6, 7.7).

The opponent axes are intensity, red against green and yellow against blue. The default scaling is
that of the authors' later code (CVC-CIC/nefesi, rgb2opp); ``orthonormal`` is a rotation of RGB.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

# opponent = rgb @ MATRIX.T + OFFSET, rgb in [0, 1]
MATRIX = np.array([[1, 1, 1], [1.5, -1.5, 0], [0.75, 0.75, -1.5]]) / 1.5
OFFSET = np.array([-1.0, 0.0, 0.0])
# the orthonormal axes are the default ones, each stretched; the offset moves no angle of
# differences
STRETCH = np.array([1.5 / np.sqrt(3), 1 / np.sqrt(2), 2 / np.sqrt(6)])
NOISE = 1e-3  # added to the spread of the crops before it is inverted
UNIFORM = 1e-9  # variance under which a feature counts as one color
PER_PIXEL, PER_CHANNEL, UNWEIGHTED = 0, 1, 2
SIGNS = ("mean_chroma", "skewness")
VARIANTS = ("orthonormal", "per_channel", "unweighted", "uncentered")


@dataclass(frozen=True)
class Colors:
    """Color selectivity index, hue in degrees and whether the feature is of one color; one value a feature."""

    index: np.ndarray
    hue: np.ndarray
    is_uniform: np.ndarray


def to_opponent(rgb: np.ndarray) -> np.ndarray:
    """Return opponent values of RGB in [0, 1], over the last axis."""
    return rgb @ MATRIX.T + OFFSET


def color_selectivity(
    features: np.ndarray, spread: np.ndarray, variant: str = "", sign: str = "mean_chroma"
) -> Colors:
    """Return the colors of neuron features (units, rows, columns, RGB) from their first component.

    `spread` is the standard deviation of the crops in opponent space, of the same shape. Pixels
    that are NaN (masked borders) are left out. A feature without any number gives NaN.

    The first component is an axis; the hue is that of one of its ends (7.7): where the mean chroma
    of the feature lies, or with the sign ``skewness`` where the long tail of its pixels lies, which
    is the color of a small blob whatever surrounds it. Each stands in where the other is undecided.
    """
    if variant and variant not in VARIANTS:
        raise ValueError(f"unknown variant {variant!r} of the color selectivity index")
    if sign not in SIGNS:
        raise ValueError(f"unknown sign {sign!r} of the hue")
    n_units = len(features)
    pixels = np.ascontiguousarray(features.reshape(n_units, -1, 3), np.float32)
    spread = np.ascontiguousarray(spread.reshape(n_units, -1, 3), np.float32)
    matrix, offset, stretch = MATRIX, OFFSET, np.ones(3)
    if variant == "orthonormal":
        matrix, offset, stretch = MATRIX * STRETCH[:, None], np.zeros(3), STRETCH
    scheme = {"per_channel": PER_CHANNEL, "unweighted": UNWEIGHTED}.get(variant, PER_PIXEL)
    directions = np.full((n_units, 3), np.nan)
    uniform = np.zeros(n_units, bool)
    for unit in range(n_units):
        mean, second, n_valid = moments(
            pixels[unit], spread[unit], matrix, offset, stretch, scheme, variant != "uncentered"
        )
        if not n_valid:
            continue
        uniform[unit] = np.trace(second) < UNIFORM
        first = mean if uniform[unit] else np.linalg.eigh(second)[1][:, -1]
        opponent = pixels[unit] @ matrix.T + offset
        directions[unit] = _oriented(first, mean, opponent, sign)
    index, hue = _angles(directions)
    return Colors(index, hue, uniform)


@njit(cache=True, nogil=True, error_model="numpy")
def moments(
    rgb: np.ndarray,
    spread: np.ndarray,
    matrix: np.ndarray,
    offset: np.ndarray,
    stretch: np.ndarray,
    scheme: int,
    centered: bool,
) -> tuple[np.ndarray, np.ndarray, int]:
    """Return the weighted mean, the weighted covariance (Delchambre 2014) and the valid pixels.

    ``mean_i = sum w_i x_i / sum w_i`` and ``C_ij = sum w_i w_j d_i d_j / sum w_i w_j``. In one
    pass: values are of order one, so that raw moments in double precision keep the covariance.
    """
    total, first = np.zeros(3), np.zeros(3)
    products, crossed, second = np.zeros((3, 3)), np.zeros((3, 3)), np.zeros((3, 3))
    w, x = np.ones(3), np.zeros(3)
    n_valid = 0
    for p in range(len(rgb)):
        r, g, b = np.float64(rgb[p, 0]), np.float64(rgb[p, 1]), np.float64(rgb[p, 2])
        if not (np.isfinite(r + g + b) and np.isfinite(spread[p, 0] + spread[p, 1] + spread[p, 2])):
            continue
        n_valid += 1
        for i in range(3):
            x[i] = matrix[i, 0] * r + matrix[i, 1] * g + matrix[i, 2] * b + offset[i]
            w[i] = np.float64(spread[p, i]) * stretch[i]
        if scheme == PER_PIXEL:
            w[:] = 1.0 / (np.sqrt((w[0] * w[0] + w[1] * w[1] + w[2] * w[2]) / 3.0) + NOISE)
        elif scheme == PER_CHANNEL:
            w[:] = 1.0 / (w + NOISE)
        else:
            w[:] = 1.0
        for i in range(3):
            total[i] += w[i]
            first[i] += w[i] * x[i]
            for j in range(3):
                ww = w[i] * w[j]
                products[i, j] += ww
                crossed[i, j] += ww * x[i]
                second[i, j] += ww * x[i] * x[j]
    mean = first / total
    if centered:
        for i in range(3):
            for j in range(3):
                second[i, j] += mean[i] * mean[j] * products[i, j]
                second[i, j] -= mean[j] * crossed[i, j] + mean[i] * crossed[j, i]
    return mean, second / products, n_valid


def _oriented(
    direction: np.ndarray, mean: np.ndarray, opponent: np.ndarray, sign: str
) -> np.ndarray:
    """Return the axis turned to the end where the mean chroma, or the long tail of the pixels, lies."""
    projections = (opponent - mean) @ direction
    ends = {
        "mean_chroma": float(direction[1:] @ mean[1:]),
        "skewness": float(np.nanmean(projections**3)),
    }
    for end in (ends.pop(sign), *ends.values()):
        if abs(end) > 1e-6:  # features are single precision
            return np.sign(end) * direction
    return direction


def _angles(direction: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the angle to the intensity axis over 90 degrees, and the hue in degrees."""
    length = np.linalg.norm(direction, axis=1)
    chroma = np.hypot(direction[:, 1], direction[:, 2])
    # the arctangent keeps small angles exact, where the arccosine of equation 2 does not
    index = np.degrees(np.arctan2(chroma, np.abs(direction[:, 0]))) / 90.0
    hue = np.degrees(np.arctan2(direction[:, 2], direction[:, 1])) % 360.0
    hue[chroma <= 1e-9 * np.maximum(length, 1e-300)] = np.nan
    return index, hue


def hue_histogram(rgb: np.ndarray, n_bins: int = 36) -> np.ndarray:
    """Return the distribution of pixel hues, each pixel weighted by its chroma; `rgb` uint8 with RGB last."""
    opponent = to_opponent(rgb.reshape(-1, 3).astype(np.float64) / 255.0)
    hue = np.degrees(np.arctan2(opponent[:, 2], opponent[:, 1])) % 360.0
    chroma = np.hypot(opponent[:, 1], opponent[:, 2])
    return np.histogram(hue, n_bins, (0.0, 360.0), weights=chroma)[0]
