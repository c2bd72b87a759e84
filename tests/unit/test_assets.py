"""Fetching over a bad network: the right bytes or a clear error, never a wrong file in place.

All traffic stays on the loopback interface.
"""

import hashlib
import http.server
import logging
import os
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from selectivity.assets import Asset, AssetStore, fetch_asset, locked_sha256, read_assets
from selectivity.downloads import DownloadSettings
from selectivity.errors import ConfigError, DataError

ROOT = Path(__file__).parents[2]
CONTENT = os.urandom(300_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
FAST = DownloadSettings(connect_timeout=2, read_timeout=0.25, attempts=3, pause=0.0)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        server = self.server
        server.requests.append((self.path, self.headers.get("Range")))
        behavior = server.behaviors.get(self.path, "missing")
        getattr(self, f"serve_{behavior}")()

    def log_message(self, *_):
        pass

    def send(self, body, status=200, length=None, etag='"v1"', **headers):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        if etag:
            self.send_header("ETag", etag)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def serve_missing(self):
        self.send(b"<html>not here</html>", 404)

    def serve_good(self):
        start = self.headers.get("Range")
        if start and self.headers.get("If-Range", '"v1"') == '"v1"':
            first = int(start.removeprefix("bytes=").rstrip("-"))
            rest = CONTENT[first:]
            span = f"bytes {first}-{len(CONTENT) - 1}/{len(CONTENT)}"
            self.send(rest, 206, Content_Range=span)
        else:
            self.send(CONTENT)

    def serve_no_ranges(self):
        self.send(CONTENT, etag=None)

    def serve_wrong(self):
        self.send(bytes(reversed(CONTENT)))

    def serve_half(self):
        self.send(CONTENT[:100_000], length=len(CONTENT))
        self.close_connection = True

    def serve_drop_by_drop(self):
        """A tenth of the file, or of what is left, at each connection."""
        start = self.headers.get("Range")
        first = int(start.removeprefix("bytes=").rstrip("-")) if start else 0
        rest = CONTENT[first:]
        piece = rest[: len(CONTENT) // 10]
        span = {"Content_Range": f"bytes {first}-{len(CONTENT) - 1}/{len(CONTENT)}"}
        self.send(piece, 206 if start else 200, length=len(rest), **(span if start else {}))
        self.close_connection = True

    def serve_half_then_good(self):
        if [path for path, _ in self.server.requests].count(self.path) == 1:
            self.serve_half()
        else:
            self.serve_good()

    def serve_changing(self):
        """Half of one file, then another file under the same name."""
        if [path for path, _ in self.server.requests].count(self.path) == 1:
            self.send(b"x" * 100_000, length=len(CONTENT), etag='"v0"')
            self.close_connection = True
        else:
            self.serve_good()

    def serve_lying_range(self):
        if not self.headers.get("Range"):
            self.serve_half()
        else:
            self.send(CONTENT[7:], 206, Content_Range=f"bytes 7-{len(CONTENT) - 1}/{len(CONTENT)}")

    def serve_stall(self):
        self.send(CONTENT[:1000], length=len(CONTENT))
        self.server.stop.wait(5)

    def serve_silence(self):
        self.server.stop.wait(5)

    def serve_redirect(self):
        self.send_response(302)
        self.send_header("Location", "/good")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def serve_loop(self):
        self.send_response(302)
        self.send_header("Location", self.path)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def serve_web_page(self):
        self.send(b"<html>Domain for sale</html>", Content_Type="text/html; charset=utf-8")

    def serve_busy_once(self):
        if [path for path, _ in self.server.requests].count(self.path) == 1:
            self.send(b"busy", 503)
        else:
            self.serve_good()


@pytest.fixture
def server():
    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    names = [name.removeprefix("serve_") for name in dir(Handler) if name.startswith("serve_")]
    httpd.behaviors = {f"/{name}": name for name in names}
    httpd.requests, httpd.stop = [], threading.Event()
    thread = threading.Thread(target=httpd.serve_forever, args=(0.02,))
    thread.start()
    yield httpd
    httpd.stop.set()
    httpd.shutdown()
    httpd.server_close()
    thread.join()


class Fetch:
    def __init__(self, server, folder):
        self.base = f"http://127.0.0.1:{server.server_port}"
        self.server, self.folder = server, folder
        self.output = folder / "assets" / "file.bin"
        self.kept = folder / "downloads" / "file.bin"
        self.lock = folder / "assets.lock.csv"

    def __call__(self, *paths, offline=False, **known):
        urls = tuple(f"{self.base}/{path}" for path in paths)
        asset = Asset("thing", "file.bin", urls, **known)
        return fetch_asset(
            asset, self.output, self.kept.parent, self.lock, FAST, offline=offline
        )  # fmt: skip

    def asked(self):
        return [path for path, _ in self.server.requests]

    def assert_nothing_is_in_place(self):
        assert not self.output.exists()
        assert not self.kept.exists()
        left = [path for path in self.folder.rglob("*") if path.is_file()]
        assert all(".part" in path.name or path.name.startswith(".assets.lock") for path in left)


@pytest.fixture
def fetch(server, tmp_path):
    return Fetch(server, tmp_path)


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


def test_an_old_good_file_survives_a_failed_fetch(fetch):
    fetch("good", sha256=SHA256)
    fetch.kept.unlink()
    with pytest.raises(DataError):
        fetch("wrong", sha256=SHA256)
    assert fetch.output.read_bytes() == CONTENT


def test_a_file_that_is_there_is_not_fetched(fetch):
    fetch("good", sha256=SHA256)
    fetch.output.unlink()
    fetch("missing", sha256=SHA256, offline=True)
    assert fetch.output.read_bytes() == CONTENT
    assert fetch.asked() == ["/good"]


def test_a_wrong_file_that_is_there_is_neither_used_nor_removed(fetch):
    fetch.kept.parent.mkdir()
    fetch.kept.write_bytes(b"mine")
    with pytest.raises(DataError, match="put the right file there"):
        fetch("good", sha256=SHA256)
    assert fetch.kept.read_bytes() == b"mine"
    assert not fetch.output.exists()


def test_offline_says_which_file_and_where_to_put_it(fetch):
    with pytest.raises(DataError, match="offline") as error:
        fetch("good", sha256=SHA256, offline=True)
    for word in ("file.bin", SHA256, str(fetch.kept), "local", f"from {fetch.base}/good"):
        assert word in str(error.value)
    assert fetch.asked() == []
    with pytest.raises(DataError, match=r"no public address.*register first"):
        fetch(checksum="md5:" + "0" * 32, note="register first")


def test_the_first_fetch_of_an_unknown_file_records_its_hash_and_says_so(fetch, caplog):
    with caplog.at_level(logging.WARNING):
        fetch("good")
    assert "this first fetch recorded sha256" in caplog.text
    assert SHA256 in caplog.text
    assert locked_sha256("thing", fetch.lock) == SHA256
    fetch.kept.unlink()
    fetch.output.unlink()
    with pytest.raises(DataError, match="has the sha256"):
        fetch("wrong")
    assert fetch("good") == SHA256


@pytest.mark.parametrize(
    "checksum",
    [
        f"md5:{hashlib.md5(CONTENT).hexdigest()}",
        f"sha1:{hashlib.sha1(CONTENT).hexdigest()}",
        f"sha256-prefix:{SHA256[:8]}",
    ],
)
def test_other_published_hashes_are_checked(fetch, checksum):
    assert fetch("wrong", "good", checksum=checksum) == SHA256
    assert locked_sha256("thing", fetch.lock) == SHA256


def test_the_size_is_checked(fetch):
    with pytest.raises(DataError, match=r"300000 bytes, .* has 299999"):
        fetch("good", bytes=299_999)


def test_first_fetches_side_by_side_all_record_their_hashes(fetch):
    def one(index):
        asset = Asset(f"thing{index}", f"file{index}.bin", (f"{fetch.base}/good",))
        fetch_asset(asset, fetch.folder / asset.file, fetch.kept.parent, fetch.lock, FAST)

    threads = [threading.Thread(target=one, args=(index,)) for index in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [locked_sha256(f"thing{index}", fetch.lock) for index in range(8)] == [SHA256] * 8


def test_the_registry_is_sound():
    assets = read_assets(ROOT / "config" / "assets.csv")
    for asset in assets.values():
        assert asset.license, asset.id
        assert asset.urls or "registration" in asset.note, asset.id
        assert all(url.startswith(("http://", "https://", "doi:")) for url in asset.urls), asset.id
        assert asset.sha256 or asset.checksum or "no hash is published" in asset.note, asset.id


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a,f.bin,,xyz,,,,", "line 2: a sha256 has 64"),
        ("a,f.bin,,,crc:00,,,", "line 2: checksum is algorithm:digits"),
        ("a,f.bin,,,md5:00,,,", "line 2: checksum is algorithm:digits"),
        ("a,../f.bin,,,,,,", "line 2: .*without folders"),
        ("a,f.bin,,,,many,,", "line 2: bytes is a whole number"),
        ("a,f.bin,,,,,,\na,g.bin,,,,,,", "line 3: .*stands twice"),
        ("a,f.bin,,,,,,\nb,f.bin,,,,,,", "line 3: .*stands twice"),
        ("a,f.bin", "line 2: expected 8 cells"),
    ],
)
def test_mistakes_in_the_registry_are_named_with_their_line(tmp_path, row, message):
    path = tmp_path / "assets.csv"
    path.write_text(f"id,file,urls,sha256,checksum,bytes,license,note\n{row}\n")
    with pytest.raises(ConfigError, match=message):
        read_assets(path)


def test_mirrors_are_separated_by_blanks_or_bars(tmp_path):
    path = tmp_path / "assets.csv"
    path.write_text(
        "id,file,urls,sha256,checksum,bytes,license,note\na,f,http://x http://y|http://z,,,,,\n"
    )
    assert read_assets(path)["a"].urls == ("http://x", "http://y", "http://z")


def test_local_files_come_first(tmp_path):
    mine = tmp_path / "mine.bin"
    assets = {"thing": Asset("thing", "file.bin", sha256=SHA256)}
    with pytest.raises(ConfigError, match=r"local: thing: .*does not exist"):
        AssetStore(assets, local={"thing": str(mine)})
    mine.write_bytes(CONTENT)
    assert AssetStore(assets, local={"thing": str(mine)}).path("thing") == str(mine)
    assert AssetStore(assets).path("thing") == "resources/assets/file.bin"
    with pytest.raises(ConfigError, match="did you mean 'thing'"):
        AssetStore(assets, local={"thin": str(mine)})


def test_the_expected_hash_comes_from_the_registry_or_the_lock_file(fetch):
    wildcards = SimpleNamespace(asset_file="file.bin")
    known = {"thing": Asset("thing", "file.bin", sha256=SHA256)}
    assert AssetStore(known, lock=fetch.lock).expected_sha256(wildcards) == SHA256
    unknown = {"thing": Asset("thing", "file.bin")}
    assert AssetStore(unknown, lock=fetch.lock).expected_sha256(wildcards) == ""
    fetch("good")
    assert AssetStore(unknown, lock=fetch.lock).expected_sha256(wildcards) == SHA256
