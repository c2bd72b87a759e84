"""How much extraction costs over the bare forward pass, as ratios of CPU time measured in one run.

    PYTHONPATH=workflow/lib python benchmarks/bench_extraction.py [--rounds 5]

Contenders take turns and the median counts, so that other work on the machine disturbs all alike. Each forward pass
that is compared by allocator runs in a process of its own. Exit status 1 when a goal is missed.
"""

import argparse
import io
import json
import logging
import math
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

LIBRARY = Path(__file__).resolve().parents[1] / "workflow" / "lib"
sys.path.insert(0, str(LIBRARY))
for _name in ("OMP", "MKL", "OPENBLAS"):
    os.environ[f"{_name}_NUM_THREADS"] = "1"

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import torch  # noqa: E402
from forward_passes import (  # noqa: E402
    PIXELS,
    PREPROCESSING,
    SIDE,
    network,
    run_bare,
    run_naive,
    run_ours,
)
from photographs import Photographs, photographs  # noqa: E402
from PIL import Image  # noqa: E402

from selectivity import activations, extraction, recording  # noqa: E402
from selectivity.allocator import keep_freed_memory  # noqa: E402
from selectivity.datasets.decoding import decode_image  # noqa: E402
from selectivity.networks import Preprocessing  # noqa: E402

Row = tuple[str, str, float, str, bool]  # what, shown, value, goal, whether met
TWO = {"conv5": "conv5", "fc8": "fc8"}
TEN = {name: name for name in ("conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8")}
TEN |= {"pool5": "pool5", "prob": "softmax"}


def cpu_ms(function: Callable[[], object], n_images: int) -> float:
    """Return the CPU time of a call in ms an image."""
    start = time.process_time()
    function()
    return (time.process_time() - start) / n_images * 1e3


def run_store(task: extraction.Extraction, images: object, n_images: int) -> None:
    """Run the tool from images to files of all layers."""
    labels = np.sort(np.arange(n_images) % 10)
    index = pd.DataFrame({"image": np.arange(n_images), "label": labels})
    with tempfile.TemporaryDirectory() as folder:
        outputs = {layer: Path(folder, f"{layer}.h5") for layer in task.layers}
        recording.store_layers(task, images, index, np.arange(n_images), 10, outputs, {})


