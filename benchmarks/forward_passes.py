"""The forward passes that the benchmark of extraction compares: CaffeNet run naively, bare, and by the tool."""

import numpy as np
import torch
from photographs import Photographs
from torch import nn

from selectivity import extraction
from selectivity.networks import Preprocessing
from selectivity.networks.caffe_nets import caffenet
from selectivity.networks.layers import LocalResponseNorm

SIDE = 227
PREPROCESSING = Preprocessing(resize=256, crop=SIDE, scale=255.0, mean=(123.0, 117.0, 104.0))


class NoLoading(extraction.Extraction):
    """The forward pass alone: every batch is the same tensor in memory."""

    def _load(self, images, rows):
        size = extraction.FORWARD_ROWS["cpu"]
        for start in range(0, len(rows), size):
            yield rows[start : start + size], PIXELS[: len(rows[start : start + size])]


PIXELS = torch.randn(32, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0)).mul_(60)
PIXELS = PIXELS.contiguous(memory_format=torch.channels_last)


def network(with_torch_lrn: bool = False) -> nn.Module:
    """Return CaffeNet with fixed random weights; naive users take torch's LocalResponseNorm."""
    torch.manual_seed(1)
    net = caffenet().eval().requires_grad_(False)
    if with_torch_lrn:
        for name, module in net.named_children():
            if isinstance(module, LocalResponseNorm):
                setattr(
                    net,
                    name,
                    nn.LocalResponseNorm(module.size, module.alpha, module.beta, module.k),
                )
    return net


def run_naive(n_images: int) -> torch.Tensor:
    """Run what a user writes at once: torch.no_grad, default memory format, batches of 128."""
    net = network(with_torch_lrn=True)
    pixels = PIXELS.contiguous().repeat(4, 1, 1, 1)
    with torch.no_grad():
        for _ in range(max(1, n_images // 128)):
            output = net(pixels)
    return output[:32]


def run_ours(
    net: nn.Module, n_images: int, layers: dict[str, str]
) -> dict[str, extraction.LayerOutput]:
    """Run the tool's forward pass over images in memory."""
    task = NoLoading(net, PREPROCESSING, layers)
    batches = list(task.run(Photographs(1), np.arange(n_images)))
    return batches[0].outputs


def run_bare(net: nn.Module) -> None:
    """Run the same forward pass without hooks."""
    with torch.inference_mode():
        net(PIXELS)
