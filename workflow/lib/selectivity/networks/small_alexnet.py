"""An AlexNet in miniature for pictures of 64 x 64: five convolutions, two hidden layers, one output."""

from collections import OrderedDict
from collections.abc import Sequence

from torch import nn

_POOLED = {"conv1", "conv2", "conv5"}
_CELLS = 4 * 4  # what three poolings and the stride of conv1 leave of 64 x 64


def small_alexnet(
    n_classes: int = 24,
    widths: Sequence[int] = (24, 48, 64, 64, 64),
    n_hidden: int = 256,
    kernel: int = 7,
    dropout: float = 0.5,
) -> nn.Sequential:
    """Return the network; its layers are called as in AlexNet, conv1 ... conv5, fc6, fc7, fc8.

    Every step is a module of its own (conv1, relu1, pool1, ...) and none works in place. The output are
    logits.

    Parameters
    ----------
    n_classes
        Number of output units (fc8).
    widths
        Channels of conv1 ... conv5.
    n_hidden
        Units of fc6 and of fc7.
    kernel
        Side of conv1's kernels, odd; the other convolutions are 3 x 3.
    dropout
        Share of the inputs of fc6 and of fc7 that is silenced during training.
    """
    modules: OrderedDict[str, nn.Module] = OrderedDict()
    channels = 3
    for number, width in enumerate(widths, start=1):
        name = f"conv{number}"
        side, stride = (kernel, 2) if number == 1 else (3, 1)
        modules[name] = nn.Conv2d(channels, width, side, stride, padding=side // 2)
        modules[f"relu{number}"] = nn.ReLU()
        if name in _POOLED:
            modules[f"pool{number}"] = nn.MaxPool2d(2)
        channels = width
    modules["flatten"] = nn.Flatten()
    n_inputs = channels * _CELLS
    for number in (6, 7):
        modules[f"dropout{number}"] = nn.Dropout(dropout)
        modules[f"fc{number}"] = nn.Linear(n_inputs, n_hidden)
        modules[f"relu{number}"] = nn.ReLU()
        n_inputs = n_hidden
    modules["fc8"] = nn.Linear(n_inputs, n_classes)
    return nn.Sequential(modules)
