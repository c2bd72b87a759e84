"""The library depends in one direction: measures know no files, nothing knows Snakemake."""

import ast
from pathlib import Path

import pytest

LIBRARY = Path(__file__).resolve().parents[2] / "workflow" / "lib" / "selectivity"
MODULES = sorted(LIBRARY.rglob("*.py"))


def imports(path: Path) -> set[str]:
    """Return the dotted names that a module imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def top(names: set[str]) -> set[str]:
    return {name.split(".")[0] for name in names}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(LIBRARY)))
def test_nothing_in_the_library_imports_snakemake_or_scripts(path):
    assert not top(imports(path)) & {"snakemake", "scripts", "workflow"}


@pytest.mark.parametrize(
    "path",
    [
        path
        for path in MODULES
        if path.parent.name in {"measures", "claims"} or path.stem == "sharding"
    ],
    ids=lambda path: str(path.relative_to(LIBRARY)),
)
def test_measures_and_claims_need_no_files_and_no_networks(path):
    assert not top(imports(path)) & {"torch", "torchvision", "h5py", "pandas", "matplotlib", "PIL"}


@pytest.mark.parametrize("name", ["activations.py", "packed.py"])
def test_the_store_needs_no_torch(name):
    assert not top(imports(LIBRARY / name)) & {"torch", "torchvision", "pandas"}
