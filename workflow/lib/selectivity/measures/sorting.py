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
FEWEST_IN_BUCKETS = np.uint64(1 << 19)  # below, all passes stay in the caches, and three are faster
FEW = np.uint64(32)

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
def load_unit(
    column: np.ndarray,
    bits: np.ndarray,
    offsets: np.ndarray,
    packed: np.ndarray,
    sums: np.ndarray,
    scatter: np.ndarray,
    positive: np.ndarray,
) -> tuple[Integer, bool]:
    """Summarize each class and pack the unit for `sort_packed`; return the number of packed items.

    Class by class, so that the second look at an activation finds it in the processor's cache. A unit with negative
    activations, which the second value tells, is not packed: that is for `sort_signed`.
    """
    count, is_signed = np.uint64(0), False
    for label in range(len(offsets) - 1):
        start, stop = offsets[label], offsets[label + 1]
        total, squares, above, below = _sum_members(column[start:stop])
        sums[label], scatter[label], positive[label] = total, squares, above
        is_signed = is_signed or below > 0
        if not is_signed:
            count = _pack_members(bits[start:stop], label, packed, count)
    return count, is_signed


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
def _to_starts(counts: np.ndarray) -> None:
    """Replace each count by the sum of those before it."""
    total = np.uint32(0)
    for value in range(len(counts)):
        count = counts[value]
        counts[value] = total
        total += count


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
        _to_starts(counts[digit, : 1 << width])


@kernel
def _bit_length(span: Integer) -> int:
    n_bits = 0
    while n_bits < 32 and (np.uint64(span) >> np.uint64(n_bits)) > np.uint64(0):
        n_bits += 1
    return n_bits


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
    span = (highest - base) >> CLASS_BITS
    n_bits = _bit_length(span)
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
    mask = np.uint64((1 << width) - 1)
    step = np.uint64(width)
    _scatter_digit(packed, ranked, n, counts[0], CLASS_BITS, mask)
    _scatter_digit(ranked, packed, n, counts[1], CLASS_BITS + step, mask)
    _scatter_digit(packed, ranked, n, counts[2], CLASS_BITS + step + step, mask)


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
    _to_starts(ends)
    for i in range(n):
        item = packed[i] - base
        place = ends[item >> shift]
        ends[item >> shift] = place + _ONE
        ranked[place] = item
    _sort_within(ranked, packed, rest, counts)


@kernel
def sort_signed(
    bits: np.ndarray, offsets: np.ndarray, spare: np.ndarray, ranked: np.ndarray, counts: np.ndarray
) -> Integer:
    """Sort a unit that has negative activations, zeros among them, into `ranked`; return the base of the keys.

    As `sort_buckets`, straight from the activations: no list of packed ones goes to memory and back.
    """
    lowest, highest = _signed_key(bits[0]), _signed_key(bits[0])
    for i in range(len(bits)):
        lowest = min(lowest, _signed_key(bits[i]))
        highest = max(highest, _signed_key(bits[i]))
    rest = max(_bit_length(highest - lowest) - DIGIT_BITS, 0)
    shift = np.uint64(rest)
    ends = counts[N_DIGITS - 1]
    ends[:] = 0
    for i in range(len(bits)):
        ends[(_signed_key(bits[i]) - lowest) >> shift] += _ONE
    _to_starts(ends)
    for label in range(len(offsets) - 1):
        wide_label = np.uint64(label)
        for i in range(offsets[label], offsets[label + 1]):
            key = _signed_key(bits[i]) - lowest
            place = ends[key >> shift]
            ends[key >> shift] = place + _ONE
            ranked[place] = (key << CLASS_BITS) | wide_label
    _sort_within(ranked, spare, rest, counts)
    return lowest << CLASS_BITS


@kernel
def _signed_key(pattern: Integer) -> Integer:
    """Return the descending key of any activation, -0.0 as 0."""
    magnitude = pattern & _MAGNITUDE
    is_negative = (pattern >= _SIGN) & (magnitude > np.uint32(0))
    return np.uint64(pattern) if is_negative else np.uint64(_MAGNITUDE - magnitude)


@kernel
def _sort_within(ranked: np.ndarray, spare: np.ndarray, rest: Integer, counts: np.ndarray) -> None:
    """Sort each bucket of the first digit by the `rest` of the bits; the last row of `counts` tells where they end.

    Back and forth between a bucket and the same piece of `spare`, both in a core's own cache. So threads do not share
    the way to memory, which is what limits them when no zeros are left out.
    """
    width = (rest + 1) // 2
    start = np.uint64(0)
    for end in counts[N_DIGITS - 1]:
        stop = np.uint64(end)
        if stop - start <= FEW:
            _sort_few(ranked[start:stop])
        elif width > 0:
            _sort_bucket(ranked[start:stop], spare, width, counts)
        start = stop


@kernel
def _sort_bucket(items: np.ndarray, spare: np.ndarray, width: Integer, counts: np.ndarray) -> None:
    """Sort by two digits of `width` bits, through `spare`."""
    first, second = counts[0, : 1 << width], counts[1, : 1 << width]
    first[:], second[:] = 0, 0
    mask, step = np.uint64((1 << width) - 1), CLASS_BITS + np.uint64(width)
    n = np.uint64(len(items))
    for i in range(n):
        first[(items[i] >> CLASS_BITS) & mask] += _ONE
        second[(items[i] >> step) & mask] += _ONE
    _to_starts(first)
    _to_starts(second)
    _scatter_digit(items, spare, n, first, CLASS_BITS, mask)
    _scatter_digit(spare, items, n, second, step, mask)


@kernel
def _sort_few(items: np.ndarray) -> None:
    """Sort by insertion; whole items, whose ties are in class order, so that stability does not matter."""
    for i in range(np.uint64(1), np.uint64(len(items))):
        item, j = items[i], np.uint64(i)
        while j > 0 and items[j - np.uint64(1)] > item:
            items[j] = items[j - np.uint64(1)]
            j -= np.uint64(1)
        items[j] = item


@kernel
def activation_of(item: Integer, base: Integer) -> float:
    """Return the activation of a ranked item."""
    key = np.uint32((np.uint64(item) + np.uint64(base)) >> CLASS_BITS)
    pattern = np.uint32(key if key >= _SIGN else _MAGNITUDE - key)
    return np.float64(pattern.view(np.float32))
