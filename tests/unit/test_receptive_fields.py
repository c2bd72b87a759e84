"""Receptive fields against the printed sizes, the support of the gradient and the spread of NaN."""

import numpy as np
import pytest
import torch
import torchvision
from torch import nn

from selectivity.errors import ConfigError, DataError
from selectivity.networks import caffe_nets, matconvnet_nets
from selectivity.neuron_features.fields import read_field, write_fields
from selectivity.receptive_fields import probe_axes, trace_receptive_fields


def vgg_m() -> nn.Sequential:
    """The convolutional part of VGG-M: table 1 of rafegas2017, narrow, as sizes do not depend on the width."""
    specification = """
        conv1 7 2 0, norm, pool, conv2 5 2 1, norm, pool, conv3 3 1 1, conv4 3 1 1, conv5 3 1 1, pool
    """
    network, channels = nn.Sequential(), 3
    for number, part in enumerate(specification.split(",")):
        name, *numbers = part.split()
        if name == "norm":
            network.add_module(f"norm{number}", nn.LocalResponseNorm(5))
        elif name == "pool":
            network.add_module(f"pool{number}", nn.MaxPool2d(3, 2, ceil_mode=True))
        else:
            network.add_module(name, nn.Conv2d(channels, 4, *(int(n) for n in numbers)))
            network.add_module(f"relu{number}", nn.ReLU(inplace=True))
            channels = 4
    network.add_module("flat", nn.Flatten())
    network.add_module("full6", nn.LazyLinear(5))
    network.eval()(torch.zeros(1, 3, 224, 224))
    return network


class Residual(nn.Module):
    """A branch of two 3 x 3 convolutions added to its input, then a gate that looks at the whole map."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 4, 3, 2, 1)
        self.a, self.b = nn.Conv2d(4, 4, 3, 1, 1), nn.Conv2d(4, 4, 3, 1, 1)
        self.join, self.gate, self.gated = nn.Identity(), nn.Conv2d(4, 4, 1), nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.first(x).relu_()
        x = self.join(self.b(self.a(x).relu()) + x)
        return self.gated(x * self.gate(x.mean((2, 3), keepdim=True)).sigmoid())


def googlenet() -> nn.Module:
    return torchvision.models.googlenet(init_weights=False, aux_logits=False)


class ChannelsLast(nn.Module):
    """A dense layer on the last axis after a permutation: no rule of the trace covers it."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.dense, self.back = nn.Conv2d(3, 4, 5, 3, 2), nn.Linear(4, 4), nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.back(self.dense(self.conv(x).permute(0, 2, 3, 1)).permute(0, 3, 1, 2))


def test_vgg_m_gives_the_sizes_of_the_paper():
    names = ["conv1", "conv2", "conv3", "conv4", "conv5"]
    fields = trace_receptive_fields(vgg_m(), {name: name for name in names}, (224, 224))
    rows = [fields[name].rows for name in names]
    assert [axis.size for axis in rows] == [7, 27, 75, 107, 139]
    assert [axis.jump for axis in rows] == [2, 8, 16, 16, 16]
    assert [axis.padding for axis in rows] == [0, 4, 20, 36, 52]
    assert [axis.length for axis in rows] == [109, 26, 13, 13, 13]
    inside = [r for r in range(13) if r * 16 - 52 >= 0 and r * 16 - 52 + 138 < 224]
    assert inside == [4, 5, 6, 7, 8]  # definitions.md 7.1


@pytest.mark.parametrize(
    ("network", "size", "layer", "expected"),
    [
        # definitions.md 7.1: size, jump and padding; table 1 of rafegas2017 and CaffeNet
        (matconvnet_nets.vgg_m, 224, "conv2", (27, 8, 4)),
        (matconvnet_nets.vgg_m, 224, "conv5", (139, 16, 52)),
        (caffe_nets.caffenet, 227, "conv5", (163, 16, 64)),
    ],
)
def test_the_networks_of_the_papers_have_their_geometry(network, size, layer, expected):
    field = trace_receptive_fields(network().eval(), {layer: layer}, (size, size))[layer]
    for axis in (field.rows, field.columns):
        assert (axis.size, axis.jump, axis.padding) == expected
    if size == 227:
        assert [int(value) for value in field.window(6, 6)] == [32, 32]  # as in substitution2020


def test_a_dense_layer_sees_the_whole_image():
    fields = trace_receptive_fields(vgg_m(), {"full6": "full6", "out": "output"}, (224, 224))
    assert fields["full6"].is_global
    assert fields["full6"].rows.start == 0
    assert fields["full6"].rows.size == 224  # conv5 reaches over the border
    assert fields["out"].shape == (224, 224)


