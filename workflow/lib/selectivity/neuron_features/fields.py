"""Receptive fields: which rows and columns of the input a position of a layer's map looks at."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from selectivity.errors import DataError, nearest
from selectivity.files import atomic


@dataclass(frozen=True)
class Axis:
    """One axis of a map: position ``i`` sees the pixels ``start + jump * i`` to ``start + jump * i + size - 1``.

    A jump of 0 says that every position sees the same pixels, as after a global pooling or a
    dense layer.
    """

    size: int
    jump: int
    start: int
    length: int

    @property
    def padding(self) -> int:
        """Pixels by which the first position reaches over the border."""
        return -self.start

    @property
    def stop(self) -> int:
        """First pixel behind the last position."""
        return self.start + self.jump * (self.length - 1) + self.size

    def through(self, kernel: int, stride: int, padding: int, dilation: int, length: int) -> "Axis":
        """Return the axis behind a convolution or pooling of this axis that has `length` positions."""
        size = self.size + (kernel - 1) * dilation * self.jump
        return Axis(size, self.jump * stride, self.start - padding * self.jump, length)

    def merged(self, other: "Axis", length: int) -> "Axis":
        """Return what sees all that this and another axis see; a single position is broadcast."""
        if self.jump == other.jump and self.length == other.length:
            start = min(self.start, other.start)
            size = max(self.start + self.size, other.start + other.size) - start
            return Axis(size, self.jump, start, length)
        start = min(self.start, other.start)
        return Axis(max(self.stop, other.stop) - start, 0, start, length)

    def whole(self, n_pixels: int) -> "Axis":
        """Return the single position that sees all that any position sees, within the image."""
        start, stop = max(self.start, 0), min(self.stop, n_pixels)
        return Axis(stop - start, 0, start, 1)


@dataclass(frozen=True)
class ReceptiveField:
    """The receptive fields of all positions of one layer."""

    rows: Axis
    columns: Axis
    input_rows: int
    input_columns: int

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of a crop."""
        return self.rows.size, self.columns.size

    @property
    def is_global(self) -> bool:
        """Whether every position sees the same pixels."""
        return self.rows.jump == 0 and self.columns.jump == 0

    def window(self, row: ArrayLike, column: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        """Return the top row and left column of the crops of map positions; negative over the border."""
        top = self.rows.start + self.rows.jump * np.asarray(row, np.int64)
        left = self.columns.start + self.columns.jump * np.asarray(column, np.int64)
        return top, left

    def padding(self) -> tuple[int, int, int, int]:
        """Return by how many pixels crops can reach over the border: above, below, left, right."""
        below = max(0, self.rows.stop - self.input_rows)
        right = max(0, self.columns.stop - self.input_columns)
        return max(0, self.rows.padding), below, max(0, self.columns.padding), right

    def center(self) -> tuple[int, int]:
        """Return the map position whose receptive field lies nearest to the middle of the image."""
        return _central(self.rows, self.input_rows), _central(self.columns, self.input_columns)


def _central(axis: Axis, n_pixels: int) -> int:
    middles = axis.start + axis.jump * np.arange(axis.length) + (axis.size - 1) / 2
    return int(np.argmin(np.abs(middles - (n_pixels - 1) / 2)))


COLUMNS = tuple(
    [
        f"{name}_{axis}"
        for name in ("size", "jump", "start", "length")
        for axis in ("rows", "columns")
    ]
    + ["input_rows", "input_columns"]
)


def write_fields(fields: Mapping[str, ReceptiveField], path: Path, network: str) -> None:
    """Write ``receptive_fields.csv``: one row a layer, in the order of the network."""
    records = []
    for layer, field in fields.items():
        axes = {"rows": asdict(field.rows), "columns": asdict(field.columns)}
        record: dict[str, object] = {"network": network, "layer": layer}
        for column in COLUMNS[:-2]:
            name, axis = column.split("_")
            record[column] = axes[axis][name]
        record |= {"input_rows": field.input_rows, "input_columns": field.input_columns}
        records.append(record)
    with atomic(path) as temporary:
        pd.DataFrame(records, columns=["network", "layer", *COLUMNS]).to_csv(temporary, index=False)


def read_field(path: Path, layer: str) -> ReceptiveField:
    """Read the receptive field of one layer from ``receptive_fields.csv``."""
    table = pd.read_csv(path).set_index("layer")
    if layer not in table.index:
        raise DataError(f"{path} has no layer {layer!r}{nearest(layer, table.index)}")
    row = table.loc[layer].to_dict()
    axes = [
        Axis(**{name: int(row[f"{name}_{axis}"]) for name in ("size", "jump", "start", "length")})
        for axis in ("rows", "columns")
    ]
    return ReceptiveField(axes[0], axes[1], int(row["input_rows"]), int(row["input_columns"]))
