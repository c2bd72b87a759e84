"""Networks published for Caffe: CaffeNet, GoogLeNet, VGG16 and the generator of PPGN.

A Caffe layer ``a/b`` is the torch module ``a.b``, so that the papers' layer names are module paths
and converted weights find their place by name. ReLUs are modules of their own and never in place;
max pooling rounds up, as Caffe does. Weights come from ``selectivity.legacy``; without them the
networks start from torch's initialization.
"""

from collections import OrderedDict
from collections.abc import Sequence

import torch
from torch import nn

from selectivity.networks.layers import LocalResponseNorm

INCEPTIONS = {
    "3a": (192, 64, 96, 128, 16, 32, 32),
    "3b": (256, 128, 128, 192, 32, 96, 64),
    "4a": (480, 192, 96, 208, 16, 48, 64),
    "4b": (512, 160, 112, 224, 24, 64, 64),
    "4c": (512, 128, 128, 256, 24, 64, 64),
    "4d": (512, 112, 144, 288, 32, 64, 64),
    "4e": (528, 256, 160, 320, 32, 128, 128),
    "5a": (832, 256, 160, 320, 32, 128, 128),
    "5b": (832, 384, 192, 384, 48, 128, 128),
}
"""Inputs and widths (1x1, 3x3_reduce, 3x3, 5x5_reduce, 5x5, pool_proj) of each inception block."""

VGG16_WIDTHS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))


def caffenet(n_classes: int = 1000, n_fc: int = 4096) -> nn.Sequential:
    """Return BVLC CaffeNet, the "AlexNet" of gale2019 and gale2020: groups, pooling before LRN."""
    return nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(3, 96, 11, stride=4),
            relu1=nn.ReLU(),
            pool1=nn.MaxPool2d(3, 2, ceil_mode=True),
            norm1=LocalResponseNorm(),
            conv2=nn.Conv2d(96, 256, 5, padding=2, groups=2),
            relu2=nn.ReLU(),
            pool2=nn.MaxPool2d(3, 2, ceil_mode=True),
            norm2=LocalResponseNorm(),
            conv3=nn.Conv2d(256, 384, 3, padding=1),
            relu3=nn.ReLU(),
            conv4=nn.Conv2d(384, 384, 3, padding=1, groups=2),
            relu4=nn.ReLU(),
            conv5=nn.Conv2d(384, 256, 3, padding=1, groups=2),
            relu5=nn.ReLU(),
            pool5=nn.MaxPool2d(3, 2, ceil_mode=True),
            flatten=nn.Flatten(),
            **_classifier(256 * 6 * 6, n_fc, n_classes),
        )
    )


def vgg16(n_classes: int = 1000, n_fc: int = 4096) -> nn.Sequential:
    """Return VGG16 under its Caffe names, conv1_1 to fc8; 365 classes for Places365."""
    modules: OrderedDict[str, nn.Module] = OrderedDict()
    n_in = 3
    for block, widths in enumerate(VGG16_WIDTHS, start=1):
        for index, width in enumerate(widths, start=1):
            modules[f"conv{block}_{index}"] = nn.Conv2d(n_in, width, 3, padding=1)
            modules[f"relu{block}_{index}"] = nn.ReLU()
            n_in = width
        modules[f"pool{block}"] = nn.MaxPool2d(2, 2, ceil_mode=True)
    modules["flatten"] = nn.Flatten()
    modules.update(_classifier(512 * 7 * 7, n_fc, n_classes))
    return nn.Sequential(modules)


def googlenet(n_classes: int = 1000) -> nn.Sequential:
    """Return GoogLeNet as published for Caffe: true 5x5 branches, LRN, no batch normalization."""
    modules: OrderedDict[str, nn.Module] = OrderedDict(
        conv1=_group(_conv_relu("7x7_s2", "relu_7x7", 3, 64, 7, stride=2, padding=3)),
        pool1=_group({"3x3_s2": _pool(), "norm1": LocalResponseNorm()}),
        conv2=_group(
            _conv_relu("3x3_reduce", "relu_3x3_reduce", 64, 64, 1),
            _conv_relu("3x3", "relu_3x3", 64, 192, 3, padding=1),
            {"norm2": LocalResponseNorm()},
        ),
        pool2=_group({"3x3_s2": _pool()}),
    )
    for name, widths in INCEPTIONS.items():
        modules[f"inception_{name}"] = Inception(*widths)
        if name in ("3b", "4e"):
            modules[f"pool{name[0]}"] = _group({"3x3_s2": _pool()})
    modules["pool5"] = _group({"7x7_s1": nn.AvgPool2d(7, 1), "drop_7x7_s1": nn.Dropout(0.4)})
    modules["flatten"] = nn.Flatten()
    modules["loss3"] = _group({"classifier": nn.Linear(1024, n_classes)})
    return nn.Sequential(modules)


