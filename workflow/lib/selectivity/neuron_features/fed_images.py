"""The images as the network is fed them, before mean subtraction; each decoded once."""

import os
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from selectivity.parallel import bounded_map


class FedImages:
    """Decodes images on demand, in threads, and keeps them in a scratch file where asked to.

    `decode` returns one image, (rows, columns, RGB) uint8, of the network's input size. With
    `scratch`, a folder, an image asked for again is read from there and not decoded again. Nothing
    but the images returned is held in memory.
    """

    def __init__(
        self,
        decode: Callable[[int], np.ndarray],
        shape: tuple[int, int],
        threads: int = 1,
        scratch: Path | None = None,
        images: np.ndarray | None = None,
    ) -> None:
        self.decode, self.shape, self.threads = decode, (*shape, 3), threads
        self.n_decoded = 0
        self.ids = np.unique(images) if scratch is not None and images is not None else None
        self.folder, self.stack = scratch, ExitStack()

    def __enter__(self) -> Self:
        if self.ids is not None:
            # read and written, not mapped, as mapped pages would count as memory of this process;
            # without a name, so that nothing stays behind when the job is killed
            file = self.stack.enter_context(tempfile.TemporaryFile(dir=self.folder, buffering=0))
            self.file = file.fileno()
            self.known = np.zeros(len(self.ids), bool)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stack.close()

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Return images by id: (n, rows, columns, RGB)."""
        pixels = np.empty((len(images), *self.shape), np.uint8)
        unknown = np.arange(len(images))
        if self.ids is not None:
            places = np.searchsorted(self.ids, images)
            unknown = np.flatnonzero(~self.known[places])
            for k in np.flatnonzero(self.known[places]).tolist():
                self._read(pixels[k], int(places[k]))
        decoded = bounded_map(self.decode, images[unknown].tolist(), self.threads)
        for k, image in zip(unknown.tolist(), decoded, strict=True):
            pixels[k] = image
            self.n_decoded += 1
            if self.ids is not None:
                self._write(pixels[k], int(places[k]))
                self.known[places[k]] = True
        return pixels

    def _read(self, image: np.ndarray, place: int) -> None:
        view, start = memoryview(image).cast("B"), place * image.nbytes  # type: ignore[arg-type]
        while len(view):  # a call may read less than was asked for
            n = os.preadv(self.file, [view], start)
            if not n:
                raise OSError("the scratch file of decoded images ended early")
            view, start = view[n:], start + n

    def _write(self, image: np.ndarray, place: int) -> None:
        view, start = memoryview(image).cast("B"), place * image.nbytes  # type: ignore[arg-type]
        while len(view):
            n = os.pwrite(self.file, view, start)
            view, start = view[n:], start + n
