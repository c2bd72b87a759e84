"""What every reader of a legacy network returns: named layers with arrays and stated geometry."""

from dataclasses import dataclass, field

import numpy as np

Geometry = dict[str, float | str | tuple[int, int]]


@dataclass(frozen=True)
class LegacyLayer:
    """A layer of a legacy file.

    `arrays` are in torch's order, weights (outputs, inputs / groups, rows, cols) first, then the
    bias; a fully connected weight may keep leading or trailing axes of one. `geometry` holds what
    the file states, by torch's names: ``kernel_size``, ``stride``, ``padding``, ``groups``, and
    ``size``, ``alpha``, ``beta``, ``k`` of a normalization, ``negative_slope`` of a ReLU, and the
    ``method`` of a pooling, max or average.
    """

    name: str
    kind: str
    arrays: tuple[np.ndarray, ...] = ()
    geometry: Geometry = field(default_factory=dict)


@dataclass(frozen=True)
class LegacyNetwork:
    """The layers of a legacy file in their order, and the mean color it states (RGB, 0..255)."""

    format: str
    layers: tuple[LegacyLayer, ...]
    mean: tuple[float, float, float] | None = None
