"""One real run of a tiny study, shared by the tests that look at its results or edit a copy of it."""

import shutil

import pytest
from runs import TINY, Project


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory) -> Project:
    """Run the tiny study once; read-only for its users."""
    project = Project.copy_to(tmp_path_factory.mktemp("tiny") / "project")
    project.write_study(TINY)
    project.run()
    return project


@pytest.fixture
def tiny_copy(tiny_run, tmp_path) -> Project:
    """Return a copy of the finished tiny run, time stamps kept, that a test may change."""
    shutil.copytree(tiny_run.root, tmp_path / "project", symlinks=True)
    return Project(tmp_path / "project")
