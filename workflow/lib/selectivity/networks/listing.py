"""The layers of a network and their units, for whoever writes its entry: ``make layers NETWORK=<name>``."""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from selectivity.config import read_yaml
from selectivity.errors import ConfigError, UserError, nearest
from selectivity.networks.build import RESERVED, build_network, count_units
from selectivity.networks.preprocessing import Preprocessing

REGISTRY = Path("config/networks.yaml")
HEADER = ("layer", "module path", "module", "units", "map")


def list_layers(entry: Mapping[str, Any], side: int | None = None) -> list[tuple[str, ...]]:
    """Return one row a module in the order of the forward pass: layer, path, class, units, map.

    Parameters
    ----------
    entry
        The network as in ``config/networks.yaml``; `layers` may be missing.
    side
        Rows and columns of its images; found from the preprocessing when not given.
    """
    network = build_network(entry["constructor"], entry.get("arguments"))
    side = side or input_side(entry.get("preprocessing"))
    try:
        shapes = count_units(network, torch.zeros(1, 3, side, side))
    except (RuntimeError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise ConfigError(f"the network takes no images of {side} x {side}: {reason}") from None
    named = {path: layer for layer, path in entry.get("layers", {}).items()}
    modules = dict(network.named_modules())
    rows: list[tuple[str, ...]] = []
    for path, shape in shapes.items():
        kind = "" if path in RESERVED else type(modules[path]).__name__
        size = " x ".join(str(number) for number in shape[1:])
        rows.append((named.get(path, ""), path, kind, str(shape[0]), size))
    return rows


def input_side(preprocessing: Mapping[str, Any] | None) -> int:
    """Return the side of the images that a network sees; 224 where its preprocessing does not say."""
    settings = Preprocessing.from_config(preprocessing)
    if settings.crop is not None:
        return settings.crop
    resize = settings.resize
    if resize is None:
        return 224
    return resize if isinstance(resize, int) else resize[0]


def find_entry(name: str, registry: Path = REGISTRY) -> Mapping[str, Any]:
    """Return a network's entry by its name in the registry, or one made of ``package.module:function``."""
    if ":" in name:
        return {"constructor": name}
    networks = read_yaml(registry).get("networks", {})
    if name not in networks:
        raise ConfigError(f"{registry} has no network '{name}'{nearest(name, networks)}")
    return networks[name]


def format_table(rows: list[tuple[str, ...]]) -> str:
    """Return the rows under a header, in columns."""
    table = [HEADER, *rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(HEADER))]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in table)
    return "\n".join(lines)


def main(arguments: list[str]) -> None:
    """Print the layers of the network that the command line names."""
    parser = argparse.ArgumentParser(prog="make layers", description=__doc__)
    parser.add_argument(
        "network", help="a name of config/networks.yaml, or package.module:function"
    )
    parser.add_argument("--side", type=int, help="rows and columns of its images")
    parsed = parser.parse_args(arguments)
    sys.path.insert(0, str(Path.cwd()))  # a constructor of the user's own lies there
    try:
        rows = list_layers(find_entry(parsed.network), parsed.side)
    except UserError as error:
        sys.exit(f"{error}")
    print(format_table(rows))


if __name__ == "__main__":
    main(sys.argv[1:])
