"""Trace the receptive fields of a network's layers through one forward pass.

Every tensor operation is seen below the modules, so that functional calls, branches
(concatenation, addition) and in-place steps count as well as modules. An operation without a rule
leaves its result unknown; a layer whose output is unknown is measured instead: a row of the input
is set to NaN and the positions that turn NaN are those that see it.
"""

import copy
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from selectivity.errors import DataError
from selectivity.networks.build import RESERVED, check_layers
from selectivity.neuron_features.fields import Axis, ReceptiveField

Pair = tuple[Axis, Axis] | None  # rows and columns; None where the trace lost them

SAME = {
    "native_batch_norm", "_native_batch_norm_legit_no_training", "cudnn_batch_norm", "clone", "detach", "alias",
    "native_dropout", "_to_copy", "copy_", "lift_fresh", "native_group_norm",
}  # fmt: skip
VIEWS = {
    "view", "_unsafe_view", "reshape", "unsqueeze", "squeeze", "split", "split_with_sizes", "slice", "select",
    "transpose", "permute", "expand", "unbind", "chunk", "flatten",
}  # fmt: skip
REDUCTIONS = {"mean", "sum", "amax", "_softmax", "_log_softmax"}
DENSE = {"addmm", "mm", "bmm", "linear", "native_layer_norm"}


def trace_receptive_fields(
    network: nn.Module, layers: Mapping[str, str], input_size: tuple[int, int], channels: int = 3
) -> dict[str, ReceptiveField]:
    """Return the receptive field of each layer (name to module path) for inputs of `input_size` (rows, columns)."""
    check_layers(network, layers)
    modules = dict(network.named_modules())
    device = next((parameter.device for parameter in network.parameters()), torch.device("cpu"))
    image = torch.zeros(1, channels, *input_size, device=device)
    found: dict[str, Pair] = {}
    tracer = _Tracer(image)
    with ExitStack() as stack:
        for name, path in layers.items():
            if path not in RESERVED:
                handle = modules[path].register_forward_hook(_noting(found, name, tracer))
                stack.callback(handle.remove)
        stack.enter_context(torch.no_grad())
        stack.enter_context(tracer)
        network(image)
    whole = _pair(Axis(n, 0, 0, 1) for n in input_size)
    fields = {}
    for name, path in layers.items():
        pair = whole if path in RESERVED else found.get(name)
        if pair is None:
            pair = probe_axes(network, path, input_size, channels)
        fields[name] = ReceptiveField(pair[0], pair[1], *input_size)
    return fields


def _noting(found: dict[str, Pair], name: str, tracer: "_Tracer") -> Callable[..., None]:
    def hook(_module: nn.Module, _inputs: Any, output: Any) -> None:
        tensor = output if isinstance(output, torch.Tensor) else output[0]
        found[name] = tracer.pair_of(tensor)

    return hook


