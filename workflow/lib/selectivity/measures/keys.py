"""An activation as one integer that sorting puts in order: ``descending key << 16 | class``.

Sorting the integers puts the most active image first and carries its class along. The key of a larger activation is
smaller; the key of zero, of either sign, lies between those of positive and negative activations.
"""

import numpy as np

from selectivity.measures.compiled import Integer, kernel

CLASS_BITS = np.uint64(16)
CLASS_MASK = np.uint64(0xFFFF)
KEY_OF_ZERO = np.uint32(0x7FFFFFFF)

_SIGN = np.uint32(0x80000000)


@kernel
def key_of(pattern: Integer) -> Integer:
    """Return the key of the activation with this bit pattern."""
    magnitude = pattern & KEY_OF_ZERO
    is_negative = (pattern >= _SIGN) & (magnitude > np.uint32(0))
    return np.uint32(pattern if is_negative else KEY_OF_ZERO - magnitude)


@kernel
def key_range(bits: np.ndarray) -> tuple[Integer, Integer]:
    """Return the smallest and the largest key."""
    lowest, highest = np.uint32(0xFFFFFFFF), np.uint32(0)
    for i in range(len(bits)):
        key = key_of(bits[i])
        lowest, highest = min(lowest, key), max(highest, key)
    return lowest, highest


@kernel
def bit_length(number: Integer) -> int:
    """Return how many bits a number below 2**32 takes."""
    n_bits = 0
    while n_bits < 32 and (np.uint64(number) >> np.uint64(n_bits)) > np.uint64(0):
        n_bits += 1
    return n_bits


@kernel
def activation_of(item: Integer, base: Integer) -> float:
    """Return the activation of a ranked item."""
    key = np.uint32((np.uint64(item) + np.uint64(base)) >> CLASS_BITS)
    pattern = np.uint32(key if key >= _SIGN else KEY_OF_ZERO - key)
    return np.float64(pattern.view(np.float32))
