"""Record the layers of a network while it runs, and leave no trace in it.

A layer is the output of a module. Under ``relu="post"`` it is the value after the ReLU that the network applies to
this very tensor (as Caffe's in-place ReLU does to the layers that the papers name), under ``relu="pre"`` the value
before it. Which ReLU that is is found out by watching the first forward pass, so that modules, functions and in-place
forms are all treated alike; a layer that no ReLU follows is its own output.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

import torch
from torch import nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode
from torch.utils.hooks import RemovableHandle
from torch.utils.weak import WeakIdKeyDictionary

from selectivity.errors import ConfigError
from selectivity.networks.build import RESERVED, check_layers

Relu = Literal["post", "pre"]
Transform = Callable[[str, torch.Tensor, bool], Any]

_RELUS = {"relu", "relu_", "clamp_min", "clamp_min_", "clamp", "clamp_"}
# What keeps a tensor without negative values so; decides only how the values are stored.
_KEEPING = {
    "cat",
    "concat",
    "max_pool2d",
    "avg_pool2d",
    "adaptive_avg_pool2d",
    "dropout",
    "dropout2d",
    "flatten",
}
_KEEPING |= {
    "adaptive_max_pool2d",
    "boolean_dispatch",
    "_max_pool2d",
    "view",
    "reshape",
    "contiguous",
    "clone",
}


class Recorder:
    """What the layers of a network put out in its last forward pass.

    Attributes
    ----------
    outputs
        By layer name, (n_images, units) or (n_images, units, rows, columns), or what `transform` made of it.
    """

    def __init__(
        self,
        layers: Mapping[str, str],
        modules: Mapping[str, nn.Module],
        relu: Relu,
        transform: Transform | None = None,
    ) -> None:
        self.outputs: dict[str, Any] = {}
        self._layers, self._modules, self._relu = dict(layers), dict(modules), relu
        self._transform = transform or _whole
        self._raw: dict[
            str, torch.Tensor
        ] = {}  # outputs of the first pass, copied before any in-place change
        self._watch: _ReluWatch | None = None
        self._followed: dict[str, bool] | None = None  # by layer: is a ReLU applied to it?
        self._non_negative: dict[str, bool] = {}
        self._seen: set[str] = set()

    def hook_point(self, layer: str) -> str:
        """Say in words which value is recorded; known after the first forward pass."""
        if self._followed is None:
            raise RuntimeError("no forward pass has been recorded yet")
        if self._layers[layer] in RESERVED:
            return "output of the network" if self._layers[layer] == "output" else "softmax"
        if isinstance(self._modules.get(layer), nn.ReLU):
            return "output of the ReLU" if self._relu == "post" else "input of the ReLU"
        if self._followed[layer]:
            return "after the ReLU" if self._relu == "post" else "before the ReLU"
        return "output of the module"

    def is_signed(self, layer: str) -> bool:
        """Tell whether the values of a layer may be negative; known after the first forward pass."""
        if self._followed is None:
            raise RuntimeError("no forward pass has been recorded yet")
        return not self._non_negative[layer]

    def attach(self) -> list[RemovableHandle]:
        """Register the hooks of all modules to be recorded; the caller removes them."""
        return [self._attach(layer, module) for layer, module in self._modules.items()]

    def _attach(self, layer: str, module: nn.Module) -> RemovableHandle:
        if self._relu == "pre" and isinstance(module, nn.ReLU):
            return module.register_forward_pre_hook(
                lambda _module, inputs: self._capture(layer, inputs[0])
            )
        return module.register_forward_hook(
            lambda _module, _inputs, output: self._capture(layer, output)
        )

    def begin(self, _network: nn.Module, _inputs: Any) -> None:
        """Prepare for a forward pass: the pre-hook of the network."""
        self.outputs = {}
        self._seen = set()
        if self._followed is None:
            self._watch = _ReluWatch()
            self._watch.__enter__()

    def _capture(self, layer: str, tensor: Any) -> None:
        if layer in self._seen:
            raise ConfigError(
                f"layer '{layer}': the module '{self._layers[layer]}' runs more than once in a forward pass; name the "
                "module around it"
            )
        self._seen.add(layer)
        _check_shape(layer, self._layers[layer], tensor)
        if self._followed is None:
            assert self._watch is not None
            self._watch.expect(layer, tensor)
            self._raw[layer] = tensor.clone()
        else:
            self._finish(layer, tensor)

    def _finish(self, layer: str, tensor: torch.Tensor) -> None:
        assert self._followed is not None
        rectify = self._relu == "post" and self._followed[layer]
        self.outputs[layer] = self._transform(layer, tensor, rectify)

    def end(self, _network: nn.Module, _inputs: Any, output: Any) -> None:
        """Finish a forward pass, also one that failed: the hook of the network."""
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.__exit__(None, None, None)
        if output is None:  # the pass failed
            self._raw = {}
            return
        if watch is not None:
            self._learn(watch)
        for layer, path in self._layers.items():
            if path in RESERVED:
                _check_shape(layer, path, output)
                self._finish(
                    layer, output if path == "output" else functional.softmax(output, dim=1)
                )
        silent = [layer for layer in self._layers if layer not in self.outputs]
        if silent:
            raise ConfigError(
                f"layer '{silent[0]}': the module '{self._layers[silent[0]]}' does not run in a forward pass"
            )

    def _learn(self, watch: "_ReluWatch") -> None:
        """Keep what the first pass showed, and finish its outputs."""
        self._followed = {
            layer: layer in watch.followed and not isinstance(self._modules.get(layer), nn.ReLU)
            for layer in self._layers
        }
        for layer, path in self._layers.items():
            rectified = self._followed[layer] or layer in watch.non_negative
            post_relu = self._relu == "post" or layer not in watch.followed
            self._non_negative[layer] = path == "softmax" or (rectified and post_relu)
        raw, self._raw = self._raw, {}
        for layer, tensor in raw.items():
            self._finish(layer, tensor)


def _whole(_layer: str, tensor: torch.Tensor, rectify: bool) -> torch.Tensor:
    return torch.relu(tensor) if rectify else tensor.clone()


class _ReluWatch(TorchFunctionMode):
    """Sees every torch function of a forward pass; notes which layers a ReLU is applied to."""

    def __init__(self) -> None:
        super().__init__()
        self.followed: set[str] = set()
        self.non_negative: set[str] = set()
        self._layers = (
            WeakIdKeyDictionary()
        )  # tensor -> names of the layers that it is the output of
        self._rectified = WeakIdKeyDictionary()  # tensors without negative values

    def expect(self, layer: str, tensor: torch.Tensor) -> None:
        """Note that `tensor` is the output of `layer`."""
        self._layers.setdefault(tensor, []).append(layer)
        if tensor in self._rectified:
            self.non_negative.add(layer)

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Run the function, and note what it means for the layers."""
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        is_relu = name in _RELUS and _is_relu(name, args, kwargs)
        if is_relu and args:
            self.followed.update(self._layers.get(args[0], ()))
        inputs = _tensors(args) if name in _KEEPING else []
        keeps = bool(inputs) and all(tensor in self._rectified for tensor in inputs)
        result = func(*args, **kwargs)
        if isinstance(result, torch.Tensor):
            if is_relu or keeps:
                self._rectified[result] = True
            elif name.endswith("_") and result in self._rectified:
                del self._rectified[result]
        return result


