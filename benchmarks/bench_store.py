"""Activations of the papers' size on disk: file sizes, reading, measuring from the store, and a whole AlexNet.

    python benchmarks/bench_store.py [--quick | --full] [--only sizes|images|units|layer|alexnet] [--scratch FOLDER]
                                     [--activations FILE ...]

`--full` takes a quarter of a fully connected layer instead of 256 units, and adds all 9,448 units of AlexNet shown
721,536 images: 28 GB of float32, 10 GB on disk, written to the scratch folder first and then measured by the script of
the rule `measure_units`, a job a layer. Its units are made up: 256 different ones a layer, stored again and again; each
is read, unpacked and measured by itself. `--activations` adds the sizes of real files. CPU times are medians of
contenders that take turns; wall times are judged only when the machine was idle.
"""

import argparse
import json
import os
import re
import runpy
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow" / "lib"))

from paper_size import (
    N_CLASSES,
    N_IMAGES,
    Stopwatch,
    class_sizes,
    show,
    show_slopes,
    units,
    wall_verdict,
)

from selectivity.activations import IMAGES_PER_BLOCK, create_activations, open_activations
from selectivity.allocator import keep_freed_memory
from selectivity.measures import MeasureSettings, measure_units
from selectivity.measures.blocks import measure_store
from selectivity.sharding import BLOCK_UNITS

JOB = Path(__file__).resolve().parents[1] / "workflow" / "scripts" / "measure_units.py"
SETTINGS = MeasureSettings()
THREADS = 2
DISTINCT = 256
# Units and share of zeros of AlexNet's layers (gale2020, figure 3: .83 in fc6), .1 more or less by unit; fc8 is signed.
ALEXNET = {"conv5": (256, 0.45), "fc6": (4096, 0.80), "fc7": (4096, 0.83), "fc8": (1000, None)}


def now() -> np.ndarray:
    """Return CPU and wall seconds."""
    return np.array([time.process_time(), time.perf_counter()])


def write_layer(
    path: Path, n_units: int, zeros: float | None, n_images: int = N_IMAGES, distinct: int = 16
) -> np.ndarray:
    """Write a layer of made-up units, `distinct` different ones in turn, batch by batch as the extraction does.

    Returns CPU and wall seconds without the making of the units.
    """
    sizes = class_sizes(n_images, N_CLASSES)
    some = units(min(distinct, n_units), sizes, zeros, spread=0.1)
    order = np.arange(n_units) % len(some)
    rows = IMAGES_PER_BLOCK // 8
    spent = -now()
    with create_activations(
        path,
        n_units=n_units,
        images=np.arange(n_images),
        labels=np.repeat(np.arange(N_CLASSES), sizes),
        n_classes=N_CLASSES,
        provenance={"network": "alexnet", "layer": path.stem},
        signed=zeros is None,
    ) as writer:
        for start in range(0, n_images, rows):
            spent += now()
            batch = np.ascontiguousarray(some[:, start : start + rows].T)[:, order]
            spent -= now()
            writer.append(batch)
    return spent + now()


def show_size(name: str, path: Path) -> None:
    """Compare the size of a file with its goal, without ids and labels, positions and values before the ReLU."""
    with h5py.File(path) as file:
        stored = file["activations"]
        beside = [
            file[key].nbytes for key in ("image", "label", "position", "pre_relu") if key in file
        ]
        n_images = len(file["label"])
        if isinstance(stored, h5py.Group):
            n_units, n_nonzero = len(stored["start"]) - 1, len(stored["values"])
            beside += [stored["position"].nbytes] if "position" in stored else []
        else:
            n_units = len(stored)
            n_nonzero = sum(np.count_nonzero(stored[unit]) for unit in range(n_units))
    size, raw = path.stat().st_size, 4 * n_units * n_images
    share, zeros = (size - sum(beside)) / raw, 1 - n_nonzero / (n_units * n_images)
    limit = (1 - zeros) + 1 / 32 + 0.03
    shown = f"{share:.3f} (whole file {size / raw:.3f})"
    show(
        f"{name}, {100 * zeros:.0f} % zeros: share of float32",
        shown,
        f"<= {limit:.3f}",
        share <= limit,
    )


