"""A network from the name of the function that makes it, and the modules that its layers name."""

import importlib
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from selectivity.errors import ConfigError, nearest

RESERVED = ("output", "softmax")  # the network's output, and the softmax of it


def build_network(constructor: str, arguments: Mapping[str, Any] | None = None) -> nn.Module:
    """Call ``package.module:function`` with keyword `arguments`; return the network in evaluation mode, frozen."""
    module_name, _, function_name = constructor.partition(":")
    if not module_name or not function_name:
        raise ConfigError(f"constructor '{constructor}': expected 'package.module:function'")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise ConfigError(f"constructor '{constructor}' cannot be imported: {error}") from None
    function = getattr(module, function_name, None)
    if not callable(function):
        public = [name for name, value in vars(module).items() if callable(value)]
        raise ConfigError(
            f"module '{module_name}' has no function '{function_name}'{nearest(function_name, public)}"
        )
    try:
        network = function(**(arguments or {}))
    except (TypeError, ValueError) as error:
        raise ConfigError(f"constructor '{constructor}' failed: {error}") from error
    if not isinstance(network, nn.Module):
        raise ConfigError(
            f"constructor '{constructor}' returned {type(network).__name__}, expected a torch.nn.Module"
        )
    return network.eval().requires_grad_(False)


def module_names(network: nn.Module) -> list[str]:
    """Return the paths that a layer may name: all modules and the reserved ``output`` and ``softmax``."""
    return [name for name, _ in network.named_modules() if name] + list(RESERVED)


def check_layers(network: nn.Module, layers: Mapping[str, str]) -> None:
    """Raise `ConfigError` for the first layer whose path is no module of the network."""
    valid = module_names(network)
    for layer, path in layers.items():
        if path not in valid:
            raise ConfigError(
                f"layer '{layer}': {type(network).__name__} has no module '{path}'{nearest(path, valid)}"
            )


def count_units(network: nn.Module, example: torch.Tensor) -> dict[str, tuple[int, ...]]:
    """Return, for each module path in the order of the forward pass, the shape of its output for one image.

    The first number is the number of units. Modules whose output is no tensor are left out.
    """
    shapes: dict[str, tuple[int, ...]] = {}
    handles = []

    def note(path: str) -> Any:
        def hook(_module: nn.Module, _inputs: Any, output: Any) -> None:
            if isinstance(output, torch.Tensor) and output.ndim >= 2:
                shapes[path] = tuple(output.shape[1:])

        return hook

    try:
        for path, module in network.named_modules():
            if path:
                handles.append(module.register_forward_hook(note(path)))
        with torch.inference_mode():
            output = network(example)
    finally:
        for handle in handles:
            handle.remove()
    if isinstance(output, torch.Tensor) and output.ndim == 2:
        shapes["output"] = shapes["softmax"] = tuple(output.shape[1:])
    return shapes
