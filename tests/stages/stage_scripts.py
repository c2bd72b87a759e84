"""The scripts of the workflow's stages, to be called as functions."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

SCRIPTS = Path(__file__).resolve().parents[2] / "workflow" / "scripts"


def stage(name: str) -> Callable[..., Any]:
    """Return the `main` of a script."""
    spec = importlib.util.spec_from_file_location(f"stage_{name}", SCRIPTS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main
