"""Chance: how large each measure becomes when the labels of the images are permuted."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from selectivity.measures.blocks import UnitStore
from selectivity.measures.columns import empty_records
from selectivity.measures.engine import borrowed_scratch, checked_block, share_units
from selectivity.measures.permuted import (
    measure_decks,
    new_ranked_values,
    shuffled_labels,
)
from selectivity.measures.settings import MeasureSettings
from selectivity.sharding import BLOCK_UNITS

DECK_BYTES = 2**28  # memory for shuffled labels; more permutations are dealt in turns
_TOLERANCE = 1e-12  # a permuted value this close below the observed one counts as equal


@dataclass(frozen=True)
class Permutations:
    """Which permutations: their number, and a seed of whole numbers that identifies the layer."""

    count: int
    seed: tuple[int, ...]

    def decks(self, class_sizes: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
        """Yield batches of shuffled labels, (n_decks, n_images), with the number of the first."""
        per_batch = max(1, DECK_BYTES // (2 * int(class_sizes.sum())))
        for start in range(0, self.count, per_batch):
            drawn = [
                shuffled_labels(class_sizes, np.random.default_rng([*self.seed, 0, number]))
                for number in range(start, min(start + per_batch, self.count))
            ]
            yield start, np.stack(drawn)

    def first_cards(self, unit: int, n_images: int) -> np.ndarray:
        """Return where a unit starts to read each deck."""
        generator = np.random.default_rng([*self.seed, 1, unit])
        return generator.integers(0, n_images, self.count)


def chance_measures(settings: MeasureSettings) -> list[str]:
    """Return the measures that are evaluated under permutation, in table order."""
    top = [f"{name}_{k}" for name in ("precision", "n_classes") for k in settings.top_k]
    head = ["localist", "localist_gap", "top_class_selectivity", "recall_at_95_precision"]
    rates = ["recall", "specificity", "false_positive_rate", "false_discovery_rate"]
    tail = ["ccmas", "ccmas_2", "class_selectivity", "max_informedness"]
    tail += [f"informedness_{rate}" for rate in rates] + ["max_f1", "average_precision", "auc"]
    return head + top + tail


def permute_store(
    store: UnitStore,
    settings: MeasureSettings,
    permutations: Permutations,
    threads: int = 1,
    progress: Callable[[int], object] | None = None,
) -> np.ndarray:
    """Return the measures of every unit under permuted labels: (n_units, n_permutations, n_measures).

    The columns are those of `chance_measures`. A unit's permutations depend on the seed and the unit alone. The layer
    is read once for every batch of permutations that fits into memory, which is once unless they are many.
    """
    shape = (store.n_units, permutations.count, len(chance_measures(settings)))
    values = np.full(shape, np.nan)
    for start, decks in permutations.decks(store.class_sizes):

        def permute_some(
            low: int, high: int, start: int = start, decks: np.ndarray = decks
        ) -> None:
            block = store.read_units(low, high)
            firsts = [
                permutations.first_cards(unit, block.shape[1])[start : start + len(decks)]
                for unit in range(low, high)
            ]
            values[low:high, start : start + len(decks)] = permute_block(
                block, store.class_sizes, settings, decks, np.stack(firsts)
            )
            if progress is not None:
                progress((high - low) * len(decks))

        share_units(permute_some, store.n_units, threads, BLOCK_UNITS)
    return values


def permute_block(
    activations: np.ndarray,
    class_sizes: np.ndarray,
    settings: MeasureSettings,
    decks: np.ndarray,
    firsts: np.ndarray,
) -> np.ndarray:
    """Return (n_units, n_decks, n_measures): each unit reads each deck from its card in `firsts`."""
    block, classes = checked_block(activations, class_sizes, settings)
    n_units, n_images = block.shape
    values = np.full((n_units, len(decks), len(chance_measures(settings))), np.nan)
    if classes.n_filled < 2:
        return values
    top_k = np.array(settings.top_k, np.int64)
    ranking, winners = new_ranked_values(n_images), np.zeros(len(top_k), np.int64)
    bits = block.view(np.uint32)
    with borrowed_scratch(n_images, len(classes.sizes)) as scratch:
        for u in range(n_units):
            rows = empty_records(len(decks))
            fractions = np.full((len(decks), 3, len(top_k)), np.nan)
            measure_decks(
                block[u],
                bits[u],
                decks,
                firsts[u],
                classes,
                top_k,
                scratch,
                ranking,
                rows,
                fractions,
                winners,
            )
            values[u] = _as_matrix(rows, fractions, settings)
    return values


def _as_matrix(records: np.ndarray, fractions: np.ndarray, settings: MeasureSettings) -> np.ndarray:
    columns = {name: records[name] for name in records.dtype.names or ()}
    for i, k in enumerate(settings.top_k):
        columns[f"precision_{k}"] = fractions[:, 0, i]
        columns[f"n_classes_{k}"] = fractions[:, 1, i]
    return np.stack([columns[name] for name in chance_measures(settings)], axis=1)


def p_values(observed: np.ndarray, permuted: np.ndarray, lower: bool = False) -> np.ndarray:
    """Return the share of permutations at least as extreme as observed, the observed value counted among them.

    `observed` is (n_units,), `permuted` (n_units, n_permutations); `lower` where small values are selective.
    Undefined values give NaN.
    """
    sign = -1.0 if lower else 1.0
    margin = _TOLERANCE * np.maximum(1.0, np.abs(observed))
    extreme = sign * permuted >= (sign * observed - margin)[:, None]
    p = (1 + extreme.sum(axis=1)) / (1 + permuted.shape[1])
    defined = np.isfinite(observed) & np.isfinite(permuted).any(axis=1)
    return np.where(defined, p, np.nan)


def benjamini_hochberg(p: np.ndarray) -> np.ndarray:
    """Return the smallest false discovery rate at which each p-value is significant; NaN stays NaN."""
    q = np.full(len(p), np.nan)
    tested = np.flatnonzero(np.isfinite(p))
    order = tested[np.argsort(p[tested], kind="stable")]
    scaled = p[order] * len(order) / np.arange(1, len(order) + 1)
    q[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return q


def ideal_units(class_sizes: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return one perfect detector for each of `labels`: .9 to 1 for its class, 0 for all other images."""
    offsets = np.concatenate([[0], np.cumsum(class_sizes)])
    block = np.zeros((len(labels), int(class_sizes.sum())), np.float32)
    for row, label in zip(block, labels, strict=True):
        row[offsets[label] : offsets[label + 1]] = np.linspace(0.9, 1.0, class_sizes[label])
    return block
