"""Fresh weights from an explicit seed: where training starts, and the untrained network itself."""

import torch
from torch import nn

Weighted = (nn.Conv2d, nn.Linear)


def initialize(network: nn.Module, seed: int) -> None:
    """Draw all weights anew: He's normal initialization for rectified units, biases 0.

    The output layer, which no rectification follows, starts near 0 so that all classes are equally
    likely at first.
    """
    generator = torch.Generator().manual_seed(seed)
    layers = [module for module in network.modules() if isinstance(module, Weighted)]
    for layer in layers:
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu", generator=generator)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            module.reset_running_stats()
            nn.init.ones_(module.weight)
            nn.init.zeros_(module.bias)
    nn.init.normal_(layers[-1].weight, std=0.01, generator=generator)
