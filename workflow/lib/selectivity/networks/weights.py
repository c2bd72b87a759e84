"""Weights from a file into a network; whatever does not fit is named."""

import pickle
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from selectivity.errors import DataError, nearest


def load_weights(network: nn.Module, path: Path) -> None:
    """Copy a state dict from a ``.safetensors`` file, or a torch checkpoint of tensors, into `network`.

    Raises
    ------
    DataError
        When the file is missing or damaged, or a tensor is missing, left over, not finite or of another shape.
    """
    state = _read(Path(path))
    expected = network.state_dict()
    counters = {name for name in expected if name.endswith("num_batches_tracked")}
    missing = [name for name in expected if name not in state and name not in counters]
    left_over = [name for name in state if name not in expected]
    if missing:
        raise DataError(
            f"{path} lacks {len(missing)} of {len(expected)} tensors of {type(network).__name__}, the first is "
            f"'{missing[0]}'{nearest(missing[0], left_over)}"
        )
    if left_over:
        raise DataError(
            f"{path} holds {len(left_over)} tensors that {type(network).__name__} has not, the first is "
            f"'{left_over[0]}'"
        )
    for name, tensor in state.items():
        if tensor.shape != expected[name].shape:
            raise DataError(
                f"{path}: tensor '{name}' has shape {tuple(tensor.shape)}, "
                f"{type(network).__name__} needs {tuple(expected[name].shape)}"
            )
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            raise DataError(f"{path}: tensor '{name}' holds values that are not finite")
    network.load_state_dict(state, strict=False)  # all but the counters are checked above


def _read(path: Path) -> dict[str, torch.Tensor]:
    if not path.is_file():
        raise DataError(f"weights file {path} does not exist")
    if path.suffix == ".safetensors":
        try:
            return load_file(path)
        except (SafetensorError, OSError) as error:
            raise DataError(f"{path} is not a readable safetensors file: {error}") from None
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise DataError(
            f"{path} is not a torch checkpoint of plain tensors ({str(error).splitlines()[0]}); convert it to "
            ".safetensors"
        ) from None
    if isinstance(content, dict) and isinstance(content.get("state_dict"), dict):
        content = content["state_dict"]
    if not isinstance(content, dict) or not all(
        isinstance(value, torch.Tensor) for value in content.values()
    ):
        raise DataError(f"{path} holds no state dict (names and tensors)")
    return {name.removeprefix("module."): tensor for name, tensor in content.items()}
