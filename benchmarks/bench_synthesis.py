"""Batched synthesis against one unit at a time, and ablation that reuses lower layers: CPU-time ratios in one run.

Every contestant is timed in turn, over and over, and the medians are compared, so that a busy machine slows all alike.

    python benchmarks/bench_synthesis.py [--rounds 5] [--size 64|227] [--device cpu|cuda]
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow" / "lib"))

import numpy as np
import torch
import torchvision
from torch import nn

from selectivity.ablation.removal import Removal, count_correct
from selectivity.ablation.splitting import split_network
from selectivity.allocator import keep_freed_memory
from selectivity.networks.small_alexnet import small_alexnet
from selectivity.synthesis.ascent import Ascent
from selectivity.synthesis.cutting import LayerCut
from selectivity.synthesis.engine import items_of, make_deterministic
from selectivity.synthesis.parts import Box
from selectivity.synthesis.seeds import Identity
from selectivity.synthesis.settings import SynthesisSettings

WHO = Identity(0, "benchmark", "layer")


def networks(size: int) -> tuple[nn.Module, str, int]:
    """Return a network for images of `size`, the layer to maximize and the size of a batch."""
    torch.manual_seed(0)
    if size == 64:
        return small_alexnet(n_classes=64).eval(), "fc8", 32
    return torchvision.models.alexnet().eval(), "classifier.6", 32


def clock(device: torch.device) -> float:
    """Return CPU seconds of this process, or wall seconds once the GPU is idle."""
    if device.type == "cuda":
        torch.cuda.synchronize()
        return time.perf_counter()
    return time.process_time()


def usual_loop(
    network: nn.Module,
    units: Iterable[int],
    size: int,
    steps: int,
    device: torch.device,
    *,
    frozen: bool,
) -> None:
    """Run the loop of most published code: one image, torch's Adam, the whole network."""
    network.requires_grad_(not frozen)
    for unit in units:
        noise = torch.from_numpy(WHO.noise(unit, 0, (1, 3, size, size))).to(device) * 0.1
        image = noise.requires_grad_()
        optimizer = torch.optim.Adam([image], lr=0.1)
        for _ in range(steps):
            optimizer.zero_grad()
            (-network(image)[0, unit]).backward()
            optimizer.step()
            with torch.no_grad():
                image.clamp_(-2, 2)
    network.requires_grad_(False)


def bare_passes(
    network: nn.Module, batch: int, size: int, steps: int, device: torch.device
) -> None:
    """Run forward and backward of a batch and nothing else."""
    images = torch.randn(batch, 3, size, size, device=device)
    images = images.contiguous(memory_format=torch.channels_last).requires_grad_()
    for _ in range(steps):
        torch.autograd.grad(network(images).sum(), images)


def timed(
    contestants: dict[str, Callable[[], None]],
    per: dict[str, int],
    rounds: int,
    device: torch.device,
) -> dict[str, float]:
    """Return the median seconds of one image and step of each contestant."""
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds + 1):  # the first round warms up
        for name, run in contestants.items():
            start = clock(device)
            run()
            seconds[name].append((clock(device) - start) / per[name])
    return {name: statistics.median(values[1:]) for name, values in seconds.items()}


