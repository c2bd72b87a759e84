"""Which images of a unit are looked at: the highest, and samples that guard against picking cherries."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from selectivity.errors import DataError
from selectivity.neuron_features.classes import class_frequencies
from selectivity.neuron_features.settings import RankingSettings


@dataclass(frozen=True)
class Images:
    """The images of an activation file, in the file's order."""

    images: np.ndarray  # (n,) ids
    labels: np.ndarray  # (n,)
    n_classes: int


def top_indices(activations: np.ndarray, images: np.ndarray, k: int) -> np.ndarray:
    """Return the places of the `k` highest values, in descending order; equal values by image id."""
    n = len(activations)
    k = min(k, n)
    boundary = np.partition(activations, n - k)[n - k]
    above = np.flatnonzero(activations > boundary)
    tied = np.flatnonzero(activations == boundary)
    if len(above) + len(tied) < k:
        raise DataError("activations hold values that are not numbers")
    if len(tied) > k - len(above):
        tied = tied[np.argsort(images[tied], kind="stable")[: k - len(above)]]
    chosen = np.concatenate([above, tied])
    return chosen[np.lexsort((images[chosen], -activations[chosen]))]


def quantile_indices(activations: np.ndarray, images: np.ndarray, n_quantiles: int) -> np.ndarray:
    """Return the places at evenly spaced ranks, from the lowest to the highest value.

    The order is that of activation, then of image id; so zeros that fill several quantiles give
    several images.
    """
    n = len(activations)
    ranks = np.unique(np.round(np.linspace(0, n - 1, min(n_quantiles, n))).astype(np.int64))
    if not len(ranks):
        return ranks
    values = np.partition(activations, ranks)[ranks]
    chosen = []
    for rank, value in zip(ranks, values, strict=True):
        tied = np.flatnonzero(activations == value)
        place = rank - np.count_nonzero(activations < value)
        chosen.append(tied[np.argsort(images[tied], kind="stable")[place]])
    return np.array(chosen, np.int64)


def sample_indices(
    activations: np.ndarray, store: Images, unit: int, settings: RankingSettings, seed: int
) -> dict[str, np.ndarray]:
    """Return the places of each sample of one unit's images."""
    n = len(activations)
    top = top_indices(activations, store.images, settings.max_images)
    shares = class_frequencies(store.labels[top], activations[top], store.n_classes)
    others = np.flatnonzero(store.labels != int(np.argmax(shares)))
    wrong = np.zeros(0, np.int64)
    if len(others) and settings.n_wrong_class:
        wrong = others[
            top_indices(activations[others], store.images[others], settings.n_wrong_class)
        ]
    generator = np.random.default_rng([seed, unit])
    # drawn among image ids, so that the order of the file does not matter
    by_id = np.argsort(store.images, kind="stable")
    drawn = np.sort(generator.choice(n, min(settings.n_random, n), replace=False, shuffle=False))
    return {
        "top": top,
        "quantile": quantile_indices(activations, store.images, settings.n_quantiles),
        "random": by_id[drawn],
        "wrong_class": wrong,
    }


def unit_table(
    activations: np.ndarray,
    positions: np.ndarray | None,
    store: Images,
    unit: int,
    settings: RankingSettings,
    seed: int,
) -> pd.DataFrame:
    """Return one row an image and sample of one unit."""
    parts = []
    highest = float(activations.max())
    for sample, places in sample_indices(activations, store, unit, settings, seed).items():
        values = activations[places]
        parts.append(
            pd.DataFrame(
                {
                    "unit": np.int32(unit),
                    "sample": sample,
                    "rank": np.arange(len(places), dtype=np.int32),
                    "image": store.images[places].astype(np.int64),
                    "label": store.labels[places].astype(np.int32),
                    "activation": values.astype(np.float32),
                    "normalized_activation": normalized(values, highest),
                    "position": (
                        np.zeros(len(places), np.int32) if positions is None else positions[places]
                    ),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def normalized(activations: np.ndarray, highest: float) -> np.ndarray:
    """Return activations over the highest of the unit; not a number for a dead unit (7.2)."""
    values = np.asarray(activations, np.float64)
    return values / highest if highest > 0 else np.full(values.shape, np.nan)


def ranked_curve(activations: np.ndarray, n_ranks: int) -> np.ndarray:
    """Return the highest normalized activations in descending order (rafegas2017 figure 1).

    NaN behind the last image where there are fewer images than ranks, and everywhere for a dead
    unit.
    """
    k = min(n_ranks, len(activations))
    highest = -np.sort(-np.partition(activations, len(activations) - k)[len(activations) - k :])
    curve = np.full(n_ranks, np.nan, np.float32)
    curve[:k] = normalized(highest, float(highest[0]))
    return curve


def unit_blocks(n_units: int, block: int = 16) -> Iterator[tuple[int, int]]:
    """Yield ranges of units that are read at a time."""
    for start in range(0, n_units, block):
        yield start, min(start + block, n_units)
