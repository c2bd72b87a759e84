"""VGG-F, VGG-M (of rafegas2017) and VGG-S of Chatfield et al. (2014), as in MatConvNet.

Their geometry gives the receptive fields that the paper prints (7, 27, 75, 107, 139 pixels for
conv1 to conv5 of VGG-M). MatConvNet pads pooling on the right and bottom, which is torch's
``ceil_mode``; its fully connected layers are convolutions over the whole map, here linear layers
over the flattened one.
"""

from collections import OrderedDict

from torch import nn

from selectivity.networks.layers import LocalResponseNorm


def vgg_f(n_classes: int = 1000, n_fc: int = 4096) -> nn.Sequential:
    """Return VGG-F ("fast"); input 224 x 224."""
    return _network(
        (nn.Conv2d(3, 64, 11, stride=4), nn.Conv2d(64, 256, 5, padding=2)),
        (_pool(3, 2), _pool(3, 2), _pool(3, 2)),
        256,
        (n_fc, n_fc, n_classes),
    )


def vgg_m(n_classes: int = 1000, n_fc: int = 4096, n_fc7: int = 4096) -> nn.Sequential:
    """Return VGG-M ("medium"); input 224 x 224; narrow ones have a smaller `n_fc7`."""
    return _network(
        (nn.Conv2d(3, 96, 7, stride=2), nn.Conv2d(96, 256, 5, stride=2, padding=1)),
        (_pool(3, 2), _pool(3, 2), _pool(3, 2)),
        512,
        (n_fc, n_fc7, n_classes),
    )


def vgg_s(n_classes: int = 1000, n_fc: int = 4096) -> nn.Sequential:
    """Return VGG-S ("slow"); input 224 x 224."""
    return _network(
        (nn.Conv2d(3, 96, 7, stride=2), nn.Conv2d(96, 256, 5)),
        (_pool(3, 3), _pool(2, 2), _pool(3, 3)),
        512,
        (n_fc, n_fc, n_classes),
    )


def _network(
    first: tuple[nn.Conv2d, nn.Conv2d],
    pools: tuple[nn.MaxPool2d, nn.MaxPool2d, nn.MaxPool2d],
    width: int,
    n_outputs: tuple[int, int, int],
) -> nn.Sequential:
    modules: OrderedDict[str, nn.Module] = OrderedDict()
    for index, (conv, pool) in enumerate(zip(first, pools[:2], strict=True), start=1):
        modules[f"conv{index}"] = conv
        modules[f"relu{index}"] = nn.ReLU()
        modules[f"norm{index}"] = LocalResponseNorm(size=5, alpha=5e-4, beta=0.75, k=2.0)
        modules[f"pool{index}"] = pool
    for index, n_in in ((3, 256), (4, width), (5, width)):
        modules[f"conv{index}"] = nn.Conv2d(n_in, width, 3, padding=1)
        modules[f"relu{index}"] = nn.ReLU()
    modules["pool5"] = pools[2]
    modules["flatten"] = nn.Flatten()
    n_in = width * 6 * 6
    for index, n_out in enumerate(n_outputs, start=6):
        modules[f"fc{index}"] = nn.Linear(n_in, n_out)
        if index < 8:
            modules[f"relu{index}"] = nn.ReLU()
        n_in = n_out
    return nn.Sequential(modules)


def _pool(size: int, stride: int) -> nn.MaxPool2d:
    return nn.MaxPool2d(size, stride, ceil_mode=True)
