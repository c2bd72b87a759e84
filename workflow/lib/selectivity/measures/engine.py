"""The measure engine: all units of a block of activations, spread over threads."""

import itertools
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np

from selectivity.errors import DataError
from selectivity.measures.clusters import Partitions
from selectivity.measures.columns import (
    GAP_COLUMNS,
    TOP_ROWS,
    core_columns,
    empty_records,
    names_class,
)
from selectivity.measures.compiled import kernel
from selectivity.measures.gaps import empty_gaps, fill_gaps, new_gap_partitions
from selectivity.measures.ranked_units import RankedUnit
from selectivity.measures.settings import GapSettings, MeasureSettings
from selectivity.measures.units import measure_unit
from selectivity.measures.variant_columns import empty_variants, fill_variants
from selectivity.measures.workspace import Classes, Scratch, new_scratch

# Counts of pairs stay below 2**53, so that decisions between thresholds are exact in float64.
MOST_IMAGES = 2**26
MOST_CLASSES = 2**16
MOST_UNITS_PER_TASK = 4


def measure_units(
    activations: np.ndarray,
    class_sizes: np.ndarray,
    settings: MeasureSettings,
    threads: int = 1,
    first_unit: int = 0,
) -> dict[str, np.ndarray]:
    """Measure every unit of `activations` (n_units, n_images), whose images are stored class by class.

    Returns one array a column, in table order. The result does not depend on `threads` or on how units are grouped
    into blocks. `first_unit` is the number of the first row in its layer, for messages.
    """
    activations, classes = checked_block(activations, class_sizes, settings)
    n_units = len(activations)
    records = empty_records(n_units)
    top_k = np.array(settings.top_k, np.int64)
    fractions = np.full((n_units, len(TOP_ROWS), len(top_k)), np.nan)
    winners = np.full((n_units, len(top_k)), -1)
    bits = activations.view(np.uint32)
    gaps = empty_gaps(0 if settings.gap is None else n_units)
    gap = settings.gap or GapSettings(2, 2, 2)  # without the suite nothing is clustered
    limits = np.array([gap.images, gap.clusters, gap.structured_clusters])

    def measure_some(start: int, stop: int) -> None:
        with borrowed_scratch(activations.shape[1], len(classes.sizes)) as scratch:
            bad = _measure_range(
                start,
                stop,
                activations,
                bits,
                classes,
                top_k,
                limits,
                scratch,
                new_gap_partitions(gap),
                records,
                fractions,
                winners,
                gaps,
            )
        if bad >= 0:
            raise DataError(f"unit {first_unit + bad} has activations that are NaN or infinite")

    share_units(measure_some, n_units, threads, _units_per_task(n_units, threads))
    columns = as_columns(records, fractions, winners, gaps, classes, settings)
    if settings.variants:
        columns |= measure_variants(
            activations, classes, columns["is_constant"], settings, threads, first_unit
        )
    return columns


def measure_variants(
    activations: np.ndarray,
    classes: Classes,
    is_constant: np.ndarray,
    settings: MeasureSettings,
    threads: int,
    first_unit: int,
) -> dict[str, np.ndarray]:
    """Return the columns of the study's variants."""
    n_units = len(activations)
    columns = empty_variants(n_units, classes.n_filled, settings)

    def vary_some(start: int, stop: int) -> None:
        with borrowed_scratch(activations.shape[1], len(classes.sizes)) as scratch:
            for u in range(start, stop):
                if not is_constant[u] and classes.n_filled > 1:
                    unit = RankedUnit.rank(activations[u], classes, scratch, first_unit + u)
                    fill_variants(columns, u, unit, settings)

    share_units(vary_some, n_units, threads, _units_per_task(n_units, threads))
    return columns


@kernel
def _measure_range(
    start: int,
    stop: int,
    activations: np.ndarray,
    bits: np.ndarray,
    classes: Classes,
    top_k: np.ndarray,
    limits: np.ndarray,
    scratch: Scratch,
    partitions: Partitions,
    records: np.ndarray,
    fractions: np.ndarray,
    winners: np.ndarray,
    gaps: np.ndarray,
) -> int:
    """Measure units `start` to `stop`; return the first with a NaN or infinite activation, or -1.

    `gaps` is empty where the study does not ask for the gap suite.
    """
    for u in range(start, stop):
        row = records[u]
        finite, n_ranked, base = measure_unit(
            activations[u], bits[u], classes, top_k, scratch, row, fractions[u], winners[u]
        )
        if not finite:
            return u
        if len(gaps) > 0 and not row.is_constant:
            fill_gaps(n_ranked, base, classes, limits, scratch, partitions, row, gaps[u])
    return -1


