"""The parts that layers play: the papers speak of conv5, fc6, fc7, fc8 and prob, other networks call them otherwise."""

from collections.abc import Mapping, Sequence
from typing import Any

from selectivity.errors import ConfigError, nearest

ROLES = ("conv5", "fc6", "fc7", "fc8", "prob")
HIDDEN_ROLES = ("conv5", "fc6", "fc7")
OUTPUT_ROLES = ("fc8", "prob")

# The module paths that stand for what the network returns and for its softmax.
OUTPUT_PATHS = ("output", "softmax")


def resolve_roles(layers: Sequence[str], given: Mapping[str, str]) -> dict[str, str]:
    """Return role -> layer: as given, else the layer of the same name."""
    for role, layer in given.items():
        if layer not in layers:
            raise ConfigError(f"role {role}: there is no layer '{layer}'{nearest(layer, layers)}")
    return {role: role for role in ROLES if role in layers} | dict(given)


def describe_network(name: str, entry: Mapping[str, Any], layers: Sequence[str]) -> dict[str, Any]:
    """Return what the claims and the ledger need to know of a network's entry in the study, as plain data."""
    try:
        roles = resolve_roles(layers, entry.get("roles") or {})
    except ConfigError as error:
        raise ConfigError(f"network '{name}': {error}") from None
    paths = entry.get("layers") or {}
    outputs = {roles.get(role) for role in OUTPUT_ROLES}
    return {
        "name": name,
        "layers": list(layers),
        "roles": roles,
        "outputs": [x for x in layers if x in outputs or paths.get(x) in OUTPUT_PATHS],
        "published_as": dict(entry.get("published_as") or {}),
    }