class _Tracer(TorchDispatchMode):
    """Keeps, for every tensor that depends on the image, the axes of its last two dimensions."""

    def __init__(self, image: torch.Tensor) -> None:
        super().__init__()
        self.size = tuple(image.shape[-2:])
        self.kept = [image]  # identities stay unique while the tensors live
        self.pairs: dict[int, Pair] = {id(image): _pair(Axis(1, 1, 0, n) for n in self.size)}

    def pair_of(self, tensor: torch.Tensor) -> Pair:
        return self.pairs.get(id(tensor))

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        traced = [tensor for tensor in _tensors(args) if id(tensor) in self.pairs]
        if traced:
            name = func.overloadpacket.__name__
            for result in _tensors([out]):
                pair = self._rule(name, func, args, kwargs or {}, traced, result)
                self.kept.append(result)
                self.pairs[id(result)] = pair
        return out

    def _rule(
        self,
        name: str,
        func: Any,
        args: Any,
        kwargs: Any,
        traced: list[torch.Tensor],
        out: torch.Tensor,
    ) -> Pair:
        if name in DENSE:
            return self._whole(traced)
        if name in REDUCTIONS:
            return self._reduced(name, args, kwargs, traced, out)
        if (
            name == "cat"
            or name in SAME
            or torch.Tag.pointwise in func.tags
            or name.endswith("_norm")
        ):
            spatial_cat = (
                name == "cat" and _dimension(args, kwargs, 1, 0) % out.ndim >= out.ndim - 2
            )
            return None if spatial_cat else self._merged(traced, out)
        pair = self.pairs[id(traced[0])]
        if name in VIEWS:
            return self._viewed(name, args, kwargs, traced, out)
        window = _window(name, args, kwargs)
        if pair is None or window is None or out.ndim < 3:
            return None
        kernel, stride, padding, dilation = window
        lengths = out.shape[-2:]
        return _pair(
            pair[a].through(kernel[a], stride[a], padding[a], dilation[a], lengths[a])
            for a in (0, 1)
        )

    def _whole(self, traced: list[torch.Tensor]) -> Pair:
        pair = self._merged(traced, None)
        if pair is None:
            return None
        return _pair(axis.whole(n) for axis, n in zip(pair, self.size, strict=True))

    def _merged(self, traced: list[torch.Tensor], out: torch.Tensor | None) -> Pair:
        merged = self.pairs[id(traced[0])]
        for tensor in traced:
            pair = self.pairs[id(tensor)]
            if pair is None or merged is None:
                return None
            lengths = [max(a.length, b.length) for a, b in zip(merged, pair, strict=True)]
            merged = _pair(a.merged(b, n) for a, b, n in zip(merged, pair, lengths, strict=True))
        if out is not None and merged is not None and any(a.length > 1 for a in merged):
            matches = out.ndim >= 3 and tuple(out.shape[-2:]) == tuple(a.length for a in merged)
            return merged if matches else None
        return merged

    def _reduced(
        self, name: str, args: Any, kwargs: Any, traced: list[torch.Tensor], out: torch.Tensor
    ) -> Pair:
        n_dims = args[0].ndim
        dims = _dimension(args, kwargs, 1, None)
        dims = [dims] if isinstance(dims, int) else dims
        spatial = dims is None or any(d % n_dims >= n_dims - 2 for d in dims)
        if not spatial:
            return self._merged(traced, None)
        pair = self._whole(traced)
        if pair is None or "softmax" not in name or out.ndim < 3:
            return pair
        return _pair(Axis(a.size, 0, a.start, n) for a, n in zip(pair, out.shape[-2:], strict=True))

    def _viewed(
        self, name: str, args: Any, kwargs: Any, traced: list[torch.Tensor], out: torch.Tensor
    ) -> Pair:
        source = args[0]
        pair = self.pairs[id(traced[0])]
        if pair is not None and all(axis.length == 1 for axis in pair):
            return pair
        last = {source.ndim - 1, source.ndim - 2}
        if name == "permute" and [d % source.ndim for d in args[1]][-2:] != sorted(last):
            return None
        if name == "transpose" and {args[1] % source.ndim, args[2] % source.ndim} & last:
            return None
        if out.ndim >= 3 and out.shape[-2:] == source.shape[-2:]:
            return pair
        return (
            self._whole(traced) if name in ("view", "_unsafe_view", "reshape", "flatten") else None
        )


def _pair(axes: Iterable[Axis]) -> tuple[Axis, Axis]:
    rows, columns = axes
    return rows, columns


def _tensors(values: Any) -> list[torch.Tensor]:
    found: list[torch.Tensor] = []
    for value in values:
        if isinstance(value, torch.Tensor):
            found.append(value)
        elif isinstance(value, list | tuple):
            found.extend(_tensors(value))
    return found


def _dimension(args: Any, kwargs: Any, position: int, default: Any) -> Any:
    if len(args) > position:
        return args[position]
    return kwargs.get("dim", default)


def _two(value: Any, default: tuple[int, int]) -> tuple[int, int]:
    value = [value] if isinstance(value, int) else list(value)
    if not value:
        return default
    return (value[0], value[0]) if len(value) == 1 else (value[0], value[1])


