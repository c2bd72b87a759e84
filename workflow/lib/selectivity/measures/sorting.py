"""One sort of a unit's activations that serves every class, threshold and measure.

An activation travels as one integer, ``descending key << 16 | class``: sorting the integers puts the most active image
first and carries its class along. Rectified units leave their zeros out: exact zeros are one group of ties at the end
of the ranking, known by its size in each class.
"""

import numpy as np

from selectivity.measures.compiled import Integer, kernel, summing_kernel

CLASS_BITS = np.uint64(16)
CLASS_MASK = np.uint64(0xFFFF)
DIGIT_BITS = 11
N_DIGITS = 3  # 3 x 11 bits hold any rebased 32-bit key

_MAGNITUDE = np.uint32(0x7FFFFFFF)
_SIGN = np.uint32(0x80000000)
_ONE = np.uint32(1)


@kernel
def _pack_members(bits: np.ndarray, label: Integer, packed: np.ndarray, count: Integer) -> Integer:
    """Append the non-zero members of one class to `packed`; return the new number of items."""
    wide_label = np.uint64(label)
    for i in range(len(bits)):
        magnitude = bits[i] & _MAGNITUDE  # folds -0.0 into 0
        packed[count] = (np.uint64(_MAGNITUDE - magnitude) << CLASS_BITS) | wide_label
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
def pack_signed(bits: np.ndarray, offsets: np.ndarray, packed: np.ndarray) -> Integer:
    """Pack all activations of a unit that has negative ones; return their number."""
    for label in range(len(offsets) - 1):
        members = bits[offsets[label] : offsets[label + 1]]
        place = packed[offsets[label] : offsets[label + 1]]
        wide_label = np.uint64(label)
        for i in range(len(members)):
            pattern = members[i]
            if pattern == _SIGN:  # -0.0
                pattern = np.uint32(0)
            key = pattern if pattern >= _SIGN else _MAGNITUDE - pattern
            place[i] = (np.uint64(key) << CLASS_BITS) | wide_label
    return np.uint64(len(bits))


@kernel
def load_unit(
    column: np.ndarray,
    bits: np.ndarray,
    offsets: np.ndarray,
    packed: np.ndarray,
    sums: np.ndarray,
    scatter: np.ndarray,
    positive: np.ndarray,
) -> Integer:
    """Summarize each class and pack the unit for sorting; return the number of packed items.

    Class by class, so that the second look at an activation finds it in the processor's cache.
    """
    count, n_negative = np.uint64(0), 0
    for label in range(len(offsets) - 1):
        start, stop = offsets[label], offsets[label + 1]
        total, squares, above, below = _sum_members(column[start:stop])
        sums[label], scatter[label], positive[label] = total, squares, above
        n_negative += below
        count = _pack_members(bits[start:stop], label, packed, count)
    if n_negative > 0:
        count = pack_signed(bits, offsets, packed)
    return count


@kernel
def _scatter_digit(
    source: np.ndarray,
    target: np.ndarray,
    n: Integer,
    counts: np.ndarray,
    shift: Integer,
    mask: Integer,
) -> None:
    for i in range(n):
        item = source[i]
        digit = (item >> shift) & mask
        place = counts[digit]
        counts[digit] = place + _ONE
        target[place] = item


@kernel
def _count_digits(
    packed: np.ndarray, n: Integer, base: Integer, width: Integer, counts: np.ndarray
) -> None:
    """Rebase the keys to the smallest and count the values of all three digits in one pass."""
    counts[:] = 0
    first, second, third = counts[0], counts[1], counts[2]
    mask = np.uint64((1 << width) - 1)
    shift_1, shift_2 = CLASS_BITS, CLASS_BITS + np.uint64(width)
    shift_3 = shift_2 + np.uint64(width)
    for i in range(n):
        item = packed[i] - base
        packed[i] = item
        first[(item >> shift_1) & mask] += _ONE
        second[(item >> shift_2) & mask] += _ONE
        third[(item >> shift_3) & mask] += _ONE
    for digit in range(N_DIGITS):
        total = np.uint32(0)
        for value in range(1 << width):
            count = counts[digit, value]
            counts[digit, value] = total
            total += count


@kernel
def sort_packed(packed: np.ndarray, ranked: np.ndarray, n: Integer, counts: np.ndarray) -> Integer:
    """Sort `n` packed activations into `ranked`, most active first, ties in class order; return the base of the keys.

    A stable radix sort of the key bits in use. Three digits always, so that the result always ends in `ranked`.
    """
    lowest, highest = packed[0], packed[0]
    for i in range(n):
        lowest = min(lowest, packed[i])
        highest = max(highest, packed[i])
    base = (lowest >> CLASS_BITS) << CLASS_BITS
    span = (highest - base) >> CLASS_BITS
    n_bits = 0
    while n_bits < 32 and (span >> np.uint64(n_bits)) > np.uint64(0):
        n_bits += 1
    width = max((n_bits + N_DIGITS - 1) // N_DIGITS, 1)
    _count_digits(packed, n, base, width, counts)
    mask = np.uint64((1 << width) - 1)
    step = np.uint64(width)
    _scatter_digit(packed, ranked, n, counts[0], CLASS_BITS, mask)
    _scatter_digit(ranked, packed, n, counts[1], CLASS_BITS + step, mask)
    _scatter_digit(packed, ranked, n, counts[2], CLASS_BITS + step + step, mask)
    return base


@kernel
def activation_of(item: Integer, base: Integer) -> float:
    """Return the activation of a ranked item."""
    key = np.uint32((np.uint64(item) + np.uint64(base)) >> CLASS_BITS)
    pattern = np.uint32(key if key >= _SIGN else _MAGNITUDE - key)
    return np.float64(pattern.view(np.float32))
