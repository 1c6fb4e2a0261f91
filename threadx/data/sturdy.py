"""Work in processes that may die under it: no memory, or somebody killed one. What was in work is done again, alone."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import BrokenExecutor, Executor
from contextlib import AbstractContextManager
from functools import partial
from typing import TypeVar

from threadx.errors import ThreadXError
from threadx.progress import NULL_PROGRESS, Progress
from threadx.workers import call, ordered_map, process_pool

__all__ = ["sturdy_map"]

log = logging.getLogger(__name__)

Item = TypeVar("Item")
Result = TypeVar("Result")


def sturdy_map(
    open_pool: Callable[[Sequence[Item]], AbstractContextManager[Executor]],
    function: Callable[[Item], Result],
    items: Sequence[Item],
    *,
    ahead: int,
    progress: Progress = NULL_PROGRESS,
) -> Generator[Result | None]:
    """Yield `function(item)` for each item, in order, also where a process of the pool dies.

    What was in work then is done once more, one after the other in a process of its own; None stands for an item whose
    process died again. The rest goes on in a new pool.

    Args:
        open_pool: opens a pool for what is left.
        function: as for `ordered_map`, as are its errors; it does not return None.
        items: what there is to do.
        ahead: how many may be in work at once.
        progress: cancels.

    Raises:
        ThreadXError: no process can work here: whatever was tried first died, alone too.
    """
    left = deque(items)
    worked = False
    while left:
        with open_pool(tuple(left)) as pool:
            try:
                for result in ordered_map(pool, function, tuple(left), ahead=ahead, progress=progress):
                    left.popleft()
                    worked = True
                    yield result
            except BrokenExecutor:
                log.warning("a worker process ended before its work was done: what was in work is done again")
        died = None
        for item in [left.popleft() for _ in range(min(ahead, len(left)))]:
            try:
                with process_pool(1) as pool:
                    again = call(pool, partial(function, item), progress=progress)
            except ThreadXError as error:
                if not isinstance(error.__cause__, BrokenExecutor):
                    raise
                died = error
                yield None
            else:
                worked = True
                yield again
        if died is not None and not worked:
            raise died
