"""The building blocks against literal NumPy, whole networks against torchvision's."""

from functools import partial

import numpy as np
import pytest
import torch
from torch import nn
from torchvision.models import GoogLeNet as TorchvisionGoogLeNet
from torchvision.models import vgg16 as torchvision_vgg16
from torchvision.models.googlenet import Inception, InceptionAux

from selectivity.networks.caffe_nets import INCEPTIONS, caffenet, googlenet, vgg16
from selectivity.networks.cifar_nets import mlp, shallow_conv, vgg16_cifar
from selectivity.networks.layers import LocalResponseNorm
from selectivity.networks.matconvnet_nets import vgg_f, vgg_m, vgg_s


def literal_convolution(x, weight, bias, stride, padding, groups):
    n_in, height, width = x.shape
    n_out, per_group, kernel, _ = weight.shape
    padded = np.zeros((n_in, height + 2 * padding, width + 2 * padding))
    padded[:, padding : padding + height, padding : padding + width] = x
    rows = (padded.shape[1] - kernel) // stride + 1
    cols = (padded.shape[2] - kernel) // stride + 1
    y = np.empty((n_out, rows, cols))
    for o in range(n_out):
        first = o // (n_out // groups) * per_group
        for r in range(rows):
            for c in range(cols):
                window = padded[first : first + per_group, r * stride :, c * stride :]
                y[o, r, c] = (window[:, :kernel, :kernel] * weight[o]).sum() + bias[o]
    return y