def _is_relu(name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool:
    """Tell a ReLU, written as one or as a clamp at zero, from other functions."""
    if name.startswith("relu"):
        return True
    low = kwargs.get("min", args[1] if len(args) > 1 else None)
    high = kwargs.get("max", args[2] if len(args) > 2 else None)
    return isinstance(low, int | float) and low == 0 and high is None


def _tensors(args: tuple[Any, ...]) -> list[torch.Tensor]:
    flat = [item for arg in args for item in (arg if isinstance(arg, list | tuple) else [arg])]
    return [item for item in flat if isinstance(item, torch.Tensor)]


def _check_shape(layer: str, path: str, tensor: Any) -> None:
    if not isinstance(tensor, torch.Tensor):
        raise ConfigError(
            f"layer '{layer}': '{path}' puts out {type(tensor).__name__}, expected one tensor"
        )
    if tensor.ndim not in (2, 4):
        raise ConfigError(
            f"layer '{layer}': '{path}' puts out a tensor of shape {tuple(tensor.shape)}; expected (images, units) or "
            "(images, units, rows, columns)"
        )


@contextmanager
def record_layers(
    network: nn.Module,
    layers: Mapping[str, str],
    relu: Relu = "post",
    transform: Transform | None = None,
) -> Iterator[Recorder]:
    """Record layers of `network`, given as name -> module path, for the forward passes of the block.

    Parameters
    ----------
    network
        The network; one thread at a time may run it.
    layers
        Module paths; ``output`` is the network's output, ``softmax`` its softmax.
    relu
        Whether a layer that a ReLU follows is recorded after or before it; of a layer that is itself a ReLU, ``pre``
        records the input.
    transform
        What to keep of a layer, called with its name, the output of its module and whether a ReLU is still to be
        applied to that; by default a copy of it all. It must not keep the tensor itself, which the network may change
        in place.
    """
    check_layers(network, layers)
    modules = dict(network.named_modules())
    recorded = {layer: modules[path] for layer, path in layers.items() if path in modules}
    recorder = Recorder(layers, recorded, relu, transform)
    handles = [network.register_forward_pre_hook(recorder.begin)]
    try:
        handles += recorder.attach()
        handles.append(network.register_forward_hook(recorder.end, prepend=True, always_call=True))
        yield recorder
    finally:
        for handle in handles:
            handle.remove()
