"""Accuracy as units of a layer are removed one by one, and what each unit is worth by itself."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from selectivity.ablation.splitting import SplitNetwork, predictions, silence


@dataclass(frozen=True)
class Removal:
    """Units to silence one after another, the first one first.

    Attributes
    ----------
    order, repeat
        What the order follows, and which of several random orders it is.
    fill
        What a silenced unit is clamped to: ``zero``, or its ``mean`` over all images.
    units
        The units in their order.
    """

    order: str
    repeat: int
    fill: str
    units: tuple[int, ...]


@dataclass(frozen=True)
class Counts:
    """Correct images by class.

    Attributes
    ----------
    images
        (n_classes,): images shown.
    intact
        (n_classes,): correct without any ablation.
    curves
        One array (n_removed + 1, n_classes) a removal.
    single
        By fill, (n_units, n_classes): with this unit alone silenced.
    """

    images: np.ndarray
    intact: np.ndarray
    curves: list[np.ndarray]
    single: dict[str, np.ndarray]


@torch.inference_mode()
def count_correct(
    network: SplitNetwork,
    batches: Iterable[tuple[Tensor, np.ndarray]],
    n_classes: int,
    n_units: int,
    removals: Sequence[Removal],
    fills: Mapping[str, np.ndarray],
    outputs: np.ndarray | None = None,
) -> Counts:
    """Count correct images under every ablation.

    `batches` gives images and labels, `fills` a value for each unit, `outputs` the network's output for each label.
    What lies below the layer is computed once a batch, and all ablations run on it.
    """
    outputs = np.arange(n_classes) if outputs is None else outputs
    curves = [np.zeros((len(removal.units) + 1, n_classes), np.int64) for removal in removals]
    single = {fill: np.zeros((n_units, n_classes), np.int64) for fill in fills}
    images = np.zeros(n_classes, np.int64)
    intact = np.zeros(n_classes, np.int64)
    for pixels, labels in batches:
        values, rest = network.below(pixels)

        def correct(ablated: Tensor, labels: np.ndarray = labels, rest: list = rest) -> np.ndarray:
            hits = predictions(network.above(ablated, rest)).cpu().numpy() == outputs[labels]
            return np.bincount(labels[hits], minlength=n_classes)

        whole = correct(values)
        images += np.bincount(labels, minlength=n_classes)
        intact += whole
        for fill, levels in fills.items():
            for unit in range(n_units):
                single[fill][unit] += correct(_with_one_silenced(values, unit, levels))
        for removal, curve in zip(removals, curves, strict=True):
            curve[0] += whole
            ablated = values.clone()
            for place, unit in enumerate(removal.units, start=1):
                silence(ablated, unit, float(fills[removal.fill][unit]))
                curve[place] += correct(ablated)
    return Counts(images, intact, curves, single)


def _with_one_silenced(values: Tensor, unit: int, levels: np.ndarray) -> Tensor:
    ablated = values.clone()
    silence(ablated, unit, float(levels[unit]))
    return ablated


def orders_of(
    scores: Mapping[str, np.ndarray], n_units: int, repeats: int, seed: Sequence[int]
) -> list[tuple[str, int, tuple[int, ...]]]:
    """Return the orders in which units are removed: (order, repeat, units).

    `scores` gives for each named order a score whose smallest values are removed first; ties by unit, units without
    score last. Random orders are drawn from `seed` and their number.
    """
    named = [
        (name, 0, tuple(np.argsort(np.where(np.isnan(s), np.inf, s), kind="stable").tolist()))
        for name, s in scores.items()
    ]
    random = [
        ("random", r, tuple(np.random.default_rng([*seed, r]).permutation(n_units).tolist()))
        for r in range(repeats)
    ]
    return [*named, *random]
