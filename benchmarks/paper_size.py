"""What the benchmarks of the measures share: units of the papers' size, timing in turns, and the printed table."""

import itertools
import os
import statistics
import time
from collections.abc import Callable

import numpy as np
import psutil

N_IMAGES, N_CLASSES = 721_536, 1000
# Work of other processes, in cores, above which wall times tell nothing about goals on idle cores.
MOST_DISTURBANCE = 0.15


def class_sizes(n_images: int, n_classes: int) -> np.ndarray:
    """Return unequal class sizes, about 47 to 1,234 at the paper's size."""
    draws = np.random.default_rng(0).uniform(0.065, 1.71, n_classes)
    sizes = np.maximum((draws / draws.sum() * n_images).astype(np.int64), 1)
    sizes[np.argmax(sizes)] += n_images - sizes.sum()
    return sizes


def units(
    n_units: int, sizes: np.ndarray, zeros: float | None, seed: int = 1, spread: float = 0.0
) -> np.ndarray:
    """Return class-structured units (n_units, n_images): rectified with a share of zeros, or dense signed.

    `spread` is by how much the share of zeros of a unit may differ from `zeros`.
    """
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(sizes)), sizes)
    block = np.empty((n_units, len(labels)), np.float32)
    for row in block:
        values = rng.standard_normal(len(labels), np.float32)
        values += (0.5 * rng.gamma(0.3, 1, len(sizes))).astype(np.float32)[labels]
        if zeros is None:
            np.multiply(values, 3, out=row)
        else:
            share = zeros + rng.uniform(-spread, spread)
            place = int(share * (len(values) - 1))
            row[:] = np.maximum(10 * (values - np.partition(values, place)[place]), 0)
    return block


def cpu_times(contenders: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Return the median CPU seconds of each contender, which take turns; the first round warms up."""
    seen: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(rounds + 1):
        for name, work in contenders.items():
            start = time.process_time()
            work()
            if turn:
                seen[name].append(time.process_time() - start)
    return {name: statistics.median(times) for name, times in seen.items()}


def show_slopes(what: str, works: dict[int, Callable[[], object]], rounds: int) -> None:
    """Show how CPU time grows from each size to the next, its double: medians of the ratios within each turn.

    A disturbance of the machine must not take one size for slow. So a turn gives all sizes the same work, the smaller
    ones several times, and all at the same moment on average: 1 2 1 4 1 2 1.
    """
    order: list[int] = []
    for size in works:
        order = [*order, size, *order]
    turns = []
    for turn in range(rounds + 1):
        spent = dict.fromkeys(works, 0.0)
        for size in order:
            start = time.process_time()
            works[size]()
            spent[size] += time.process_time() - start
        if turn:  # the first warms up
            turns.append([2 * spent[b] / spent[a] for a, b in itertools.pairwise(works)])
    ratios = np.median(turns, axis=0)
    show(
        f"{what} ({' -> '.join(f'{size:,}' for size in works)})",
        " and ".join(f"{ratio:.2f}" for ratio in ratios),
        "<= 2.1",
        max(ratios) <= 2.1,
    )


class Stopwatch:
    """Wall time, CPU time with that of finished child processes, and the cores that other processes took meanwhile."""

    def __init__(self) -> None:
        self._start = self._now()

    @staticmethod
    def _now() -> np.ndarray:
        machine = psutil.cpu_times()
        idle = machine.idle + getattr(machine, "iowait", 0.0)
        # `guest` is counted within `user`.
        busy = (
            sum(machine) - idle - getattr(machine, "guest", 0) - getattr(machine, "guest_nice", 0)
        )
        return np.array([time.perf_counter(), sum(os.times()[:4]), busy])

    def read(self) -> tuple[float, float, float]:
        """Return seconds of wall time, seconds of CPU time and the cores taken by others since the start."""
        wall, own, busy = self._now() - self._start
        return wall, own, max(0.0, (busy - own) / wall)


def wall_verdict(others: float, met: bool) -> tuple[str, bool | None]:
    """Return a remark and the verdict on a goal for idle cores: none if other processes ran."""
    if others <= MOST_DISTURBANCE:
        return "", met
    return f" (others took {others:.1f} cores)", None


def show(goal: str, value: str, target: str = "", met: bool | None = None) -> None:
    """Print one row of the table."""
    verdict = "" if met is None else ("met" if met else "MISSED")
    print(f"| {goal:<66} | {value:>34} | {target:>11} | {verdict:<6} |", flush=True)
