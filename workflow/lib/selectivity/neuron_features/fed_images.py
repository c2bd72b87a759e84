"""The images as the network is fed them, before mean subtraction; each decoded once."""

import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np


class FedImages:
    """Decodes images on demand, in threads, and keeps them in a scratch file where asked to.

    `decode` returns one image, (rows, columns, RGB) uint8, of the network's input size. With
    `scratch`, a folder, an image asked for again is read from there and not decoded again.
    """

    def __init__(
        self,
        decode: Callable[[int], np.ndarray],
        shape: tuple[int, int],
        threads: int = 1,
        scratch: Path | None = None,
        images: np.ndarray | None = None,
    ) -> None:
        self.decode, self.shape = decode, shape
        self.pool = ThreadPoolExecutor(threads)
        self.kept: np.memmap | None = None
        self.n_decoded = 0
        if scratch is not None and images is not None and len(images):
            self.ids = np.unique(images)
            # unlinked at once: nothing stays behind when the job is killed
            with tempfile.NamedTemporaryFile(dir=scratch, suffix=".scratch") as file:
                self.kept = np.memmap(file.name, np.uint8, "w+", shape=(len(self.ids), *shape, 3))
            self.known = np.zeros(len(self.ids), bool)

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Return images by id: (n, rows, columns, RGB)."""
        if self.kept is None:
            self.n_decoded += len(images)
            return np.stack(list(self.pool.map(self.decode, images.tolist())))
        places = np.searchsorted(self.ids, images)
        missing = places[~self.known[places]]
        self.n_decoded += len(missing)
        for place, image in zip(
            missing, self.pool.map(self.decode, self.ids[missing].tolist()), strict=True
        ):
            self.kept[place] = image
        self.known[missing] = True
        return self.kept[places]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.pool.shutdown(cancel_futures=True)
        self.kept = None
