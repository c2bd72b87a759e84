"""How fast the measures are, as ratios in one run: ``python benchmarks/bench_measures.py [--quick]``.

One unit of the paper's size (721,536 images in 1,000 unequal classes) with 83 % zeros, 60 % zeros and dense signed
values, against sorting, scikit-learn and a plain Python loop; then permutations, scaling, threads, a streamed layer
and memory. Contenders take turns, CPU time, medians: a busy machine changes seconds, hardly ratios.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow" / "lib"))

from selectivity.activations import create_activations, open_activations
from selectivity.measures import MeasureSettings, measure_units
from selectivity.measures.blocks import measure_store
from selectivity.measures.chance import Permutations, permute_block
from selectivity.measures.workspace import new_scratch

SETTINGS = MeasureSettings()
N_IMAGES, N_CLASSES = 721_536, 1000
N_DECKS = 25
KINDS = {"83 % zeros": 0.83, "60 % zeros": 0.60, "dense signed": None}


def class_sizes(n_images: int, n_classes: int) -> np.ndarray:
    """Return unequal class sizes, about 47 to 1,234 at the paper's size."""
    draws = np.random.default_rng(0).uniform(0.065, 1.71, n_classes)
    sizes = np.maximum((draws / draws.sum() * n_images).astype(np.int64), 1)
    sizes[np.argmax(sizes)] += n_images - sizes.sum()
    return sizes


def units(n_units: int, sizes: np.ndarray, zeros: float | None, seed: int = 1) -> np.ndarray:
    """Return class-structured units: rectified with a share of zeros, or dense signed."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(sizes)), sizes)
    block = np.empty((n_units, len(labels)), np.float32)
    for row in block:
        values = rng.standard_normal(len(labels)) + 0.5 * rng.gamma(0.3, 1, len(sizes))[labels]
        if zeros is None:
            row[:] = 3 * values
        else:
            row[:] = np.maximum(10 * (values - np.quantile(values, zeros)), 0)
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


def show(goal: str, value: str, target: str, met: bool | None) -> None:
    """Print one row of the table."""
    verdict = "" if met is None else ("met" if met else "MISSED")
    print(f"| {goal:<62} | {value:>22} | {target:>13} | {verdict:<6} |", flush=True)


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
    times = cpu_times(
        {str(n): (lambda n=n: measure_units(blocks[n], sizes[n], SETTINGS)) for n in sizes}, rounds
    )
    slope = [
        times[str(b)] / times[str(a)] for a, b in zip(list(sizes), list(sizes)[1:], strict=False)
    ]
    text = " and ".join(f"{ratio:.2f}" for ratio in slope)
    show(
        "time for twice the images (180,384 -> 360,768 -> 721,536)",
        text,
        "about 2",
        max(slope) <= 2.4,
    )
    block = units(8, sizes[N_IMAGES], 0.83)
    times = cpu_times(
        {
            str(n): (lambda n=n: measure_units(block[:n], sizes[N_IMAGES], SETTINGS))
            for n in (2, 4, 8)
        },
        rounds,
    )
    slope = [times["4"] / times["2"], times["8"] / times["4"]]
    text = " and ".join(f"{ratio:.2f}" for ratio in slope)
    show("time for twice the units (2 -> 4 -> 8)", text, "<= 2.1", max(slope) <= 2.1)


def bench_threads() -> None:
    """Compare one and two threads, and their bits; a busy machine cannot tell the speed-up."""
    sizes = class_sizes(N_IMAGES, N_CLASSES)
    block = units(16, sizes, 0.83)
    walls = {}
    columns = {}
    for threads in (1, 2, 1, 2, 1, 2):
        start = time.perf_counter()
        columns[threads] = measure_units(block, sizes, SETTINGS, threads)
        walls[threads] = min(walls.get(threads, np.inf), time.perf_counter() - start)
    same = all(columns[1][name].tobytes() == columns[2][name].tobytes() for name in columns[1])
    show("same bits for one and two threads", "yes" if same else "no", "yes", same)
    idle = os.getloadavg()[0] < 1.5
    ratio = walls[1] / walls[2]
    met = ratio >= 1.6 if idle else None
    text = f"{ratio:.2f} x" + ("" if idle else " (machine busy)")
    show("two threads, wall time", text, ">= 1.6 x", met)


def bench_layer(n_units: int) -> None:
    """Write a part of a layer of the paper's size and measure it from disk, in another process."""
    sizes = class_sizes(N_IMAGES, N_CLASSES)
    labels = np.repeat(np.arange(N_CLASSES), sizes)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "fc6.h5")
        some = units(16, sizes, 0.76)
        with create_activations(
            path,
            n_units=n_units,
            images=np.arange(N_IMAGES),
            labels=labels,
            n_classes=N_CLASSES,
            provenance={},
            signed=False,
        ) as writer:
            for start in range(0, N_IMAGES, 8192):
                batch = np.ascontiguousarray(some[:, start : start + 8192].T)
                writer.append(np.tile(batch, (1, n_units // 16)))
        command = [sys.executable, __file__, "--measure", str(path)]
        numbers = [float(x) for x in subprocess.check_output(command, text=True).split()]
    alone, read, half, whole, peak = numbers
    show("engine alone, CPU a unit (76 % zeros)", f"{1e3 * alone:.2f} ms", "", None)
    show("reading the store alone, CPU a unit", f"{1e3 * read:.2f} ms", "", None)
    ratio = whole / alone
    show(
        f"read and measure {n_units} units / engine alone, CPU", f"{ratio:.2f}", "<= 2", ratio <= 2
    )
    ratio = 2 * whole / half
    show(f"time for {n_units} units / {n_units // 2} units", f"{ratio:.2f}", "<= 2.1", ratio <= 2.1)
    seconds = 9448 * whole / 2
    text = f"{seconds:.0f} s"
    show(
        "whole AlexNet, 9,448 units, two free cores (extrapolated)", text, "<= 60 s", seconds <= 60
    )
    show("peak memory of a layer, two threads", f"{peak:.0f} MB", "<= 1,000 MB", peak <= 1000)


def measure_file(path: Path) -> None:
    """Print CPU seconds a unit for measuring and reading alone, for half of the units and all, and peak MB."""
    with open_activations(path) as store:
        block = store.read_units(0, 16)
        measure_units(block, store.class_sizes, SETTINGS)
        spent = []
        start = time.process_time()
        for _ in range(4):
            measure_units(block, store.class_sizes, SETTINGS)
        spent.append((time.process_time() - start) / 64)
        del block
        start = time.process_time()
        for unit in range(0, 64, 16):
            store.read_units(unit, unit + 16)
        spent.append((time.process_time() - start) / 64)
        for n_units in (store.n_units // 2, store.n_units):
            start = time.process_time()
            measure_store(store, 0, n_units, SETTINGS, threads=2)
            spent.append((time.process_time() - start) / n_units)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(*spent, peak)


def main() -> None:
    """Run all benchmarks, or measure one file for `bench_layer`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds and units")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure_file(options.measure)
        return
    rounds = 3 if options.quick else 7
    for kind, zeros in KINDS.items():
        bench_unit(kind, zeros, rounds)
    bench_scratch()
    bench_slopes(rounds)
    bench_threads()
    bench_layer(64 if options.quick else 256)


if __name__ == "__main__":
    main()
