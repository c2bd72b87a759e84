"""The file of synthetic images of a layer, or of a part of its units.

``unit``, ``restart``  what each image was made for
``low``, ``high``      the box of valid pixels: black and white in normalized input space
``<recipe>/``          one group a recipe, for example ``am_mean``:
    ``image``                 (n, channels, rows, columns) float32, the best iterate, in normalized input space
    ``activation``            (n, steps + 1), of the unit before its ReLU, at every step
    ``objective``             likewise, what was maximized, penalties included
    ``best_step``             (n,), the step of the image kept
    ``snapshot_step``         (s,), steps after which the whole layer was measured on the best image so far
    ``snapshot_activation``   (n, s), of the unit, after the ReLU where there is one
    ``snapshot_others``       (n, s), mean of the other units
    ``snapshot_higher``       (n, s), number of units of the layer with a larger activation
    ``snapshot_strongest``    (n, s, 3), the units with the largest activation, -1 where there are fewer
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from selectivity.errors import DataError, ProvenanceError
from selectivity.files import atomic
from selectivity.synthesis.settings import SynthesisSettings

_PER_IMAGE = (
    "image",
    "activation",
    "objective",
    "best_step",
    "snapshot_activation",
    "snapshot_others",
    "snapshot_higher",
    "snapshot_strongest",
)


def write_rows(
    group: h5py.Group, arrays: Mapping[str, np.ndarray], rows: Sequence[int], n_rows: int
) -> None:
    """Write what belongs to single images into their rows of a recipe's group."""
    for name in _PER_IMAGE:
        array = arrays[name]
        if name not in group:
            chunk = (1 if name == "image" else min(64, n_rows), *array.shape[1:])
            group.create_dataset(name, (n_rows, *array.shape[1:]), array.dtype, chunks=chunk)
        for row, values in zip(rows, array, strict=True):
            group[name][row] = values


def gather_images(shards: Sequence[Path], output: Path) -> None:
    """Put the files of all shards of a layer together, units in order; refuse shards of different making."""
    sizes = []
    for shard in shards:
        with h5py.File(shard, "r") as part:
            sizes.append(len(part["unit"]))
    filled = [(shard, size) for shard, size in zip(shards, sizes, strict=True) if size]
    if not filled:
        raise DataError(f"no shard of {output.stem} holds an image")
    with atomic(output) as temporary, h5py.File(temporary, "w") as whole, ExitStack() as stack:
        # a layer of few units leaves some shards empty
        parts = [stack.enter_context(h5py.File(shard, "r")) for shard, _ in filled]
        _copy_heads(parts[0], whole, sum(sizes))
        for part, (shard, _) in zip(parts, filled, strict=True):
            if whole.attrs["provenance"] != part.attrs["provenance"]:
                raise ProvenanceError(f"{shard} was made with other settings than {filled[0][0]}")
        for name in ("unit", "restart"):
            whole[name][...] = np.concatenate([part[name][...] for part in parts])
        # recipe by recipe, so that the layout of the file does not depend on the number of shards
        for recipe in [name for name, item in parts[0].items() if isinstance(item, h5py.Group)]:
            start = 0
            for part in parts:
                for row in range(len(part["unit"])):
                    one = {name: part[recipe][name][row : row + 1] for name in _PER_IMAGE}
                    write_rows(whole[recipe], one, [start + row], sum(sizes))
                start += len(part["unit"])


def _copy_heads(part: h5py.File, whole: h5py.File, n_rows: int) -> None:
    for name, value in part.attrs.items():
        whole.attrs[name] = value
    for name in ("low", "high"):
        whole[name] = part[name][...]
    for name in ("unit", "restart"):
        whole.create_dataset(name, (n_rows,), part[name].dtype)
    for recipe, group in part.items():
        if isinstance(group, h5py.Group):
            target = whole.create_group(recipe)
            target.attrs["settings"] = group.attrs["settings"]
            target["snapshot_step"] = group["snapshot_step"][...]


class SyntheticImages:
    """The images of a layer, read piece by piece."""

    def __init__(self, file: h5py.File) -> None:
        self._file = file
        self.units = file["unit"][...]
        self.restarts = file["restart"][...]
        self.n_units = int(file.attrs["n_units"])
        self.is_map = bool(file.attrs["is_map"])
        self.is_rectified = bool(file.attrs["rectified"])
        self.gives_output = bool(file.attrs["gives_output"])
        self.provenance = json.loads(file.attrs["provenance"])
        self.recipes = sorted(name for name, item in file.items() if isinstance(item, h5py.Group))

    @property
    def kind(self) -> str:
        """What layer it is: ``conv``, ``dense``, or ``output``: the classifier, or a dense layer without ReLU."""
        if self.gives_output:
            return "output"
        return "conv" if self.is_map else "dense" if self.is_rectified else "output"

    def settings(self, recipe: str) -> SynthesisSettings:
        """Return the settings of a recipe."""
        return SynthesisSettings(**json.loads(self._file[recipe].attrs["settings"]))

    def curve(self, recipe: str, name: str) -> np.ndarray:
        """Return a whole dataset of a recipe but its images."""
        return self._file[recipe][name][...]

    def pixels(self, recipe: str, index: int) -> np.ndarray:
        """Return image `index` as RGB (rows, columns, channels) in [0, 1]."""
        low, high = self._file["low"][...], self._file["high"][...]
        image = (self._file[recipe]["image"][index] - low) / (high - low)
        image = image[::-1] if self._file.attrs["channels"] == "bgr" else image
        return np.clip(np.moveaxis(image, 0, -1), 0, 1)

    def images(self, recipe: str, start: int, stop: int) -> np.ndarray:
        """Return images as the network takes them."""
        return self._file[recipe]["image"][start:stop]


@contextmanager
def open_synthesis(
    path: Path, expected: Mapping[str, Any] | None = None
) -> Iterator[SyntheticImages]:
    """Open a file of synthetic images; refuse one made with other settings than `expected`."""
    with h5py.File(path, "r") as file:
        store = SyntheticImages(file)
        wrong = [k for k, v in (expected or {}).items() if store.provenance.get(k) != v]
        if wrong:
            raise ProvenanceError(f"{path} was made with another {', '.join(sorted(wrong))}")
        yield store
