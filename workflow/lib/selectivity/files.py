"""Whole files or none: outputs are written under a temporary name and renamed when complete."""

import hashlib
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it to `path` when the block ends without an error.

    The temporary name is unique, so that an orphan job of a killed run never writes into the file of a second run,
    and keeps the suffix, by which many writers choose the format.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}.{uuid.uuid4().hex[:12]}.tmp{path.suffix}")
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def sweep(*folders: str | Path) -> None:
    """Remove the temporary files that killed jobs left behind in `folders` and below."""
    for folder in folders:
        for path in Path(folder).rglob(".*.tmp*"):
            path.unlink(missing_ok=True)


def sha256_of(path: Path) -> str:
    """Return the hexadecimal sha256 of a file."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
