"""The last ReLUs inside a module: those whose outputs, side by side, are its output, as in Inception or Fire modules.

Such a module has no value before its ReLU to maximize; a unit that is silent on the starting noise would have no
gradient. With its last ReLUs made transparent it has, and a ReLU of that value is what the module puts out.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils.weak import WeakIdKeyDictionary

# What only rearranges values or picks among them, so that a ReLU before it and one behind it are the same.
_PASSING = {"cat", "concat", "concatenate", "flatten", "view", "reshape", "contiguous", "clone"}
_PASSING |= {"max_pool2d", "_max_pool2d", "boolean_dispatch"}
_RELUS = {"relu", "relu_"}


class _TracedError(Exception):
    """The module has run; the rest of the forward pass is not wanted."""


class _Tracer(TorchFunctionMode):
    """Follows the outputs of ReLUs, numbered as they are called, as long as they are only passed on."""

    def __init__(self) -> None:
        super().__init__()
        self.n_calls = 0
        self.spent: set[int] = set()  # ReLUs whose values something computes with
        self._made_of = WeakIdKeyDictionary()

    def made_of(self, tensor: Tensor) -> frozenset[int]:
        """Return the ReLUs that `tensor` is put together of; none if anything else is in it."""
        return self._made_of.get(tensor, frozenset())

    def __torch_function__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        """Run the function, and note what its result is made of."""
        name = getattr(func, "__name__", "")
        inputs = list(_tensors(args))
        sources = [self.made_of(tensor) for tensor in inputs]
        result = func(*args, **(kwargs or {}))
        if not any(True for _ in _tensors([result])):
            return result  # a size or a type
        if name in _PASSING and inputs and all(sources):
            self._made_of[result] = frozenset().union(*sources)
            return result
        self.spent.update(*sources)
        if name in _RELUS:
            self._made_of[result] = frozenset({self.n_calls})
            self.n_calls += 1
        elif isinstance(result, Tensor) and result in self._made_of:
            del self._made_of[result]  # changed in place
        return result


class _Transparent(TorchFunctionMode):
    """Leaves out some of the ReLUs, by their numbers."""

    def __init__(self, left_out: frozenset[int]) -> None:
        super().__init__()
        self.left_out, self.n_calls = left_out, 0

    def __torch_function__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        """Run the function, or return its input."""
        if getattr(func, "__name__", "") in _RELUS:
            self.n_calls += 1
            if self.n_calls - 1 in self.left_out:
                return args[0]
        return func(*args, **(kwargs or {}))


def last_relus(network: nn.Module, module: nn.Module, images: Tensor) -> frozenset[int]:
    """Return the numbers of the ReLUs whose outputs make up that of `module`; none if it has no such end."""
    found: list[frozenset[int]] = []

    def traced(forward: Any, args: Any, kwargs: Any) -> Any:
        with _Tracer() as tracer:
            output = forward(*args, **kwargs)
        made_of = tracer.made_of(output) if isinstance(output, Tensor) else frozenset()
        found.append(frozenset() if made_of & tracer.spent else made_of)
        raise _TracedError

    with torch.no_grad(), _wrapped(module, traced), suppress(_TracedError):
        network(images)
    return found[0] if found else frozenset()


@contextmanager
def without_relus(module: nn.Module, left_out: frozenset[int]) -> Iterator[None]:
    """Leave the ReLUs of these numbers out of the forward passes of `module` within the block."""

    def transparent(forward: Any, args: Any, kwargs: Any) -> Any:
        with _Transparent(left_out):
            return forward(*args, **kwargs)

    if not left_out:
        yield
        return
    with _wrapped(module, transparent):
        yield


@contextmanager
def _wrapped(module: nn.Module, run: Any) -> Iterator[None]:
    forward = module.forward
    module.forward = lambda *args, **kwargs: run(forward, args, kwargs)
    try:
        yield
    finally:
        del module.forward


def _tensors(values: Iterable[Any]) -> Iterator[Tensor]:
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, list | tuple):
            yield from _tensors(value)
