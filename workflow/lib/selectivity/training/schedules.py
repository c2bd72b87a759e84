"""Optimizers with their schedules of the learning rate, by name."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import torch


def one_cycle(progress: float, warmup: float) -> float:
    """Return the share of the peak rate: up from 1/25 along a cosine, then down to nearly nothing."""
    if progress < warmup:
        return _cosine(1 / 25, 1.0, progress / warmup)
    return _cosine(1.0, 1e-5, (progress - warmup) / (1 - warmup))


def cosine(progress: float, warmup: float) -> float:
    """Return the share of the peak rate: up along a line, then down to 0 along a cosine."""
    if progress < warmup:
        return progress / warmup
    return _cosine(1.0, 0.0, (progress - warmup) / (1 - warmup))


def _cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2


def _adamw(
    parameters: Iterable[torch.Tensor], rate: float, decay: float, momentum: float
) -> torch.optim.Optimizer:
    return torch.optim.AdamW(parameters, lr=rate, weight_decay=decay, betas=(momentum, 0.999))


def _sgd(
    parameters: Iterable[torch.Tensor], rate: float, decay: float, momentum: float
) -> torch.optim.Optimizer:
    return torch.optim.SGD(
        parameters, lr=rate, weight_decay=decay, momentum=momentum, nesterov=momentum > 0
    )


@dataclass(frozen=True)
class Recipe:
    """An optimizer and the course of its learning rate over the share of training done."""

    optimizer: Callable[[Iterable[torch.Tensor], float, float, float], torch.optim.Optimizer]
    schedule: Callable[[float, float], float]


RECIPES: Mapping[str, Recipe] = {
    "adamw_onecycle": Recipe(_adamw, one_cycle),
    "sgd_cosine": Recipe(_sgd, cosine),
}
