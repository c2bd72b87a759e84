"""What an image is to maximize: one number a unit from its map, and one number an image from all units."""

import torch
from torch import Tensor


def unit_scalars(values: Tensor, scalar: str) -> Tensor:
    """Return (batch, units): the `scalar` of each map; dense layers as they are."""
    if values.ndim == 2:
        return values
    match scalar:
        case "mean":
            return values.mean((2, 3))
        case "max":
            return values.amax((2, 3))
        case "center":
            return values[:, :, values.shape[2] // 2, values.shape[3] // 2]
    raise ValueError(f"unknown scalar {scalar!r}")


def target_scalars(values: Tensor, units: Tensor, scalar: str) -> Tensor:
    """Return (batch,): the scalar of unit ``units[b]`` on image b."""
    own = values[torch.arange(len(values), device=values.device), units]
    return unit_scalars(own.unsqueeze(1), scalar)[:, 0]


def am(values: Tensor, units: Tensor, scalar: str, rectify_others: bool) -> tuple[Tensor, Tensor]:
    """Activation maximization: return (objective, activation), both the unit's own scalar."""
    own = target_scalars(values, units, scalar)
    return own, own


def iam(values: Tensor, units: Tensor, scalar: str, rectify_others: bool) -> tuple[Tensor, Tensor]:
    """Independent activation maximization (substitution2020): the unit minus the mean of the others.

    The unit counts before its ReLU, since a silent unit has no gradient behind it. The others count there too, or,
    with `rectify_others`, behind their ReLU: then nothing is gained by silencing further what is silent already.
    """
    own = target_scalars(values, units, scalar)
    scalars = unit_scalars(values.clamp_min(0) if rectify_others else values, scalar)
    included = scalars.gather(1, units[:, None])[:, 0]
    n_others = max(scalars.shape[1] - 1, 1)
    return own - (scalars.sum(1) - included) / n_others, own


OBJECTIVES = {"am": am, "iam": iam}
