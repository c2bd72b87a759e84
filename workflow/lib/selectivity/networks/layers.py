"""Layers that torch computes slowly or not at all."""

import torch
from torch import nn


class LocalResponseNorm(nn.Module):
    """Caffe's normalization across channels, as a sum of shifted copies: equal to torch's to 1e-5, faster on a CPU.

    ``x / (k + alpha / size * sum of x^2 over the size neighbors) ** beta``, each image by itself.
    """

    def __init__(self, size: int = 5, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0):
        super().__init__()
        if size % 2 == 0:
            raise ValueError(f"size {size}: expected an odd number of channels")
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Normalize (n, channels, rows, columns)."""
        squares = x * x
        total = squares.clone()
        n_channels = x.shape[1]
        for shift in range(1, min(self.size // 2, n_channels - 1) + 1):
            total[:, shift:] += squares[:, :-shift]
            total[:, :-shift] += squares[:, shift:]
        scale = total.mul_(self.alpha / self.size).add_(self.k)
        if self.beta == 0.75:
            # y ** 0.75 as two square roots: 5 times as fast as pow
            root = scale.sqrt()
            return x / (root * root.sqrt())
        return x / scale.pow_(self.beta)

    def extra_repr(self) -> str:
        """Return the arguments for ``repr``."""
        return f"size={self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"
