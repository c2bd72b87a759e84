"""The code hash changes with code, and with nothing else."""

from pathlib import Path

import pytest

from selectivity.provenance import code_hash, imported_modules


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A script that reaches modules directly, through packages and through relative imports."""
    library = tmp_path / "lib"
    package = library / "kit"
    (package / "inner").mkdir(parents=True)
    (package / "__init__.py").write_text('"""Kit."""\n')
    (package / "direct.py").write_text(
        "from kit.inner import deep\n\n\ndef f():\n    return deep.VALUE\n"
    )
    (package / "inner" / "__init__.py").write_text("from .. import shared\n")
    (package / "inner" / "deep.py").write_text("from .near import VALUE\n")
    (package / "inner" / "near.py").write_text("VALUE = 1\n")
    (package / "shared.py").write_text("X = 1\n")
    (package / "unused.py").write_text("Y = 1\n")
    (tmp_path / "script.py").write_text(
        "import json\n\nimport numpy\nfrom kit.direct import f\n\nprint(f())\n"
    )
    return tmp_path


def digest(project: Path) -> str:
    return code_hash(project / "script.py", project / "lib")


def test_imports_are_followed_through_packages_and_relative_imports(project):
    assert imported_modules(project / "script.py", project / "lib") == [
        "kit/__init__.py",
        "kit/direct.py",
        "kit/inner/__init__.py",
        "kit/inner/deep.py",
        "kit/inner/near.py",
        "kit/shared.py",
    ]


@pytest.mark.parametrize(
    "module", ["direct", "inner/__init__", "inner/deep", "inner/near", "shared", "__init__"]
)
def test_an_edit_of_any_reached_module_changes_the_hash(project, module):
    before = digest(project)
    path = project / "lib" / "kit" / f"{module}.py"
    path.write_text(path.read_text() + "\nEXTRA = 2\n")
    assert digest(project) != before


def test_an_edit_of_the_script_changes_the_hash(project):
    before = digest(project)
    (project / "script.py").write_text("from kit.direct import f\n\nprint(f() + 1)\n")
    assert digest(project) != before


@pytest.mark.parametrize(
    "text",
    [
        '"""A docstring."""\n\nVALUE = 1\n',
        "# a comment\nVALUE = 1  # another\n",
        "\n\nVALUE   =   (1)\n",
    ],
)
def test_comments_docstrings_and_layout_do_not_matter(project, text):
    before = digest(project)
    (project / "lib" / "kit" / "inner" / "near.py").write_text(text)
    assert digest(project) == before


def test_modules_that_are_not_imported_do_not_matter(project):
    before = digest(project)
    (project / "lib" / "kit" / "unused.py").write_text("Y = 2\n")
    assert digest(project) == before


def test_the_place_of_the_project_does_not_matter(project, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "moved"
    before = digest(project)
    project.rename(elsewhere)
    assert digest(elsewhere) == before
