"""Batch normalization as scaffolding: added for training, folded into the weights afterwards.

The delivered network has the plain layers of the papers, and its units are the rectified outputs of
convolutions and fully connected layers.
"""

from collections import OrderedDict

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_weights, fuse_linear_bn_weights

from selectivity.errors import ConfigError

_SUFFIX = "_norm"


def with_batch_norm(network: nn.Module) -> nn.Sequential:
    """Return a network that normalizes every rectified layer; it shares its layers with `network`."""
    if not isinstance(network, nn.Sequential):
        raise ConfigError(
            f"batch_norm: fold needs a plain sequence of modules (nn.Sequential), not a {type(network).__name__}; "
            "use batch_norm: none"
        )
    scaffold: OrderedDict[str, nn.Module] = OrderedDict()
    children = list(network.named_children())
    followers = [child for _, child in children[1:]]
    for (name, child), follower in zip(children, [*followers, None], strict=True):
        scaffold[name] = child
        if isinstance(follower, nn.ReLU) and isinstance(child, nn.Conv2d):
            scaffold[name + _SUFFIX] = nn.BatchNorm2d(child.out_channels)
        elif isinstance(follower, nn.ReLU) and isinstance(child, nn.Linear):
            scaffold[name + _SUFFIX] = nn.BatchNorm1d(child.out_features)
    return nn.Sequential(scaffold)


def fold_batch_norm(scaffold: nn.Sequential) -> None:
    """Multiply each normalization into the layer before it; the layers then stand without it."""
    layer: nn.Module = nn.Identity()
    for module in scaffold.children():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            _fold(layer, module)
        layer = module


@torch.no_grad()
def _fold(layer: nn.Module, norm: nn.BatchNorm1d | nn.BatchNorm2d) -> None:
    if (
        not isinstance(layer, nn.Conv2d | nn.Linear)
        or norm.running_var is None
        or norm.running_mean is None
    ):
        raise TypeError(f"{norm} cannot be folded into {layer}")
    statistics = (norm.running_mean, norm.running_var, norm.eps, norm.weight, norm.bias)
    fuse = fuse_conv_bn_weights if isinstance(layer, nn.Conv2d) else fuse_linear_bn_weights
    layer.weight, layer.bias = fuse(layer.weight, layer.bias, *statistics)
