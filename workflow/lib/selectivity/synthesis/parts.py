"""Named parts of the ascent: penalties, projections, transforms and optimizers, each acting on every image alone."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from selectivity.errors import ConfigError


def l2(images: Tensor) -> Tensor:
    """Return half the sum of squares of each image, so that its gradient is the image (weight decay)."""
    return 0.5 * images.square().sum((1, 2, 3))


def total_variation(images: Tensor) -> Tensor:
    """Return the sum of absolute differences between neighboring pixels of each image."""
    down = (images[:, :, 1:] - images[:, :, :-1]).abs().sum((1, 2, 3))
    across = (images[:, :, :, 1:] - images[:, :, :, :-1]).abs().sum((1, 2, 3))
    return down + across


PENALTIES = {"l2": l2, "total_variation": total_variation}


def blurred(images: Tensor, sigma: float) -> Tensor:
    """Return the images smoothed by a Gaussian of `sigma` pixels, edges replicated."""
    radius = max(1, round(3 * sigma))
    places = torch.arange(-radius, radius + 1, dtype=images.dtype, device=images.device)
    kernel = torch.exp(-(places**2) / (2 * sigma**2))
    kernel = kernel / kernel.sum()
    channels = images.shape[1]
    along = kernel.expand(channels, 1, -1)
    padded = functional.pad(images, (radius, radius, 0, 0), mode="replicate")
    images = functional.conv2d(padded, along[:, :, None, :], groups=channels)
    padded = functional.pad(images, (0, 0, radius, radius), mode="replicate")
    return functional.conv2d(padded, along[:, :, :, None], groups=channels)


@dataclass(frozen=True)
class Box:
    """The valid pixels in normalized input space: `low` is what black becomes, `high` what white becomes."""

    low: Tensor  # (channels, rows, columns)
    high: Tensor
    channels: str = "rgb"  # or "bgr"

    def clamp_(self, images: Tensor) -> Tensor:
        """Replace the images by the nearest valid ones."""
        torch.maximum(images, self.low, out=images)
        return torch.minimum(images, self.high, out=images)

    def laid_out(self) -> "Box":
        """Return the box in channels-last memory, like the images that it bounds: clamping is faster then."""
        low, high = (
            bound[None].contiguous(memory_format=torch.channels_last)[0]
            for bound in (self.low, self.high)
        )
        return Box(low, high, self.channels)

    def to(self, device: torch.device) -> "Box":
        """Return the box on `device`."""
        return Box(self.low.to(device), self.high.to(device), self.channels)


class Adam:
    """Adam (Kingma and Ba) with its state in named tensors, so that it can be saved and resumed exactly."""

    def __init__(self, learning_rate: float) -> None:
        self.learning_rate = learning_rate
        self.beta1, self.beta2, self.epsilon = 0.9, 0.999, 1e-8

    def start(self, parameters: Tensor) -> dict[str, Tensor]:
        """Return the state before the first step."""
        return {"first": torch.zeros_like(parameters), "second": torch.zeros_like(parameters)}

    def ascend(
        self, parameters: Tensor, gradient: Tensor, state: dict[str, Tensor], step: int
    ) -> None:
        """Move `parameters` and `state` in place; `step` counts from 1."""
        first = state["first"].lerp_(gradient, 1 - self.beta1)
        second = state["second"].mul_(self.beta2).addcmul_(gradient, gradient, value=1 - self.beta2)
        scale = (second / (1 - self.beta2**step)).sqrt_().add_(self.epsilon)
        parameters.addcdiv_(first, scale, value=self.learning_rate / (1 - self.beta1**step))


class NormalizedGradient:
    """Plain ascent along the gradient divided by its root mean square over the image."""

    def __init__(self, learning_rate: float) -> None:
        self.learning_rate = learning_rate

    def start(self, parameters: Tensor) -> dict[str, Tensor]:
        """Return the state before the first step: none."""
        return {}

    def ascend(
        self, parameters: Tensor, gradient: Tensor, state: dict[str, Tensor], step: int
    ) -> None:
        """Move `parameters` in place."""
        axes = tuple(range(1, gradient.ndim))
        size = gradient.square().mean(axes, keepdim=True).sqrt_().clamp_min_(1e-20)
        parameters.addcdiv_(gradient, size, value=self.learning_rate)


OPTIMIZERS: dict[str, type[Adam | NormalizedGradient]] = {
    "adam": Adam,
    "normalized_gradient": NormalizedGradient,
}


class Pixels:
    """The image is its own parameters."""

    def __init__(self, shape: tuple[int, int, int], box: Box) -> None:
        self.parameter_shape: tuple[int, ...] = shape

    def images(self, parameters: Tensor) -> Tensor:
        """Return the images."""
        return parameters


class Fourier:
    """The image as the spectrum of a signal that a sigmoid takes into the box of valid pixels.

    Frequencies are scaled by their inverse, as in natural images, so that large forms grow before small ones
    (Olah et al., Feature visualization, 2017).
    """

    def __init__(self, shape: tuple[int, int, int], box: Box) -> None:
        channels, rows, columns = shape
        self.rows, self.columns, self.box = rows, columns, box
        frequency = torch.hypot(torch.fft.fftfreq(rows)[:, None], torch.fft.rfftfreq(columns)[None])
        scale = 1 / frequency.clamp_min(1 / max(rows, columns))
        self.scale = (scale * (rows * columns) ** 0.5 / 4).to(box.low.device)
        self.parameter_shape = (channels, 2, rows, columns // 2 + 1)

    def images(self, parameters: Tensor) -> Tensor:
        """Return the images of the spectra (batch, channels, real and imaginary part, rows, columns / 2 + 1)."""
        span = self.box.high - self.box.low
        return self.box.low + span * torch.sigmoid(self.signal(parameters))

    def signal(self, parameters: Tensor) -> Tensor:
        """Return what the sigmoid takes into the box."""
        spectrum = torch.complex(parameters[:, :, 0], parameters[:, :, 1]) * self.scale
        return torch.fft.irfft2(spectrum, s=(self.rows, self.columns))


class NaturalFourier(Fourier):
    """A spectrum in the colors of natural images: its first channel is light, which varies most.

    The square root of the color covariance of ImageNet, as in Feature visualization (its released code, lucid).
    """

    COLORS = ((0.26, 0.09, 0.02), (0.27, 0.0, -0.05), (0.27, -0.09, 0.03))  # RGB by channel

    def __init__(self, shape: tuple[int, int, int], box: Box) -> None:
        super().__init__(shape, box)
        if shape[0] != 3:
            raise ConfigError(
                f"images of {shape[0]} channels have no natural colors; use 'fourier'"
            )
        colors = torch.tensor(self.COLORS, device=box.low.device)
        colors = colors / colors.norm(dim=0).max()
        self.colors = colors.flip(0) if box.channels == "bgr" else colors

    def signal(self, parameters: Tensor) -> Tensor:
        """Return the signal with its channels mixed into colors."""
        return torch.einsum("kc,bcij->bkij", self.colors, super().signal(parameters))


PARAMETERIZATIONS: dict[str, type[Pixels | Fourier]] = {
    "pixels": Pixels,
    "fourier": Fourier,
    "natural_fourier": NaturalFourier,
}
