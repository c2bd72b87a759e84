"""Read torch checkpoints (never unpickling objects) and safetensors as plain state dicts."""

from collections.abc import Mapping
from pathlib import Path

import safetensors.torch
import torch
from safetensors import SafetensorError

from selectivity.errors import DataError

WRAPPERS = ("state_dict", "model_state_dict", "model")


def read_checkpoint(path: Path) -> dict[str, torch.Tensor]:
    """Return the tensors of a ``.pth``, ``.pt``, ``.tar`` or ``.safetensors`` file by name.

    Wrappers that training scripts put around the weights are taken off: a ``state_dict`` entry, and
    the prefix ``module.`` of data-parallel training.
    """
    path = Path(path)
    try:
        if path.suffix == ".safetensors":
            content: object = safetensors.torch.load_file(path)
        else:
            content = torch.load(path, map_location="cpu", weights_only=True)
    except (SafetensorError, OSError, EOFError, RuntimeError, ValueError, KeyError) as error:
        raise DataError(f"{path.name} cannot be read, it may be truncated: {error}") from error
    except Exception as error:  # pickle.UnpicklingError and whatever damaged bytes lead torch to
        raise DataError(
            f"{path.name} cannot be read as weights alone (objects are never unpickled): {error}"
        ) from error
    for wrapper in WRAPPERS:
        if isinstance(content, Mapping) and isinstance(content.get(wrapper), Mapping):
            content = content[wrapper]
    if not isinstance(content, Mapping):
        raise DataError(f"{path.name} holds a {type(content).__name__}, not a table of weights")
    state = {key: value for key, value in content.items() if isinstance(value, torch.Tensor)}
    if not state:
        raise DataError(f"{path.name} holds no tensors")
    if all(key.startswith("module.") for key in state):
        state = {key.removeprefix("module."): value for key, value in state.items()}
    return state
