"""A study whose images and weights are published files: fetched, checked and used as a user would see it.

All traffic stays on the loopback interface.
"""

import hashlib
import http.server
import io
import shutil
import tarfile
import threading

import pandas as pd
import pytest
import torch
from runs import Project
from torch import nn

from images import encoded, picture

pytestmark = pytest.mark.slow

CLASSES = ("ant", "bee", "cat")
PER_CLASS = 8
CONSTRUCTOR = """
from torch import nn


def make():
    return nn.Sequential(
        nn.Conv2d(3, 5, 3, stride=2), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(5, 3)
    )
"""
STUDY = {
    "study": "published",
    "dataset": {"asset": "pictures", "folder": "val"},
    "networks": {
        "net": {
            "constructor": "tiny_constructor:make",
            "asset": "weights",
            "preprocessing": {"resize": 24, "crop": 24},
            "layers": {"conv": "0", "out": "output"},
        }
    },
    "activations": {"images": "all"},
    "measures": {"top_k": [4], "permutations": 0, "bootstrap": {"samples": 0}},
}


def pictures() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for c, name in enumerate(CLASSES):
            for i in range(PER_CLASS):
                content = encoded(picture(100 * c + i, 30 + i, 40 - i))
                member = tarfile.TarInfo(f"pictures/val/{name}/{i}.jpg")
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def weights() -> bytes:
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(3, 5, 3, stride=2), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(5, 3)
    )  # fmt: skip
    stream = io.BytesIO()
    torch.save(network.state_dict(), stream)
    return stream.getvalue()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        content = self.server.files.get(self.path)
        self.send_response(200 if content else 404)
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def server():
    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.files = {"/pictures.tgz": pictures(), "/weights.pth": weights()}
    httpd.asked = []
    thread = threading.Thread(target=httpd.serve_forever, args=(0.05,))
    thread.start()
    yield httpd
    httpd.shutdown()
    httpd.server_close()
    thread.join()


@pytest.fixture(scope="module")
def project(tmp_path_factory, server):
    """Copy the project, with two more assets that the server has; the first mirror of the images has not."""
    project = Project.copy_to(tmp_path_factory.mktemp("published") / "project")
    project.environment["NO_PROXY"] = "127.0.0.1"
    base = f"http://127.0.0.1:{server.server_port}"
    known = hashlib.sha256(server.files["/weights.pth"]).hexdigest()
    with (project.root / "config" / "assets.csv").open("a") as registry:
        registry.write(
            f"pictures,pictures.tgz,{base}/gone/pictures.tgz {base}/pictures.tgz,,,,CC0,no hash is published\n"
        )
        registry.write(f"weights,weights.pth,{base}/weights.pth,{known},,,CC0,\n")
    (project.root / "tiny_constructor.py").write_text(CONSTRUCTOR)
    project.write_study(STUDY)
    return project


@pytest.fixture(scope="module")
def fetched(project):
    """Return what Snakemake said while the study ran."""
    return project.run("study.yaml", "results/published/tables/units.csv")


def test_images_and_weights_are_fetched_once_and_used(project, fetched, server):
    assert server.asked.count("/pictures.tgz") == server.asked.count("/weights.pth") == 1
    assert "/gone/pictures.tgz" in server.asked
    assert "the server answers 404" in fetched
    units = pd.read_csv(project.root / "results/published/tables/units.csv")
    assert units.groupby("layer")["unit"].count().to_dict() == {"conv": 5, "out": 3}
    assert (units["n_images"] == len(CLASSES) * PER_CLASS).all()


def test_an_unknown_hash_is_recorded_and_said(project, fetched, server):
    lock = pd.read_csv(project.root / "config" / "assets.lock.csv").set_index("id")
    found = hashlib.sha256(server.files["/pictures.tgz"]).hexdigest()
    assert lock["sha256"].to_dict() == {"pictures": found}, "the hash of the weights was known"
    assert f"this first fetch recorded sha256 {found}" in fetched


def test_a_second_run_needs_no_network(project, fetched, server):
    before = len(server.asked)
    arguments = ("--config", "study=study.yaml", "offline=true")
    said = project.snakemake("-c1", "results/published/tables/units.csv", *arguments).stdout
    assert "Nothing to be done" in said
    assert len(server.asked) == before


def test_offline_the_missing_files_are_named_and_used_when_they_are_there(
    project, fetched, server, tmp_path
):
    moved = shutil.copytree(project.root, tmp_path / "project", symlinks=True)
    for folder in ("resources", "results"):
        shutil.rmtree(moved / folder)
    other = Project(moved)
    arguments = ("--config", "study=study.yaml", "offline=true")
    done = other.snakemake("-c1", *arguments, check=False)
    assert done.returncode != 0
    for name in ("pictures", "weights"):
        assert f"asset '{name}' is not here, offline" in done.stdout
    assert "Traceback" not in done.stdout
    downloads = moved / "resources" / "downloads"
    downloads.mkdir(parents=True)
    (downloads / "pictures.tgz").write_bytes(server.files["/pictures.tgz"][:-7])
    (downloads / "weights.pth").write_bytes(server.files["/weights.pth"])
    target = "resources/datasets/published/index.parquet"
    done = other.snakemake("-c1", target, *arguments, check=False)
    assert done.returncode != 0
    assert "remove it or put the right file there" in done.stdout
    (downloads / "pictures.tgz").write_bytes(server.files["/pictures.tgz"])
    other.snakemake("-c1", target, *arguments)
    assert (moved / target).exists()
