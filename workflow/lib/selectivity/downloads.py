"""Download a file over an unreliable network: continued where it broke off, checked, and never half in place."""

import json
import logging
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pooch
import requests
import urllib3
from tqdm import tqdm

from selectivity.errors import DataError

log = logging.getLogger(__name__)

NETWORK_ERRORS = (requests.RequestException, urllib3.exceptions.HTTPError)

Check = Callable[[Path], str]
"""Returns the hash of a file; raises `DataError` when it is not the one that is wanted."""


@dataclass(frozen=True)
class DownloadSettings:
    """How patient a download is; seconds. No data for `read_timeout` ends a connection.

    `attempts` in a row that bring nothing new end the attempts at one source.
    """

    connect_timeout: float = 20.0
    read_timeout: float = 60.0
    attempts: int = 3
    pause: float = 2.0


class _RefusedError(Exception):
    """A source does not have the file; no use in asking again."""


def download(
    urls: Sequence[str],
    destination: Path,
    check: Check,
    settings: DownloadSettings,
    known: bool,
) -> tuple[str, str]:
    """Download from the first of `urls` that has the right file; return that URL and the hash.

    The file is written as ``<destination>.part``, which a later call continues, and appears under its
    own name only when whole and checked.

    Parameters
    ----------
    known
        Whether `check` compares a hash. Only then may one mirror continue what another one began.

    Raises
    ------
    DataError
        When every source failed; the message says how each did.
    """
    destination.parent.mkdir(parents=True, exist_ok=True)
    part = destination.with_name(destination.name + ".part")
    failures = []
    for url in urls:
        try:
            found = _from(url, part, check, settings, known)
        except _RefusedError as error:
            log.warning("%s: %s", url, error)
            failures.append(f"  {url}: {error}")
        else:
            part.replace(destination)
            _note(part).unlink(missing_ok=True)
            return url, found
    raise DataError("\n".join(failures))


def _from(url: str, part: Path, check: Check, settings: DownloadSettings, known: bool) -> str:
    """Download from one source and return the hash; `_RefusedError` when it is of no use to ask on."""
    in_vain, most = 0, _size(part)
    while True:
        try:
            resumed = _get(url, part, settings, known)
            return _checked(part, check, resumed)
        except (*NETWORK_ERRORS, DataError, OSError) as error:
            reason = _reason(error)
        in_vain = 1 if _size(part) > most else in_vain + 1
        most = max(most, _size(part))
        if in_vain == settings.attempts:
            raise _RefusedError(reason)
        log.warning(
            "%s: %s; %s bytes are here, trying again (%d of %d)",
            url, reason, f"{_size(part):,}", in_vain + 1, settings.attempts,
        )  # fmt: skip
        time.sleep(settings.pause * in_vain)


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _checked(part: Path, check: Check, resumed: bool) -> str:
    """Check the whole file; what fails is removed.

    One that was continued is worth another attempt from the start, one that came in one piece is not.
    """
    try:
        return check(part)
    except DataError as error:
        part.unlink()
        _note(part).unlink(missing_ok=True)
        if resumed:
            raise DataError(f"the continued download is not the file ({error})") from None
        raise _RefusedError(str(error)) from None


def _get(url: str, part: Path, settings: DownloadSettings, known: bool) -> bool:
    """Download `url` to `part`, continuing it where possible; return whether it was continued."""
    if not url.startswith(("http://", "https://")):  # doi:, ftp:, sftp:
        pooch.choose_downloader(url, progressbar=False)(url, str(part), None)
        return False
    start, headers = _continuation(url, part, known)
    timeout = (settings.connect_timeout, settings.read_timeout)
    with requests.get(url, headers=headers, stream=True, timeout=timeout) as response:
        if response.status_code == 416:  # the part is longer than the file
            part.unlink(missing_ok=True)
            raise DataError("the part that was there does not belong to this file")
        _refuse(response)
        offset = _offset(response)
        if offset not in (0, start):
            raise DataError(f"asked for byte {start} and later, the server sent byte {offset}")
        total = _total(response, offset)
        if not offset:  # first of all: the note about a new file must not stand beside the old part
            part.unlink(missing_ok=True)
        _remember(url, part, response)
        _write(response, part, offset, total)
    if total is not None and part.stat().st_size != total:
        raise DataError(f"{part.stat().st_size} of {total} bytes arrived")
    return offset > 0


def _continuation(url: str, part: Path, known: bool) -> tuple[int, dict[str, str]]:
    """Return the byte to begin at, and the headers that ask for it."""
    headers = {"Accept-Encoding": "identity", "User-Agent": "unit-selectivity (pooch, requests)"}
    note = _note(part)
    if not part.exists() or not part.stat().st_size or not note.exists():
        return 0, headers
    try:
        remembered = json.loads(note.read_text(encoding="utf-8"))
    except ValueError:  # the process was killed while it wrote the note
        return 0, headers
    start = part.stat().st_size
    if remembered["url"] == url and remembered["validator"]:
        headers["If-Range"] = remembered["validator"]
    elif not known:
        return 0, headers
    headers["Range"] = f"bytes={start}-"
    return start, headers


def _refuse(response: requests.Response) -> None:
    """Tell answers that no repetition mends from those that it may."""
    status = response.status_code
    if status in (408, 425, 429) or status >= 500:
        raise DataError(f"the server answers {status} {response.reason}")
    if status not in (200, 206):
        raise _RefusedError(f"the server answers {status} {response.reason}")
    if response.headers.get("Content-Type", "").startswith("text/html"):
        raise _RefusedError("the server sends a web page instead of the file")


def _offset(response: requests.Response) -> int:
    if response.status_code == 200:
        return 0
    match = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    if not match:
        raise DataError("the server sends a part of the file without saying which")
    return int(match.group(1))


def _total(response: requests.Response, offset: int) -> int | None:
    length = response.headers.get("Content-Length", "")
    return offset + int(length) if length.isdecimal() else None


def _write(response: requests.Response, part: Path, offset: int, total: int | None) -> None:
    bar = tqdm(total=total, initial=offset, desc=part.stem, unit="B", unit_scale=True, disable=None)
    with part.open("r+b" if offset else "wb") as file, bar:
        file.seek(offset)
        file.truncate()
        # What has arrived is written at once: iter_content would lose a chunk when a connection breaks.
        while chunk := response.raw.read1(1 << 20, decode_content=False):
            file.write(chunk)
            bar.update(len(chunk))


def _remember(url: str, part: Path, response: requests.Response) -> None:
    """Note where the part comes from, and what proves later that the server still has that file."""
    etag = response.headers.get("ETag", "")
    validator = (
        etag if etag and not etag.startswith("W/") else response.headers.get("Last-Modified", "")
    )
    _note(part).write_text(json.dumps({"url": url, "validator": validator}), encoding="utf-8")


def _note(part: Path) -> Path:
    return part.with_name(part.name + ".json")


def _reason(error: Exception) -> str:
    """Say in a few words what broke."""
    words = " ".join(str(error).split())
    if isinstance(error, requests.Timeout) or "timed out" in words:
        return "the connection stalled (timeout)"
    if "IncompleteRead" in words or "Connection broken" in words:
        return "the connection broke off before the end of the file"
    return words[:300] or type(error).__name__
