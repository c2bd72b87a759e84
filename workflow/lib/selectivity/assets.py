"""Published files that the studies need: where they come from, how they are checked, where they lie.

``config/assets.csv`` lists them. A file is right when its sha256 is the one listed there; where a
publisher names another hash (md5, sha1, or the beginning of a sha256 in a file name), that is checked.
Where nothing is known, the first fetch writes the sha256 into ``config/assets.lock.csv`` and says so;
from then on it is checked like any other.
"""

import csv
import fcntl
import logging
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pooch

from selectivity.downloads import DownloadSettings, download
from selectivity.errors import ConfigError, DataError, nearest
from selectivity.files import atomic, sha256_of

log = logging.getLogger(__name__)

COLUMNS = ("id", "file", "urls", "sha256", "checksum", "bytes", "license", "note")
LOCK_COLUMNS = ("id", "file", "sha256", "bytes", "url")
ALGORITHMS = {"md5": 32, "sha1": 40, "sha512": 128, "sha256-prefix": None}


@dataclass(frozen=True)
class Asset:
    """A published file.

    Attributes
    ----------
    urls
        Mirrors, in the order in which they are tried; none where a registration is needed.
    sha256, checksum
        Its hash, and another one as ``algorithm:digits`` where only that is published.
    bytes
        Its size, where known.
    """

    id: str
    file: str
    urls: tuple[str, ...] = ()
    sha256: str = ""
    checksum: str = ""
    bytes: int | None = None
    license: str = ""
    note: str = ""

    def check(self, path: Path, sha256: str = "") -> str:
        """Return the sha256 of `path`; raise `DataError` when it is not this file."""
        size = path.stat().st_size
        if size == 0:
            raise DataError(f"{path} is empty")
        if self.bytes is not None and size != self.bytes:
            raise DataError(f"{path} has {size} bytes, {self.file} has {self.bytes}")
        found = sha256_of(path)
        expected = self.sha256 or sha256
        if expected and found != expected:
            raise DataError(f"{path} has the sha256 {found}, {self.file} has {expected}")
        algorithm, _, digits = self.checksum.partition(":")
        if digits:
            other = (
                found if algorithm.startswith("sha256") else pooch.file_hash(path, alg=algorithm)
            )
            if not other.startswith(digits):
                raise DataError(
                    f"{path} has the {algorithm} {other[: len(digits)]}, {self.file} has {digits}"
                )
        return found

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, as the parameters of a rule need them."""
        return {**asdict(self), "urls": list(self.urls)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Asset":
        """Return the asset that `as_dict` described."""
        return cls(**{**values, "urls": tuple(values["urls"])})

    @property
    def known_hash(self) -> str:
        """What is known of the file's hash, for messages."""
        if self.sha256:
            return f"sha256 {self.sha256}"
        return self.checksum.replace("sha256-prefix:", "a sha256 that begins with ").replace(
            ":", " "
        )


@dataclass(frozen=True)
class AssetStore:
    """The assets of this machine.

    Attributes
    ----------
    assets
        By id, from ``config/assets.csv``.
    lock
        The file of hashes that first fetches recorded.
    local
        Files that the user already has, by asset id.
    offline
        Never to touch the network.
    folder, downloads
        Where assets lie for the rules, and where downloads lie, finished or not. They are kept apart
        because Snakemake deletes the outputs of a job before it runs it.
    """

    assets: Mapping[str, Asset]
    lock: Path = Path("config/assets.lock.csv")
    local: Mapping[str, str] = field(default_factory=dict)
    offline: bool = False
    folder: Path = Path("resources/assets")
    downloads: Path = Path("resources/downloads")

    def __post_init__(self) -> None:
        for name, path in self.local.items():
            self.asset(name)
            if not Path(path).expanduser().exists():
                raise ConfigError(f"config.yaml, local: {name}: {path} does not exist")

    @classmethod
    def read(cls, registry: Path, **settings: Any) -> "AssetStore":
        """Return the store of the assets in `registry`; `settings` are its other attributes."""
        return cls(read_assets(registry), **settings)

    def asset(self, name: str) -> Asset:
        """Return an asset by its id."""
        if name not in self.assets:
            raise ConfigError(
                f"config/assets.csv has no asset '{name}'{nearest(name, self.assets)}"
            )
        return self.assets[name]

    def path(self, name: str) -> str:
        """Return where the rules find an asset: the user's own file, or the one to be fetched."""
        asset = self.asset(name)
        if name in self.local:
            return str(Path(self.local[name]).expanduser())
        return str(self.folder / asset.file)

    def missing(self, name: str) -> str:
        """Say what to do about an asset that is neither here nor to be had from the network; nothing otherwise."""
        asset = self.asset(name)
        kept = self.downloads / asset.file
        if name in self.local or kept.exists() or Path(self.path(name)).exists():
            return ""
        if asset.urls and not self.offline:
            return ""
        return _bring(asset, kept, "offline" if asset.urls else "no public address")

    def of_file(self, file: str) -> Asset:
        """Return the asset whose file has this name."""
        return next(asset for asset in self.assets.values() if asset.file == file)

    def expected_sha256(self, wildcards: Any) -> str:
        """Return the sha256 of ``{asset_file}``, from the registry or from the lock file."""
        asset = self.of_file(wildcards.asset_file)
        return asset.sha256 or locked_sha256(asset.id, self.lock)


