"""Every rule's conda environment holds what its script imports, pinned as in requirements.txt."""

import ast
import re
import sys
from pathlib import Path

import pytest
import yaml

from selectivity.provenance import LIBRARY, imported_modules

ROOT = Path(__file__).resolve().parents[2]
NAMES = {"PIL": "pillow", "yaml": "pyyaml", "sklearn": "scikit-learn", "google": "protobuf"}
# they come with a package that is listed
NAMES |= {
    "cycler": "matplotlib",
    "requests": "pooch",
    "urllib3": "pooch",
    "referencing": "jsonschema",
}
RULE = re.compile(
    r'conda:\s+"\.\./\.\./envs/(?P<env>\w+)\.yaml".*?script:\s+"\.\./scripts/(?P<script>\w+)\.py"',
    re.DOTALL,
)


def rules():
    found = set()
    for path in sorted((ROOT / "workflow" / "rules").glob("*.smk")):
        for block in re.split(r"\n\s*rule ", path.read_text())[1:]:
            match = RULE.search(block)
            if match:
                found.add((match["script"], match["env"]))
    return sorted(found)


def pins(env: str) -> dict[str, str]:
    parsed = yaml.safe_load((ROOT / "envs" / f"{env}.yaml").read_text())
    (packages,) = (part["pip"] for part in parsed["dependencies"] if isinstance(part, dict))
    return dict(package.split("==") for package in packages)


def needed(path: Path) -> set[str]:
    """Packages that a file imports when it is imported: not inside functions, nor for type checkers alone."""
    found: set[str] = set()
    waiting: list[ast.AST] = [ast.parse(path.read_text())]
    while waiting:
        for node in ast.iter_child_nodes(waiting.pop()):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                found.add(str(node.module).split(".")[0])
            elif isinstance(node, ast.ClassDef) or (
                isinstance(node, ast.If) and "TYPE_CHECKING" not in ast.unparse(node.test)
            ):
                waiting.append(node)
    return found - set(sys.stdlib_module_names) - {"selectivity"}


@pytest.mark.parametrize(("script", "env"), rules())
def test_the_environment_of_a_rule_holds_what_its_script_imports(script, env):
    path = ROOT / "workflow" / "scripts" / f"{script}.py"
    files = [path, *(LIBRARY / name for name in imported_modules(path))]
    packages = {NAMES.get(name, name) for file in files for name in needed(file)}
    missing = packages - set(pins(env))
    where = {name: [f.name for f in files if name in needed(f)][:3] for name in missing}
    assert not missing, f"envs/{env}.yaml: {where}"


def test_rules_were_found():
    assert len(rules()) > 40
    assert {env for _, env in rules()} == {"analysis", "torch"}


@pytest.mark.parametrize("env", ["analysis", "torch"])
def test_environments_are_pinned_as_the_lock(env):
    lock = (ROOT / "envs" / "requirements.txt").read_text()
    locked = set(re.findall(r"^([\w.-]+)==([\w.]+)", lock, re.MULTILINE))
    assert set(pins(env).items()) <= locked
