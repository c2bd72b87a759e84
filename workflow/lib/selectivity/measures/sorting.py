"""One sort of a unit's activations that serves every class, threshold and measure: a radix sort of their keys.

A short list is sorted by the last digit first, in three passes over the whole. A long one leaves the processor's cache
in each pass, and threads then share the way to memory. It is sorted by the first digit into buckets, in which class and
rest of the key fit into 32 bits, and then bucket by bucket in a core's own cache.
"""

import numpy as np

from selectivity.measures.compiled import Integer, kernel
from selectivity.measures.keys import CLASS_BITS, CLASS_MASK, bit_length, key_of

DIGIT_BITS = 11
N_DIGITS = 3  # 3 x 11 bits hold any rebased 32-bit key
FEWEST_IN_BUCKETS = np.uint64(1 << 19)  # below, three passes are faster, with one thread or two
FEW = np.uint64(32)

_ONE = np.uint32(1)


def first_digit_bits(n_classes: int) -> int:
    """Return the bits of the first digit: as many as leave 32 for the rest of a key and the class."""
    return max(DIGIT_BITS, (n_classes - 1).bit_length())


@kernel
def sort_packed(
    packed: np.ndarray,
    ranked: np.ndarray,
    n: Integer,
    class_bits: Integer,
    counts: np.ndarray,
    ends: np.ndarray,
) -> Integer:
    """Sort `n` packed activations into `ranked`, most active first, ties in class order; return the base of the keys.

    Stable, and only the key bits in use count.
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
        sort_buckets(packed, ranked, n, base, n_bits, class_bits, counts, ends)
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
        _to_starts(counts[digit, : 1 << width])


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
def _to_starts(counts: np.ndarray) -> None:
    """Replace each count by the sum of those before it."""
    total = np.uint32(0)
    for value in range(len(counts)):
        count = counts[value]
        counts[value] = total
        total += count


@kernel
def _rest_bits(n_bits: Integer, ends: np.ndarray) -> Integer:
    """Return the bits of a key of `n_bits` behind its first digit."""
    return np.uint64(max(n_bits - bit_length(len(ends) - 1), 0))


@kernel
def sort_buckets(
    packed: np.ndarray,
    ranked: np.ndarray,
    n: Integer,
    base: Integer,
    n_bits: Integer,
    class_bits: Integer,
    counts: np.ndarray,
    ends: np.ndarray,
) -> None:
    """Sort by the first digit, and the rest bucket by bucket."""
    rest = _rest_bits(n_bits, ends)
    shift = CLASS_BITS + rest
    ends[:] = 0
    for i in range(n):
        ends[(packed[i] - base) >> shift] += _ONE
    _to_starts(ends)
    buckets = _narrow_part(ranked, n)
    mask, step = (np.uint64(1) << rest) - np.uint64(1), np.uint64(class_bits)
    for i in range(n):
        item = packed[i] - base
        place = ends[item >> shift]
        ends[item >> shift] = place + _ONE
        buckets[place] = (((item >> CLASS_BITS) & mask) << step) | (item & CLASS_MASK)
    _sort_within(buckets, ends, rest, step, packed, ranked, counts)


@kernel
def sort_signed(
    bits: np.ndarray,
    offsets: np.ndarray,
    lowest: Integer,
    highest: Integer,
    class_bits: Integer,
    spare: np.ndarray,
    ranked: np.ndarray,
    counts: np.ndarray,
    ends: np.ndarray,
) -> Integer:
    """Sort a unit with negative activations, zeros among them, into `ranked`; return the base of the keys.

    As `sort_buckets`, straight from activations with keys from `lowest` to `highest`: none are left out, and a list of
    packed ones would only go to memory and back.
    """
    rest = _rest_bits(bit_length(highest - lowest), ends)
    ends[:] = 0
    for i in range(len(bits)):
        ends[(key_of(bits[i]) - lowest) >> rest] += _ONE
    _to_starts(ends)
    buckets = _narrow_part(ranked, len(bits))
    mask, step = (np.uint64(1) << rest) - np.uint64(1), np.uint64(class_bits)
    for label in range(len(offsets) - 1):
        wide_label = np.uint64(label)
        for i in range(offsets[label], offsets[label + 1]):
            key = key_of(bits[i]) - lowest
            place = ends[key >> rest]
            ends[key >> rest] = place + _ONE
            buckets[place] = ((key & mask) << step) | wide_label
    _sort_within(buckets, ends, rest, step, spare, ranked, counts)
    return lowest << CLASS_BITS


@kernel
def _narrow_part(ranked: np.ndarray, n: Integer) -> np.ndarray:
    """Return room for `n` items of 32 bits in the second half of that for `n` + 1 ranked ones.

    Those are written from the front and so never reach what is still to be read.
    """
    return ranked[: n + 1].view(np.uint32)[n + 1 :]


@kernel
def _sort_within(
    buckets: np.ndarray,
    ends: np.ndarray,
    rest: Integer,
    class_bits: Integer,
    spare: np.ndarray,
    ranked: np.ndarray,
    counts: np.ndarray,
) -> None:
    """Sort each bucket, whose items are ``rest of the key << class_bits | class``, and write it to `ranked`."""
    width = (rest + np.uint64(1)) // np.uint64(2)
    small = spare.view(np.uint32)
    start = np.uint64(0)
    for bucket in range(len(ends)):
        stop = np.uint64(ends[bucket])
        items, target = buckets[start:stop], ranked[start:stop]
        first_digit = np.uint64(bucket) << rest
        if stop - start <= FEW:
            _sort_few(items)
        if stop - start <= FEW or width == 0:
            for i in range(len(items)):
                target[i] = _widened(items[i], first_digit, class_bits)
        else:
            _sort_bucket(items, small, first_digit, width, class_bits, target, counts)
        start = stop


@kernel
def _widened(item: Integer, first_digit: Integer, class_bits: Integer) -> Integer:
    """Return an item of a bucket as a ranked one."""
    label = np.uint64(item) & ((np.uint64(1) << class_bits) - np.uint64(1))
    return ((first_digit | (np.uint64(item) >> class_bits)) << CLASS_BITS) | label


@kernel
def _sort_bucket(
    items: np.ndarray,
    spare: np.ndarray,
    first_digit: Integer,
    width: Integer,
    class_bits: Integer,
    target: np.ndarray,
    counts: np.ndarray,
) -> None:
    """Sort by two digits of `width` bits, through `spare`."""
    first, second = counts[0, : 1 << width], counts[1, : 1 << width]
    first[:], second[:] = 0, 0
    mask, step = (np.uint64(1) << width) - np.uint64(1), class_bits + width
    for i in range(len(items)):
        item = np.uint64(items[i])
        first[(item >> class_bits) & mask] += _ONE
        second[item >> step] += _ONE
    _to_starts(first)
    _to_starts(second)
    for i in range(len(items)):
        digit = (np.uint64(items[i]) >> class_bits) & mask
        place = first[digit]
        first[digit] = place + _ONE
        spare[place] = items[i]
    for i in range(len(items)):
        digit = np.uint64(spare[i]) >> step
        place = second[digit]
        second[digit] = place + _ONE
        target[place] = _widened(spare[i], first_digit, class_bits)


@kernel
def _sort_few(items: np.ndarray) -> None:
    """Sort by insertion; whole items, whose ties are in class order, so that stability does not matter."""
    for i in range(np.uint64(1), np.uint64(len(items))):
        item, j = items[i], np.uint64(i)
        while j > 0 and items[j - np.uint64(1)] > item:
            items[j] = items[j - np.uint64(1)]
            j -= np.uint64(1)
        items[j] = item
