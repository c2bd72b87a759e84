"""House rules of the workflow that a linter does not know."""

import re
from pathlib import Path

import pytest
from runs import ROOT, Project

SMK = sorted((ROOT / "workflow" / "rules").glob("*.smk"))
SCRIPTS = sorted((ROOT / "workflow" / "scripts").glob("*.py"))


def rules_of(path: Path) -> list[tuple[str, str]]:
    """Return (name, body) of each rule that runs a script."""
    text = path.read_text()
    pieces = re.split(r"^ *rule (\w*):\n", text, flags=re.MULTILINE)[1:]
    named = zip(pieces[::2], pieces[1::2], strict=True)
    return [(name, body) for name, body in named if "script:" in body]


ALL_RULES = [
    pytest.param(name, body, id=f"{path.stem}-{name}")
    for path in SMK
    for name, body in rules_of(path)
]


def test_there_are_rules():
    assert len(ALL_RULES) >= 15


@pytest.mark.parametrize(("name", "body"), ALL_RULES)
def test_a_rule_has_a_docstring_a_log_an_environment_and_the_code_hash(name, body):
    script = re.search(r'script:\s+"\.\./scripts/(\w+)\.py"', body)
    assert script, "only script: rules"
    assert re.match(r'\s+"""', body), "the docstring says what one job makes"
    for directive in ("log:", "conda:"):
        assert directive in body
    assert f'code_hash("{script[1]}.py")' in body


@pytest.mark.parametrize("path", SMK, ids=lambda path: path.name)
def test_rules_never_use_shell_or_run(path):
    assert not re.search(r"^\s*(shell|run):", path.read_text(), flags=re.MULTILINE)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_is_thin_and_names_snakemake_only_at_its_entry(path):
    text = path.read_text()
    assert len(text.splitlines()) <= 120
    assert "from __future__" not in text, "Snakemake pastes its preamble above the script"
    body = text.split('if __name__ == "__main__":')[0]
    body = re.sub(r"if TYPE_CHECKING:\n(    .*\n)+", "", body)
    code = "\n".join(line for line in body.splitlines() if not line.lstrip().startswith("#"))
    assert not re.search(r"\bsnakemake\.", code)


def test_the_workflow_is_free_of_lint(tmp_path):
    done = Project.copy_to(tmp_path / "project").snakemake("--lint", check=False)
    assert done.returncode == 0, done.stdout
