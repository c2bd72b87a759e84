"""One sort of a unit's activations that serves every class, threshold and measure: packed ones, by their keys."""

import numpy as np

from selectivity.measures.compiled import Integer, kernel
from selectivity.measures.keys import CLASS_BITS, bit_length

DIGIT_BITS = 11
N_DIGITS = 3  # 3 x 11 bits hold any rebased 32-bit key
FEWEST_IN_BUCKETS = np.uint64(1 << 19)  # below, all passes stay in the caches, and three are faster
FEW = np.uint64(32)

_ONE = np.uint32(1)


@kernel
def sort_packed(packed: np.ndarray, ranked: np.ndarray, n: Integer, counts: np.ndarray) -> Integer:
    """Sort `n` packed activations into `ranked`, most active first, ties in class order; return the base of the keys.

    A stable radix sort of the key bits in use.
    """
    lowest, highest = packed[0], packed[0]
    for i in range(n):
        lowest = min(lowest, packed[i])
        highest = max(highest, packed[i])
    base = (lowest >> CLASS_BITS) << CLASS_BITS
    n_bits = bit_length((highest - base) >> CLASS_BITS)
    if n < FEWEST_IN_BUCKETS:
        sort_digits(packed, ranked, n, base, n_bits, counts)
    else:
        sort_buckets(packed, ranked, n, base, n_bits, counts)
    return base


@kernel
def sort_digits(
    packed: np.ndarray,
    ranked: np.ndarray,
    n: Integer,
    base: Integer,
    n_bits: Integer,
    counts: np.ndarray,
) -> None:
    """Sort by the last digit first; three digits always, so that the result ends in `ranked`."""
    width = max((n_bits + N_DIGITS - 1) // N_DIGITS, 1)
    _count_digits(packed, n, base, width, counts)
    mask, zero = np.uint64((1 << width) - 1), np.uint64(0)
    step = np.uint64(width)
    _scatter_digit(packed, ranked, n, base, counts[0], CLASS_BITS, mask)
    _scatter_digit(ranked, packed, n, zero, counts[1], CLASS_BITS + step, mask)
    _scatter_digit(packed, ranked, n, zero, counts[2], CLASS_BITS + step + step, mask)


@kernel
def _count_digits(
    packed: np.ndarray, n: Integer, base: Integer, width: Integer, counts: np.ndarray
) -> None:
    """Count the values of all three digits in one pass, and turn the counts into places."""
    counts[:] = 0
    first, second, third = counts[0], counts[1], counts[2]
    mask = np.uint64((1 << width) - 1)
    shift_1, shift_2 = CLASS_BITS, CLASS_BITS + np.uint64(width)
    shift_3 = shift_2 + np.uint64(width)
    for i in range(n):
        item = packed[i] - base
        first[(item >> shift_1) & mask] += _ONE
        second[(item >> shift_2) & mask] += _ONE
        third[(item >> shift_3) & mask] += _ONE
    for digit in range(N_DIGITS):
        to_starts(counts[digit, : 1 << width])


@kernel
def _scatter_digit(
    source: np.ndarray,
    target: np.ndarray,
    n: Integer,
    base: Integer,
    counts: np.ndarray,
    shift: Integer,
    mask: Integer,
) -> None:
    """Move items less `base` to their places by one digit."""
    for i in range(n):
        item = source[i] - base
        digit = (item >> shift) & mask
        place = counts[digit]
        counts[digit] = place + _ONE
        target[place] = item


@kernel
def to_starts(counts: np.ndarray) -> None:
    """Replace each count by the sum of those before it."""
    total = np.uint32(0)
    for value in range(len(counts)):
        count = counts[value]
        counts[value] = total
        total += count


@kernel
def sort_buckets(
    packed: np.ndarray,
    ranked: np.ndarray,
    n: Integer,
    base: Integer,
    n_bits: Integer,
    counts: np.ndarray,
) -> None:
    """Sort by the first digit, and the rest bucket by bucket."""
    rest = max(n_bits - DIGIT_BITS, 0)
    shift = CLASS_BITS + np.uint64(rest)
    ends = counts[N_DIGITS - 1]
    ends[:] = 0
    for i in range(n):
        ends[(packed[i] - base) >> shift] += _ONE
    to_starts(ends)
    for i in range(n):
        item = packed[i] - base
        place = ends[item >> shift]
        ends[item >> shift] = place + _ONE
        ranked[place] = item
    sort_within(ranked, packed, rest, counts)


@kernel
def sort_within(ranked: np.ndarray, spare: np.ndarray, rest: Integer, counts: np.ndarray) -> None:
    """Sort each bucket of the first digit by the `rest` of the bits; the last row of `counts` tells where they end.

    Back and forth between a bucket and the same piece of `spare`, both in a core's own cache. So threads do not share
    the way to memory, which is what limits them when no zeros are left out.
    """
    width = (rest + 1) // 2
    start = np.uint64(0)
    for end in counts[N_DIGITS - 1]:
        stop = np.uint64(end)
        if stop - start <= FEW:
            sort_few(ranked[start:stop])
        elif width > 0:
            _sort_bucket(ranked[start:stop], spare, width, counts)
        start = stop


@kernel
def _sort_bucket(items: np.ndarray, spare: np.ndarray, width: Integer, counts: np.ndarray) -> None:
    """Sort by two digits of `width` bits, through `spare`."""
    first, second = counts[0, : 1 << width], counts[1, : 1 << width]
    first[:], second[:] = 0, 0
    mask, step = np.uint64((1 << width) - 1), CLASS_BITS + np.uint64(width)
    n, zero = np.uint64(len(items)), np.uint64(0)
    for i in range(n):
        first[(items[i] >> CLASS_BITS) & mask] += _ONE
        second[(items[i] >> step) & mask] += _ONE
    to_starts(first)
    to_starts(second)
    _scatter_digit(items, spare, n, zero, first, CLASS_BITS, mask)
    _scatter_digit(spare, items, n, zero, second, step, mask)


@kernel
def sort_few(items: np.ndarray) -> None:
    """Sort by insertion; whole items, whose ties are in class order, so that stability does not matter."""
    for i in range(np.uint64(1), np.uint64(len(items))):
        item, j = items[i], np.uint64(i)
        while j > 0 and items[j - np.uint64(1)] > item:
            items[j] = items[j - np.uint64(1)]
            j -= np.uint64(1)
        items[j] = item
