"""The canvas and the pen: shapes painted as color and as mask ids in the same stroke.

Everything is painted at `OVERSAMPLING` times the final resolution. The color canvas is averaged
down; the id canvas is sampled at the pixel centers, so that masks follow the drawing exactly.
"""

import math
from collections.abc import Sequence
from typing import TypedDict, Unpack

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageDraw

from selectivity.world.vocabulary import PALETTE, pack

RESOLUTION = 64
OVERSAMPLING = 3  # odd, so that a sample lies on each pixel's center
CANVAS = RESOLUTION * OVERSAMPLING

Color = tuple[int, int, int]
Points = NDArray[np.float64]
Box = tuple[float, float, float, float]


class Coat(TypedDict, total=False):
    """How a shape is finished beyond its color."""

    texture: str
    tone: float
    edge: bool


INK = np.array([38.0, 30.0, 48.0])  # outlines lean towards a warm near-black
INK_SHARE = 0.62


def circle(n_points: int) -> Points:
    """Return the unit circle as a polygon."""
    angle = np.arange(n_points) * (2 * math.pi / n_points)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


_COARSE_CIRCLE, _FINE_CIRCLE = circle(14), circle(28)
_T = np.arange(5)[:, None] / 5.0
_CATMULL_ROM = 0.5 * np.concatenate(
    [
        -(_T**3) + 2 * _T**2 - _T,
        3 * _T**3 - 5 * _T**2 + 2,
        -3 * _T**3 + 4 * _T**2 + _T,
        _T**3 - _T**2,
    ],
    axis=1,
)


def smooth(points: ArrayLike) -> Points:
    """Return the closed Catmull-Rom curve through the points."""
    knots = np.asarray(points, float)
    neighbors = np.stack([np.roll(knots, shift, 0) for shift in (1, 0, -1, -2)], axis=1)
    return np.einsum("tk,nkd->ntd", _CATMULL_ROM, neighbors).reshape(-1, 2)


def paint(name: str, tone: float = 1.0, jitter: Sequence[float] = (0.0, 0.0, 0.0)) -> Color:
    """Return the palette color made lighter or darker by `tone` and shifted by `jitter`.

    A tone above 1 mixes in white, so that light tones stay clean rather than garish.
    """
    lift = max(0.0, tone - 1.0)
    red, green, blue = (
        min(255, max(0, int((value + (255 - value) * lift if lift else value * tone) + shift)))
        for value, shift in zip(PALETTE[name], jitter, strict=True)
    )
    return red, green, blue


def ink_of(color: Color) -> Color:
    """Return the outline color that belongs to a fill."""
    red, green, blue = (
        int(value * (1 - INK_SHARE) * 0.9 + ink * INK_SHARE)
        for value, ink in zip(color, INK.tolist(), strict=True)
    )
    return red, green, blue


class Canvas:
    """A color picture and, beneath it, the ids of everything painted."""

    def __init__(self, rgb: NDArray[np.uint8], ids: NDArray[np.int32]) -> None:
        size = (CANVAS, CANVAS)
        self.picture = Image.fromarray(rgb).resize(size, Image.Resampling.NEAREST)
        self.ids = Image.fromarray(ids).resize(size, Image.Resampling.NEAREST)
        self._opaque = ImageDraw.Draw(self.picture)
        self._glaze = ImageDraw.Draw(self.picture, "RGBA")
        self._mark = ImageDraw.Draw(self.ids)

    def polygon(self, xy: list[float], fill: Color, ids: int, outline: int = 0) -> None:
        """Fill a polygon given as x, y, x, y, ..., with an outline `outline` samples wide."""
        self._opaque.polygon(xy, fill=fill)
        self._mark.polygon(xy, fill=ids)
        if outline:
            loop = xy + xy[:2]
            self._opaque.line(loop, fill=ink_of(fill), width=outline)
            self._mark.line(loop, fill=ids, width=outline)

    def line(self, xy: list[float], width: int, fill: Color, ids: int) -> None:
        """Draw a line with round joints and ends."""
        self._opaque.line(xy, fill=fill, width=width, joint="curve")
        self._mark.line(xy, fill=ids, width=width, joint="curve")
        half = width / 2 - 0.5
        for x, y in (xy[:2], xy[-2:]):
            box = (x - half, y - half, x + half, y + half)
            self._opaque.ellipse(box, fill=fill)
            self._mark.ellipse(box, fill=ids)

    def glaze(self, xy: list[float], color: Color, strength: float) -> None:
        """Lay translucent light or shade over a polygon; the ids beneath stay."""
        self._glaze.polygon(xy, fill=(*color, int(255 * strength)))

    def relight(self, light: NDArray[np.floating], dark: NDArray[np.floating]) -> None:
        """Brighten and darken the picture by shares (rows, columns) in final resolution."""
        size = (CANVAS, CANVAS)
        for share, color in ((light, (255, 250, 235)), (dark, (36, 20, 62))):
            cover = Image.fromarray((share * 255).astype(np.uint8))
            self.picture.paste(color, mask=cover.resize(size, Image.Resampling.NEAREST))