def bench_sizes(folder: Path, real: list[Path]) -> None:
    """Compare file sizes with (1 - share of zeros) + 1/32 + .03 of float32."""
    for name, zeros in {"fc6": 0.83, "fc7": 0.60, "conv5": 0.30, "fc8": None}.items():
        path = folder / f"{name}.h5"
        write_layer(path, 1024, zeros, N_IMAGES // 8)
        show_size(f"made-up {name}", path)
        path.unlink()
    for path in real:
        show_size("/".join(path.with_suffix("").parts[-2:]), path)


def in_turns(works: dict[str, Callable[[], object]], rounds: int) -> dict[str, np.ndarray]:
    """Return median CPU and wall seconds of works that take turns; the first round warms up."""
    seen: dict[str, list[np.ndarray]] = {name: [] for name in works}
    for turn in range(rounds + 1):
        for name, work in works.items():
            start = now()
            work()
            if turn:
                seen[name].append(now() - start)
    return {name: np.median(times, axis=0) for name, times in seen.items()}


def bench_layer(folder: Path, n_units: int, rounds: int) -> None:
    """Write a part of a fully connected layer and measure it from disk, in other processes."""
    path = folder / "fc6.h5"
    cpu, wall = write_layer(path, n_units, 0.76) / (n_units * N_IMAGES)
    shown = f"{1e9 * cpu:.1f}, {1e9 * wall:.1f} ns"
    show(f"writing {n_units} units, 76 % zeros (CPU, wall of a value)", shown)
    child("layer", path, rounds)
    watch = Stopwatch()
    peak = child("job", path)["peak"]
    wall, cpu, _ = watch.read()
    show(f"job that measures all {n_units} units: wall, CPU", f"{wall:.1f}, {cpu:.1f} s")
    show("peak memory of that job", f"{peak:.0f} MB", "<= 1,000 MB", peak <= 1000)
    path.unlink()


def part_layer(path: Path, rounds: int) -> None:
    """Print how reading and measuring a layer compares with the engine alone."""
    keep_freed_memory()  # as the job does
    with open_activations(path) as store:
        block, sizes = store.read_units(0, BLOCK_UNITS), store.class_sizes

        def read() -> None:
            for unit in range(0, 64, BLOCK_UNITS):
                store.read_units(unit, unit + BLOCK_UNITS)

        for threads in (1, THREADS):
            watch = Stopwatch()
            works = {
                "engine alone": lambda t=threads: measure_units(block, sizes, SETTINGS, t),
                "reading alone": read,
                "read and measure": lambda t=threads: measure_store(store, 0, 64, SETTINGS, t),
            }
            times = in_turns(works if threads == 1 else works | {"reading alone": int}, rounds)
            others = watch.read()[2]
            times["engine alone"] *= 64 / BLOCK_UNITS
            for name, spent in times.items():
                if spent.any() and not (threads > 1 and name == "reading alone"):
                    shown = "{:.2f}, {:.2f} ms".format(*(1e3 * spent / 64))
                    show(f"{name}, threads: {threads} (CPU, wall of a unit)", shown)
            cpu, wall = times["read and measure"] / times["engine alone"]
            title = f"read and measure / engine alone, threads: {threads}"
            show(f"{title}, CPU", f"{cpu:.2f}", "<= 2", cpu <= 2)
            remark, met = wall_verdict(others, wall <= 2)
            show(f"{title}, wall", f"{wall:.2f}{remark}", "<= 2", met)


def bench_images(folder: Path, rounds: int) -> None:
    """Double the images of a stored layer."""
    sizes = (N_IMAGES // 4, N_IMAGES // 2, N_IMAGES)
    paths = {n_images: folder / f"fc{n_images}.h5" for n_images in sizes}
    for n_images, path in paths.items():
        write_layer(path, 64, 0.83, n_images)
    show_growth("images", paths, rounds)


def bench_units(folder: Path, n_units: int, rounds: int) -> None:
    """Double the units of a stored layer."""
    paths = {n: folder / f"fc{n}.h5" for n in (n_units // 4, n_units // 2, n_units)}
    for n, path in paths.items():
        write_layer(path, n, 0.76)
    show_growth("units", paths, rounds)


def show_growth(what: str, paths: dict[int, Path], rounds: int) -> None:
    """Compare the time for layers that double in size, and remove them."""

    def measured(path: Path) -> None:
        with open_activations(path) as store:
            measure_store(store, 0, store.n_units, SETTINGS)

    works = {size: (lambda path=path: measured(path)) for size, path in paths.items()}
    show_slopes(f"read and measure, CPU for twice the {what}", works, 2 * rounds)
    for path in paths.values():
        path.unlink()


def bench_alexnet(folder: Path) -> None:
    """Write a whole AlexNet and measure it, from the disk and from the page cache."""
    paths = [folder / f"{layer}.h5" for layer in ALEXNET]
    for path in paths:
        n_units, zeros = ALEXNET[path.stem]
        write_layer(path, n_units, zeros, distinct=DISTINCT)
        show_size(f"AlexNet {path.stem}, {n_units} units", path)
    for state in ("cold", "warm"):
        measure_network(paths, state)
    for path in paths:
        path.unlink()


def measure_network(paths: list[Path], state: str) -> None:
    """Measure the layers of a network as the workflow does: a job a layer, two threads."""
    peak, total = 0.0, Stopwatch()
    for path in paths:
        if state == "cold":
            forget(path)
        watch = Stopwatch()
        peak = max(peak, child("job", path)["peak"])
        wall, cpu, _ = watch.read()
        show(f"AlexNet {path.stem}, {state}: wall, CPU", f"{wall:.1f}, {cpu:.1f} s")
    wall, cpu, others = total.read()
    gigabytes = sum(path.stat().st_size for path in paths) / 1e9
    title = f"whole AlexNet, 9,448 units, {gigabytes:.1f} GB, {state}"
    remark, met = wall_verdict(others, wall <= 60)
    show(f"{title}: wall", f"{wall:.1f} s{remark}", "<= 60 s", met)
    show(f"{title}: CPU of both cores", f"{cpu:.1f} s", "<= 120 s", cpu <= 120)
    show(f"{title}: peak memory", f"{peak:.0f} MB", "<= 1,000 MB", peak <= 1000)


def forget(path: Path) -> None:
    """Drop a file from the page cache, so that it is read from the disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def part_job(path: Path, _rounds: int) -> None:
    """Run the script of the rule `measure_units` on a layer and print its peak memory."""
    job = runpy.run_path(str(JOB))
    with tempfile.TemporaryDirectory() as folder:
        job["main"](
            activations=path,
            table=Path(folder, "table.parquet"),
            network="alexnet",
            layer=path.stem,
            shard="001-of-001",
            settings={"top_k": [60, 100], "min_class_size": 1, "variants": []},
            seed=0,
            code="",
            threads=THREADS,
        )
    print(json.dumps({"peak": peak_mb()}))


def peak_mb() -> float:
    """Return the peak resident memory of this process in MB; not ru_maxrss, which a child inherits."""
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(peak[1]) * 1024 / 1e6 if peak else np.nan


def child(part: str, path: Path, rounds: int = 0) -> dict[str, float]:
    """Run a part in a process of its own; show what it prints, and return its last line if that is JSON."""
    command = [sys.executable, __file__, "--part", part, str(path), str(rounds)]
    lines = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True
    ).stdout.splitlines()
    found = json.loads(lines.pop()) if lines[-1].startswith("{") else {}
    for line in lines:
        print(line, flush=True)
    return found


def main() -> None:
    """Run all benchmarks, or one part of them for another process."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="64 units, fewer rounds")
    parser.add_argument("--full", action="store_true", help="1,024 units, and a whole AlexNet")
    parser.add_argument("--only", choices=("sizes", "images", "units", "layer", "alexnet"))
    parser.add_argument("--scratch", type=Path, help="a folder with 3 GB of room (--full: 20 GB)")
    parser.add_argument("--activations", type=Path, nargs="*", default=[], help="real files")
    parser.add_argument("--part", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        name, path, rounds = options.part
        globals()[f"part_{name}"](Path(path), int(rounds))
        return
    rounds = 3 if options.quick else 7
    n_units = 64 if options.quick else 1024 if options.full else 256
    with tempfile.TemporaryDirectory(dir=options.scratch) as name:
        folder = Path(name)
        if options.only in (None, "sizes"):
            bench_sizes(folder, options.activations)
        if options.only in (None, "images"):
            bench_images(folder, rounds)
        if options.only in (None, "units"):
            bench_units(folder, n_units, rounds)
        if options.only in (None, "layer"):
            bench_layer(folder, n_units, rounds)
        if options.only == "alexnet" or (options.only is None and options.full):
            bench_alexnet(folder)


if __name__ == "__main__":
    main()
