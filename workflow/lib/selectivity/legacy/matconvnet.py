"""Read MatConvNet ``.mat`` files: SimpleNN (a list of layers) and DagNN (a graph of layers).

MATLAB drops trailing axes of one, so a filter bank (rows, cols, inputs, outputs) may come with
fewer than four axes; arrays are returned in torch's order (outputs, inputs, rows, cols). scipy's
own simplification is not used: it would drop the leading axes of one as well, and a 1 x 1
convolution could not be told from a matrix.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import scipy.io

from selectivity.errors import DataError
from selectivity.legacy.layers import Geometry, LegacyLayer, LegacyNetwork

METHODS = {"max": "max", "avg": "average"}


def read_matconvnet(path: Path) -> LegacyNetwork:
    """Return the layers of a SimpleNN or DagNN file."""
    path = Path(path)
    try:
        loaded = scipy.io.loadmat(path)
    except NotImplementedError as error:  # what scipy raises for HDF5 files
        raise DataError(
            f"{path.name} is in MATLAB's version 7.3 format; save it again with '-v7'"
        ) from error
    except Exception as error:  # scipy raises whatever the damaged bytes lead it to
        raise DataError(f"{path.name} cannot be read as a MATLAB file: {error}") from error
    content = {name: _plain(value) for name, value in loaded.items() if not name.startswith("__")}
    network = content.get("net", content)
    if not isinstance(network, Mapping) or "layers" not in network:
        found = ", ".join(sorted(content)) or "none"
        raise DataError(f"{path.name} holds no MatConvNet network (variables: {found})")
    layers = _items(network["layers"], f"{path.name}, layers")
    if "params" in network:
        params = _items(network["params"], f"{path.name}, params")
        parsed = _dagnn(layers, params, path.name)
        return LegacyNetwork("matconvnet-dagnn", parsed, _mean(network))
    parsed = tuple(_simple_layer(layer, index, path.name) for index, layer in enumerate(layers, 1))
    return LegacyNetwork("matconvnet-simplenn", parsed, _mean(network))


def _plain(value: Any) -> Any:
    """Turn scipy's arrays into dicts (structs), lists (cells, structs), strings and numbers."""
    if not isinstance(value, np.ndarray):
        return value
    if value.dtype.names:
        structs = [{key: _plain(item[key]) for key in value.dtype.names} for item in value.ravel()]
        return structs[0] if len(structs) == 1 else structs
    if value.dtype == object:
        return [_plain(item) for item in value.ravel(order="F")]
    if value.dtype.kind == "U":
        return str(value.ravel()[0]) if value.size else ""
    return value


def _items(value: Any, what: str) -> Sequence[Mapping[str, Any]]:
    """Return a list of structs, of which MATLAB writes a single one as a struct."""
    items = [value] if isinstance(value, Mapping) else value
    if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
        raise DataError(f"{what} is not a list of structs")
    return items


def _simple_layer(layer: Mapping[str, Any], index: int, source: str) -> LegacyLayer:
    name, kind = str(layer.get("name", f"layer{index}")), str(layer.get("type", ""))
    where = f"{source}, layer '{name}'"
    if "weights" in layer:
        weights = layer["weights"]
        arrays = weights if isinstance(weights, list) else [weights]
    else:  # files written before MatConvNet 1.0-beta8
        arrays = [layer[key] for key in ("filters", "biases") if key in layer]
    arrays = [np.asarray(array) for array in arrays if np.size(array)]
    return LegacyLayer(name, kind, _arrays(arrays, kind, where), _geometry(layer, kind))


def _dagnn(
    layers: Sequence[Mapping[str, Any]], params: Sequence[Mapping[str, Any]], source: str
) -> tuple[LegacyLayer, ...]:
    values = {str(param["name"]): np.asarray(param["value"]) for param in params}
    parsed = []
    for layer in layers:
        name, kind = str(layer["name"]), str(layer.get("type", "")).removeprefix("dagnn.")
        where = f"{source}, layer '{name}'"
        stated = layer.get("params", [])
        wanted = [stated] if isinstance(stated, str) else [str(item) for item in stated]
        missing = [item for item in wanted if item not in values]
        if missing:
            raise DataError(f"{where}: the parameters {', '.join(missing)} are not in the file")
        block = layer.get("block", {})
        block = block if isinstance(block, Mapping) else {}
        arrays = _arrays([values[item] for item in wanted], kind, where)
        parsed.append(LegacyLayer(name, kind, arrays, _geometry(block, kind)))
    return tuple(parsed)


def _arrays(arrays: list[np.ndarray], kind: str, where: str) -> tuple[np.ndarray, ...]:
    """Bring filters and biases into torch's order."""
    if not arrays:
        return ()
    if kind.lower() not in ("conv", "convt"):
        return tuple(np.asarray(array, np.float32) for array in arrays)
    filters = arrays[0]
    if filters.ndim > 4 or not np.issubdtype(filters.dtype, np.number):
        raise DataError(f"{where}: filters of shape {filters.shape} and type {filters.dtype}")
    filters = filters.reshape(filters.shape + (1,) * (4 - filters.ndim))
    # Transposed convolutions are stored (rows, cols, outputs, inputs); torch wants inputs first
    # there.
    weight = np.ascontiguousarray(filters.transpose(3, 2, 0, 1), np.float32)
    return (weight, *(np.asarray(array, np.float32).reshape(-1) for array in arrays[1:]))


def _geometry(layer: Mapping[str, Any], kind: str) -> Geometry:
    """Return the stated geometry by torch's names; MatConvNet pads top, bottom, left and right."""
    geometry: Geometry = {}
    kind = kind.lower()
    if kind in ("conv", "pool", "pooling"):
        if "stride" in layer:
            geometry["stride"] = _pair(layer["stride"])
        if "pad" in layer:
            top, _, left, _ = np.broadcast_to(np.ravel(layer["pad"]), 4)
            geometry["padding"] = (int(top), int(left))
        size = layer.get("pool", layer.get("poolSize"))
        if kind != "conv" and size is not None:
            geometry["kernel_size"] = _pair(size)
        if kind != "conv" and "method" in layer:
            geometry["method"] = METHODS.get(str(layer["method"]), str(layer["method"]))
    if kind in ("normalize", "lrn") and "param" in layer:
        size, k, alpha, beta = (float(value) for value in np.ravel(layer["param"]))
        geometry.update(size=size, k=k, alpha=alpha * size, beta=beta)
    return geometry


def _pair(value: Any) -> tuple[int, int]:
    numbers = np.ravel(value)
    return int(numbers[0]), int(numbers[-1])


def _mean(network: Mapping[str, Any]) -> tuple[float, float, float] | None:
    """Return the mean color (RGB, 0..255) of the average image that the file carries."""
    meta = network.get("meta", network)
    normalization = meta.get("normalization", {}) if isinstance(meta, Mapping) else {}
    image = normalization.get("averageImage") if isinstance(normalization, Mapping) else None
    if image is None or np.size(image) == 0 or np.size(image) % 3:
        return None
    red, green, blue = np.asarray(image, np.float64).reshape(-1, 3).mean(axis=0)
    return float(red), float(green), float(blue)
