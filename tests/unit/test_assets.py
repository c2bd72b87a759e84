"""The files that a study needs: the table that lists them, their hashes, and what is done without the network."""

import hashlib
import logging
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from bad_server import CONTENT, FAST, SHA256

from selectivity.assets import Asset, AssetStore, fetch_asset, locked_sha256, read_assets
from selectivity.errors import ConfigError, DataError

ROOT = Path(__file__).parents[2]


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
