"""Cut receptive-field crops from images, with one rule for what lies outside the image."""

import numpy as np

from selectivity.neuron_features.fields import ReceptiveField


def pad_image(
    image: np.ndarray, padding: tuple[int, int, int, int], fill: np.ndarray
) -> np.ndarray:
    """Return an image (rows, columns, RGB) with a border of one color: above, below, left, right."""
    above, below, left, right = padding
    rows, columns = image.shape[:2]
    padded = np.empty((rows + above + below, columns + left + right, 3), image.dtype)
    padded[:] = np.asarray(fill, image.dtype)
    padded[above : above + rows, left : left + columns] = image
    return padded


def crop(
    image: np.ndarray, field: ReceptiveField, position: tuple[int, int], fill: np.ndarray
) -> np.ndarray:
    """Return what a map position sees of one image; `fill` outside."""
    padding = field.padding()
    top, left = (int(value) for value in field.window(*position))
    padded = pad_image(image, padding, fill)
    top, left = top + padding[0], left + padding[2]
    return padded[top : top + field.rows.size, left : left + field.columns.size]


def is_inside(field: ReceptiveField, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Tell which crops lie wholly inside the image."""
    top, left = field.window(rows, columns)
    return (
        (top >= 0)
        & (left >= 0)
        & (top + field.rows.size <= field.input_rows)
        & (left + field.columns.size <= field.input_columns)
    )


def fill_color(border: str, mean: np.ndarray) -> np.ndarray:
    """Return the 8-bit color outside the image.

    The mean color is what zero padding behind mean subtraction means in an image (definitions.md
    7.3); it is rounded to 8 bits as every pixel is.
    """
    if border == "zero_pad":
        return np.zeros(3, np.uint8)
    return np.round(np.clip(np.asarray(mean, np.float64), 0, 1) * 255).astype(np.uint8)
