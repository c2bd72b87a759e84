"""Fetching over a bad network: the right bytes or a clear error, never a wrong file in place."""

import logging
import time

import pytest
from bad_server import CONTENT, FAST, SHA256

from selectivity.errors import DataError


@pytest.mark.parametrize(
    "path",
    ["good", "no_ranges", "redirect", "half_then_good", "changing", "busy_once", "drop_by_drop"],
)
def test_the_right_bytes_arrive(fetch, path):
    assert fetch(path, sha256=SHA256) == SHA256
    assert fetch.output.read_bytes() == CONTENT
    assert not list(fetch.folder.rglob("*.part*"))
    assert not fetch.lock.exists()


def test_a_broken_download_is_continued(fetch):
    fetch("half_then_good", sha256=SHA256)
    assert fetch.server.requests == [
        ("/half_then_good", None),
        ("/half_then_good", "bytes=100000-"),
    ]


def test_a_later_run_continues_what_an_earlier_one_began(fetch):
    with pytest.raises(DataError, match=r"broke off|arrived"):
        fetch("half", sha256=SHA256)
    fetch.assert_nothing_is_in_place()
    fetch("good", sha256=SHA256)
    assert fetch.output.read_bytes() == CONTENT
    assert fetch.server.requests[-1] == ("/good", "bytes=100000-")


@pytest.mark.parametrize("note", ["", '{"url": "htt'])
def test_a_note_that_broke_off_starts_the_download_anew(fetch, note):
    with pytest.raises(DataError):
        fetch("half", sha256=SHA256)
    (fetch.kept.parent / "file.bin.part.json").write_text(note)
    fetch("good", sha256=SHA256)
    assert fetch.output.read_bytes() == CONTENT
    assert fetch.server.requests[-1] == ("/good", None)


def test_a_kill_before_the_first_byte_leaves_no_part_of_another_mirror(fetch, monkeypatch):
    with pytest.raises(DataError):
        fetch("half")
    part = fetch.kept.parent / "file.bin.part"
    assert part.stat().st_size

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("selectivity.downloads._write", killed)
    with pytest.raises(KeyboardInterrupt):
        fetch("good")
    assert not part.exists()


def test_without_a_hash_no_mirror_continues_another(fetch):
    with pytest.raises(DataError):
        fetch("half")
    fetch("good")
    assert fetch.output.read_bytes() == CONTENT
    assert fetch.server.requests[-1] == ("/good", None)


def test_without_a_hash_a_changed_file_is_not_continued(fetch):
    fetch("changing")
    assert fetch.output.read_bytes() == CONTENT


@pytest.mark.parametrize(
    "first", ["missing", "wrong", "half", "stall", "silence", "web_page", "loop"]
)
def test_the_next_mirror_is_asked(fetch, first):
    assert fetch(first, "good", sha256=SHA256) == SHA256
    assert fetch.output.read_bytes() == CONTENT
    assert fetch.asked()[-1] == "/good"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("wrong", r"has the sha256 .*file\.bin has"),
        ("half", "broke off|of 300000 bytes arrived"),
        ("missing", "the server answers 404"),
        ("stall", "stalled"),
        ("silence", "stalled"),
        ("web_page", "a web page instead of the file"),
        ("loop", "redirects"),
        ("lying_range", "the server sent byte 7"),
    ],
)
def test_what_cannot_be_fetched_is_a_clear_error(fetch, path, message):
    began = time.monotonic()
    with pytest.raises(DataError, match=message) as error:
        fetch(path, sha256=SHA256)
    assert time.monotonic() - began < 8
    fetch.assert_nothing_is_in_place()
    for word in ("thing", "file.bin", SHA256, str(fetch.kept), "local: {thing: <path>}"):
        assert word in str(error.value)


def test_only_what_may_come_is_asked_for_again(fetch):
    with pytest.raises(DataError):
        fetch("missing", "wrong", "stall", sha256=SHA256)
    assert fetch.asked() == ["/missing", "/wrong", "/stall", "/stall", "/stall"]


def test_a_connection_that_brings_something_does_not_count_as_a_failed_attempt(fetch, caplog):
    with caplog.at_level(logging.WARNING):
        fetch("drop_by_drop", sha256=SHA256)
    assert len(fetch.asked()) == 10 > FAST.attempts
    assert "30,000 bytes are here, trying again" in caplog.text


def test_a_mirror_that_failed_is_named_although_the_next_one_helped(fetch, caplog):
    with caplog.at_level(logging.WARNING):
        fetch("missing", "good", sha256=SHA256)
    assert f"{fetch.base}/missing: the server answers 404" in caplog.text


def test_a_connection_that_is_refused(fetch):
    fetch.base = "http://127.0.0.1:9"
    with pytest.raises(DataError, match="every source failed"):
        fetch("good", sha256=SHA256)