def synthesis(size: int, rounds: int, device: torch.device) -> None:
    """Print how much faster the engine is than one unit at a time."""
    network, path, batch = networks(size)
    plain = network.to(device)
    # As many steps for the engine that its few extra forward passes weigh no more than in real use.
    few, few_steps, steps = 4, 6, 40 if size == 64 else 16
    fast, _, _ = networks(size)
    fast = fast.to(device, memory_format=torch.channels_last)
    fast.requires_grad_(False)
    settings = SynthesisSettings(steps=steps, snapshots=(steps,), batch=batch)
    low = torch.full((3, size, size), -2.0, device=device)
    ascent = Ascent(LayerCut(fast, path), settings, WHO, (3, size, size), Box(low, -low))

    def engine() -> None:
        state = ascent.start(items_of(range(batch), 1))
        while not ascent.is_done(state):
            ascent.advance(state)

    usual = partial(usual_loop, plain, range(few), size, few_steps, device)
    contestants = {
        "usual loop, weights not frozen": partial(usual, frozen=False),
        "one at a time, weights frozen": partial(usual, frozen=True),
        f"engine, batches of {batch}": engine,
        f"bare forward + backward of {batch}": partial(
            bare_passes, fast, batch, size, few_steps, device
        ),
    }
    names = list(contestants)
    per = dict(
        zip(
            names, [few * few_steps, few * few_steps, batch * steps, batch * few_steps], strict=True
        )
    )
    times = timed(contestants, per, rounds, device)
    print(f"\nsynthesis at {size} x {size} on {device.type}, layer {path}")
    for name in names:
        print(
            f"  {name:34} {times[name] * 1e3:8.3f} ms an image and step   x {times[names[0]] / times[name]:.2f}"
        )
    goals = (8, 8) if device.type == "cuda" else (1.8, 2.5)
    ours = times[names[2]]
    print(f"  engine over frozen loop   {times[names[1]] / ours:5.2f}   (goal {goals[0]})")
    print(f"  engine over usual loop    {times[names[0]] / ours:5.2f}   (goal {goals[1]})")
    print(f"  engine / bare passes      {ours / times[names[3]]:5.2f}   (goal 1.15)")


def ablation(rounds: int, device: torch.device, n_images: int = 2000, n_units: int = 8) -> None:
    """Print what an ablation of the 256 units of fc6 costs against full forward passes, over 2,000 images."""
    network, _, _ = networks(64)
    network = network.to(device, memory_format=torch.channels_last)
    network.requires_grad_(False)
    images = torch.randn(n_images, 3, 64, 64, device=device).contiguous(
        memory_format=torch.channels_last
    )
    labels = np.arange(n_images) % 24
    batches = [(images[i : i + 128], labels[i : i + 128]) for i in range(0, n_images, 128)]

    def reuse(path: str, n_removed: int) -> Callable[[], None]:
        halves = split_network(network, path)
        removal = Removal("random", 0, "zero", tuple(range(n_removed)))
        return lambda: void(
            count_correct(halves, batches, 24, 0, [removal], {"zero": np.zeros(256)})
        )

    def full() -> None:
        with torch.inference_mode():
            for pixels, _ in batches:
                network(pixels)

    # One full pass stands for one unit removed; the lower half is computed once for all 256 units of the layer.
    times = timed(
        {
            "full": full,
            "fc6": reuse("fc6", n_units),
            "fc6 once": reuse("fc6", 0),
            "conv5": reuse("conv5", n_units),
            "conv5 once": reuse("conv5", 0),
        },
        dict.fromkeys(["full", "fc6", "fc6 once", "conv5", "conv5 once"], 1),
        rounds,
        device,
    )
    print(
        f"\nablation over {n_images} images on {device.type}: cost of a unit removed, in full forward passes"
    )
    for layer, size in (("fc6", 256), ("conv5", 64)):
        a_unit = (times[layer] - times[f"{layer} once"]) / n_units
        whole = times[f"{layer} once"] + size * a_unit
        share = whole / (size * times["full"])
        print(
            f"  {layer}: {a_unit / times['full']:.3f}, {share:.3f} with the lower half (goal 0.25)"
        )


def void(_: object) -> None:
    """Drop a result."""


def main() -> None:
    """Run the benchmarks asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--size", type=int, choices=(64, 227), help="only this size")
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    torch.set_num_threads(1)
    keep_freed_memory()
    make_deterministic()
    device = torch.device(options.device)
    for size in (64, 227) if options.size is None else (options.size,):
        synthesis(size, options.rounds, device)
    ablation(options.rounds, device)


if __name__ == "__main__":
    main()
