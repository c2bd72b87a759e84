"""What is drawn for a network: which layers, and which of them are outputs; knows no matplotlib."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from selectivity.claims.roles import describe_network
from selectivity.errors import ConfigError, nearest

# Stage of the output: its role in the papers' networks, its reserved module path.
STAGES = {"output": ("fc8", "output"), "softmax": ("prob", "softmax")}


@dataclass(frozen=True)
class Drawn:
    """The layers that the figures of one network show.

    Attributes
    ----------
    layers
        All layers, in the order of depth.
    hidden
        The layers of the nine-panel box plots: all but the outputs, or those that the study names.
    jittered
        The layers whose most precise unit is drawn.
    stages
        The layers before and after the softmax, by "output" and "softmax", where the network has them.
    """

    layers: list[str]
    hidden: list[str]
    jittered: list[str]
    stages: dict[str, str]


def drawn_layers(
    network: str, entry: Mapping[str, Any], layers: Sequence[str], figures: Mapping[str, Any]
) -> Drawn:
    """Return what to draw of a network: `entry` is its entry in the study, `figures` that section."""
    described = describe_network(network, entry, layers)
    inner = [layer for layer in layers if layer not in described["outputs"]] or list(layers)
    hidden = _named(figures.get("layers"), layers) or inner
    return Drawn(
        layers=list(layers),
        hidden=hidden,
        jittered=_named(figures.get("jitter_layers"), layers) or hidden,
        stages=_stages(described["roles"], entry.get("layers") or {}),
    )


def check_figures(figures: Mapping[str, Any], all_layers: Sequence[str]) -> None:
    """Refuse a layer in the section `figures` that no network has."""
    for key in ("layers", "jitter_layers"):
        for layer in figures.get(key) or []:
            if layer not in all_layers:
                raise ConfigError(
                    f"figures.{key}: no network has a layer '{layer}'{nearest(layer, all_layers)}"
                )


def _named(names: Sequence[str] | None, layers: Sequence[str]) -> list[str]:
    """Return the layers that are named, in the order of depth."""
    return [layer for layer in layers if layer in (names or [])]


def _stages(roles: Mapping[str, str], paths: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for stage, (role, path) in STAGES.items():
        by_path = [layer for layer, place in paths.items() if place == path]
        layer = roles.get(role) or next(iter(by_path), None)
        if layer:
            found[stage] = layer
    return found
