"""How fast the measures are, as ratios in one run.

    python benchmarks/bench_measures.py [--quick] [--only unit|slopes|threads]

One unit of the paper's size (721,536 images in 1,000 unequal classes) with 83 % zeros, 60 % zeros and dense signed
values, against sorting, scikit-learn and a plain Python loop; then permutations, scratch, scaling and threads.
`bench_store.py` measures layers on disk. Contenders take turns, CPU time, medians: a busy machine changes seconds,
hardly ratios.
"""

import argparse
import itertools
import statistics
import sys
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow" / "lib"))

from paper_size import (
    N_CLASSES,
    N_IMAGES,
    Stopwatch,
    class_sizes,
    cpu_times,
    show,
    show_slopes,
    units,
    wall_verdict,
)

from selectivity.measures import MeasureSettings, measure_units
from selectivity.measures.chance import Permutations, permute_block
from selectivity.measures.engine import share_units
from selectivity.measures.workspace import new_scratch

SETTINGS = MeasureSettings()
N_DECKS = 25
UNITS = 64  # that threads share
LEAST_REFERENCE = 1.85  # speed-up of argsorts by a second thread where the machine is idle
KINDS = {"83 % zeros": 0.83, "60 % zeros": 0.60, "dense signed": None}


def python_loop(labels: np.ndarray, label: int, size: int) -> float:
    """Return maximum informedness of one class from a ranked list, as the papers' released loop does."""
    hits = misses = 0
    best = 0.0
    for current in labels:
        if hits == size:
            break
        if current == label:
            hits += 1
        else:
            misses += 1
        best = max(best, hits / size + (1 - misses / len(labels)) - 1)
    return best


def bench_unit(kind: str, zeros: float | None, rounds: int) -> None:
    """Compare all measures of one unit with a sort, scikit-learn and a Python loop."""
    from sklearn.metrics import roc_curve

    sizes = class_sizes(N_IMAGES, N_CLASSES)
    block = units(1, sizes, zeros)
    is_member = np.repeat(np.arange(N_CLASSES), sizes) == 5
    few = class_sizes(N_IMAGES, 10)
    permutations = Permutations(N_DECKS, (0,))
    _, decks = next(iter(permutations.decks(sizes)))
    firsts = permutations.first_cards(0, N_IMAGES)[None]
    times = cpu_times(
        {
            "engine": lambda: measure_units(block, sizes, SETTINGS),
            "argsort": lambda: np.argsort(block[0], kind="stable"),
            "roc_curve": lambda: roc_curve(is_member, block[0]),
            "10 classes": lambda: measure_units(block, few, SETTINGS),
            "1 permutation": lambda: permute_block(
                block, sizes, SETTINGS, decks[:1], firsts[:, :1]
            ),
            "permutations": lambda: permute_block(block, sizes, SETTINGS, decks, firsts),
        },
        rounds,
    )
    engine = times["engine"]
    show(f"{kind}: all measures, all classes, one unit", f"{1e3 * engine:.2f} ms", "", None)
    ratio = engine / times["argsort"]
    limit = 0.25 if zeros is None else 0.20
    show(f"{kind}: share of one stable argsort", f"{ratio:.3f}", f"<= {limit}", ratio <= limit)
    ratio = times["roc_curve"] / engine
    limit = 7 if zeros is None else 10
    show(
        f"{kind}: sklearn roc_curve of ONE class / engine",
        f"{ratio:.1f} x",
        f">= {limit} x",
        ratio >= limit,
    )
    show(
        f"{kind}: roc_curve of all 1,000 classes (extrapolated) / engine",
        f"{1000 * ratio:,.0f} x",
        ">= 7,000 x",
        1000 * ratio >= 7000,
    )
    ranked = np.repeat(np.arange(N_CLASSES), sizes)[np.argsort(-block[0], kind="stable")].tolist()
    start = time.process_time()
    python_loop(ranked, 5, int(sizes[5]))
    loop = time.process_time() - start
    show(
        f"{kind}: Python loop of ONE class, list ready (once) / engine",
        f"{loop / engine:.1f} x",
        "",
        None,
    )
    ratio = engine / times["10 classes"]
    show(f"{kind}: 1,000 classes / 10 classes", f"{ratio:.2f}", "<= 1.5", ratio <= 1.5)
    one = (times["permutations"] - times["1 permutation"]) / (N_DECKS - 1)
    show(
        f"{kind}: one more label permutation / full evaluation",
        f"{one / engine:.3f}",
        "<= 0.333",
        one / engine <= 1 / 3,
    )


