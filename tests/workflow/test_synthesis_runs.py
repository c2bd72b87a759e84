"""Synthesis through Snakemake: the same bytes for any number of shards, and after a kill, without beginning anew."""

import subprocess
import time

import pytest
from runs import TINY, Project
from test_same_bytes import kill_all

pytestmark = pytest.mark.slow

IMAGES = "results/tiny/synthetic_images/small_alexnet/conv3.h5"
SECTION = {
    "layers": {"small_alexnet": ["conv3"]},
    "steps": 300,
    "snapshots": [100, 300],
    "batch": 4,
}
LIMIT = 120  # seconds to wait for the first finished batch


def with_synthesis(project: Project, **changes) -> Project:
    project.write_study({**TINY, "synthesis": {**SECTION, **changes}})
    return project


def make(project: Project) -> bytes:
    project.run("study.yaml", IMAGES, cores=1)
    return (project.root / IMAGES).read_bytes()


def test_a_killed_synthesis_goes_on_and_shards_change_no_byte(tiny_copy):
    whole = make(with_synthesis(tiny_copy))
    (tiny_copy.root / IMAGES).unlink()
    command = tiny_copy.command("--cores", "1", IMAGES, "--config", "study=study.yaml")
    process = subprocess.Popen(
        command, cwd=tiny_copy.root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    folder = tiny_copy.root / IMAGES.removesuffix(".h5")
    deadline = time.monotonic() + LIMIT
    while not list(folder.glob(".*.work/am_mean-[0-9][0-9][0-9][0-9][0-9].h5")):
        assert process.poll() is None, "the run ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.05)
    kill_all(process)
    assert not (tiny_copy.root / IMAGES).exists()
    assert make(tiny_copy) == whole
    log = tiny_copy.root / "logs/tiny/synthesize_images/small_alexnet/conv3/001-of-001.log"
    assert "batches were finished before" in log.read_text()
    assert not list(folder.glob(".*.work"))
    (tiny_copy.root / IMAGES).unlink()
    assert make(with_synthesis(tiny_copy, shards=3)) == whole
