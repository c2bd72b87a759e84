"""Checkpoints of a training: all tensors in one safetensors file, the rest as its metadata."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn

from selectivity.files import atomic


def save_checkpoint(
    path: Path, network: nn.Module, optimizer: torch.optim.Optimizer, history: Any, key: str
) -> None:
    """Write the state of a training after the epochs of `history`."""
    tensors = {f"network.{name}": value for name, value in network.state_dict().items()}
    for number, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{number}.{name}": value for name, value in state.items()}
    metadata = {"history": json.dumps(history), "key": key}
    contiguous = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    with atomic(path) as temporary:
        save_file(contiguous, temporary, metadata)


def load_checkpoint(
    path: Path, network: nn.Module, optimizer: torch.optim.Optimizer, key: str
) -> list[dict[str, float]]:
    """Restore a training and return its history; an absent or foreign checkpoint gives an empty one.

    `key` names everything that decides the result: a checkpoint of another key is ignored.
    """
    if not path.is_file():
        return []
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata() or {}
        if metadata.get("key") != key:
            return []
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    parts: dict[int, dict[str, torch.Tensor]] = {}
    for name, value in tensors.items():
        if name.startswith("optimizer."):
            _, number, field = name.split(".", 2)
            parts.setdefault(int(number), {})[field] = value
    weights = {
        name.removeprefix("network."): value
        for name, value in tensors.items()
        if name.startswith("network.")
    }
    network.load_state_dict(weights)
    optimizer.load_state_dict({**optimizer.state_dict(), "state": parts})
    return json.loads(metadata["history"])
