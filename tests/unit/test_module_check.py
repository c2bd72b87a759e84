"""Layers are checked against the network before any job."""

import pytest

from selectivity.errors import ConfigError
from selectivity.module_check import check_layers, module_names

SQUEEZENET = "torchvision.models:squeezenet1_0"


def test_a_layer_that_exists_passes_and_one_that_does_not_gets_the_nearest_name(tmp_path):
    layers = {"fire2": "features.3", "all": "output", "prob": "softmax"}
    check_layers("net", {"constructor": SQUEEZENET, "layers": layers}, tmp_path)
    wrong = {"constructor": SQUEEZENET, "layers": {"conv10": "clasifier.1"}}
    with pytest.raises(
        ConfigError, match=r"has no module 'clasifier\.1'; did you mean 'classifier\.1'"
    ):
        check_layers("net", wrong, tmp_path)


def test_the_names_are_kept_until_the_constructor_changes(tmp_path, monkeypatch):
    source = tmp_path / "my_little_net.py"
    source.write_text(
        "from torch import nn\n\n\ndef make():\n    return nn.Sequential(nn.Linear(2, 2))\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    cache = tmp_path / "cache"
    names = module_names("my_little_net:make", {}, cache)
    assert module_names("my_little_net:make", {}, cache) == names
    assert len(list(cache.iterdir())) == 1
    source.write_text(source.read_text() + "\n\nEDITED = True\n")
    module_names("my_little_net:make", {}, cache)
    assert len(list(cache.iterdir())) == 2


@pytest.mark.parametrize(
    "constructor", ["no_such_package:net", "torchvision.models:squeezenet", "torch.nn:Linear"]
)
def test_a_constructor_that_does_not_work_is_one_clear_error(tmp_path, constructor):
    with pytest.raises(ConfigError, match=r"constructor|has no function"):
        check_layers("net", {"constructor": constructor, "layers": {"a": "b"}}, tmp_path)
