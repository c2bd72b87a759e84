"""Give the weights of a legacy file to a torch network, or say which layer does not fit.

Every layer with weights must find its place, every parameter must be filled and every stated
geometry (stride, padding, groups, kind of pooling, slope of a ReLU, constants of normalization)
must be that of the torch module; nothing is guessed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from selectivity.errors import ConfigError, DataError, nearest
from selectivity.legacy.caffemodel import read_caffemodel
from selectivity.legacy.checkpoint import read_checkpoint
from selectivity.legacy.layers import LegacyLayer, LegacyNetwork
from selectivity.legacy.matconvnet import read_matconvnet
from selectivity.networks.layers import LocalResponseNorm

READERS = {".caffemodel": read_caffemodel, ".mat": read_matconvnet}
WEIGHTED = (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)
CHECKED = (*WEIGHTED, nn.MaxPool2d, nn.AvgPool2d, LocalResponseNorm, nn.ReLU, nn.LeakyReLU)


@dataclass(frozen=True)
class Fold:
    """What becomes part of the first convolution, so that the network takes another input.

    `channels` "bgr" reverses its input channels (exact); `scale` multiplies its weights, e.g. 255
    for images in 0..1 (exact); `mean`, in the units and channel order of the new input before
    scaling, is subtracted by the bias (exact only without padding, and refused with it).
    """

    layer: str = "conv1"
    channels: str = "rgb"
    scale: float = 1.0
    mean: tuple[float, ...] = ()


@dataclass(frozen=True)
class Conversion:
    """How the layers of a legacy file are named in the torch network."""

    rename: Mapping[str, str] = field(default_factory=dict)
    ignore: Sequence[str] = ()
    fold: Fold | None = None


def convert(path: Path, network: nn.Module, conversion: Conversion) -> dict[str, torch.Tensor]:
    """Return the state dict of `network` with the weights of the legacy file at `path`."""
    path = Path(path)
    reader = READERS.get(path.suffix)
    if reader is None:
        state = _checked(read_checkpoint(path), network, conversion, path.name)
    else:
        state = legacy_state(reader(path), network, conversion, path.name)
    if conversion.fold is not None:
        _fold(state, network, conversion.fold)
    return state


def read_facts(path: Path) -> dict[str, Any]:
    """Return what a legacy file says of itself: its format, and the mean color (RGB, 0..255) it was trained with."""
    reader = READERS.get(Path(path).suffix)
    if reader is None:
        return {"format": "torch checkpoint"}
    legacy = reader(Path(path))
    return {"format": legacy.format} | ({"mean_color": list(legacy.mean)} if legacy.mean else {})


def legacy_state(
    legacy: LegacyNetwork, network: nn.Module, conversion: Conversion, source: str
) -> dict[str, torch.Tensor]:
    """Return the state dict with the weights of the layers of a Caffe or MatConvNet file."""
    modules = dict(network.named_modules())
    state = {key: value.clone() for key, value in network.state_dict().items()}
    filled: set[str] = set()
    for layer in legacy.layers:
        path = conversion.rename.get(layer.name, layer.name.replace("/", "."))
        where = f"{source}, layer '{layer.name}'"
        if any(fnmatch(layer.name, pattern) for pattern in conversion.ignore):
            continue
        module = modules.get(path)
        if module is None or (layer.arrays and not isinstance(module, WEIGHTED)):
            if layer.arrays:
                weighted = [name for name, item in modules.items() if isinstance(item, WEIGHTED)]
                raise DataError(
                    f"{where} has weights but no place in the network{nearest(path, weighted)}. "
                    "Rename it under convert: rename, or name it under convert: ignore"
                )
            continue
        _check_geometry(layer, module, where)
        for name, tensor in _tensors(layer, module, where):
            state[f"{path}.{name}"] = tensor
            filled.add(f"{path}.{name}")
    missing = sorted({key.rpartition(".")[0] for key in state if key not in filled})
    if missing:
        raise DataError(f"{source} has no weights for the layers {', '.join(missing)}")
    return state


def _tensors(layer: LegacyLayer, module: nn.Module, where: str) -> list[tuple[str, torch.Tensor]]:
    """Return weight and bias in the shapes of the module."""
    if not layer.arrays:
        return []
    weight, bias = getattr(module, "weight"), getattr(module, "bias")  # noqa: B009
    if len(layer.arrays) != 1 + (bias is not None):
        raise DataError(
            f"{where} has {len(layer.arrays)} arrays, the network needs {1 + (bias is not None)}"
        )
    tensors = [("weight", _shaped(layer.arrays[0], tuple(weight.shape), f"{where}, weights"))]
    if bias is not None:
        tensors.append(("bias", _shaped(layer.arrays[1], tuple(bias.shape), f"{where}, bias")))
    return tensors


def _shaped(array: np.ndarray, shape: tuple[int, ...], where: str) -> torch.Tensor:
    """Return the array in `shape`, if it differs by axes of one or by a flattened map alone."""
    found = array.shape
    plain = tuple(size for size in found if size != 1)
    wanted = tuple(size for size in shape if size != 1)
    is_map = (
        len(shape) == 2
        and len(found) == 4
        and found[0] == shape[0]
        and array.size == np.prod(shape)
    )
    if plain != wanted and not is_map:
        raise DataError(f"{where}: the file has shape {found}, the network needs {shape}")
    return torch.from_numpy(np.array(array, np.float32).reshape(shape))


def _check_geometry(layer: LegacyLayer, module: nn.Module, where: str) -> None:
    if not isinstance(module, CHECKED):
        return
    for name, stated in layer.geometry.items():
        ours = _stated_by(module, name)
        if ours is None or isinstance(module, nn.Linear):
            continue
        if isinstance(stated, tuple) and isinstance(ours, int):
            ours = (ours, ours)
        equal = stated == ours if isinstance(stated, str) else np.allclose(stated, ours, 1e-5, 0)
        if not equal:
            raise DataError(f"{where}: {name} is {stated} in the file and {ours} in the network")


def _stated_by(module: nn.Module, name: str) -> Any:
    """Return what a module has for a name of geometry, None where it has no such thing."""
    if name == "method":
        return {nn.MaxPool2d: "max", nn.AvgPool2d: "average"}.get(type(module))
    if name == "negative_slope" and isinstance(module, nn.ReLU):
        return 0.0
    return getattr(module, name, None)


def _checked(
    state: Mapping[str, torch.Tensor], network: nn.Module, conversion: Conversion, source: str
) -> dict[str, torch.Tensor]:
    """Return a checkpoint's tensors under the network's names; nothing may be missing or left."""
    expected = network.state_dict()
    kept: dict[str, torch.Tensor] = {}
    for name, tensor in state.items():
        if any(fnmatch(name, pattern) for pattern in conversion.ignore):
            continue
        prefix = max(
            (old for old in conversion.rename if name.startswith(old)), key=len, default=""
        )
        ours = conversion.rename.get(prefix, "") + name[len(prefix) :]
        if ours not in expected:
            raise DataError(
                f"{source}: '{ours}' has no place in the network{nearest(ours, expected)}"
            )
        if tensor.shape != expected[ours].shape:
            raise DataError(
                f"{source}: '{ours}' has shape {tuple(tensor.shape)}, "
                f"the network needs {tuple(expected[ours].shape)}"
            )
        kept[ours] = tensor.detach().to(expected[ours].dtype).contiguous().clone()
    counters = {name for name in expected if name.endswith("num_batches_tracked")}
    missing = sorted(set(expected) - set(kept) - counters)
    if missing:
        raise DataError(f"{source} has no weights for {', '.join(missing)}")
    return {name: kept.get(name, expected[name]) for name in expected}


def _fold(state: dict[str, torch.Tensor], network: nn.Module, fold: Fold) -> None:
    """Change the first convolution in place as `fold` asks."""
    module = dict(network.named_modules()).get(fold.layer)
    if not isinstance(module, nn.Conv2d) or module.groups != 1:
        raise ConfigError(f"convert: fold: '{fold.layer}' is not an ungrouped convolution")
    if fold.channels not in ("rgb", "bgr"):
        raise ConfigError(f"convert: fold: channels is '{fold.channels}', not rgb or bgr")
    weight = state[f"{fold.layer}.weight"]
    if fold.channels == "bgr":
        weight = weight.flip(1)
    weight = weight * fold.scale
    if fold.mean:
        if any(np.ravel(module.padding)) or module.bias is None:
            raise ConfigError(
                f"convert: fold: '{fold.layer}' is padded or has no bias: a mean cannot be folded, "
                "padding would no longer be the mean color; give the mean to the preprocessing"
            )
        mean = torch.tensor(fold.mean, dtype=torch.float64).reshape(1, -1, 1, 1)
        shift = (weight.double() * mean).sum(dim=(1, 2, 3))
        state[f"{fold.layer}.bias"] = (state[f"{fold.layer}.bias"].double() - shift).float()
    state[f"{fold.layer}.weight"] = weight.contiguous()
