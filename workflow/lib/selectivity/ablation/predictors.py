"""Which of two scores foretells the worth of a unit better: their rank correlations compared over the same units."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

N_SAMPLES = 1000
MIN_UNITS = 10  # below, a bootstrap over units tells nothing


@dataclass(frozen=True)
class Comparison:
    """How much more strongly the second score is correlated with the worth than the first.

    Attributes
    ----------
    advantage
        Absolute rank correlation of the second score less that of the first.
    low, high
        95 % of it over samples of the units, drawn with replacement.
    n_units
        Units with both scores.
    """

    advantage: float
    low: float
    high: float
    n_units: int

    @property
    def better(self) -> str:
        """Return ``first``, ``second``, or ``neither`` where the interval holds zero or there is none."""
        return "second" if self.low > 0 else "first" if self.high < 0 else "neither"


def compare_predictors(
    first: np.ndarray, second: np.ndarray, worth: np.ndarray, seed: int
) -> Comparison:
    """Compare two scores of the same units, each (n_units,), NaN where undefined, as predictors of `worth`.

    The signs of the correlations are left out: a score may foretell worth by being low.
    """
    both = ~(np.isnan(first) | np.isnan(second) | np.isnan(worth))
    columns = np.stack([first[both], second[both], worth[both]]).astype(np.float64)
    n_units = columns.shape[1]
    if n_units < MIN_UNITS or (np.ptp(columns, axis=1) == 0).any():
        return Comparison(np.nan, np.nan, np.nan, n_units)
    drawn = np.random.default_rng(seed).integers(0, n_units, (N_SAMPLES, n_units))
    advantages = _advantage(columns[:, drawn])
    low, high = np.nanquantile(advantages, [0.025, 0.975])
    return Comparison(float(_advantage(columns[:, None])[0]), float(low), float(high), n_units)


def _advantage(columns: np.ndarray) -> np.ndarray:
    """Return (n_samples,) from (3, n_samples, n_units); NaN for a sample without spread."""
    ranks = stats.rankdata(columns, axis=-1)
    ranks -= ranks.mean(axis=-1, keepdims=True)
    spread = np.sqrt((ranks**2).sum(axis=-1))
    with np.errstate(invalid="ignore"):
        first, second = ((ranks[i] * ranks[2]).sum(-1) / (spread[i] * spread[2]) for i in (0, 1))
    return np.abs(second) - np.abs(first)
