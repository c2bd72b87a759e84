"""The spatial frequency at which a neuron feature has most power (claim C50)."""

import numpy as np


def peak_frequency(features: np.ndarray, size: int = 64) -> np.ndarray:
    """Return the frequency with the highest power of each feature's intensity, in cycles a pixel.

    The mean is taken out and a Hann window keeps the edges from counting; the spectrum is sampled on a grid of at
    least `size` x `size`. NaN for features without contrast; pixels that are NaN count as the mean.
    """
    n_units, rows, columns = features.shape[:3]
    peaks = np.full(n_units, np.nan)
    window = np.outer(np.hanning(rows + 2)[1:-1], np.hanning(columns + 2)[1:-1])
    shape = (max(size, rows), max(size, columns))
    radius = np.hypot(np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])[None])
    for unit in range(n_units):
        gray = features[unit].mean(-1, dtype=np.float64)
        known = np.isfinite(gray)
        if not known.any():
            continue
        weights = window * known
        gray = np.where(known, gray, 0) - np.average(np.where(known, gray, 0), weights=weights)
        if np.abs(gray * weights).max() < 1e-6:
            continue
        power = np.abs(np.fft.rfft2(gray * weights, shape)) ** 2
        peaks[unit] = radius.flat[np.argmax(power)]
    return peaks
