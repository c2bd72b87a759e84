"""A network cut behind one layer: frozen weights, and no computation past the layer that is maximized."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from selectivity.errors import ConfigError, nearest
from selectivity.hooks import record_layers
from selectivity.synthesis.rectifiers import last_relus, without_relus

OUTPUT = "output"
SOFTMAX = "softmax"
_BEHIND_A_RELU = {"after the ReLU", "output of the ReLU"}


class _ReachedError(Exception):
    """The layer has been computed; the rest of the forward pass is not wanted."""


class LayerCut:
    """Call it with images to get the layer's values before its ReLU, (batch, units) or (batch, units, rows, columns).

    The forward pass ends at the layer, so nothing behind it is computed and no in-place ReLU can change the
    values. Of a module that puts the outputs of ReLUs side by side (Inception, Fire) these ReLUs are left out.
    """

    def __init__(self, network: nn.Module, path: str) -> None:
        if path == SOFTMAX:
            raise ConfigError(
                "a softmax is not maximized by itself, since it saturates; use its input, the path 'output'"
            )
        modules = dict(network.named_modules())
        if path != OUTPUT and path not in modules:
            raise ConfigError(
                f"the network has no module '{path}'{nearest(path, [*modules, OUTPUT])}"
            )
        self.network = network.eval().requires_grad_(False)
        self.path = path
        self.module = None if path == OUTPUT else modules[path]
        self._rectified: bool | None = None
        self._inner: frozenset[int] | None = None  # the last ReLUs inside the module

    def __call__(self, images: Tensor) -> Tensor:
        """Return the layer's pre-ReLU values on `images`; differentiable with respect to them."""
        if self.module is None:
            return _values(self.network(images))
        if self._inner is None:
            is_relu = isinstance(self.module, nn.ReLU)
            self._inner = (
                frozenset() if is_relu else last_relus(self.network, self.module, images.detach())
            )
        with without_relus(self.module, self._inner), self._stopping(self.module) as caught:
            try:
                self.network(images)
            except _ReachedError:
                return _values(caught.pop())
        raise ConfigError(f"module '{self.path}' takes no part in the network's forward pass")

    @contextmanager
    def _stopping(self, module: nn.Module) -> Iterator[list[Tensor]]:
        """Catch the layer's values and end the forward pass there: at the input of a ReLU, else at the output."""
        caught: list[Tensor] = []

        def before(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            caught.append(inputs[0])
            raise _ReachedError

        def after(_: nn.Module, __: tuple[Tensor, ...], output: Tensor) -> None:
            caught.append(output)
            raise _ReachedError

        is_relu = isinstance(module, nn.ReLU)
        handle = (
            module.register_forward_pre_hook(before)
            if is_relu
            else module.register_forward_hook(after)
        )
        try:
            yield caught
        finally:
            handle.remove()

    def rectified(self, images: Tensor) -> bool:
        """Tell whether a ReLU follows the layer, so that its activations are what lies above zero."""
        if self._rectified is None:
            layers = {"layer": self.path}
            with torch.inference_mode(), record_layers(self.network, layers, "post") as recorder:
                self.network(images)
            self._rectified = recorder.hook_point("layer") in _BEHIND_A_RELU
            self(images)
            self._rectified |= bool(self._inner)
        return self._rectified


def _values(output: Tensor) -> Tensor:
    if output.ndim not in (2, 4):
        raise ConfigError(
            f"a layer must give (batch, units) or (batch, units, rows, columns), not {tuple(output.shape)}"
        )
    return output
