"""Time the neuron features of a VGG-M-sized layer against decoding its images, and the indices of 10,000 units.

    python benchmarks/bench_neuron_features.py [--images ZIP] [--units 512] [--pool 4000 20000]

Times are of the processor, all threads together, so that other work on the machine does not enter, with the ratio on
the clock beside; ratios come from one run. Without `--images` JPEG files of 500 x 375 are made up, as large as those of
ILSVRC; smaller files take less time to decode. The pool is the number of distinct images among the 51,200 crops of the
layer: the smaller, the more crops there are for each image decoded.
"""

import argparse
import io
import re
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow" / "lib"))

from selectivity.datasets.decoding import decode_image
from selectivity.memory import memory_left
from selectivity.networks import Preprocessing
from selectivity.neuron_features.building import build_features, selected_crops, units_in
from selectivity.neuron_features.color import color_selectivity
from selectivity.neuron_features.fed_images import FedImages
from selectivity.neuron_features.fields import Axis, ReceptiveField
from selectivity.neuron_features.measuring import IndexSettings, class_tables
from selectivity.neuron_features.settings import FeatureSettings
from selectivity.neuron_features.showing import fed_shape
from selectivity.neuron_features.store import write_features
from selectivity.stage import fix_threads

CONV5 = ReceptiveField(Axis(139, 16, -52, 13), Axis(139, 16, -52, 13), 224, 224)


def jpegs(path: Path | None, n: int = 500) -> list[bytes]:
    """Return the bytes of some JPEG files."""
    if path is not None:
        with zipfile.ZipFile(path) as archive:
            names = [
                name for name in archive.namelist() if name.lower().endswith((".jpg", ".jpeg"))
            ]
            return [archive.read(name) for name in names[:: max(1, len(names) // n)][:n]]
    generator = np.random.default_rng(0)
    files = [photograph(generator) for _ in range(50)]
    print(f"made-up JPEG files of {np.mean([len(file) for file in files]) / 1000:.0f} KB")
    return files


def photograph(generator: np.random.Generator, size: tuple[int, int] = (500, 375)) -> bytes:
    """Return a JPEG file with details of all sizes, as large a file as those of ILSVRC are (110 KB)."""
    pixels = np.zeros((size[1], size[0], 3))
    for octave in range(9):
        shape = (max(2, size[1] >> (8 - octave)), max(2, size[0] >> (8 - octave)))
        detail = generator.normal(0, 1, (*shape, 1)) + 0.3 * generator.normal(0, 1, (*shape, 3))
        for channel in range(3):
            plane = Image.fromarray(detail[..., channel].astype(np.float32))
            enlarged = np.asarray(plane.resize(size, Image.Resampling.BICUBIC))
            pixels[..., channel] += 35 * 0.85**octave * enlarged
    buffer = io.BytesIO()
    image = Image.fromarray(np.clip(128 + pixels, 0, 255).astype(np.uint8))
    image.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def layer_crops(n_units: int, n_pool: int) -> pd.DataFrame:
    """Return 100 crops a unit at random places of a pool of images."""
    generator = np.random.default_rng(1)
    table = pd.DataFrame({"unit": np.repeat(np.arange(n_units), 100)})
    table["sample"], table["rank"] = "top", np.tile(np.arange(100), n_units)
    picks = [generator.choice(n_pool, 100, replace=False) for _ in range(n_units)]
    table["image"] = np.concatenate(picks)
    table["normalized_activation"] = np.tile(np.linspace(1, 0.7, 100), n_units)
    table["position"] = generator.integers(0, 169, len(table))
    return selected_crops(table, CONV5, FeatureSettings())


def timed(function: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds that a call takes: of the processor, and on the clock."""
    start = time.process_time(), time.perf_counter()
    function()
    return time.process_time() - start[0], time.perf_counter() - start[1]


def time_features(files: list[bytes], n_units: int, n_pool: int, memory: int, threads: int) -> None:
    """Print the time of all features over that of decoding the images alone."""
    shape = fed_shape(Preprocessing(resize=256, crop=224))

    def decode(image: int) -> np.ndarray:
        pixels = shape([decode_image(files[image % len(files)], "jpeg")])[0]
        return pixels.permute(1, 2, 0).round().byte().numpy()

    crops = layer_crops(n_units, n_pool)
    images = np.unique(crops["image"].to_numpy())
    mean = np.array([0.485, 0.456, 0.406])
    settings = FeatureSettings()

    def decode_all() -> None:
        with FedImages(decode, (224, 224), threads) as fed:
            for start in range(0, len(images), 256):
                fed(images[start : start + 256])

    def build() -> None:
        left = memory_left(memory)  # as the stage does
        once = units_in(CONV5, left, n_units) >= n_units
        scratch = None if once else Path(tempfile.gettempdir())
        with FedImages(decode, (224, 224), threads, scratch, images) as fed:
            parts = build_features(crops, n_units, CONV5, fed, settings, mean, left, threads)
            with tempfile.TemporaryDirectory() as folder:
                write_features(Path(folder, "conv5.h5"), parts, np.ones(n_units), CONV5.shape, {})

    few = crops[crops["unit"] < 2]
    list(
        build_features(
            few, 2, CONV5, lambda i: np.zeros((len(i), 224, 224, 3), np.uint8), settings, mean
        )
    )
    # twice, in turn: other work on the machine slows both
    times = [timed(decode_all) + timed(build) for _ in range(2)]
    alone, alone_clock, whole, whole_clock = (min(part) for part in zip(*times, strict=True))
    print(
        f"{n_units} units, {len(crops)} crops of 139 px, {len(images)} images: decoding {alone:.1f} s, "
        f"all {whole:.1f} s, ratio {whole / alone:.2f} ({whole_clock / alone_clock:.2f} on the clock; goal 1.5); "
        f"peak memory {peak_memory():.0f} MiB of {memory >> 20} granted"
    )


def peak_memory() -> float:
    """Return the most MiB that this process ever held; not ru_maxrss, which a child inherits."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else float("nan")


def time_indices(n_units: int, side: int, n_classes: int = 1000) -> None:
    """Print the time of the color and class indices of many units."""
    generator = np.random.default_rng(0)
    block = 100
    features = generator.random((block, side, side, 3), np.float32)
    color_selectivity(features[:1], features[:1])
    color, _ = timed(
        lambda: [color_selectivity(features, features) for _ in range(n_units // block)]
    )
    top = pd.DataFrame({"unit": np.repeat(np.arange(n_units), 100)})
    top["sample"], top["rank"] = "top", np.tile(np.arange(100), n_units)
    top["label"] = generator.integers(0, n_classes, len(top))
    top["activation"] = np.tile(np.linspace(2, 1, 100), n_units)
    top["normalized_activation"] = top["activation"] / 2
    classes, _ = timed(lambda: class_tables(top, n_classes, IndexSettings()))
    print(f"{n_units} units of {side} px: color {color:.1f} s, class {classes:.1f} s")


def main() -> None:
    """Run both parts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=Path)
    parser.add_argument("--units", type=int, default=512)
    parser.add_argument("--pool", type=int, nargs="+", default=[4000, 20000])
    parser.add_argument("--memory-mb", type=int, default=2000)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    fix_threads(1)  # threads that wait for work would count as work
    files = jpegs(options.images)
    for n_pool in options.pool:
        time_features(files, options.units, n_pool, options.memory_mb << 20, options.threads)
    for side in (7, 75, 139):
        time_indices(10_000, side)


if __name__ == "__main__":
    main()
