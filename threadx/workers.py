"""Bounded, cancellable pools: work goes to a `concurrent.futures.Executor`, whoever provides it.

Threads of the engine start here and nowhere else (jobs have their own in `threadx.bridge.crew`, the embedded
exchange its own in `threadx.demo.server`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import TypeVar

from threadx.progress import NULL_PROGRESS, Progress

__all__ = ["as_completed", "call", "ordered_map", "side_by_side", "thread_pool"]

Item = TypeVar("Item")
Result = TypeVar("Result")

POLL_S = 0.1
"""How long a wait for a worker may last before cancel is looked at (the promise is 0.5 s)."""


@contextmanager
def thread_pool(workers: int, name: str, *, join: bool = True) -> Iterator[Executor]:
    """Yield a pool of `workers` threads named `name_0` ...; on the way out drop what has not started and join.

    With `join=False` what runs ends by itself later: for work that may hang in a call nobody can interrupt.
    """
    pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix=name)
    try:
        yield pool
    finally:
        pool.shutdown(wait=join, cancel_futures=True)


def call(pool: Executor, function: Callable[[], Result], *, progress: Progress = NULL_PROGRESS) -> Result:
    """Return `function()`, run in the pool. Cancel is seen within `POLL_S`, whatever `function` is stuck in."""
    future = pool.submit(function)
    try:
        return _result(future, progress)
    finally:
        future.cancel()


def ordered_map(
    pool: Executor,
    function: Callable[[Item], Result],
    items: Iterable[Item],
    *,
    ahead: int,
    progress: Progress = NULL_PROGRESS,
) -> Iterator[Result]:
    """Yield `function(item)` for each item in order, computing at most `ahead` items at once.

    The first error is raised where its result would have come; what has not started is dropped. Cancel is seen
    within `POLL_S` as long as `function` itself answers to it.
    """
    pending: deque[Future[Result]] = deque()
    source = iter(items)
    try:
        for item in source:
            progress.raise_if_cancelled()
            pending.append(pool.submit(function, item))
            if len(pending) >= ahead:
                yield _result(pending.popleft(), progress)
        while pending:
            yield _result(pending.popleft(), progress)
    finally:
        for future in pending:
            future.cancel()


def side_by_side(
    function: Callable[[Item], Result], items: Sequence[Item], *, progress: Progress = NULL_PROGRESS
) -> Iterator[Result]:
    """Yield `function(item)` for each item in order, two at once; a single item is done on the calling thread.

    For work that mostly waits for the disk or leaves the interpreter (encoding, hashing). Errors as `ordered_map`.
    """
    if len(items) < 2:
        yield from map(function, items)
        return
    with thread_pool(2, "pair") as pool:
        yield from ordered_map(pool, function, items, ahead=3, progress=progress)


def as_completed(
    pool: Executor,
    function: Callable[[Item], Result],
    items: Iterable[Item],
    *,
    progress: Progress = NULL_PROGRESS,
) -> Iterator[tuple[Item, Result]]:
    """Yield `(item, function(item))` as each ends, in no order. An error of `function` is raised at its turn."""
    futures = {pool.submit(function, item): item for item in items}
    try:
        while futures:
            progress.raise_if_cancelled()
            ended, _ = wait(futures, timeout=POLL_S, return_when=FIRST_COMPLETED)
            for future in ended:
                yield futures.pop(future), future.result()
    finally:
        for future in futures:
            future.cancel()


def _result(future: Future[Result], progress: Progress) -> Result:
    while True:
        progress.raise_if_cancelled()
        ended, _ = wait((future,), timeout=POLL_S)
        if ended:
            return future.result()
