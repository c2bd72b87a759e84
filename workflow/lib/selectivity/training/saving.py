"""Weights on disk, and beside them what made them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors.torch import save_file
from torch import nn

from selectivity.files import atomic, sha256_of


def save_network(
    network: nn.Module, weights: Path, record: Path, provenance: Mapping[str, Any]
) -> None:
    """Write the state dict as safetensors to `weights`, and `provenance` with its hash as JSON to `record`."""
    state = {name: value.contiguous() for name, value in network.state_dict().items()}
    with atomic(weights) as temporary:
        save_file(state, temporary)
        digest = sha256_of(temporary)
    described = {
        **provenance,
        "modules": str(network).splitlines(),
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "weights_sha256": digest,
    }
    with atomic(record) as temporary:
        temporary.write_text(json.dumps(described, indent=2, sort_keys=True) + "\n")
