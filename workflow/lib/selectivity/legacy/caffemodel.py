"""Read ``.caffemodel`` files: old (V1) and new layer messages, old and new blob shapes.

Field numbers are those of ``caffe.proto`` (BVLC Caffe). Layers without arrays are returned as well,
since their geometry (pooling, normalization) is checked against the torch network at conversion.
"""

from pathlib import Path

import numpy as np

from selectivity.errors import DataError
from selectivity.legacy.layers import Geometry, LegacyLayer, LegacyNetwork
from selectivity.legacy.wire import (
    LENGTH,
    TruncatedError,
    Value,
    fields,
    integers,
    numbers,
    single,
    text,
)

NET_LAYERS_V1, NET_LAYER = 2, 100

V1_KINDS = {
    3: "Concat", 4: "Convolution", 5: "Data", 6: "Dropout", 8: "Flatten", 14: "InnerProduct",
    15: "LRN", 17: "Pooling", 18: "ReLU", 20: "Softmax", 21: "SoftmaxWithLoss", 22: "Split",
    25: "Eltwise", 39: "Deconvolution",
}  # fmt: skip

NEW_FIELDS = {
    1: "name", 2: "type", 7: "blob", 106: "convolution", 118: "lrn", 121: "pooling", 123: "relu",
}  # fmt: skip
V1_FIELDS = {
    1: "v0", 4: "name", 5: "type", 6: "blob", 10: "convolution", 18: "lrn", 19: "pooling",
    30: "relu",
}  # fmt: skip

GEOMETRY: dict[str, dict[int, tuple[str, int | None]]] = {
    "convolution": {
        3: ("padding", None), 4: ("kernel_size", None), 5: ("groups", None), 6: ("stride", None),
        18: ("dilation", None), 9: ("padding", 0), 10: ("padding", 1), 11: ("kernel_size", 0),
        12: ("kernel_size", 1), 13: ("stride", 0), 14: ("stride", 1),
    },
    "pooling": {
        1: ("method", None), 2: ("kernel_size", None), 3: ("stride", None), 4: ("padding", None), 5: ("kernel_size", 0),
        6: ("kernel_size", 1), 7: ("stride", 0), 8: ("stride", 1), 9: ("padding", 0),
        10: ("padding", 1),
    },
    "lrn": {1: ("size", None), 2: ("alpha", None), 3: ("beta", None), 5: ("k", None)},
    "relu": {1: ("negative_slope", None)},
}  # fmt: skip
"""Of each parameter message, by field number: torch's name, and the axis if the field is of one."""

DEFAULTS: dict[str, Geometry] = {
    "convolution": {"padding": (0, 0), "stride": (1, 1), "groups": 1, "dilation": (1, 1)},
    "pooling": {"padding": (0, 0), "stride": (1, 1), "method": "max"},
    "lrn": {"size": 5, "alpha": 1.0, "beta": 0.75, "k": 1.0},
    "relu": {"negative_slope": 0.0},
}
POOLING_METHODS = {0: "max", 1: "average", 2: "stochastic"}
PAIRS = ("padding", "kernel_size", "stride", "dilation")


def read_caffemodel(path: Path) -> LegacyNetwork:
    """Return the layers of a ``.caffemodel`` file; errors name the layer that a file breaks in."""
    path = Path(path)
    content = path.read_bytes()
    layers = _layers(memoryview(content), path.name)
    if not any(layer.arrays for layer in layers):
        raise DataError(
            f"{path.name} holds no weights (it begins with {content[:16]!r}): "
            "a .caffemodel is needed, not a .prototxt or a web page"
        )
    return LegacyNetwork("caffe", tuple(layers))


def _layers(message: memoryview, source: str) -> list[LegacyLayer]:
    layers: list[LegacyLayer] = []
    try:
        for number, wire, value in fields(message, source):
            if wire == LENGTH and number in (NET_LAYERS_V1, NET_LAYER):
                assert isinstance(value, memoryview)
                names = NEW_FIELDS if number == NET_LAYER else V1_FIELDS
                layers.append(_layer(value, names, source))
    except TruncatedError as error:
        broken = _name(error.rest, NEW_FIELDS) or _name(error.rest, V1_FIELDS)
        last = f", after layer '{layers[-1].name}'" if layers else ""
        raise DataError(f"{error}: the file ends inside layer '{broken or '?'}'{last}") from None
    return layers