def bench_scratch() -> None:
    """Count the working memory of a thread."""
    scratch = new_scratch(N_IMAGES, N_CLASSES)
    arrays = [*scratch[:-1], *scratch.scores]
    per_image = sum(array.nbytes for array in arrays) / N_IMAGES
    show("scratch of a thread, bytes an image", f"{per_image:.1f}", "<= 24", per_image <= 24)


def bench_slopes(rounds: int) -> None:
    """Double images and units and look at time."""
    sizes = {n: class_sizes(n, N_CLASSES) for n in (N_IMAGES // 4, N_IMAGES // 2, N_IMAGES)}
    blocks = {n: units(1, sizes[n], 0.83) for n in sizes}
    works = {n: (lambda n=n: measure_units(blocks[n], sizes[n], SETTINGS)) for n in sizes}
    show_slopes("CPU for twice the images", works, 2 * rounds)
    block = units(8, sizes[N_IMAGES], 0.83)
    works = {
        n: (lambda n=n: measure_units(block[:n], sizes[N_IMAGES], SETTINGS)) for n in (2, 4, 8)
    }
    show_slopes("CPU for twice the units", works, 2 * rounds)


def bench_threads(rounds: int) -> None:
    """Compare one and two threads, and their bits.

    Many short rounds, in each of which one and two threads follow each other; the median of the rounds' ratios. Stable
    argsorts of a few of the units, in the same rounds, show what the second core is worth at the time: where even they
    hinder each other, because other guests of the host take their part of the cache, nothing is judged.
    """
    sizes = class_sizes(N_IMAGES, N_CLASSES)
    for kind, zeros in KINDS.items():
        block = units(UNITS, sizes, zeros)
        columns: dict[int, dict[str, np.ndarray]] = {}

        def measure(threads: int, block: np.ndarray = block, columns: dict = columns) -> None:
            columns[threads] = measure_units(block, sizes, SETTINGS, threads)

        def argsort(threads: int, block: np.ndarray = block) -> None:
            share_units(lambda u, _: np.argsort(block[u], kind="stable"), UNITS // 8, threads, 1)

        works = {"measure": measure, "argsort": argsort}
        walls: dict[tuple[str, int], list[float]] = defaultdict(list)
        watch = Stopwatch()
        for turn in range(5 * rounds + 1):
            for name, threads in itertools.product(works, (1, 2) if turn % 2 else (2, 1)):
                start = time.perf_counter()
                works[name](threads)
                if turn:  # the first warms up
                    walls[name, threads].append(time.perf_counter() - start)
        _, _, others = watch.read()
        same = all(columns[1][name].tobytes() == columns[2][name].tobytes() for name in columns[1])
        show(f"{kind}: same bits for one and two threads", "yes" if same else "no", "yes", same)
        one, two = (statistics.median(walls["measure", threads]) for threads in (1, 2))
        shown = f"{1e3 * one / UNITS:.2f}, {1e3 * two / UNITS:.2f} ms"
        show(f"{kind}: wall time of a unit, one and two threads", shown)
        gain, reference = (
            statistics.median(np.divide(walls[name, 1], walls[name, 2])) for name in works
        )
        remark, met = wall_verdict(others, gain >= 1.6)
        show(
            f"{kind}: speed-up by the second thread (of argsorts)",
            f"{gain:.2f} x ({reference:.2f} x){remark}",
            ">= 1.6 x",
            met if reference >= LEAST_REFERENCE else None,
        )


def main() -> None:
    """Run all benchmarks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    parser.add_argument("--only", choices=("unit", "slopes", "threads"))
    options = parser.parse_args()
    rounds = 3 if options.quick else 7
    if options.only in (None, "unit"):
        for kind, zeros in KINDS.items():
            bench_unit(kind, zeros, rounds)
        bench_scratch()
    if options.only in (None, "slopes"):
        bench_slopes(rounds)
    if options.only in (None, "threads"):
        bench_threads(rounds)


if __name__ == "__main__":
    main()
