"""The seed of what is random in one layer, so that layers, shards and units never share random numbers."""

import zlib


def layer_seed(seed: int, network: str, layer: str) -> tuple[int, int]:
    """Return the whole numbers that seed what is random in a layer."""
    return seed, zlib.crc32(f"{network}/{layer}".encode())