def _name(message: memoryview, names: dict[int, str]) -> str:
    """Return the name field of a layer, of which only a part may be there, or nothing."""
    try:
        for number, wire, value in fields(message, ""):
            if names.get(number) == "name" and wire == LENGTH:
                return text(value, "")
    except DataError:
        pass
    return ""


def _layer(message: memoryview, names: dict[int, str], source: str) -> LegacyLayer:
    where = f"{source}, layer '{_name(message, names) or '?'}'"
    name, kind = "", ""
    arrays: list[np.ndarray] = []
    geometry: Geometry = {}
    for number, _wire, value in fields(message, where):
        match names.get(number):
            case "name":
                name = text(value, where)
            case "type":
                kind = (
                    V1_KINDS.get(value, str(value))
                    if isinstance(value, int)
                    else text(value, where)
                )
            case "blob":
                arrays.append(_blob(value, f"{where}, array {len(arrays)}"))
            case "v0":
                raise DataError(
                    f"{where}: layer messages of 2013 (V0); upgrade the file with Caffe's "
                    "upgrade_net_proto_binary"
                )
            case "convolution" | "pooling" | "lrn" | "relu" as parameter:
                geometry = _geometry(value, parameter, where)
    return LegacyLayer(name, kind, tuple(arrays), geometry)


def _blob(message: Value, where: str) -> np.ndarray:
    """Return the array of a BlobProto, with a shape message (7) or the older four numbers (1-4)."""
    if not isinstance(message, memoryview):
        raise DataError(f"{where}: not a protocol buffer (a number where an array belongs)")
    legacy: dict[int, int] = {}
    shape: list[int] | None = None
    data: dict[int, list[memoryview]] = {5: [], 8: []}
    for number, _wire, value in fields(message, where):
        if number in (1, 2, 3, 4) and isinstance(value, int):
            legacy[number] = value
        elif number == 7 and isinstance(value, memoryview):
            inner = fields(value, where)
            shape = [n for field, w, v in inner if field == 1 for n in integers(w, v, where)]
        elif number in data and isinstance(value, memoryview):
            data[number].append(value)
    array = numbers(data[8], "<f8", where) if data[8] else numbers(data[5], "<f4", where)
    dims = tuple(shape if shape is not None else (legacy.get(axis, 1) for axis in (1, 2, 3, 4)))
    if int(np.prod(dims, dtype=np.int64)) != array.size:
        raise DataError(f"{where}: {array.size} numbers do not fill the stated shape {dims}")
    return array.astype(np.float32, copy=False).reshape(dims)


def _geometry(message: Value, parameter: str, where: str) -> Geometry:
    """Return the stated geometry, with Caffe's defaults, by torch's names."""
    assert isinstance(message, memoryview)
    found: dict[str, list[float]] = {}
    by_axis: dict[str, dict[int, int]] = {}
    for number, wire, value in fields(message, where):
        name, axis = GEOMETRY[parameter].get(number, ("", None))
        if not name:
            continue
        if axis is not None and isinstance(value, int):
            by_axis.setdefault(name, {})[axis] = value
        elif isinstance(value, memoryview) and wire == LENGTH:
            found.setdefault(name, []).extend(integers(wire, value, where))
        else:
            found.setdefault(name, []).append(single(wire, value))
    result: Geometry = dict(DEFAULTS[parameter])
    for name, values in found.items():
        result[name] = (int(values[0]), int(values[-1])) if name in PAIRS else values[0]
    if "method" in found:
        stated = int(found["method"][0])
        result["method"] = POOLING_METHODS.get(stated, f"number {stated}")
    for name, axes in by_axis.items():
        result[name] = (axes.get(0, 0), axes.get(1, 0))
    return result
