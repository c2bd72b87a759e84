"""Random changes of training images that leave their class as it is."""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch.nn import functional

Augmentation = Callable[[torch.Tensor, torch.Generator, int], torch.Tensor]


def flip(images: torch.Tensor, generator: torch.Generator, shift: int) -> torch.Tensor:
    """Mirror each image (n, rows, columns, 3) with probability one half."""
    mirrored = torch.rand(len(images), generator=generator) < 0.5
    return torch.where(mirrored.view(-1, 1, 1, 1), images.flip(2), images)


def _moved(images: torch.Tensor, generator: torch.Generator, shift: int, mode: str) -> torch.Tensor:
    n, rows, columns, _ = images.shape
    frame = functional.pad(images.permute(0, 3, 1, 2).float(), (shift,) * 4, mode=mode)
    frame = frame.to(images.dtype).permute(0, 2, 3, 1)
    top, left = torch.randint(0, 2 * shift + 1, (2, n), generator=generator)
    row = (top.view(n, 1) + torch.arange(rows)).view(n, rows, 1)
    column = (left.view(n, 1) + torch.arange(columns)).view(n, 1, columns)
    return frame[torch.arange(n).view(n, 1, 1), row, column]


def shift(images: torch.Tensor, generator: torch.Generator, shift: int) -> torch.Tensor:
    """Move each image by up to `shift` pixels each way; its border is drawn out."""
    return _moved(images, generator, shift, "replicate")


def crop(images: torch.Tensor, generator: torch.Generator, shift: int) -> torch.Tensor:
    """Cut each image out of a black frame `shift` pixels wide, as is the custom for CIFAR-10."""
    return _moved(images, generator, shift, "constant")


AUGMENTATIONS: Mapping[str, Augmentation] = {"flip": flip, "shift": shift, "crop": crop}


def augment(
    images: torch.Tensor, names: Sequence[str], generator: torch.Generator, shift: int
) -> torch.Tensor:
    """Apply the named changes, each image by its own draw, to 8-bit images on the CPU."""
    for name in names:
        images = AUGMENTATIONS[name](images, generator, shift)
    return images