def _window(name: str, args: Any, kwargs: Any) -> tuple[Any, Any, Any, Any] | None:
    """Return kernel, stride, padding and dilation, each for rows and columns, of a local operation."""
    ones = (1, 1)
    source = args[0]
    given = dict(enumerate(args))
    if name == "convolution" and args[1].ndim == 4 and not args[6]:
        return (
            tuple(args[1].shape[-2:]),
            _two(args[3], ones),
            _two(args[4], ones),
            _two(args[5], ones),
        )
    if name in ("max_pool2d_with_indices", "max_pool2d", "avg_pool2d"):
        kernel = _two(args[1], ones)
        stride = _two(given.get(2, ()), kernel)
        dilation = _two(given.get(4, 1), ones) if "max" in name else ones
        return kernel, stride, _two(given.get(3, 0), ones), dilation
    if name == "avg_pool3d":  # local response normalization: over channels only
        return (ones, ones, (0, 0), ones) if list(args[1])[1:] == [1, 1] else None
    if name in ("_adaptive_avg_pool2d", "adaptive_max_pool2d"):
        n_in, n_out = source.shape[-2:], _two(args[1], ones)
        if any(a % b for a, b in zip(n_in, n_out, strict=True)):
            return None
        kernel = (n_in[0] // n_out[0], n_in[1] // n_out[1])
        return kernel, kernel, (0, 0), ones
    if name in ("constant_pad_nd", "reflection_pad2d", "replication_pad2d"):
        left, top = args[1][0], args[1][2] if len(args[1]) > 2 else 0
        return ones, ones, (top, left), ones
    return None


def probe_axes(
    network: nn.Module, path: str, input_size: tuple[int, int], channels: int = 3
) -> tuple[Axis, Axis]:
    """Measure the axes of a layer from what turns NaN when one row or one column of the input is NaN.

    In double precision, where no fast convolution spreads a NaN over its tile. Exact, but a
    forward pass for each row and each column.
    """
    double = copy.deepcopy(network).double().eval()
    return _pair(_probed(double, path, input_size, channels, axis) for axis in (0, 1))


def _probed(
    network: nn.Module, path: str, input_size: tuple[int, int], channels: int, axis: int
) -> Axis:
    device = next((parameter.device for parameter in network.parameters()), torch.device("cpu"))
    outputs: list[torch.Tensor] = []
    handle = network.get_submodule(path).register_forward_hook(
        lambda *call: outputs.append(call[2])
    )
    seen = []
    try:
        for index in range(input_size[axis]):
            image = torch.zeros(1, channels, *input_size, dtype=torch.float64, device=device)
            image.select(2 + axis, index).fill_(torch.nan)
            outputs.clear()
            with torch.no_grad():
                network(image)
            hit = outputs[-1].isnan()[0]
            hit = hit.any(0).any(1 - axis) if hit.ndim == 3 else hit.any().reshape(1)
            seen.append(hit.cpu().numpy())
    finally:
        handle.remove()
    return _axis_of(np.array(seen), path)


def _axis_of(seen: np.ndarray, path: str) -> Axis:
    """Return the axis that explains which pixels (rows of `seen`) reach which positions (its columns)."""
    n_pixels, length = seen.shape
    first = seen.argmax(0)
    last = n_pixels - 1 - seen[::-1].argmax(0)
    if seen.all():
        return Axis(n_pixels, 0, 0, length)
    inner_first = np.flatnonzero(first > 0)
    inner_last = np.flatnonzero(last < n_pixels - 1)
    steps = np.concatenate([np.diff(first[inner_first]), np.diff(last[inner_last])])
    if len(inner_first) and len(inner_last) and len(steps) and (steps == steps[0]).all():
        jump = int(steps[0])
        start = int(first[inner_first[0]] - jump * inner_first[0])
        end = int(last[inner_last[0]] - jump * inner_last[0])
        return Axis(end - start + 1, jump, start, length)
    raise DataError(f"the receptive fields of module {path!r} are not evenly spaced")
