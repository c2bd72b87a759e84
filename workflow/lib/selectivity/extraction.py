"""Run a network over images and stream what its layers put out.

Byte identity. The last bits of a forward pass depend on how many images it takes: matrix products of one or a few
rows, and convolutions of one image, run in other kernels with another order of summation than larger ones (measured
for oneDNN and MKL). So every forward pass takes exactly `FORWARD_ROWS` images, the last one padded, whatever the batch
size; image i of the list always takes the same place of the same pass. They depend on the number of threads within an
operation too, so each pass runs in one thread; more cores run more passes side by side, which changes nothing.
"""

import copy
import logging
import queue
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import torch
from torch import nn

from selectivity.datasets import Images
from selectivity.errors import ConfigError, DataError
from selectivity.hooks import Recorder, Relu, record_layers
from selectivity.maps import first_maximum
from selectivity.networks import Preprocessing
from selectivity.parallel import bounded_map

log = logging.getLogger(__name__)

# Large enough for full speed on a CPU, small enough for VGG-16 in 2 GB; a change alters the last bits of results.
FORWARD_ROWS: dict[str, int] = {"cpu": 32, "cuda": 256}


CPU = torch.device("cpu")


@dataclass(frozen=True)
class LayerOutput:
    """What a layer puts out for some images.

    Attributes
    ----------
    values
        One number a unit, (images, units) float32; of a map its maximum or mean.
    positions
        Where in the map the maximum lies, counted by rows; the first one of several. None for layers without map.
        With `pre_relu` that of the maximum before the ReLU, which tells places of silent maps apart.
    pre_relu
        `values` before the ReLU, where asked for.
    map_shape
        Rows and columns of the map.
    """

    values: np.ndarray
    positions: np.ndarray | None = None
    pre_relu: np.ndarray | None = None
    map_shape: tuple[int, int] | None = None


@dataclass(frozen=True)
class HookPoint:
    """Which value of a layer was recorded, and whether it may be negative."""

    description: str
    signed: bool


@dataclass(frozen=True)
class Batch:
    """The outputs of all layers for the images ``rows``, and what the recorder learnt about the layers."""

    rows: np.ndarray
    outputs: dict[str, LayerOutput]
    hook_points: dict[str, HookPoint]


def reduce_map(
    tensor: torch.Tensor, spatial: Literal["max", "mean"], rectify: bool = False
) -> LayerOutput:
    """Return one value for each unit of (images, units) or (images, units, rows, columns), after a ReLU if asked for.

    The maximum of a rectified map is the rectified maximum, so that no map needs to be copied for it.
    """
    if tensor.ndim == 2 or tensor.shape[2:].numel() == 1:
        plain = tensor.flatten(1).float()
        return LayerOutput((torch.relu(plain) if rectify else plain.clone()).cpu().numpy())
    n_images, n_units, rows, columns = tensor.shape
    by_place = tensor.permute(0, 2, 3, 1).reshape(n_images, rows * columns, n_units).float()
    if tensor.device.type == "cpu":
        values, positions = first_maximum(by_place.numpy())
    else:
        largest, first = by_place.max(dim=1)
        values, positions = largest.cpu().numpy(), first.to(torch.int32).cpu().numpy()
    if rectify:
        positions[values <= 0] = 0  # a silent map has its maximum everywhere
        np.maximum(values, 0, out=values)
    if spatial == "mean":
        averaged = torch.relu(by_place) if rectify else by_place
        values = averaged.mean(dim=1).cpu().numpy()
    return LayerOutput(values, positions, None, (rows, columns))