def child(part: str, *arguments: int) -> dict[str, float]:
    """Run one part of this benchmark in a process of its own."""
    command = [sys.executable, __file__, "--part", part, *map(str, arguments)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def part_naive(n_images: int) -> dict[str, float]:
    """Time the naive forward pass."""
    run_naive(128)
    return {"ms": cpu_ms(lambda: run_naive(n_images), n_images)}


def part_ours(n_images: int) -> dict[str, float]:
    """Time the tool's forward pass."""
    keep_freed_memory()
    net = network()
    run_ours(net, 64, {"fc8": "fc8"})
    return {"ms": cpu_ms(lambda: run_ours(net, n_images, {"fc8": "fc8"}), n_images)}


def part_memory(n_images: int) -> dict[str, float]:
    """Return the peak resident memory of JPEG to store in a small network, in MiB."""
    keep_freed_memory()
    from selectivity.networks.small_alexnet import small_alexnet

    layers = {name: name for name in ("conv1", "conv3", "conv5", "fc6", "fc8")}
    task = extraction.Extraction(
        small_alexnet().eval(), Preprocessing(resize=64, crop=64), layers, workers=2
    )
    run_store(task, Photographs(n_images, 64, 64), n_images)
    # Not ru_maxrss: a child inherits that of its parent.
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return {"mib": int(peak[1]) / 1024 if peak else math.nan}


def bench_forward(rounds: int) -> list[Row]:
    """The tool's forward pass against the naive one."""
    naive, ours = [], []
    for _ in range(rounds):
        naive.append(child("naive", 128)["ms"])
        ours.append(child("ours", 128)["ms"])
    ratio = statistics.median(naive) / statistics.median(ours)
    shown = run_ours(network(), 32, {"fc8": "fc8"})["fc8"].values
    reference = run_naive(128).numpy()
    error = float(np.abs(shown - reference).max() / np.abs(reference).max())
    return [
        (
            "forward pass over naive",
            f"{1e3 / statistics.median(ours):.0f} img/s",
            ratio,
            ">= 1.4",
            ratio >= 1.4,
        ),
        ("largest difference of outputs", "", error, "<= 1e-4", error <= 1e-4),
    ]


def bench_overhead(rounds: int) -> list[Row]:
    """Compare hooks and store, and JPEG to store, with the bare forward pass.

    The store is timed by itself over a whole buffer of images, its smallest unit of work.
    """
    keep_freed_memory()
    net, n_images = network().to(memory_format=torch.channels_last), len(PIXELS)
    decoded = extraction.Extraction(net, PREPROCESSING, {})
    images, order = Photographs(n_images), np.arange(n_images)
    times: dict[str, list[float]] = {}
    with ExitStack() as stack:

        def hooked(layers: dict[str, str]) -> Callable[[], object]:
            task = extraction.Extraction(net, PREPROCESSING, layers)
            worker = extraction._Worker(task, extraction._replica(net), stack)
            worker.forward(order, PIXELS)
            return lambda: worker.forward(order, PIXELS)

        tasks = {
            "bare": lambda: run_bare(net),
            "two": hooked(TWO),
            "ten": hooked(TEN),
            "jpeg": lambda: list(decoded._load(images, order)),
        }
        for turn in range(3 * rounds + 1):
            for name, task in tasks.items():
                elapsed = cpu_ms(task, n_images)
                if turn:
                    times.setdefault(name, []).append(elapsed)
    ms = {name: statistics.median(values) for name, values in times.items()}
    rows = []
    for name, layers in (("two", TWO), ("ten", TEN)):
        store = store_ms(run_ours(net, 32, layers))
        share = (ms[name] + store) / ms["bare"] - 1
        shown = (
            f"bare {ms['bare']:.2f}, hooks {ms[name] - ms['bare']:.2f}, store {store:.3f} ms/img"
        )
        rows.append((f"hooks + store, {name} layers", shown, share, "<= 0.05", share <= 0.05))
        if name == "two":
            speed = ms["bare"] / (ms["two"] + store + ms["jpeg"])
    shown = f"decoding {ms['jpeg']:.2f} ms/img"
    return [*rows, ("JPEG to store over bare", shown, speed, ">= 0.70", speed >= 0.70)]


def store_ms(outputs: dict[str, extraction.LayerOutput]) -> float:
    """Return the CPU time of storing the layers, in ms an image, over a whole buffer of images."""
    n_images, elapsed = activations.IMAGES_PER_BLOCK, 0.0
    images, labels = np.arange(n_images), np.zeros(n_images, np.int32)
    for layer, output in outputs.items():
        signed = bool((output.values < 0).any())
        with tempfile.TemporaryDirectory() as folder:
            start = time.process_time()
            with activations.create_activations(
                Path(folder, "layer.h5"),
                n_units=output.values.shape[1],
                images=images,
                labels=labels,
                n_classes=1,
                provenance={"layer": layer},
                signed=signed,
                map_shape=output.map_shape,
            ) as writer:
                for _ in range(n_images // len(output.values)):
                    writer.append(output.values, output.positions)
            elapsed += time.process_time() - start
    return elapsed / n_images * 1e3


def bench_decoding(rounds: int) -> list[Row]:
    """Decoding and resizing against plain Pillow."""
    files = photographs(48)
    shape = Preprocessing(resize=256, crop=SIDE, scale=255.0)

    def pillow(data: bytes) -> np.ndarray:
        image = Image.open(io.BytesIO(data)).convert("RGB")
        short = min(image.size)
        size = (image.width * 256 // short, image.height * 256 // short)
        image = image.resize(size, Image.Resampling.BILINEAR)
        left, top = round((image.width - SIDE) / 2), round((image.height - SIDE) / 2)
        return np.asarray(image.crop((left, top, left + SIDE, top + SIDE)))

    def ours(data: bytes) -> np.ndarray:
        image = shape._shape(torch.from_numpy(decode_image(data, "")))
        return image.numpy()

    times: dict[str, list[float]] = {"pillow": [], "ours": []}
    for turn in range(rounds + 1):
        for name, function in (("pillow", pillow), ("ours", ours)):
            elapsed = cpu_ms(
                lambda function=function: [function(data) for data in files], len(files)
            )
            if turn:
                times[name].append(elapsed)
    speed = statistics.median(times["pillow"]) / statistics.median(times["ours"])
    error = np.mean([np.abs(pillow(f).astype(int) - ours(f)).mean() for f in files])
    return [
        (
            "decode + resize over Pillow",
            f"{1e3 / statistics.median(times['ours']):.0f} img/s",
            speed,
            ">= 1.4",
            speed >= 1.4,
        ),
        ("mean difference to Pillow (of 255)", "", float(error), "< 0.05", error < 0.05),
    ]


def bench_memory(_rounds: int) -> list[Row]:
    """Peak memory for 2,000, 8,000 and 32,000 images."""
    peaks = {n: child("memory", n)["mib"] for n in (2000, 8000, 32000)}
    growth = peaks[32000] / peaks[8000]
    shown = ", ".join(f"{n}: {peak:.0f} MiB" for n, peak in peaks.items())
    return [("peak memory, 32,000 over 8,000 images", shown, growth, "<= 1.05", growth <= 1.05)]


def main() -> int:
    """Print a line for each goal; return 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=("forward", "overhead", "decoding", "memory"))
    parser.add_argument("--part", nargs=2, metavar=("NAME", "IMAGES"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    logging.disable(logging.INFO)
    if arguments.part:
        name, n_images = arguments.part
        print(json.dumps(globals()[f"part_{name}"](int(n_images))))
        return 0
    n_missed = 0
    benches = {
        "forward": bench_forward,
        "overhead": bench_overhead,
        "decoding": bench_decoding,
        "memory": bench_memory,
    }
    for bench in [benches[arguments.only]] if arguments.only else benches.values():
        for name, shown, value, goal, good in bench(arguments.rounds):
            verdict = "ok" if good else "MISSED"
            print(f"{name:38s} {value:10.4g}  goal {goal:8s} {verdict:6s} {shown}", flush=True)
            n_missed += not good
    return 1 if n_missed else 0


if __name__ == "__main__":
    sys.exit(main())