class Pen:
    """Paints one object in its own frame: x to the right, y down, the object within -1 ... 1."""

    def __init__(
        self,
        canvas: Canvas,
        thing: str,
        matrix: NDArray[np.float64],
        center: Sequence[float],
        outline: int = 2,
        jitter: Sequence[float] = (0.0, 0.0, 0.0),
    ) -> None:
        self._canvas, self._thing = canvas, thing
        self._matrix, self._center = matrix.T, np.asarray(center, float)
        self._outline, self._jitter = outline, jitter
        self._scale = math.sqrt(abs(float(np.linalg.det(matrix))))

    def _place(self, points: ArrayLike) -> list[float]:
        placed = np.asarray(points, float) @ self._matrix + self._center
        return placed.ravel().tolist()

    def polygon(
        self, points: ArrayLike, color: str, part: str = "body", **coat: Unpack[Coat]
    ) -> None:
        """Paint a polygon in a palette color and mark its part, color and texture."""
        ids = pack(self._thing, part, color, coat.get("texture", "none"))
        fill = paint(color, coat.get("tone", 1.0), self._jitter)
        outline = self._outline if coat.get("edge", True) else 0
        self._canvas.polygon(self._place(points), fill, ids, outline)

    def blob(self, points: ArrayLike, color: str, part: str = "body", **coat: Unpack[Coat]) -> None:
        """Paint the smooth closed shape through the points."""
        self.polygon(smooth(points), color, part, **coat)

    def rectangle(self, corners: Box, color: str, part: str = "body", **coat: Unpack[Coat]) -> None:
        """Paint the rectangle left, top, right, bottom."""
        left, top, right, bottom = corners
        points = [(left, top), (right, top), (right, bottom), (left, bottom)]
        self.polygon(points, color, part, **coat)

    def ellipse(
        self, place: Box, color: str, part: str = "body", turn: float = 0.0, **coat: Unpack[Coat]
    ) -> None:
        """Paint the ellipse x, y, half width, half height, turned by `turn` radians."""
        self.polygon(_ellipse(place, turn), color, part, **coat)

    def line(
        self,
        points: ArrayLike,
        width: float,
        color: str,
        part: str = "body",
        **coat: Unpack[Coat],
    ) -> None:
        """Paint a line with round joints and ends; outlined only if asked for."""
        ids = pack(self._thing, part, color, coat.get("texture", "none"))
        fill = paint(color, coat.get("tone", 1.0), self._jitter)
        samples = max(2, round(width * self._scale))
        xy = self._place(points)
        if coat.get("edge", False) and self._outline:
            self._canvas.line(xy, samples + 2 * self._outline, ink_of(fill), ids)
        self._canvas.line(xy, samples, fill, ids)

    def shine(self, points: ArrayLike, strength: float = 0.4) -> None:
        """Lay a highlight over what is painted."""
        self._canvas.glaze(self._place(smooth(points)), (255, 255, 255), strength)

    def shadow(self, points: ArrayLike, strength: float = 0.2) -> None:
        """Lay a shadow over what is painted."""
        self._canvas.glaze(self._place(points), (40, 20, 60), strength)


def _ellipse(place: Box, turn: float) -> Points:
    x, y, half_width, half_height = place
    base = _COARSE_CIRCLE if max(half_width, half_height) < 0.2 else _FINE_CIRCLE
    points = base * (half_width, half_height)
    if turn:
        cosine, sine = math.cos(turn), math.sin(turn)
        points = points @ np.array([[cosine, sine], [-sine, cosine]])
    return points + np.array([x, y])
