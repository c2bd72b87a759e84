"""What happens to an image before a network sees it: part of the network, and recorded with every result."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import torch
from torch.nn import functional

from selectivity.errors import ConfigError, DataError, nearest


@dataclass(frozen=True)
class Preprocessing:
    """Pixels (rows, columns, 3) of 8 bits to the tensor that a network takes; steps in the order of the attributes.

    The defaults leave the size alone and give values in [0, 1]. Resizing equals torchvision's transforms on tensors,
    which differ from Pillow by at most one in 255.

    Attributes
    ----------
    square
        Cut the central square out of each image first.
    resize
        Length of the shorter side (one number), or rows and columns, whatever the aspect.
    interpolation, antialias
        How to resize; without antialiasing as Caffe did.
    crop
        Side of the central square that the network sees; smaller images are padded with black.
    channels
        Order of the channels; ``bgr`` for networks converted from Caffe. `mean` and `std` follow this order.
    scale
        What white becomes: 1 or 255.
    mean, std
        Subtracted from and divided into the channels, in units of `scale`.
    """

    square: bool = False
    resize: int | tuple[int, int] | None = None
    interpolation: Literal["bilinear", "bicubic", "nearest"] = "bilinear"
    antialias: bool = True
    crop: int | None = None
    channels: Literal["rgb", "bgr"] = "rgb"
    scale: float = 1.0
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)

    @classmethod
    def from_config(cls, section: Mapping[str, Any] | None) -> "Preprocessing":
        """Build from the keys of a study file; what is left out keeps its default."""
        values = {key: value for key, value in (section or {}).items() if value is not None}
        unknown = [key for key in values if key not in cls.__dataclass_fields__]
        if unknown:
            raise ConfigError(
                f"preprocessing: unknown key '{unknown[0]}'{nearest(unknown[0], cls.__dataclass_fields__)}"
            )
        lists = {key: tuple(value) for key, value in values.items() if isinstance(value, list)}
        settings = cls(**{**values, **lists})
        if any(value == 0 for value in settings.std):
            raise ConfigError("preprocessing.std: a channel cannot be divided by 0")
        return settings

    def as_dict(self) -> dict[str, Any]:
        """Return the settings as they enter the provenance of results."""
        return {key: list(v) if isinstance(v, tuple) else v for key, v in asdict(self).items()}

    def __call__(self, images: Sequence[np.ndarray] | np.ndarray) -> torch.Tensor:
        """Return (n_images, 3, rows, columns) float32 in channels-last memory."""
        shaped = [self._shape(torch.from_numpy(np.ascontiguousarray(image))) for image in images]
        sizes = {tuple(image.shape) for image in shaped}
        if len(sizes) > 1:
            rows = " and ".join(f"{size[0]} x {size[1]}" for size in sorted(sizes)[:2])
            raise DataError(
                f"images of different sizes ({rows}) cannot be shown together; set preprocessing.resize and crop"
            )
        pixels = torch.stack(shaped).permute(0, 3, 1, 2)  # (n, 3, rows, columns), channels last
        if self.channels == "bgr":
            pixels = pixels.flip(1)
        values = pixels.to(torch.float32, memory_format=torch.channels_last)
        values = values.mul_(self.scale).div_(255.0)
        mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in (self.mean, self.std))
        return values.sub_(mean).div_(std)

    def _shape(self, image: torch.Tensor) -> torch.Tensor:
        """Cut and resize one image (rows, columns, 3)."""
        if self.square:
            image = _center_crop(image, min(image.shape[:2]))
        if self.resize is not None:
            image = self._resized(image)
        return image if self.crop is None else _center_crop(image, self.crop)

    def _resized(self, image: torch.Tensor) -> torch.Tensor:
        rows, columns = image.shape[:2]
        if isinstance(self.resize, int):
            short = min(rows, columns)
            size = (rows * self.resize // short, columns * self.resize // short)
        else:
            size = self.resize or (rows, columns)
        if size == (rows, columns):
            return image
        batch = image.permute(2, 0, 1)[None]  # (1, 3, rows, columns), channels last
        if self.interpolation == "nearest":
            resized = functional.interpolate(batch, size=size, mode="nearest")
        else:
            resized = functional.interpolate(
                batch,
                size=size,
                mode=self.interpolation,
                align_corners=False,
                antialias=self.antialias,
            )
        return resized[0].permute(1, 2, 0)


def _center_crop(image: torch.Tensor, side: int) -> torch.Tensor:
    """Cut the central square; the rounding is torchvision's."""
    rows, columns = image.shape[:2]
    if rows < side or columns < side:
        top, left = max(side - rows, 0) // 2, max(side - columns, 0) // 2
        padded = image.new_zeros((max(rows, side), max(columns, side), image.shape[2]))
        padded[top : top + rows, left : left + columns] = image
        image, (rows, columns) = padded, padded.shape[:2]
    top, left = round((rows - side) / 2.0), round((columns - side) / 2.0)
    return image[top : top + side, left : left + side]