def choose_device(name: str) -> torch.device:
    """Return the device that ``auto``, ``cpu`` or ``cuda`` asks for, and say which in the log."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    device = torch.device(name)
    if device.type == "cuda" and not torch.cuda.is_available():
        raise ConfigError(f"device '{name}' was asked for, but torch finds no GPU here")
    if device.type == "cuda":
        log.info("running on the GPU %s", torch.cuda.get_device_name(device))
    else:
        log.info("running on the CPU")
    return device


@dataclass(frozen=True)
class Extraction:
    """How a network is run over images.

    Attributes
    ----------
    network, preprocessing
        The network in evaluation mode and what it wants its images to be.
    layers
        Layer name -> module path.
    spatial
        Value of a unit with a map: its maximum or its mean.
    relu
        Record after or before the ReLU that follows a layer.
    with_pre_relu
        Record before the ReLU too.
    device, workers, batch_size
        Where to run, how many passes side by side, how many images to load at a time. They change no result.
    """

    network: nn.Module
    preprocessing: Preprocessing
    layers: Mapping[str, str]
    spatial: Literal["max", "mean"] = "max"
    relu: Relu = "post"
    with_pre_relu: bool = False
    device: torch.device = CPU
    workers: int = 1
    batch_size: int = 64

    def run(self, images: Images, rows: Sequence[int] | np.ndarray) -> Iterator[Batch]:
        """Yield the outputs for `rows` of `images`, in their order; memory does not grow with their number."""
        torch.set_num_threads(1)
        size = FORWARD_ROWS[self.device.type]
        per_task = size * -(-self.batch_size // size)
        rows = np.asarray(rows)
        tasks = [rows[start : start + per_task] for start in range(0, len(rows), per_task)]
        network = self.network.to(self.device)
        network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        run = self._run_on_gpu if self.device.type == "cuda" else self._run_on_cpu
        with ExitStack() as stack:
            yield from run(stack, network, images, tasks)

    def _run_on_cpu(
        self, stack: ExitStack, network: nn.Module, images: Images, tasks: list[np.ndarray]
    ) -> Iterator[Batch]:
        """Each thread loads its images and runs its own passes: nothing waits for anything else."""
        n_workers = max(1, min(self.workers, len(tasks)))
        free: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        for _ in range(n_workers):
            free.put(_Worker(self, _replica(network), stack))

        def work(rows: np.ndarray) -> list[Batch]:
            worker = free.get()
            try:
                return [worker.forward(block, pixels) for block, pixels in self._load(images, rows)]
            finally:
                free.put(worker)

        for batches in bounded_map(work, tasks, n_workers):
            yield from batches

    def _run_on_gpu(
        self, stack: ExitStack, network: nn.Module, images: Images, tasks: list[np.ndarray]
    ) -> Iterator[Batch]:
        """Threads load images ahead; this one feeds the GPU."""
        worker = _Worker(self, network, stack)
        torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
        torch.backends.cudnn.deterministic = True
        loaded = bounded_map(
            lambda rows: list(self._load(images, rows)), tasks, self.workers, ahead=2
        )
        for blocks in loaded:
            for block, pixels in blocks:
                yield worker.forward(block, pixels)

    def _load(self, images: Images, rows: np.ndarray) -> Iterator[tuple[np.ndarray, torch.Tensor]]:
        """Yield the rows and pixels of each forward pass, loaded `batch_size` images at a time."""
        size = FORWARD_ROWS[self.device.type]
        for start in range(0, len(rows), size):
            block = rows[start : start + size]
            pieces = [
                self.preprocessing(images.load(block[i : i + self.batch_size]))
                for i in range(0, len(block), self.batch_size)
            ]
            sizes = sorted({tuple(piece.shape[2:]) for piece in pieces})
            if len(sizes) > 1:
                raise DataError(
                    f"images of different sizes ({sizes[0]} and {sizes[1]}) cannot be shown together; set "
                    "preprocessing.resize and crop"
                )
            yield block, pieces[0] if len(pieces) == 1 else torch.cat(pieces)


class _Worker:
    """A network with its hooks, for one thread at a time."""

    def __init__(self, extraction: Extraction, network: nn.Module, stack: ExitStack) -> None:
        self._settings, self._network = extraction, network
        self._n_images = 0
        self._is_first = True
        layers = extraction.layers

        def record(relu: Relu) -> Recorder:
            return stack.enter_context(record_layers(network, layers, relu, self._keep))

        self._recorder = record(extraction.relu)
        self._pre_relu = record("pre") if extraction.with_pre_relu else None

    def forward(self, rows: np.ndarray, pixels: torch.Tensor) -> Batch:
        """Run one pass of exactly `FORWARD_ROWS` images and keep those that are no padding."""
        device = self._settings.device
        padded = _padded(pixels, FORWARD_ROWS[device.type])
        self._n_images = len(rows)
        try:
            with torch.inference_mode():
                if (
                    self._is_first
                ):  # the recorder learns on one image: it copies every layer for that
                    self._network(padded[:1].to(device))
                    self._is_first = False
                self._network(padded.to(device))
        except RuntimeError as error:
            if "out of memory" in str(error):
                raise
            raise ConfigError(
                f"the network cannot take images of shape {tuple(pixels.shape[1:])} ({str(error).splitlines()[0]}); "
                "see its preprocessing"
            ) from error
        outputs: dict[str, LayerOutput] = dict(self._recorder.outputs)
        if self._pre_relu is not None:
            for layer, output in self._pre_relu.outputs.items():
                outputs[layer] = replace(
                    outputs[layer], pre_relu=output.values, positions=output.positions
                )
        return Batch(rows, outputs, self._hook_points())

    def _keep(self, _layer: str, tensor: torch.Tensor, rectify: bool) -> LayerOutput:
        return reduce_map(tensor[: self._n_images], self._settings.spatial, rectify)

    def _hook_points(self) -> dict[str, HookPoint]:
        recorder = self._recorder
        return {
            layer: HookPoint(recorder.hook_point(layer), recorder.is_signed(layer))
            for layer in self._settings.layers
        }


def _padded(pixels: torch.Tensor, n_images: int) -> torch.Tensor:
    """Return `pixels` with black images appended up to `n_images`."""
    if len(pixels) == n_images:
        return pixels
    padded = torch.zeros((n_images, *pixels.shape[1:])).to(memory_format=torch.channels_last)
    padded[: len(pixels)] = pixels
    return padded


def _replica(network: nn.Module) -> nn.Module:
    """Return a copy with modules and hooks of its own that shares all tensors."""
    shared: dict[int, Any] = {
        id(tensor): tensor for tensor in [*network.parameters(), *network.buffers()]
    }
    return copy.deepcopy(network, shared)