class Inception(nn.Module):
    """One inception block: four branches, concatenated; children are named as in Caffe."""

    def __init__(
        self, n_in: int, n1: int, n3_reduce: int, n3: int, n5_reduce: int, n5: int, n_pool: int
    ) -> None:
        super().__init__()
        branches = (
            _conv_relu("1x1", "relu_1x1", n_in, n1, 1),
            _conv_relu("3x3_reduce", "relu_3x3_reduce", n_in, n3_reduce, 1)
            | _conv_relu("3x3", "relu_3x3", n3_reduce, n3, 3, padding=1),
            _conv_relu("5x5_reduce", "relu_5x5_reduce", n_in, n5_reduce, 1)
            | _conv_relu("5x5", "relu_5x5", n5_reduce, n5, 5, padding=2),
            {"pool": nn.MaxPool2d(3, 1, padding=1)}
            | _conv_relu("pool_proj", "relu_pool_proj", n_in, n_pool, 1),
        )
        self.branches: tuple[tuple[str, ...], ...] = tuple(tuple(branch) for branch in branches)
        for branch in branches:
            for name, module in branch.items():
                self.add_module(name, module)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the concatenated maps (batch, n1 + n3 + n5 + n_pool, rows, cols)."""
        return torch.cat([self._branch(x, names) for names in self.branches], dim=1)

    def _branch(self, x: torch.Tensor, names: Sequence[str]) -> torch.Tensor:
        for name in names:
            x = self.get_submodule(name)(x)
        return x


def ppgn_generator() -> nn.Sequential:
    """Return the generator of "noiseless joint PPGN-h": a code of fc6 to a 256 x 256 BGR image."""
    modules: OrderedDict[str, nn.Module] = OrderedDict()
    for name in ("defc7", "defc6", "defc5"):
        modules[name] = nn.Linear(4096, 4096)
        modules[f"relu_{name}"] = nn.LeakyReLU(0.3)
    modules["reshape"] = nn.Unflatten(1, (256, 4, 4))
    n_in = 256
    for name, width, double in (
        ("deconv5", 256, True),
        ("conv5_1", 512, False),
        ("deconv4", 256, True),
        ("conv4_1", 256, False),
        ("deconv3", 128, True),
        ("conv3_1", 128, False),
        ("deconv2", 64, True),
        ("deconv1", 32, True),
        ("deconv0", 3, True),
    ):
        kernel, stride = (4, 2) if double else (3, 1)
        modules[name] = nn.ConvTranspose2d(n_in, width, kernel, stride=stride, padding=1)
        modules[f"relu_{name}"] = nn.LeakyReLU(0.3)
        n_in = width
    del modules["relu_deconv0"]
    return nn.Sequential(modules)


def _classifier(n_inputs: int, n_fc: int, n_classes: int) -> dict[str, nn.Module]:
    """Return fc6, fc7 and fc8 with their ReLUs and dropouts."""
    return {
        "fc6": nn.Linear(n_inputs, n_fc),
        "relu6": nn.ReLU(),
        "drop6": nn.Dropout(0.5),
        "fc7": nn.Linear(n_fc, n_fc),
        "relu7": nn.ReLU(),
        "drop7": nn.Dropout(0.5),
        "fc8": nn.Linear(n_fc, n_classes),
    }


def _conv_relu(
    conv: str, relu: str, n_in: int, n_out: int, kernel: int, stride: int = 1, padding: int = 0
) -> dict[str, nn.Module]:
    module = nn.Conv2d(n_in, n_out, kernel, stride=stride, padding=padding)
    return {conv: module, relu: nn.ReLU()}


def _pool() -> nn.MaxPool2d:
    return nn.MaxPool2d(3, 2, ceil_mode=True)


def _group(*parts: dict[str, nn.Module]) -> nn.Sequential:
    return nn.Sequential(OrderedDict(item for part in parts for item in part.items()))
