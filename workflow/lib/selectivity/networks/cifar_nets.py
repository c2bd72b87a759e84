"""The networks of substitution2020, for images of 32 x 32 (definitions 8.4).

The paper gives the widths of the MLP and of the shallow convolutional network and the name VGG16.
What it leaves open follows the definitions: padding 1, max pooling after conv2 and conv4, one fully
connected layer before the classifier of the shallow network, batch normalization in VGG16 only.
Layers are numbered as in the paper.
"""

from collections import OrderedDict
from collections.abc import Sequence

from torch import nn

from selectivity.networks.caffe_nets import VGG16_WIDTHS


def mlp(
    hidden: Sequence[int] = (128, 512, 2048, 2048), n_classes: int = 10, n_inputs: int = 3072
) -> nn.Sequential:
    """Return a multilayer perceptron over flattened pixels: fc1, fc2, ... and the classifier."""
    modules: OrderedDict[str, nn.Module] = OrderedDict(flatten=nn.Flatten())
    for index, width in enumerate(hidden, start=1):
        modules[f"fc{index}"] = nn.Linear(n_inputs, width)
        modules[f"relu{index}"] = nn.ReLU()
        n_inputs = width
    modules["classifier"] = nn.Linear(n_inputs, n_classes)
    return nn.Sequential(modules)


def shallow_conv(
    widths: Sequence[int] = (64, 64, 128, 128),
    n_fc: int = 512,
    n_classes: int = 10,
    batch_norm: bool = False,
) -> nn.Sequential:
    """Return four 3 x 3 convolutions in two pooled pairs, fc5 and the classifier."""
    modules: OrderedDict[str, nn.Module] = OrderedDict()
    n_in = 3
    for index, width in enumerate(widths, start=1):
        modules.update(_conv(str(index), n_in, width, batch_norm))
        n_in = width
        if index % 2 == 0:
            modules[f"pool{index}"] = nn.MaxPool2d(2)
    modules["flatten"] = nn.Flatten()
    side = 32 // 2 ** (len(widths) // 2)
    modules["fc5"] = nn.Linear(n_in * side * side, n_fc)
    modules["relu5"] = nn.ReLU()
    modules["classifier"] = nn.Linear(n_fc, n_classes)
    return nn.Sequential(modules)


def vgg16_cifar(n_classes: int = 10, batch_norm: bool = True) -> nn.Sequential:
    """Return the 13 convolutions of VGG16 (conv1_1 to conv5_3) and one linear classifier."""
    modules: OrderedDict[str, nn.Module] = OrderedDict()
    n_in = 3
    for block, widths in enumerate(VGG16_WIDTHS, start=1):
        for index, width in enumerate(widths, start=1):
            modules.update(_conv(f"{block}_{index}", n_in, width, batch_norm))
            n_in = width
        modules[f"pool{block}"] = nn.MaxPool2d(2)
    modules["flatten"] = nn.Flatten()
    modules["classifier"] = nn.Linear(n_in, n_classes)
    return nn.Sequential(modules)


def _conv(name: str, n_in: int, n_out: int, batch_norm: bool) -> dict[str, nn.Module]:
    block: dict[str, nn.Module] = {
        f"conv{name}": nn.Conv2d(n_in, n_out, 3, padding=1, bias=not batch_norm)
    }
    if batch_norm:
        block[f"bn{name}"] = nn.BatchNorm2d(n_out)
    return block | {f"relu{name}": nn.ReLU()}
