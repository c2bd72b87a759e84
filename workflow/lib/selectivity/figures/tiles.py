"""Sheets of pictures: images placed by inches from the top left corner, so that rows and gaps are even."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from selectivity.figures.style import FAINT, INK

MARGIN = 0.05


class Sheet:
    """A figure without layout engine whose parts are placed in inches, y downwards."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self.figure = Figure(figsize=(width, height))

    def axes(self, x: float, y: float, width: float, height: float, **options: Any) -> Axes:
        """Add axes whose top left corner lies at (x, y)."""
        box = (
            x / self.width,
            1 - (y + height) / self.height,
            width / self.width,
            height / self.height,
        )
        return self.figure.add_axes(box, **options)

    def picture(
        self,
        image: np.ndarray,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        frame: bool = False,
    ) -> Axes:
        """Add an image, sharp when enlarged and averaged when reduced; with a hairline around it where `frame`."""
        axes = self.axes(x, y, width, height)
        axes.imshow(image, interpolation="antialiased", aspect="auto")
        axes.set(xticks=[], yticks=[])
        for spine in axes.spines.values():
            spine.set_visible(frame)
            spine.set(color=FAINT, linewidth=0.5)
        return axes

    def text(self, x: float, y: float, text: str, **options: Any) -> None:
        """Write at (x, y), by default left-aligned on the baseline; dollar signs stay dollar signs."""
        style = {"fontsize": 7, "color": INK, "ha": "left", "va": "baseline", "parse_math": False}
        self.figure.text(x / self.width, 1 - y / self.height, text, **{**style, **options})


def faded(image: np.ndarray, strength: float = 0.35) -> np.ndarray:
    """Return 8-bit pixels mixed with white; `strength` 1 is the image itself."""
    return np.round(255 - strength * (255.0 - image)).astype(np.uint8)


def to_pixels(image: np.ndarray, empty: float = 1.0) -> np.ndarray:
    """Return an image in [0, 1] as 8-bit pixels; what is not a number becomes `empty`."""
    filled = np.where(np.isfinite(image), image, empty)
    return np.round(np.clip(filled, 0, 1) * 255).astype(np.uint8)


def raised(image: np.ndarray, most: float = 3.0) -> np.ndarray:
    """Return an image in [0, 1] with its contrast raised about its mean color, at most `most` times.

    The mean of many crops is pale; one gain for all pixels and channels keeps hues and what stands out.
    """
    mean = np.nanmean(image, axis=(0, 1)) if np.isfinite(image).any() else np.full(3, 0.5)
    offsets = image - mean
    known = np.abs(offsets[np.isfinite(offsets)])
    spread = float(np.quantile(known, 0.995)) if known.size else 0.0
    gain = float(np.clip(0.5 / spread, 1.0, most)) if spread > 1e-3 else 1.0
    return mean + gain * offsets


def resized(image: np.ndarray, side: int) -> np.ndarray:
    """Return 8-bit pixels whose longer side is `side`: pixels repeated when enlarged, averaged when reduced."""
    rows, columns = image.shape[:2]
    scale = side / max(rows, columns)
    size = (max(1, round(columns * scale)), max(1, round(rows * scale)))
    if size == (columns, rows):
        return image
    how = Image.Resampling.NEAREST if scale >= 1 else Image.Resampling.BOX
    if 1 < scale < 4:  # uneven steps of a few pixels would show
        how = Image.Resampling.BICUBIC
    return np.asarray(Image.fromarray(image).resize(size, how))


def mosaic(
    images: Sequence[np.ndarray], n_columns: int, n_rows: int, side: int, gap: int = 3
) -> np.ndarray:
    """Return a grid of pictures of equal size on white, row by row; places without a picture stay white."""
    small = [resized(image, side) for image in images[: n_columns * n_rows]]
    rows, columns = small[0].shape[:2] if small else (side, side)
    shape = (n_rows * (rows + gap) - gap, n_columns * (columns + gap) - gap, 3)
    sheet = np.full(shape, 255, np.uint8)
    for place, image in enumerate(small):
        r, c = divmod(place, n_columns)
        top, left = r * (rows + gap), c * (columns + gap)
        sheet[top : top + rows, left : left + columns] = image
    return sheet
