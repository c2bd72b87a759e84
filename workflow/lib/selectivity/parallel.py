"""An ordered map over threads that never runs far ahead of its reader: streaming with bounded memory."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def bounded_map(
    function: Callable[[Item], Result], items: Iterable[Item], workers: int, ahead: int = 1
) -> Iterator[Result]:
    """Yield ``function(item)`` in the order of `items`, computed by `workers` threads.

    At most ``workers + ahead`` results exist at a time. An error is raised at its item's turn; what has not begun by
    then is dropped.
    """
    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        try:
            for item in items:
                waiting.append(pool.submit(function, item))
                if len(waiting) >= workers + ahead:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
