"""The same study gives the same bytes, whatever the cores, shards and batches, and after any kill."""

import os
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest
from runs import TINY, Project

pytestmark = pytest.mark.slow

UNITS = "results/tiny/tables/units.csv"


def results(project: Project) -> dict[str, bytes]:
    """Return every result file by its path (HDF5, Parquet, tables, figures: all are compared to the byte)."""
    folder = project.root / "results"
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def differing(first: dict[str, bytes], second: dict[str, bytes]) -> list[str]:
    return [
        name for name in sorted(first.keys() | second.keys()) if first.get(name) != second.get(name)
    ]


def test_one_core_gives_the_bytes_of_two(tiny_run, tmp_path):
    project = Project.copy_to(tmp_path / "one")
    project.write_study(TINY)
    project.run(cores=1)
    assert differing(results(tiny_run), results(project)) == []


def test_shards_and_batch_size_change_no_number(tiny_run, tmp_path):
    project = Project.copy_to(tmp_path / "shards")
    study = {**TINY, "measures": {**TINY["measures"], "shards": 7}}
    study["dataset"] = {"world": {**TINY["dataset"]["world"], "shards": 3}}
    project.write_study(study)
    project.snakemake("--cores", "2", UNITS, "--config", "study=study.yaml", "batch_size=1")
    assert (project.root / UNITS).read_bytes() == (tiny_run.root / UNITS).read_bytes()


def kill_all(process: subprocess.Popen[bytes]) -> None:
    """Kill Snakemake and every job of it at once, as a power cut would."""
    family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    for member in family:
        member.send_signal(signal.SIGKILL)
    process.wait()


def kill_main(process: subprocess.Popen[bytes]) -> None:
    """Kill Snakemake alone: its running jobs go on as orphans."""
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def test_a_killed_run_ends_with_the_bytes_of_an_undisturbed_one(tiny_run, tmp_path):
    project = Project.copy_to(tmp_path / "killed")
    project.write_study(TINY)
    command = project.command("--cores", "2", "--config", "study=study.yaml")
    for seconds, kill in ((6, kill_all), (9, kill_main), (14, kill_all)):
        process = subprocess.Popen(
            command, cwd=project.root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(seconds)
        if process.poll() is None:
            kill(process)
    project.run()
    assert differing(results(tiny_run), results(project)) == []
    assert not leftovers(project.root)


def leftovers(root: Path) -> list[Path]:
    """Return temporary files that a killed writer left behind."""
    return [path for folder in ("results", "resources") for path in (root / folder).rglob("*.tmp*")]