def read_assets(path: Path) -> dict[str, Asset]:
    """Read the registry; what is not usable is a `ConfigError` with its line."""
    assets: dict[str, Asset] = {}
    files: set[str] = set()
    with path.open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(stream)
        if tuple(rows.fieldnames or ()) != COLUMNS:
            raise ConfigError(f"{path}: expected the columns {', '.join(COLUMNS)}")
        for row in rows:
            where = f"{path}, line {rows.line_num}"
            asset = _asset(row, where)
            if asset.id in assets or asset.file in files:
                raise ConfigError(f"{where}: '{asset.id}' or its file '{asset.file}' stands twice")
            assets[asset.id] = asset
            files.add(asset.file)
    return assets


def _asset(row: Mapping[str, str], where: str) -> Asset:
    if None in row or None in row.values():
        raise ConfigError(f"{where}: expected {len(COLUMNS)} cells")
    if not row["id"] or not row["file"] or Path(row["file"]).name != row["file"]:
        raise ConfigError(f"{where}: 'id' and 'file' must be given, 'file' without folders")
    sha256, checksum, size = row["sha256"].lower(), row["checksum"].lower(), row["bytes"]
    if sha256 and not _is_hex(sha256, 64):
        raise ConfigError(f"{where}: a sha256 has 64 hexadecimal digits, found '{sha256}'")
    algorithm, _, digits = checksum.partition(":")
    if checksum and (algorithm not in ALGORITHMS or not _is_hex(digits, ALGORITHMS[algorithm])):
        known = ", ".join(ALGORITHMS)
        raise ConfigError(f"{where}: checksum is algorithm:digits with one of {known}")
    if size and not size.isdecimal():
        raise ConfigError(f"{where}: bytes is a whole number, found '{size}'")
    urls = tuple(row["urls"].replace("|", " ").split())
    n_bytes = int(size) if size else None
    return Asset(
        row["id"], row["file"], urls, sha256, checksum, n_bytes, row["license"], row["note"]
    )


def _is_hex(text: str, length: int | None) -> bool:
    return (len(text) == length if length else len(text) >= 8) and not set(text) - set(
        "0123456789abcdef"
    )


def fetch_asset(
    asset: Asset,
    output: Path,
    downloads: Path,
    lock: Path,
    settings: DownloadSettings | None = None,
    offline: bool = False,
) -> str:
    """Put the right file at `output` and return its sha256: from `downloads` where it is, else fetched."""
    kept = downloads / asset.file
    recorded = locked_sha256(asset.id, lock)
    if kept.exists():
        url, sha256 = "", _check_kept(asset, kept, recorded)
    elif offline or not asset.urls:
        raise DataError(_bring(asset, kept, "offline" if offline else "no public address"))
    else:
        known = bool(asset.sha256 or asset.checksum or recorded)
        try:
            url, sha256 = download(
                asset.urls,
                kept,
                lambda path: asset.check(path, recorded),
                settings or DownloadSettings(),
                known,
            )
        except DataError as error:
            raise DataError(f"{_bring(asset, kept, 'every source failed')}\n{error}") from None
        log.info("%s: fetched from %s", asset.id, url)
    if not asset.sha256 and not recorded:
        _record(asset, sha256, kept.stat().st_size, url, lock)
    _place(kept, output)
    return sha256


def _check_kept(asset: Asset, kept: Path, recorded: str) -> str:
    """Check the file that an earlier fetch, or the user, put there."""
    log.info("%s: found at %s", asset.id, kept)
    try:
        return asset.check(kept, recorded)
    except DataError as error:
        raise DataError(f"{error}; remove it or put the right file there") from None


def _bring(asset: Asset, kept: Path, why: str) -> str:
    """Say which file is missing, how to know it, and where to put it."""
    hint = f", {asset.known_hash}" if asset.known_hash else ", whose hash is not known"
    note = f" ({asset.note})" if asset.note else ""
    place = f" from {' or '.join(asset.urls)}" if asset.urls else ""
    return (
        f"asset '{asset.id}' is not here, {why}: get the file {asset.file}{place}{hint}{note}, and put it at "
        f"{kept}, or name its place in config/config.yaml: local: {{{asset.id}: <path>}}"
    )


def _place(kept: Path, output: Path) -> None:
    """Give the file its second name; copy it where the file system has no links."""
    with atomic(output) as temporary:
        try:
            os.link(kept, temporary)
        except OSError:
            shutil.copyfile(kept, temporary)


def locked_sha256(name: str, lock: Path) -> str:
    """Return the sha256 that a first fetch recorded, or nothing."""
    return {row["id"]: row["sha256"] for row in _read_lock(lock)}.get(name, "")


def _read_lock(lock: Path) -> list[dict[str, str]]:
    if not lock.exists():
        return []
    with lock.open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(stream)
        if tuple(rows.fieldnames or ()) != LOCK_COLUMNS:
            raise ConfigError(f"{lock}: expected the columns {', '.join(LOCK_COLUMNS)}")
        return list(rows)


def _record(asset: Asset, sha256: str, size: int, url: str, lock: Path) -> None:
    with _exclusive(lock):
        rows = [row for row in _read_lock(lock) if row["id"] != asset.id]
        rows.append(
            {"id": asset.id, "file": asset.file, "sha256": sha256, "bytes": str(size), "url": url}
        )
        with atomic(lock) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, LOCK_COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(sorted(rows, key=lambda row: row["id"]))
    log.warning(
        "%s: no full hash was known; this first fetch recorded sha256 %s in %s, against which later "
        "fetches are checked", asset.id, sha256, lock,
    )  # fmt: skip


@contextmanager
def _exclusive(lock: Path) -> Iterator[None]:
    """Keep other jobs from writing the lock file at the same time."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    guard = lock.with_name(f".{lock.name}.guard")
    with guard.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
