"""Images as a network is fed them, and the map of one of its layers in return."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

import numpy as np
import pandas as pd
import torch
from torch import nn

from selectivity.datasets import Images
from selectivity.errors import DataError
from selectivity.hooks import Relu, record_layers
from selectivity.networks import Preprocessing

# The last bits of a forward pass depend on how many images it takes: always this many, the last pass padded.
FORWARD_ROWS = 32


def fed_shape(preprocessing: Preprocessing) -> Preprocessing:
    """Return the part of the preprocessing that cuts and resizes: the image as fed to the network, RGB of 8 bits."""
    return replace(preprocessing, channels="rgb", scale=255.0, mean=(0.0,) * 3, std=(1.0,) * 3)


def fed_colors(preprocessing: Preprocessing) -> Preprocessing:
    """Return the part of the preprocessing that follows: channel order, scale, mean and deviation."""
    return replace(preprocessing, square=False, resize=None, crop=None)


def mean_color(preprocessing: Preprocessing) -> np.ndarray:
    """Return the color that becomes zero, RGB in [0, 1]."""
    mean = np.array(preprocessing.mean) / preprocessing.scale
    return mean[::-1].copy() if preprocessing.channels == "bgr" else mean


def decoder(
    images: Images, index: pd.DataFrame, preprocessing: Preprocessing
) -> Callable[[int], np.ndarray]:
    """Return what decodes one image by id to the image as fed, (rows, columns, RGB) uint8."""
    shape = fed_shape(preprocessing)
    ids = index["image"].to_numpy()
    rows_of = dict(zip(ids.tolist(), range(len(ids)), strict=True))

    def decode(image: int) -> np.ndarray:
        if image not in rows_of:
            raise DataError(f"the dataset has no image {image}, which the activations name")
        pixels = shape([images[rows_of[image]]])[0]  # (3, rows, columns)
        return pixels.permute(1, 2, 0).round().to(torch.uint8).numpy()

    return decode


class LayerReader:
    """Runs a network up to one layer and returns that layer's maps.

    Called with images (n, rows, columns, RGB) float32 in [0, 1], it returns (n, units, rows, columns) or (n, units).
    The pass ends at the layer, so that images of another size than the network's do not meet its dense layers.
    """

    def __init__(
        self,
        network: nn.Module,
        path: str,
        preprocessing: Preprocessing,
        relu: Relu,
        input_size: tuple[int, int],
        device: torch.device | None = None,
    ) -> None:
        self.network, self.path, self.relu = network, path, relu
        self.device = device or torch.device("cpu")
        self.input_size = input_size
        self.colors = fed_colors(preprocessing)
        self.stack = ExitStack()

    def __enter__(self) -> Self:
        torch.set_num_threads(1)  # sums change in their last bits with the number of threads
        network = self.network.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.recorder = self.stack.enter_context(
            record_layers(network, {"layer": self.path}, relu=self.relu)
        )
        # a first whole pass shows the recorder which ReLU follows the layer
        self._run(np.zeros((FORWARD_ROWS, *self.input_size, 3), np.float32))
        modules = dict(network.named_modules())
        if self.path in modules:
            handle = modules[self.path].register_forward_hook(_stop)
            self.stack.callback(handle.remove)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stack.close()

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Return the layer's output for images."""
        maps = []
        for start in range(0, len(images), FORWARD_ROWS):
            batch = images[start : start + FORWARD_ROWS]
            padding = FORWARD_ROWS - len(batch)
            padded = np.concatenate([batch, np.repeat(batch[:1], padding, 0)]) if padding else batch
            maps.append(self._run(padded)[: len(batch)])
        return np.concatenate(maps)

    def _run(self, images: np.ndarray) -> np.ndarray:
        tensor = self.colors(images * np.float32(255)).to(self.device)
        try:
            with torch.inference_mode():
                self.network(tensor)
        except _ReachedError:
            pass
        return self.recorder.outputs["layer"].float().cpu().numpy()


class _ReachedError(Exception):
    """The forward pass has come to the layer that is read."""


def _stop(*_call: Any) -> None:
    raise _ReachedError
