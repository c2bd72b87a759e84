"""The memory that a stage may take, and that building neuron features keeps to it."""

import logging
import mmap
import subprocess
import sys
from pathlib import Path

import pytest

from selectivity.memory import memory_left, resident_memory

LIBRARY = Path(__file__).resolve().parents[2] / "workflow" / "lib"


def test_resident_memory_grows_with_what_is_held():
    before = resident_memory()
    with mmap.mmap(
        -1, 64 << 20
    ) as held:  # pages of its own: an allocator may have freed ones at hand
        held.write(b"x" * (1 << 20) * 64)
        assert resident_memory() - before > 60 << 20


def test_too_little_is_said_and_still_works(caplog):
    with caplog.at_level(logging.WARNING):
        assert memory_left(1000) == 100
    assert "the job needs more" in caplog.text
    caplog.clear()
    assert 0 < memory_left(1 << 50) < 1 << 50
    assert not caplog.text


# 1,200 units of 80 px hold 550 MB of sums and features, 600 images 220 MB
BUILD = """
import re, sys
from pathlib import Path
import numpy as np
import pandas as pd
from selectivity.memory import memory_left, resident_memory
from selectivity.neuron_features.building import build_features, selected_crops
from selectivity.neuron_features.fed_images import FedImages
from selectivity.neuron_features.fields import Axis, ReceptiveField
from selectivity.neuron_features.settings import FeatureSettings
from selectivity.neuron_features.store import write_features

folder, extra = Path(sys.argv[1]), int(sys.argv[2])
field = ReceptiveField(Axis(80, 16, -40, 15), Axis(80, 16, -40, 15), 224, 224)
generator = np.random.default_rng(0)
n = 1200
top = pd.DataFrame({"unit": np.repeat(np.arange(n), 5), "sample": "top", "rank": np.tile(np.arange(5), n)})
top["image"] = generator.integers(0, 600, len(top))
top["normalized_activation"] = 1.0
top["position"] = generator.integers(0, 225, len(top))
settings = FeatureSettings()
crops = selected_crops(top, field, settings)

def decode(image):
    return np.full((224, 224, 3), image % 256, np.uint8)

def build(units, memory):
    mine = crops[crops["unit"] < units]
    with FedImages(decode, (224, 224), 1, folder, mine["image"].to_numpy()) as fed:
        parts = build_features(mine, units, field, fed, settings, np.full(3, 0.5), memory)
        write_features(folder / "features.h5", parts, np.ones(units), field.shape, {})

build(2, 1 << 26)  # compiles
granted = resident_memory() + (extra << 20)
build(n, memory_left(granted))
peak = int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) << 10
print(peak - granted, granted)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the peak from /proc")
@pytest.mark.parametrize("extra", [150, 400])
def test_building_features_keeps_to_the_memory_granted(tmp_path, extra):
    command = [sys.executable, "-c", BUILD, str(tmp_path), str(extra)]
    done = subprocess.run(
        command, env={"PYTHONPATH": str(LIBRARY)}, capture_output=True, text=True, check=True
    )
    over, granted = map(int, done.stdout.split())
    assert over <= 0, f"{over >> 20} MB above the {granted >> 20} MB granted"
