"""Torch checkpoints: read without unpickling, checked name by name."""

import pickle

import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from torchvision.models import squeezenet1_0

from selectivity.errors import DataError
from selectivity.legacy.checkpoint import read_checkpoint
from selectivity.legacy.convert import Conversion, convert


def network():
    torch.manual_seed(3)
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(8, 2))


@pytest.mark.parametrize("wrap", [lambda s: s, lambda s: {"state_dict": s, "epoch": 3}])
@pytest.mark.parametrize("prefix", ["", "module."])
@pytest.mark.parametrize("old_format", [False, True])
def test_wrappers_are_taken_off(tmp_path, wrap, prefix, old_format):
    original = network()
    state = {prefix + name: value for name, value in original.state_dict().items()}
    path = tmp_path / "net.pth"
    torch.save(wrap(state), path, _use_new_zipfile_serialization=not old_format)
    converted = convert(path, network(), Conversion())
    assert list(converted) == list(original.state_dict())
    assert all(torch.equal(converted[name], original.state_dict()[name]) for name in converted)


def test_a_torchvision_checkpoint_converts(tmp_path):
    original = squeezenet1_0(weights=None)
    torch.save(original.state_dict(), tmp_path / "net.pth")
    other = squeezenet1_0(weights=None)
    other.load_state_dict(convert(tmp_path / "net.pth", other, Conversion()))
    assert torch.equal(other.classifier[1].weight, original.classifier[1].weight)


def test_pickled_objects_are_never_run(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (open, (str(tmp_path / "boom"), "w"))

    path = tmp_path / "net.pth"
    path.write_bytes(pickle.dumps({"state_dict": Bomb()}))
    with pytest.raises(DataError, match=r"weights alone|cannot be read"):
        read_checkpoint(path)
    torch.save({"state_dict": Bomb()}, path)
    with pytest.raises(DataError, match="weights alone"):
        read_checkpoint(path)
    assert not (tmp_path / "boom").exists()


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_truncated_files_are_refused(tmp_path, suffix):
    path = tmp_path / f"net{suffix}"
    state = network().state_dict()
    save_file(state, path) if suffix == ".safetensors" else torch.save(state, path)
    whole = path.read_bytes()
    for size in (0, 10, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(DataError, match="net"):
            read_checkpoint(path)


def test_misfits_are_named(tmp_path):
    path = tmp_path / "net.pth"
    state = network().state_dict()
    torch.save({name: value for name, value in state.items() if name != "3.bias"}, path)
    with pytest.raises(DataError, match=r"no weights for 3\.bias"):
        convert(path, network(), Conversion())
    torch.save(state | {"4.bias": torch.zeros(2)}, path)
    with pytest.raises(DataError, match=r"'4\.bias' has no place in the network; did you mean"):
        convert(path, network(), Conversion())
    assert convert(path, network(), Conversion(ignore=["4.*"]))
    torch.save(state | {"3.weight": torch.zeros(2, 9)}, path)
    with pytest.raises(
        DataError, match=r"'3\.weight' has shape \(2, 9\), the network needs \(2, 8\)"
    ):
        convert(path, network(), Conversion())
    torch.save([1, 2], path)
    with pytest.raises(DataError, match="not a table of weights"):
        read_checkpoint(path)


def test_prefixes_are_renamed(tmp_path):
    path = tmp_path / "net.pth"
    state = network().state_dict()
    torch.save({f"backbone.{name}": value for name, value in state.items()}, path)
    converted = convert(path, network(), Conversion(rename={"backbone.": ""}))
    assert torch.equal(converted["3.weight"], state["3.weight"])
