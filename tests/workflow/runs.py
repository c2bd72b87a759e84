"""Run Snakemake in a copy of the project, as a user would."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("Snakefile", "config", "envs", "profiles", "workflow")

# Small enough for seconds, large enough for every class to be seen and for a network to learn a little.
TINY = {
    "study": "tiny",
    "seed": 3,
    "dataset": {"world": {"train_images": 480, "test_images": 240, "shards": 2}},
    "networks": {
        "small_alexnet": {
            "arguments": {"n_classes": 24, "widths": [8, 8, 8, 8, 8], "n_hidden": 16},
            "train": {"epochs": 2, "batch_size": 32},
        }
    },
    "activations": {"images": "all"},
    "measures": {
        "top_k": [5, 60, 100],
        "shards": 2,
        "gap": {},
        "variants": ["kmeans_pp_seeded"],
        "permutations": 3,
        "bootstrap": {"samples": 5},
    },
    "figures": {"jitter_layers": ["fc6"]},
}


@dataclass
class Project:
    """A copy of the project in a folder of its own."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)

    @classmethod
    def copy_to(cls, folder: Path) -> "Project":
        for part in PARTS:
            source = ROOT / part
            if source.is_dir():
                shutil.copytree(source, folder / part)  # with the compiled kernels
            else:
                folder.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, folder / part)
        return cls(folder)

    def write_study(self, study: dict, name: str = "study.yaml") -> Path:
        path = self.root / name
        path.write_text(yaml.safe_dump(study, sort_keys=False))
        return path

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "snakemake", *arguments]

    def snakemake(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run Snakemake; both streams are returned as one text in ``stdout``."""
        done = subprocess.run(
            self.command(*arguments),
            cwd=self.root,
            env={**os.environ, **self.environment},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if check and done.returncode != 0:
            raise AssertionError(f"snakemake {' '.join(arguments)} failed:\n{done.stdout[-6000:]}")
        return done

    def run(self, study: str = "study.yaml", *arguments: str, cores: int = 2) -> str:
        """Run a study to its end and return what Snakemake said."""
        return self.snakemake(
            "--cores", str(cores), *arguments, "--config", f"study={study}"
        ).stdout

    def waiting_rules(self, study: str = "study.yaml") -> set[str]:
        """Return the names of the rules that a dry run would run."""
        text = self.snakemake("--dry-run", "--config", f"study={study}").stdout
        return {
            line.split()[1].rstrip(":")
            for line in text.splitlines()
            if line.startswith(("rule ", "localrule "))
        }
