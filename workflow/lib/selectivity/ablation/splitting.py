"""A network in two halves at a layer, so that what lies below it is computed once for all ablations."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, fx, nn

from selectivity.errors import ConfigError, nearest

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SplitNetwork:
    """Two halves of a network.

    Attributes
    ----------
    below
        Images to the layer's values and all else that the upper half needs (skip connections).
    above
        The layer's values, perhaps changed, and the rest, to the network's output. It changes none of them.
    is_cheap
        Whether `above` leaves the lower half alone; if not, it runs the whole network.
    """

    below: Callable[[Tensor], tuple[Tensor, list[Any]]]
    above: Callable[[Tensor, Sequence[Any]], Tensor]
    is_cheap: bool


class _Tracer(fx.Tracer):
    """A tracer that does not look into the module at `path`."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        """Tell the modules that stay whole."""
        return module_qualified_name == self.path or super().is_leaf_module(
            m, module_qualified_name
        )


def split_network(network: nn.Module, path: str) -> SplitNetwork:
    """Cut `network` behind the module at `path`; a network that cannot be traced is run as a whole each time."""
    names = [name for name, _ in network.named_modules() if name]
    if path not in names:
        raise ConfigError(
            f"the network has no module '{path}' to ablate units of{nearest(path, names)}"
        )
    try:
        graph = _Tracer(path).trace(network)
    except Exception as error:  # whatever a network does that cannot be traced
        log.warning(
            "the network cannot be cut at %s (%s): every ablation runs all of it", path, error
        )
        return _whole(network, path)
    cuts = [node for node in graph.nodes if node.op == "call_module" and node.target == path]
    if len(cuts) != 1:
        raise ConfigError(f"module '{path}' runs {len(cuts)} times in a forward pass, expected 1")
    return _halves(network, graph, cuts[0])


def _halves(network: nn.Module, graph: fx.Graph, cut: fx.Node) -> SplitNetwork:
    nodes = list(graph.nodes)
    place = nodes.index(cut)
    lower, upper = nodes[: place + 1], nodes[place + 1 :]
    live = [
        node
        for node in lower
        if node is not cut and any(user in upper for user in node.users) and node.op != "get_attr"
    ]
    below = _module(network, lower, [], [cut, *live])
    shared = [node for node in lower if node.op == "get_attr"]
    above = _module(network, [*shared, *upper], [cut, *live], None)

    def run_below(images: Tensor) -> tuple[Tensor, list[Any]]:
        values, *rest = below(images)
        return values, rest

    def run_above(values: Tensor, rest: Sequence[Any]) -> Tensor:
        fresh = [item.clone() if isinstance(item, Tensor) else item for item in rest]
        return above(values.clone(), *fresh)

    return SplitNetwork(run_below, run_above, is_cheap=True)


def _module(
    network: nn.Module,
    nodes: Sequence[fx.Node],
    inputs: Sequence[fx.Node],
    outputs: Sequence[fx.Node] | None,
) -> fx.GraphModule:
    """Return the module that computes `nodes` from `inputs`; without `outputs`, the network's own."""
    graph = fx.Graph()
    copies: dict[fx.Node, fx.Node] = {
        node: graph.placeholder(f"live_{index}") for index, node in enumerate(inputs)
    }
    for node in nodes:
        if node not in copies:
            copies[node] = graph.node_copy(node, copies.__getitem__)
    if outputs is not None:
        graph.output(tuple(copies[node] for node in outputs))
    return fx.GraphModule(network, graph)


def _whole(network: nn.Module, path: str) -> SplitNetwork:
    module = dict(network.named_modules())[path]

    def run_below(images: Tensor) -> tuple[Tensor, list[Any]]:
        caught: list[Tensor] = []
        hook = module.register_forward_hook(lambda _m, _i, output: caught.append(output.clone()))
        try:
            network(images)
        finally:
            hook.remove()
        return caught[0], [images]

    def run_above(values: Tensor, rest: Sequence[Any]) -> Tensor:
        hook = module.register_forward_hook(lambda _m, _i, _output: values.clone())
        try:
            return network(rest[0])
        finally:
            hook.remove()

    return SplitNetwork(run_below, run_above, is_cheap=False)


def silence(values: Tensor, unit: int, fill: float) -> None:
    """Clamp a unit of (batch, units, ...) to `fill`, in place."""
    values[:, unit] = fill


def predictions(output: Tensor) -> Tensor:
    """Return the predicted class of each image."""
    return output.argmax(1) if output.ndim == 2 else torch.flatten(output, 1).argmax(1)
