"""Images in a tar read in place: class folders in a tar, or ILSVRC's tar of one tar a class.

A member is named ``class/file`` either way. Only headers are read to find the members; the tars of
classes are looked into one by one, when their first image is asked for, so that opening the 138 GB of
ILSVRC costs a thousand headers and not a million.
"""

import io
import os
import tarfile
import threading
from pathlib import Path
from typing import NamedTuple

from selectivity.errors import DataError


class Span(NamedTuple):
    """Where a member lies in the file."""

    start: int
    size: int


class TarImages:
    """The members of a tar by name; any number of threads may read.

    Parameters
    ----------
    path
        An uncompressed ``.tar``.
    prefix
        The folder in it that holds the class folders or class tars, with a closing slash, or nothing.
    """

    def __init__(self, path: Path, prefix: str = "") -> None:
        self._path, self._prefix = Path(path), prefix
        try:
            self._file = os.open(self._path, os.O_RDONLY)
        except OSError as error:
            raise DataError(f"{self._path}: {error.strerror}") from None
        self._lock = threading.Lock()
        outer = _members(Span(0, os.fstat(self._file).st_size), self._file, str(self._path))
        inside = {
            name.removeprefix(prefix): span
            for name, span in outer.items()
            if name.startswith(prefix)
        }
        self._spans = {name: span for name, span in inside.items() if not name.endswith(".tar")}
        self._tars = {
            name.removesuffix(".tar"): span
            for name, span in inside.items()
            if name.endswith(".tar")
        }
        self._opened: set[str] = set()

    def __del__(self) -> None:
        if hasattr(self, "_file"):
            os.close(self._file)

    def names(self) -> list[str]:
        """Return the names of all members; looks into every tar of a class."""
        for name in self._tars:
            self._open_class(name)
        return list(self._spans)

    def read(self, path: str) -> bytes:
        """Return the content of a member."""
        if path not in self._spans:
            self._open_class(path.partition("/")[0])
        if path not in self._spans:
            raise DataError(f"{self._path} holds no file '{self._prefix}{path}'")
        start, size = self._spans[path]
        data = os.pread(self._file, size, start)
        if len(data) != size:
            raise DataError(f"{self._path}:{path}: the archive ends inside this file")
        return data

    def _open_class(self, name: str) -> None:
        """Find the members of a class's tar."""
        with self._lock:
            if name in self._opened or name not in self._tars:
                return
            members = _members(self._tars[name], self._file, f"{self._path}:{name}.tar")
            self._spans.update({f"{name}/{member}": span for member, span in members.items()})
            self._opened.add(name)


def _members(span: Span, file: int, where: str) -> dict[str, Span]:
    """Return the regular files of the tar that fills `span` of `file`, with their places in `file`."""
    members: dict[str, Span] = {}
    try:
        with tarfile.open(
            fileobj=io.BufferedReader(_Window(file, span), 512), mode="r:"
        ) as archive:
            for member in archive:
                if member.isfile():
                    name = member.name.removeprefix("./")
                    members[name] = Span(span.start + member.offset_data, member.size)
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise DataError(f"{where} is not a readable, uncompressed tar: {error}") from None
    ends = [part.start + part.size for part in members.values()]
    if not members or max(ends) > span.start + span.size:
        raise DataError(f"{where} is empty or truncated")
    return members


class _Window(io.RawIOBase):
    """A part of an open file as a file of its own."""

    def __init__(self, file: int, span: Span) -> None:
        self._file, self._span, self._position = file, span, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._span.size}[whence]
        self._position = base + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        wanted = max(0, min(len(buffer), self._span.size - self._position))
        data = os.pread(self._file, wanted, self._span.start + self._position)
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)
