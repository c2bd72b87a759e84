"""The same sort for units with negative activations, where all images are ranked and memory is the limit.

Straight from the activations, without a list of packed ones: first into buckets of the first digit, then bucket by
bucket in a core's own cache, so that threads do not share the way to memory. Where class and the rest of the key fit
into 32 bits, as they do up to 2,048 classes, the buckets take half the space.
"""

import numpy as np

from selectivity.measures.compiled import Integer, kernel
from selectivity.measures.keys import CLASS_BITS, bit_length, key_of
from selectivity.measures.sorting import (
    DIGIT_BITS,
    FEW,
    N_DIGITS,
    sort_few,
    sort_within,
    to_starts,
)

NARROW_BITS = 32

_ONE = np.uint32(1)


@kernel
def sort_signed(
    bits: np.ndarray,
    offsets: np.ndarray,
    lowest: Integer,
    highest: Integer,
    spare: np.ndarray,
    ranked: np.ndarray,
    counts: np.ndarray,
) -> Integer:
    """Sort all activations, with keys from `lowest` to `highest`, into `ranked`; return the base of the keys."""
    rest = max(bit_length(highest - lowest) - DIGIT_BITS, 0)
    class_bits = bit_length(len(offsets) - 2)
    shift = np.uint64(rest)
    ends = counts[N_DIGITS - 1]
    ends[:] = 0
    for i in range(len(bits)):
        ends[(key_of(bits[i]) - lowest) >> shift] += _ONE
    to_starts(ends)
    if rest + class_bits <= NARROW_BITS:
        _sort_narrow(bits, offsets, lowest, rest, class_bits, spare, ranked, counts)
    else:
        _sort_wide(bits, offsets, lowest, rest, spare, ranked, counts)
    return lowest << CLASS_BITS


@kernel
def _sort_wide(
    bits: np.ndarray,
    offsets: np.ndarray,
    lowest: Integer,
    rest: Integer,
    spare: np.ndarray,
    ranked: np.ndarray,
    counts: np.ndarray,
) -> None:
    ends, shift = counts[N_DIGITS - 1], np.uint64(rest)
    for label in range(len(offsets) - 1):
        wide_label = np.uint64(label)
        for i in range(offsets[label], offsets[label + 1]):
            key = key_of(bits[i]) - lowest
            place = ends[key >> shift]
            ends[key >> shift] = place + _ONE
            ranked[place] = (key << CLASS_BITS) | wide_label
    sort_within(ranked, spare, rest, counts)


@kernel
def _sort_narrow(
    bits: np.ndarray,
    offsets: np.ndarray,
    lowest: Integer,
    rest: Integer,
    class_bits: Integer,
    spare: np.ndarray,
    ranked: np.ndarray,
    counts: np.ndarray,
) -> None:
    """Fill the buckets with ``rest of the key << class_bits | class`` and widen each when it is sorted.

    The buckets lie in the second half of `ranked`, whose items are written from the front and so never reach what is
    still to be read.
    """
    narrow = ranked.view(np.uint32)[len(ranked) :]
    ends, shift, step = counts[N_DIGITS - 1], np.uint64(rest), np.uint64(class_bits)
    mask = (np.uint64(1) << shift) - np.uint64(1)
    for label in range(len(offsets) - 1):
        wide_label = np.uint64(label)
        for i in range(offsets[label], offsets[label + 1]):
            key = key_of(bits[i]) - lowest
            place = ends[key >> shift]
            ends[key >> shift] = place + _ONE
            narrow[place] = np.uint32(((key & mask) << step) | wide_label)
    width = (rest + 1) // 2
    small = spare.view(np.uint32)
    start = np.uint64(0)
    for bucket in range(len(ends)):
        stop = np.uint64(ends[bucket])
        items, target = narrow[start:stop], ranked[start:stop]
        first_digit = np.uint64(bucket) << shift
        if stop - start <= FEW:
            sort_few(items)
            _widen(items, first_digit, step, target)
        elif width == 0:
            _widen(items, first_digit, step, target)
        else:
            _sort_bucket(items, small, first_digit, width, step, target, counts)
        start = stop


@kernel
def _wide(item: Integer, first_digit: Integer, class_bits: Integer) -> Integer:
    """Return an item of a bucket with its whole key."""
    label = np.uint64(item) & ((np.uint64(1) << class_bits) - np.uint64(1))
    return ((first_digit | (np.uint64(item) >> class_bits)) << CLASS_BITS) | label


@kernel
def _widen(
    items: np.ndarray, first_digit: Integer, class_bits: Integer, target: np.ndarray
) -> None:
    for i in range(len(items)):
        target[i] = _wide(items[i], first_digit, class_bits)


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
    mask, step = np.uint64((1 << width) - 1), class_bits + np.uint64(width)
    for i in range(len(items)):
        item = np.uint64(items[i])
        first[(item >> class_bits) & mask] += _ONE
        second[item >> step] += _ONE
    to_starts(first)
    to_starts(second)
    for i in range(len(items)):
        digit = (np.uint64(items[i]) >> class_bits) & mask
        place = first[digit]
        first[digit] = place + _ONE
        spare[place] = items[i]
    for i in range(len(items)):
        digit = np.uint64(spare[i]) >> step
        place = second[digit]
        second[digit] = place + _ONE
        target[place] = _wide(spare[i], first_digit, class_bits)
