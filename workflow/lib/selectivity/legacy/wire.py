"""The wire format of protocol buffers, as far as reading needs it.

Own code, for three reasons: arrays of 0.5 GB are views of the file's bytes, not copies; a truncated
file is reported with the layer it breaks in, which a library's parser cannot tell; and the workflow
needs neither generated code nor one more package. The format is frozen:
https://protobuf.dev/programming-guides/encoding.
"""

from collections.abc import Iterator

import numpy as np

from selectivity.errors import DataError

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5

Value = int | memoryview


class TruncatedError(DataError):
    """A message ends inside a field; `rest` is what there is of it."""

    def __init__(self, message: str, rest: memoryview) -> None:
        super().__init__(message)
        self.rest = rest


def fields(message: memoryview, where: str) -> Iterator[tuple[int, int, Value]]:
    """Yield (field number, wire type, value): an int or bytes; `where` names the message."""
    position = 0
    while position < len(message):
        key, position = varint(message, position, where)
        number, wire = key >> 3, key & 7
        if number == 0:
            raise DataError(f"{where}: not a protocol buffer (field number 0 at byte {position})")
        if wire == VARINT:
            value, position = varint(message, position, where)
            yield number, wire, value
            continue
        if wire == LENGTH:
            size, position = varint(message, position, where)
        elif wire in (FIXED32, FIXED64):
            size = 4 if wire == FIXED32 else 8
        else:
            raise DataError(f"{where}: not a protocol buffer (wire type {wire} in field {number})")
        if position + size > len(message):
            rest = message[position:]
            raise TruncatedError(
                f"{where}: truncated, field {number} needs {size} bytes, {len(rest)} are left", rest
            )
        yield number, wire, message[position : position + size]
        position += size


def varint(message: memoryview, position: int, where: str) -> tuple[int, int]:
    """Return the variable-length integer at `position` and the position after it."""
    value = 0
    for index in range(10):
        if position + index >= len(message):
            raise DataError(f"{where}: truncated inside a number")
        byte = message[position + index]
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return value, position + index + 1
    raise DataError(f"{where}: not a protocol buffer (a number longer than ten bytes)")


def integers(wire: int, value: Value, where: str) -> list[int]:
    """Return the integers of one occurrence of a repeated field, packed or not."""
    if wire == VARINT:
        assert isinstance(value, int)
        return [value]
    assert isinstance(value, memoryview)
    found, position = [], 0
    while position < len(value):
        number, position = varint(value, position, where)
        found.append(number)
    return found


def numbers(pieces: list[memoryview], dtype: str, where: str) -> np.ndarray:
    """Return the floating-point numbers of a repeated field, packed or one by one."""
    size = np.dtype(dtype).itemsize
    if any(len(piece) % size for piece in pieces):
        raise DataError(f"{where}: the number of bytes is not a multiple of {size}")
    if len(pieces) == 1:
        return np.frombuffer(pieces[0], dtype=dtype)
    return np.frombuffer(b"".join(pieces), dtype=dtype)


def text(value: Value, where: str) -> str:
    """Return a string field."""
    if not isinstance(value, memoryview):
        raise DataError(f"{where}: not a protocol buffer (a number where a name belongs)")
    try:
        return bytes(value).decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(f"{where}: not a protocol buffer (a name that is not text)") from error


def single(wire: int, value: Value) -> float:
    """Return a scalar number field: a varint or a 32-bit float."""
    if isinstance(value, int):
        return value
    return float(np.frombuffer(value, "<f4" if wire == FIXED32 else "<f8")[0])
