"""Read a unit's activations once: summaries of each class, and what the sort begins with.

Rectified units leave their zeros out: exact zeros are one group of ties at the end of the ranking, known by its size in
each class.
"""

import numpy as np

from selectivity.measures.compiled import Integer, kernel, summing_kernel
from selectivity.measures.keys import CLASS_BITS, KEY_OF_ZERO, key_range

_ONE = np.uint32(1)


@kernel
def _pack_members(bits: np.ndarray, label: Integer, packed: np.ndarray, count: Integer) -> Integer:
    """Append the non-zero members of one class to `packed`; return the new number of items."""
    wide_label = np.uint64(label)
    for i in range(len(bits)):
        magnitude = bits[i] & KEY_OF_ZERO  # folds -0.0 into 0
        packed[count] = (np.uint64(KEY_OF_ZERO - magnitude) << CLASS_BITS) | wide_label
        count += np.uint64(min(magnitude, _ONE))
    return count


@summing_kernel
def _sum_members(members: np.ndarray) -> tuple[float, float, Integer, Integer]:
    """Return the sum, the squared deviations and the counts above and below zero of a class."""
    total = 0.0
    above: Integer = 0
    below: Integer = 0
    for i in range(len(members)):
        total += np.float64(members[i])
        above += np.int64(members[i] > np.float32(0))
        below += np.int64(members[i] < np.float32(0))
    mean = total / max(len(members), 1)
    squares = 0.0
    for i in range(len(members)):
        deviation = np.float64(members[i]) - mean
        squares += deviation * deviation
    return total, squares, above, below


@kernel
def load_unit(
    column: np.ndarray,
    bits: np.ndarray,
    offsets: np.ndarray,
    packed: np.ndarray,
    sums: np.ndarray,
    scatter: np.ndarray,
    positive: np.ndarray,
) -> tuple[Integer, bool, Integer, Integer]:
    """Summarize each class and pack the unit for `sort_packed`; return the number of packed items.

    Class by class, so that the second look at an activation finds it in the processor's cache. A unit with negative
    activations, which the second value tells, is not packed: `sort_signed` takes the range of its keys, which follows.
    """
    count, is_signed = np.uint64(0), False
    lowest, highest = np.uint32(0xFFFFFFFF), np.uint32(0)
    for label in range(len(offsets) - 1):
        start, stop = offsets[label], offsets[label + 1]
        total, squares, above, below = _sum_members(column[start:stop])
        sums[label], scatter[label], positive[label] = total, squares, above
        first = start if is_signed else offsets[0]
        is_signed = is_signed or below > 0
        if is_signed:
            low, high = key_range(bits[first:stop])
            lowest, highest = min(lowest, low), max(highest, high)
        else:
            count = _pack_members(bits[start:stop], label, packed, count)
    return count, is_signed, np.uint64(lowest), np.uint64(highest)