def support(
    network: nn.Module, path: str, size: tuple[int, int], row: int, column: int
) -> tuple[int, int, int, int]:
    """Return first and last row and column of the image with a gradient at one position (weights made positive)."""
    network = network.double()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.abs_().add_(0.01)
    image = torch.rand(
        8, 3, *size, dtype=torch.float64, generator=torch.Generator().manual_seed(0)
    ).requires_grad_()
    outputs: list[torch.Tensor] = []
    handle = network.get_submodule(path).register_forward_hook(
        lambda *call: outputs.append(call[2].clone())
    )
    network(image)
    handle.remove()
    outputs[0][:, :, row, column].sum().backward()
    hit = image.grad.abs().sum((0, 1)) > 0
    rows, columns = np.flatnonzero(hit.any(1)), np.flatnonzero(hit.any(0))
    return rows[0], rows[-1], columns[0], columns[-1]


@pytest.mark.parametrize(
    ("network", "paths", "size"),
    [
        (lambda: torchvision.models.squeezenet1_1(), ["features.0", "features.3", "features.6"], (97, 129)),
        (googlenet, ["inception3a", "inception4a"], (160, 192)),
        (lambda: torchvision.models.resnet18(), ["layer1.0", "layer2.0"], (128, 160)),
        (Residual, ["join"], (20, 31)),
    ],
)  # fmt: skip
def test_branching_networks_agree_with_the_gradient(network, paths, size):
    network = network().eval()
    for module in network.modules():  # a maximum passes one gradient only; a mean passes all
        for name, child in module.named_children():
            if isinstance(child, nn.MaxPool2d):
                setattr(
                    module,
                    name,
                    nn.AvgPool2d(child.kernel_size, child.stride, child.padding, child.ceil_mode),
                )
    fields = trace_receptive_fields(network, {path: path for path in paths}, size)
    for path in paths:
        field = fields[path]
        row, column = field.center()
        top, left = (int(v) for v in field.window(row, column))
        bottom, right = top + field.rows.size, left + field.columns.size
        clipped = max(top, 0), min(bottom, size[0]) - 1, max(left, 0), min(right, size[1]) - 1
        assert support(network, path, size, row, column) == clipped, path


@pytest.mark.parametrize(
    ("path", "size"), [("features.0", 63), ("features.3", 63), ("features.7", 79)]
)
def test_the_probe_agrees_with_the_trace(path, size):
    network = torchvision.models.squeezenet1_1().eval()
    field = trace_receptive_fields(network, {"layer": path}, (size, size))["layer"]
    if field.rows.size < size:
        assert probe_axes(network, path, (size, size)) == (field.rows, field.columns)
    else:
        assert field.rows.padding > 0


def test_an_operation_without_a_rule_is_measured():
    field = trace_receptive_fields(ChannelsLast().eval(), {"layer": "back"}, (40, 31))["layer"]
    assert (field.rows.size, field.rows.jump, field.rows.padding) == (5, 3, 2)
    assert field.columns.length == 11


def test_a_gate_over_the_whole_map_makes_every_position_see_everything():
    field = trace_receptive_fields(Residual().eval(), {"layer": "gated"}, (20, 31))["layer"]
    assert field.is_global
    assert field.rows.start <= 0
    assert field.rows.stop >= 20
    assert field.rows.length == 10


def test_a_table_without_the_layer_names_the_nearest(tmp_path):
    fields = trace_receptive_fields(vgg_m(), {"conv2": "conv2"}, (224, 224))
    write_fields(fields, tmp_path / "receptive_fields.csv", "vgg-m")
    with pytest.raises(DataError, match="did you mean 'conv2'"):
        read_field(tmp_path / "receptive_fields.csv", "conv22")


class Uneven(nn.Module):
    """Rows in reverse order: positions do not step evenly through the image."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.mixed = nn.Conv2d(3, 4, 3, 1, 1), nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.conv(x)
        return self.mixed(torch.cat([x[:, :, ::3], x[:, :, 1::2]], 2))


def test_fields_that_are_not_evenly_spaced_are_refused():
    with pytest.raises(DataError, match="not evenly spaced"):
        trace_receptive_fields(Uneven().eval(), {"layer": "mixed"}, (24, 24))


def test_hooks_are_removed_and_names_checked():
    network = vgg_m()
    with pytest.raises(ConfigError, match="did you mean 'conv1'"):
        trace_receptive_fields(network, {"conv1": "conv_1"}, (224, 224))
    trace_receptive_fields(network, {"conv1": "conv1"}, (224, 224))
    assert not any(module._forward_hooks for module in network.modules())


def test_the_table_comes_back(tmp_path):
    fields = trace_receptive_fields(vgg_m(), {"conv2": "conv2", "full6": "full6"}, (224, 224))
    write_fields(fields, tmp_path / "receptive_fields.csv", "vgg-m")
    assert read_field(tmp_path / "receptive_fields.csv", "conv2") == fields["conv2"]
    assert read_field(tmp_path / "receptive_fields.csv", "full6") == fields["full6"]
