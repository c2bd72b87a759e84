"""Files appear whole or not at all."""

import pytest

from selectivity.files import atomic, sweep


def test_a_file_appears_when_the_block_ends(tmp_path):
    path = tmp_path / "deep" / "a.csv"
    with atomic(path) as temporary:
        temporary.write_text("x")
        assert not path.exists()
        assert temporary.suffix == ".csv"
    assert path.read_text() == "x"
    assert list(path.parent.iterdir()) == [path]


def test_an_error_leaves_the_old_file_and_no_trace(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("old")
    with pytest.raises(RuntimeError), atomic(path) as temporary:
        temporary.write_text("new")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_sweeping_removes_what_a_killed_writer_left(tmp_path):
    (tmp_path / "a").mkdir()
    left = tmp_path / "a" / ".units.0123456789ab.tmp.csv"
    left.write_text("half")
    kept = tmp_path / "a" / "units.csv"
    kept.write_text("whole")
    sweep(tmp_path, tmp_path / "absent")
    assert not left.exists()
    assert kept.exists()
