"""What reruns after an edit: exactly what used the edited code."""

import pytest

pytestmark = pytest.mark.slow

LIBRARY = "workflow/lib/selectivity"


def append(project, file, text):
    path = project.root / file
    path.write_text(path.read_text() + text)


def test_nothing_runs_twice(tiny_run):
    assert tiny_run.waiting_rules() == set()


def test_a_comment_and_a_touch_rerun_nothing(tiny_copy):
    for path in (tiny_copy.root / "workflow").rglob("*.py"):
        path.touch()
    append(tiny_copy, f"{LIBRARY}/measures/engine.py", "\n# a comment\n")
    append(tiny_copy, "workflow/scripts/train_network.py", "\n# a comment\n")
    assert tiny_copy.waiting_rules() == set()


def test_an_edited_measure_reruns_the_measures_and_what_follows(tiny_copy):
    append(tiny_copy, f"{LIBRARY}/measures/engine.py", "\nEDITED = True\n")
    rules = tiny_copy.waiting_rules()
    assert {"measure_units", "gather_measures", "tabulate_units", "build_ledger"} <= rules
    untouched = {"generate_world", "gather_world", "train_network", "predict_images"}
    assert not rules & untouched
    assert not any(rule.startswith("extract_activations") for rule in rules)


def test_an_edited_figure_style_reruns_figures_only(tiny_copy):
    append(tiny_copy, f"{LIBRARY}/figures/style.py", "\nEDITED = True\n")
    rules = tiny_copy.waiting_rules() - {"all"}
    assert rules
    assert all(rule.startswith("plot_") for rule in rules), rules


def test_an_edited_training_reruns_all_but_the_pictures(tiny_copy):
    append(tiny_copy, f"{LIBRARY}/training/loop.py", "\nEDITED = True\n")
    rules = tiny_copy.waiting_rules()
    assert {"train_network", "predict_images", "measure_units"} <= rules
    assert not rules & {"generate_world", "gather_world"}


def test_a_moved_project_reruns_nothing(tiny_copy, tmp_path):
    moved = tmp_path / "elsewhere"
    tiny_copy.root.rename(moved)
    tiny_copy.root = moved
    assert tiny_copy.waiting_rules() == set()
