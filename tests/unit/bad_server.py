"""A server that behaves badly in every way known, on the loopback interface, and fetching from it."""

import hashlib
import http.server
import random
import threading

import pytest

from selectivity.assets import Asset, fetch_asset
from selectivity.downloads import DownloadSettings

CONTENT = random.Random(0).randbytes(300_000)
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