def checked_block(
    activations: np.ndarray, class_sizes: np.ndarray, settings: MeasureSettings
) -> tuple[np.ndarray, Classes]:
    """Return the block as contiguous float32 and its classes, or refuse what cannot be measured."""
    sizes = np.ascontiguousarray(class_sizes, np.int64)
    if activations.ndim != 2:
        raise DataError(
            f"activations must be (n_units, n_images), not of shape {activations.shape}"
        )
    if activations.dtype not in (np.float32, np.float16):
        raise DataError(f"activations must be float32, not {activations.dtype}")
    n_images = activations.shape[1]
    if sizes.ndim != 1 or (sizes < 0).any() or sizes.sum() != n_images:
        raise DataError(f"class sizes add up to {sizes.sum()}, but there are {n_images} images")
    if not 1 <= n_images <= MOST_IMAGES:
        raise DataError(f"measures need 1 to {MOST_IMAGES} images, not {n_images}")
    if len(sizes) > MOST_CLASSES:
        raise DataError(f"measures take at most {MOST_CLASSES} classes, not {len(sizes)}")
    offsets = np.zeros(len(sizes) + 1, np.uint64)
    offsets[1:] = np.cumsum(sizes)
    n_filled = int(np.count_nonzero(sizes))
    block = np.ascontiguousarray(activations, np.float32)
    return block, Classes(sizes, offsets, settings.min_class_size, n_filled)


def as_columns(
    records: np.ndarray,
    fractions: np.ndarray,
    winners: np.ndarray,
    gaps: np.ndarray,
    classes: Classes,
    settings: MeasureSettings,
) -> dict[str, np.ndarray]:
    """Return the filled rows as one array a column, in table order."""
    columns = {name: records[name].copy() for name in records.dtype.names or ()}
    if classes.n_filled > 1:
        columns["localist"] = columns["localist"] == 1.0
    for i, k in enumerate(settings.top_k):
        columns[f"precision_{k}_class"] = winners[:, i].copy()
        for row, name in enumerate(TOP_ROWS):
            columns[f"{name}_{k}"] = fractions[:, row, i].copy()
    for name in [name for name in columns if names_class(name)]:
        columns[f"{name}_size"] = _sizes_of(columns[name], classes.sizes)
    if settings.gap is not None:
        columns |= {name: gaps[name].copy() for name in GAP_COLUMNS}
    return {name: columns[name] for name in core_columns(settings)}


def _sizes_of(labels: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Return the number of images of each class named, 0 where none is."""
    return np.where(labels >= 0, sizes[np.maximum(labels, 0)], 0)


def _units_per_task(n_units: int, threads: int) -> int:
    """Return how many units a thread takes at a time: few where another would wait for the last of them."""
    return max(1, min(MOST_UNITS_PER_TASK, n_units // (32 * threads)))


def share_units(work: Callable[[int, int], None], n_units: int, threads: int, step: int) -> None:
    """Call `work(start, stop)` for ranges of `step` units that free threads take in turn from one queue.

    The calling thread is one of them: one that only waits shares a core with the first it started, and the last begins
    milliseconds late.
    """
    starts = itertools.count(0, step)
    stopped = threading.Event()

    def worker() -> None:
        while not stopped.is_set() and (start := next(starts)) < n_units:
            try:
                work(start, min(start + step, n_units))
            except BaseException:
                stopped.set()
                raise

    if threads <= 1:
        worker()
        return
    with ThreadPoolExecutor(threads - 1) as pool:
        jobs = [pool.submit(worker) for _ in range(threads - 1)]
        worker()
        for job in jobs:
            job.result()


MOST_IDLE = 8
_idle_scratch: list[tuple[tuple[int, int], Scratch]] = []
_scratch_lock = threading.Lock()


@contextmanager
def borrowed_scratch(n_images: int, n_classes: int) -> Iterator[Scratch]:
    """Lend working memory to one thread; kept between calls, since fresh memory costs page faults."""
    shape = (n_images, n_classes)
    with _scratch_lock:
        fitting = [i for i, (kept, _) in enumerate(_idle_scratch) if kept == shape]
        scratch = _idle_scratch.pop(fitting[-1])[1] if fitting else new_scratch(*shape)
    try:
        yield scratch
    finally:
        with _scratch_lock:
            _idle_scratch.append((shape, scratch))
            del _idle_scratch[:-MOST_IDLE]
