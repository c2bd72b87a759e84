"""Show neuron features to the network and read the neuron they belong to (rafegas2017 figure 4; 7.5)."""

from collections.abc import Callable

import numpy as np

from selectivity.errors import DataError
from selectivity.neuron_features.fields import Axis, ReceptiveField

# images (n, rows, columns, RGB) float32 in [0, 1] before mean subtraction -> map of the layer (n, units, rows, columns)
Forward = Callable[[np.ndarray], np.ndarray]
MODES = ("valid", "embedded")


def canvas(axis: Axis) -> tuple[int, int, int]:
    """Return position, first pixel and length of the smallest image in which a field meets no padding.

    The response there is that of a valid pass: a position whose receptive field lies inside the image depends on no
    padding of any layer, also where branches join.
    """
    position = -(-max(axis.padding, 0) // axis.jump) if axis.jump else 0
    first = axis.start + axis.jump * position
    return position, first, first + axis.size


def feature_responses(
    features: np.ndarray,
    units: np.ndarray,
    field: ReceptiveField,
    forward: Forward,
    mean: np.ndarray,
    mode: str = "valid",
) -> np.ndarray:
    """Return the activation of each unit for its own feature (units, rows, columns, RGB).

    ``valid`` shows the feature alone, as a pass of the network without padding would see it. ``embedded`` pastes it
    into an image of the mean color where the unit nearest to the middle looks. Layers that see the whole image are
    always embedded. Masked pixels take the mean color.
    """
    if mode == "embedded" or field.is_global:
        position = field.center()
        top, left = (int(value) for value in field.window(*position))
        size = (field.input_rows, field.input_columns)
    else:
        row, top, n_rows = canvas(field.rows)
        column, left, n_columns = canvas(field.columns)
        position, size = (row, column), (n_rows, n_columns)
    images = np.tile(np.asarray(mean, np.float32), (len(features), *size, 1))
    paste(images, features, top, left)
    maps = forward(images)
    if maps.ndim == 4 and (maps.shape[2] <= position[0] or maps.shape[3] <= position[1]):
        raise DataError(f"a map of {maps.shape[2:]} has no position {position}")
    values = maps[:, :, position[0], position[1]] if maps.ndim == 4 else maps
    return values[np.arange(len(units)), units]


def paste(images: np.ndarray, features: np.ndarray, top: int, left: int) -> None:
    """Write features into images at a place that may reach over the border; NaN stays what it was."""
    rows, columns = features.shape[1:3]
    r0, c0 = max(0, -top), max(0, -left)
    r1, c1 = min(rows, images.shape[1] - top), min(columns, images.shape[2] - left)
    target = images[:, top + r0 : top + r1, left + c0 : left + c1]
    source = features[:, r0:r1, c0:c1]
    np.copyto(target, source, where=np.isfinite(source))


def response_columns(
    responses: np.ndarray, activation_max: np.ndarray, suffix: str = ""
) -> dict[str, np.ndarray]:
    """Return responses over the unit's maximum, and over the largest response of the layer (7.5)."""
    alive = activation_max > 0
    with np.errstate(invalid="ignore", divide="ignore"):
        columns = {f"nf_response{suffix}": np.where(alive, responses / activation_max, np.nan)}
        if not suffix:
            defined = responses[alive & np.isfinite(responses)]
            largest = defined.max(initial=0.0)
            scaled = responses / largest if largest > 0 else np.full(responses.shape, np.nan)
            columns["nf_response__layer_range"] = np.where(alive, scaled, np.nan)
    return columns
