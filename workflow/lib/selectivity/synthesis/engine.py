"""The images of a part of a layer's units: batches, resumed where a stopped job left them, written as one file."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from selectivity.errors import ConfigError
from selectivity.synthesis.ascent import Ascent, BatchState, Item
from selectivity.synthesis.cutting import LayerCut
from selectivity.synthesis.objectives import unit_scalars
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


def choose_units(
    n_units: int, wanted: int | Sequence[int] | None, identity: Identity, batch: int
) -> list[int]:
    """Return the wanted units of a layer, all of them if None.

    A number of units is drawn so that they fill batches: as evenly over places as can be.
    """
    if wanted is None:
        return list(range(n_units))
    if not isinstance(wanted, int):
        if max(wanted) >= n_units:
            raise ConfigError(
                f"synthesis.units: found unit {max(wanted)} of layer '{identity.layer}', "
                f"whose units are 0 to {n_units - 1}"
            )
        return sorted(wanted)
    if wanted >= n_units:
        return list(range(n_units))
    order = identity.order(n_units)
    rank = {unit: index for index, unit in enumerate(order)}
    at_place = [sorted(range(p, n_units, batch), key=rank.__getitem__) for p in range(batch)]
    rounds = [unit for turn in zip_longest(*at_place) for unit in turn if unit is not None]
    return sorted(rounds[:wanted])


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
        "gives_output": gives_output(cut, box),
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


@torch.inference_mode()
def gives_output(cut: LayerCut, box: Box) -> bool:
    """Tell whether the layer's units are the network's outputs, one each.

    A last convolution whose rectified maps are averaged, as in SqueezeNet, is such a layer too.
    """
    shares = torch.linspace(0, 1, box.low[0].numel(), device=box.low.device).view_as(box.low[0])
    image = (box.low + (box.high - box.low) * shares)[None]  # a ramp: any image will do
    values, output = cut(image), cut.network(image)
    values = values.clamp_min(0) if cut.rectified(image) else values
    units = unit_scalars(values, "mean")
    if units.shape != output.shape or not output.any():
        return False
    return torch.allclose(units, output, rtol=1e-3, atol=1e-5 * float(output.abs().max()))


def _blank(box: Box) -> torch.Tensor:
    return box.low[None].contiguous()
