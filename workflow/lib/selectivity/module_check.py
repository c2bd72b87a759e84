"""Check a study's layers against the modules of its networks, before any job.

Building a network imports torch, which takes seconds; the names of its modules are therefore kept
beside Snakemake's own records, under a key of everything that they depend on.
"""

import hashlib
import importlib.util
import json
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from selectivity.errors import ConfigError, nearest
from selectivity.files import atomic


def check_layers(network: str, entry: Mapping[str, Any], cache: Path) -> None:
    """Raise `ConfigError` for a constructor that does not work or a layer that the network does not have."""
    names = module_names(entry["constructor"], entry.get("arguments") or {}, cache)
    for layer, path in entry["layers"].items():
        if path not in names:
            raise ConfigError(
                f"network '{network}', layer '{layer}': {entry['constructor']} has no module '{path}'"
                f"{nearest(path, names)}"
            )


def module_names(constructor: str, arguments: Mapping[str, Any], cache: Path) -> list[str]:
    """Return the dotted names of a network's modules, from `cache` when nothing they depend on has changed."""
    kept = cache / f"{_key(constructor, arguments)}.json"
    if kept.is_file():
        return json.loads(kept.read_text(encoding="utf-8"))
    names = _build(constructor, arguments)
    with atomic(kept) as temporary:
        temporary.write_text(json.dumps(names), encoding="utf-8")
    return names


def _build(constructor: str, arguments: Mapping[str, Any]) -> list[str]:
    import torch  # here, so that a cached answer costs no import of torch

    from selectivity.networks import build

    with torch.device("meta"):  # shapes without memory or initialization
        network = build.build_network(constructor, dict(arguments))
    return build.module_names(network)


def _key(constructor: str, arguments: Mapping[str, Any]) -> str:
    """Return a hash of the constructor, its arguments, its source file and the installed torch."""
    source = _source(constructor.split(":")[0])
    parts = [
        constructor,
        json.dumps(arguments, sort_keys=True),
        source.read_bytes().hex() if source else "",
    ]
    parts += [metadata.version(name) for name in ("torch", "torchvision")]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _source(module: str) -> Path | None:
    """Return the file of a module without importing it; None where it cannot be told."""
    top, *rest = module.split(".")
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return None
    if spec is None:
        return None
    if not rest:
        return Path(spec.origin) if spec.origin and Path(spec.origin).is_file() else None
    for location in spec.submodule_search_locations or []:
        path = Path(location, *rest)
        for candidate in (path.with_suffix(".py"), path / "__init__.py"):
            if candidate.is_file():
                return candidate
    return None
