"""The images of a part of a layer's units: batches, resumed where a stopped job left them, written as one file."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from selectivity.synthesis.ascent import Ascent, BatchState, Item
from selectivity.synthesis.cutting import LayerCut
from selectivity.synthesis.parts import Box
from selectivity.synthesis.seeds import Identity
from selectivity.synthesis.settings import SynthesisSettings
from selectivity.synthesis.work import Arrays, WorkFolder
from selectivity.synthesis.writing import write_images

CURVES = (
    "activation",
    "objective",
    "snapshot_activation",
    "snapshot_others",
    "snapshot_higher",
    "snapshot_strongest",
)


def make_deterministic() -> None:
    """Have the GPU give the same bits every time, in full precision."""
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False


def items_of(units: Iterable[int], restarts: int) -> list[Item]:
    """Return a (unit, restart) for every image, the restarts of a unit side by side."""
    return [(unit, restart) for unit in units for restart in range(restarts)]


def choose_units(n_units: int, n_wanted: int | None, identity: Identity, batch: int) -> list[int]:
    """Return `n_wanted` units of a layer, drawn so that they fill batches: as evenly over places as can be."""
    if n_wanted is None or n_wanted >= n_units:
        return list(range(n_units))
    order = identity.order(n_units)
    rank = {unit: index for index, unit in enumerate(order)}
    at_place = [sorted(range(p, n_units, batch), key=rank.__getitem__) for p in range(batch)]
    rounds = [unit for turn in zip_longest(*at_place) for unit in turn if unit is not None]
    return sorted(rounds[:n_wanted])


def batches_of(items: Sequence[Item], size: int) -> list[list[Item]]:
    """Return the items in batches in which no two want the same place."""
    by_restart: dict[int, list[dict[int, Item]]] = {}
    for unit, restart in items:
        row = by_restart.setdefault(restart, [])
        free = next((batch for batch in row if unit % size not in batch), None)
        if free is None:
            free = {}
            row.append(free)
        free[unit % size] = (unit, restart)
    return [list(batch.values()) for row in by_restart.values() for batch in row]


def make_batch(ascent: Ascent, items: Sequence[Item]) -> Arrays:
    """Return the images and curves of one batch, made in one go."""
    state = ascent.start(items)
    while not ascent.is_done(state):
        ascent.advance(state)
    return result_of(ascent, state)


def result_of(ascent: Ascent, state: BatchState) -> Arrays:
    """Return what is kept of a finished batch, fillers left out."""
    places = ascent.places(state.items)
    images = state.best_image.contiguous(memory_format=torch.contiguous_format)
    units, restarts = zip(*state.items, strict=True)
    result: Arrays = {
        "unit": np.array(units, dtype=np.int64),
        "restart": np.array(restarts, dtype=np.int64),
        "image": images.cpu().numpy()[places],
        "best_step": state.best_step.cpu().numpy()[places],
    }
    for name in CURVES:
        result[name] = getattr(state, name).cpu().numpy()[places]
    return result


def synthesize_images(
    output: Path,
    network: torch.nn.Module,
    path: str,
    recipes: Mapping[str, SynthesisSettings],
    identity: Identity,
    items: Sequence[Item],
    box: Box,
    provenance: Mapping[str, Any],
    save_every_seconds: float = 60.0,
) -> None:
    """Make the images of `items` under each named recipe and write them to `output`.

    A stopped call goes on where its state was last saved, provided that `provenance` and the items are the same;
    the result has the same bytes as that of a call that was not stopped.
    """
    key = {
        "provenance": dict(provenance),
        "recipes": {name: settings.as_dict() for name, settings in recipes.items()},
        "items": [list(item) for item in items],
    }
    work = WorkFolder(output, key, save_every_seconds)
    device = box.low.device
    make_deterministic()
    network = network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    cut = LayerCut(network, path)
    names: dict[str, list[str]] = {}
    for recipe, settings in recipes.items():
        shape = (box.low.shape[-3], box.low.shape[-2], box.low.shape[-1])
        ascent = Ascent(cut, settings, identity, shape, box)
        parts = batches_of(items, settings.batch)
        names[recipe] = [f"{recipe}-{index:05d}" for index in range(len(parts))]
        total = len(parts) * (settings.steps + 1)
        with tqdm(total=total, desc=f"{identity.layer} {recipe}", disable=None) as bar:
            for name, part in zip(names[recipe], parts, strict=True):
                _make_resumable(ascent, part, work, name, bar)
    n_units, is_map = shape_of_layer(cut, box)
    heads = {
        "n_units": n_units,
        "is_map": is_map,
        "rectified": cut.rectified(_blank(box)),
        "channels": box.channels,
    }
    write_images(output, work, names, recipes, items, provenance, heads, box)
    work.remove()


def _make_resumable(
    ascent: Ascent, items: Sequence[Item], work: WorkFolder, name: str, bar: tqdm
) -> None:
    if work.finished(name) is not None:
        bar.update(ascent.settings.steps + 1)
        return
    state = work.resume(name, ascent.start(items))
    bar.update(state.step)
    while not ascent.is_done(state):
        ascent.advance(state)
        bar.update(1)
        work.save_if_due(name, state)
    work.finish(name, result_of(ascent, state))


def shape_of_layer(cut: LayerCut, box: Box) -> tuple[int, bool]:
    """Return the number of units of the layer, and whether they have maps."""
    with torch.inference_mode():
        values = cut(_blank(box))
    return int(values.shape[1]), values.ndim == 4


def _blank(box: Box) -> torch.Tensor:
    return box.low[None].contiguous()
