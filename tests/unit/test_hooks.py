"""Layers are recorded before or after their ReLU however it is written, and the hooks always go."""

import pytest
import torch
import torchvision
from torch import nn
from torch.nn import functional

from selectivity.errors import ConfigError
from selectivity.hooks import record_layers


class ModuleRelu(nn.Module):
    """Conv and linear layers, each followed by a ReLU module."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.act = nn.ReLU(inplace)
        self.pool = nn.MaxPool2d(2)
        self.fc = nn.Linear(4 * 9, 5)
        self.act_fc = nn.ReLU(inplace)
        self.out = nn.Linear(5, 3)

    def rectify(self, x):
        return self.act(x)

    def forward(self, x):
        x = self.pool(self.rectify(self.conv(x)))
        return self.out(self.act_fc(self.fc(x.flatten(1))))


class FunctionalRelu(ModuleRelu):
    def rectify(self, x):
        return functional.relu(x)


class InplaceFunctionalRelu(ModuleRelu):
    def rectify(self, x):
        return functional.relu_(x)


class MethodRelu(ModuleRelu):
    def rectify(self, x):
        return x.relu_()


class ClampRelu(ModuleRelu):
    def rectify(self, x):
        return x.clamp(min=0)


def fixed(network: nn.Module) -> nn.Module:
    generator = torch.Generator().manual_seed(5)
    for parameter in network.parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator) / 3
    return network.eval().requires_grad_(False)


def images(n: int = 2) -> torch.Tensor:
    return torch.randn(n, 3, 8, 8, generator=torch.Generator().manual_seed(1))


NETWORKS = [
    ModuleRelu,
    lambda: ModuleRelu(inplace=True),
    FunctionalRelu,
    InplaceFunctionalRelu,
    MethodRelu,
    ClampRelu,
]
IDS = ["module", "inplace_module", "functional", "inplace_functional", "method", "clamp"]


@pytest.mark.parametrize("build", NETWORKS, ids=IDS)
@pytest.mark.parametrize("relu", ["post", "pre"])
def test_layers_before_and_after_the_relu(build, relu):
    network = fixed(build())
    layers = {"conv": "conv", "fc": "fc", "out": "out", "prob": "softmax"}
    conv = functional.conv2d(images(), network.conv.weight, network.conv.bias)
    hidden = functional.linear(
        functional.max_pool2d(conv.relu(), 2).flatten(1), network.fc.weight, network.fc.bias
    )
    out = functional.linear(hidden.relu(), network.out.weight, network.out.bias)
    expected = {"conv": conv, "fc": hidden, "out": out, "prob": out.softmax(1)}
    if relu == "post":
        expected |= {"conv": conv.relu(), "fc": hidden.relu()}
    with record_layers(network, layers, relu) as recorder, torch.inference_mode():
        for _ in range(2):  # the first pass finds out about the ReLUs, the second knows
            network(images())
            for layer, tensor in expected.items():
                torch.testing.assert_close(recorder.outputs[layer], tensor)
    assert recorder.is_signed("conv") == (relu == "pre")
    assert recorder.is_signed("out")
    assert not recorder.is_signed("prob")
    side = "after" if relu == "post" else "before"
    assert recorder.hook_point("conv") == f"{side} the ReLU"
    assert recorder.hook_point("out") == "output of the module"


@pytest.mark.parametrize("inplace", [False, True])
def test_a_layer_that_is_itself_a_relu(inplace):
    network = fixed(ModuleRelu(inplace))
    conv = functional.conv2d(images(), network.conv.weight, network.conv.bias)
    for relu, expected in (("post", conv.relu()), ("pre", conv)):
        with record_layers(network, {"act": "act"}, relu) as recorder:
            for _ in range(2):
                network(images())
                torch.testing.assert_close(recorder.outputs["act"], expected)
        assert recorder.is_signed("act") == (relu == "pre")


def test_a_module_that_ends_in_a_relu_is_its_own_output_and_not_signed():
    network = fixed(torchvision.models.squeezenet1_0())
    x = torch.randn(1, 3, 64, 64)
    with record_layers(network, {"fire": "features.3", "last": "output"}) as recorder:
        output = network(x)
    fire = network.features[:4](x)
    torch.testing.assert_close(recorder.outputs["fire"], fire)
    torch.testing.assert_close(recorder.outputs["last"], output)
    assert not recorder.is_signed("fire")


def hooks_of(network: nn.Module) -> int:
    return sum(
        len(m._forward_hooks) + len(m._forward_pre_hooks) + len(m._forward_hooks_always_called)
        for m in network.modules()
    )


def test_hooks_are_removed_after_an_error_in_the_block():
    network = fixed(ModuleRelu())
    with pytest.raises(ZeroDivisionError), record_layers(network, {"conv": "conv"}):
        network(images())
        raise ZeroDivisionError
    assert hooks_of(network) == 0


def test_a_failing_pass_leaves_nothing_behind():
    network = fixed(ModuleRelu())
    with record_layers(network, {"conv": "conv", "out": "output"}) as recorder:
        with pytest.raises(RuntimeError):
            network(torch.zeros(1, 3, 20, 20))
        network(images())
        assert set(recorder.outputs) == {"conv", "out"}
    assert hooks_of(network) == 0
    assert torch.overrides._get_current_function_mode() is None


def test_the_network_itself_is_not_changed():
    network = fixed(ModuleRelu(inplace=True))
    before = network(images())
    with record_layers(network, {"conv": "conv", "prob": "softmax"}):
        during = network(images())
    assert torch.equal(before, during)


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        ({"c": "conf"}, "layer 'c': ModuleRelu has no module 'conf'; did you mean 'conv'"),
        ({"p": "sofmax"}, "did you mean 'softmax'"),
    ],
)
def test_an_unknown_layer_names_the_nearest(layers, words):
    network = fixed(ModuleRelu())
    with pytest.raises(ConfigError, match=words), record_layers(network, layers):
        pass
    assert hooks_of(network) == 0


class Odd(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.twice = nn.Linear(4, 4)
        self.never = nn.Linear(4, 4)
        self.pair = nn.Identity()
        self.tokens = nn.Identity()

    def forward(self, x):
        self.pair((x, x))
        self.tokens(x[:, None])
        return self.twice(self.twice(x))


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("twice", "more than once"),
        ("never", "does not run"),
        ("pair", "puts out tuple"),
        ("tokens", r"shape \(2, 1, 4\)"),
    ],
)
def test_what_cannot_be_recorded_is_said(path, words):
    network = Odd()
    with record_layers(network, {"x": path}), pytest.raises(ConfigError, match=words):
        network(torch.zeros(2, 4))


def test_the_transform_sees_the_value_before_the_network_changes_it():
    network = fixed(ModuleRelu(inplace=True))
    conv = functional.conv2d(images(), network.conv.weight, network.conv.bias)

    def lowest(_layer, tensor, rectify):
        assert not rectify
        return tensor.amin(dim=(2, 3))

    with record_layers(network, {"conv": "conv"}, "pre", lowest) as recorder:
        for _ in range(2):
            network(images())
            torch.testing.assert_close(recorder.outputs["conv"], conv.amin(dim=(2, 3)))