def literal_lrn(x, size, alpha, beta, k):
    y = np.empty_like(x)
    for c in range(x.shape[0]):
        near = x[max(0, c - size // 2) : c + size // 2 + 1]
        y[c] = x[c] / (k + alpha / size * (near**2).sum(axis=0)) ** beta
    return y


def literal_ceil_pooling(x, kernel, stride):
    n, height, width = x.shape
    rows = int(np.ceil((height - kernel) / stride)) + 1
    cols = int(np.ceil((width - kernel) / stride)) + 1
    y = np.empty((n, rows, cols))
    for r in range(rows):
        for c in range(cols):
            window = x[:, r * stride : r * stride + kernel, c * stride : c * stride + kernel]
            y[:, r, c] = window.max(axis=(1, 2))
    return y


def run(module, x):
    with torch.inference_mode():
        return module(torch.from_numpy(x)[None])[0].numpy()


@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize(("stride", "padding"), [(1, 2), (2, 0), (4, 1)])
def test_grouped_convolution(groups, stride, padding):
    torch.manual_seed(groups)
    module = nn.Conv2d(8, 12, 5, stride=stride, padding=padding, groups=groups).double()
    x = np.random.default_rng(1).normal(size=(8, 13, 11))
    weight, bias = (p.detach().numpy() for p in module.parameters())
    expected = literal_convolution(x, weight, bias, stride, padding, groups)
    np.testing.assert_allclose(run(module, x), expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("channels", [1, 2, 3, 5, 9])
@pytest.mark.parametrize(("size", "k"), [(5, 1.0), (5, 2.0), (3, 1.0), (1, 1.0)])
def test_normalization_across_channels(channels, size, k):
    x = np.random.default_rng(channels).normal(size=(channels, 4, 3)) * 50
    module = LocalResponseNorm(size=size, alpha=0.02, k=k)
    np.testing.assert_allclose(run(module, x), literal_lrn(x, size, 0.02, 0.75, k), rtol=1e-12)
    ours = torch.nn.LocalResponseNorm(size, alpha=0.02, k=k)
    np.testing.assert_allclose(run(module, x), run(ours, x), rtol=1e-12)


def test_normalization_of_an_even_number_of_channels_is_refused():
    with pytest.raises(ValueError, match="odd"):
        LocalResponseNorm(size=4)


@pytest.mark.parametrize("side", range(3, 12))
@pytest.mark.parametrize(("kernel", "stride"), [(3, 2), (2, 2), (3, 3)])
def test_pooling_rounds_up(side, kernel, stride):
    x = np.random.default_rng(side).normal(size=(2, side, side + 1))
    module = nn.MaxPool2d(kernel, stride, ceil_mode=True)
    np.testing.assert_array_equal(run(module, x), literal_ceil_pooling(x, kernel, stride))


MAPS = {
    caffenet: (227, {"conv1": 55, "conv2": 27, "conv3": 13, "conv5": 13, "pool5": 6}),
    googlenet: (224, {"conv1": 112, "conv2": 56, "inception_4e": 14, "inception_5b": 7}),
    vgg16: (224, {"conv1_2": 224, "conv5_3": 14, "pool5": 7}),
    vgg_f: (224, {"conv1": 54, "conv2": 27, "conv5": 13, "pool5": 6}),
    vgg_m: (224, {"conv1": 109, "pool1": 54, "conv2": 26, "conv5": 13, "pool5": 6}),
    vgg_s: (224, {"conv1": 109, "pool1": 37, "conv2": 33, "conv5": 17, "pool5": 6}),
    shallow_conv: (32, {"conv2": 32, "conv4": 16, "pool4": 8}),
    vgg16_cifar: (32, {"conv1_2": 32, "conv5_3": 2, "pool5": 1}),
}


@pytest.mark.parametrize("make", MAPS, ids=lambda make: make.__name__)
def test_maps_have_the_sizes_of_the_papers(make):
    side, expected = MAPS[make]
    with torch.device("meta"):
        network, x = make().eval(), torch.zeros(1, 3, side, side)
        found = {}
        for name, module in network.named_children():
            x = module(x)
            if x.ndim == 4:
                assert x.shape[2] == x.shape[3]
                found[name] = x.shape[2]
    assert {name: found[name] for name in expected} == expected
    assert x.shape == (1, 10 if side == 32 else 1000)


def test_vgg_m_has_the_receptive_fields_of_the_paper():
    """rafegas2017 prints neuron features of 7, 27, 75, 107 and 139 pixels."""
    sizes, size, jump = [], 1, 1
    for name, module in vgg_m(n_fc=8).named_children():
        if isinstance(module, nn.Conv2d | nn.MaxPool2d):
            kernel = (
                module.kernel_size if isinstance(module.kernel_size, int) else module.kernel_size[0]
            )
            size += (kernel - 1) * jump
            jump *= module.stride if isinstance(module.stride, int) else module.stride[0]
            if name.startswith("conv"):
                sizes.append(size)
    assert sizes == [7, 27, 75, 107, 139]


def test_the_mlp_has_the_widths_of_the_paper():
    network = mlp()
    widths = [module.out_features for module in network if isinstance(module, nn.Linear)]
    assert widths == [128, 512, 2048, 2048, 10]


def test_vgg16_is_torchvision_s_layer_by_layer():
    torch.manual_seed(1)
    ours = vgg16(7, n_fc=16).eval()
    with torch.device("meta"):
        theirs = torchvision_vgg16(weights=None, init_weights=False).eval()
        for index, (n_in, n_out) in {0: (25088, 16), 3: (16, 16), 6: (16, 7)}.items():
            theirs.classifier[index] = nn.Linear(n_in, n_out)
    theirs.to_empty(device="cpu")
    with torch.inference_mode():
        for a, b in zip(theirs.parameters(), ours.parameters(), strict=True):
            a.copy_(b)
        x = y = torch.rand(1, 3, 224, 224)
        stages = [*theirs.features, theirs.avgpool, nn.Flatten(), *theirs.classifier]
        stages = [
            stage for stage in stages if not isinstance(stage, nn.Dropout | nn.AdaptiveAvgPool2d)
        ]
        blocks = [(n, m) for n, m in ours.named_children() if not isinstance(m, nn.Dropout)]
        for (name, mine), yours in zip(blocks, stages, strict=True):
            x, y = mine(x), yours(y)
            torch.testing.assert_close(
                x, y, rtol=1e-5, atol=1e-6, msg=lambda m, n=name: f"{n}: {m}"
            )
    assert x.shape == (1, 7)


class ConvRelu(nn.Module):
    """torchvision's convolution block without its batch normalization, as Caffe has it."""

    def __init__(self, n_in, n_out, **geometry):
        super().__init__()
        self.conv = nn.Conv2d(n_in, n_out, **geometry)

    def forward(self, x):
        return torch.relu(self.conv(x))


def caffe_twin():
    """torchvision's GoogLeNet with what the original has otherwise: LRN, 5 x 5, pool4 of 3."""
    inception = partial(Inception, conv_block=ConvRelu)
    blocks = [ConvRelu, inception, InceptionAux]
    twin = TorchvisionGoogLeNet(7, aux_logits=False, init_weights=False, blocks=blocks)
    for module in twin.modules():
        if isinstance(module, Inception):
            n_in, n_out = module.branch3[1].conv.in_channels, module.branch3[1].conv.out_channels
            module.branch3[1].conv = nn.Conv2d(n_in, n_out, 5, padding=2)
    twin.maxpool1 = nn.Sequential(twin.maxpool1, nn.LocalResponseNorm(5))
    twin.conv3 = nn.Sequential(twin.conv3, nn.LocalResponseNorm(5))
    twin.maxpool4 = nn.MaxPool2d(3, 2, ceil_mode=True)
    return twin.eval()


def test_googlenet_is_torchvision_s_layer_by_layer():
    torch.manual_seed(1)
    theirs, ours = caffe_twin(), googlenet(7).eval()
    names = {
        "conv1": "conv1", "pool1": "maxpool1", "conv2": "conv3", "pool2": "maxpool2",
        "pool3": "maxpool3", "pool4": "maxpool4", "loss3": "fc",
    } | {f"inception_{n}": f"inception{n}" for n in INCEPTIONS}  # fmt: skip
    with torch.inference_mode():
        for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
            a.copy_(b)
        outputs = {}
        for name, module in theirs.named_children():
            module.register_forward_hook(lambda m, i, o, n=name: outputs.update({n: o}))
        x = torch.rand(1, 3, 224, 224) * 200 - 100
        expected = theirs(x)
        compared = 0
        for name, module in ours.named_children():
            x = module(x)
            if name in names:
                torch.testing.assert_close(
                    x, outputs[names[name]], rtol=1e-5, atol=1e-4, msg=lambda m, n=name: f"{n}: {m}"
                )
                compared += 1
    assert compared == 16
    torch.testing.assert_close(x, expected, rtol=1e-5, atol=1e-5)
