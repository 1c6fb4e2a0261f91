"""Bounded, cancellable pools: work goes to a `concurrent.futures.Executor`, whoever provides it.

Threads and processes of the engine start here and nowhere else (jobs have their threads in `threadx.bridge.crew`, the
embedded exchange its own in `threadx.demo.server`).

* `thread_pool`: for waiting on network and disk, and for calls that leave the interpreter;
* `cpu_pool`: for calculation, by what the settings say: a cluster, processes, or threads. What is submitted must be a
  module's function with plain arguments, because it may be pickled;
* `apart`: for one long call that would hold up everything else in this process.

Processes are spawned: a script that starts them needs `if __name__ == "__main__":` around what it does.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from contextlib import contextmanager, suppress
from itertools import chain, islice
from multiprocessing.connection import Connection
from multiprocessing.connection import wait as ready
from typing import Any, TypeVar

from threadx.cluster import cluster_pool
from threadx.config import Settings
from threadx.errors import JobCancelled, ThreadXError
from threadx.progress import NULL_PROGRESS, Progress, ProgressEvent

__all__ = [
    "apart",
    "as_completed",
    "call",
    "cpu_pool",
    "ordered_map",
    "process_count",
    "process_pool",
    "side_by_side",
    "thread_pool",
]

Item = TypeVar("Item")
Result = TypeVar("Result")

POLL_S = 0.1
"""How long a wait for a worker may last before cancel is looked at (the promise is 0.5 s)."""
NOTICED_S = 2.0
"""How long a process may be dead before it counts as unnoticed."""
CLEAN_UP_S = 0.2
"""How long a cancel waits for a call in another process to put its files away."""
LEAVE_S = 3.0
"""How long such a call has in all, with nobody waiting any more, before its process is ended."""
MOST_PROCESSES = 8
"""Where the settings leave the number open: each takes some 150 MB."""


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
        return _result(pool, future, progress)
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
                yield _result(pool, pending.popleft(), progress)
        while pending:
            yield _result(pool, pending.popleft(), progress)
    finally:
        for future in pending:
            future.cancel()


def side_by_side(
    function: Callable[[Item], Result], items: Iterable[Item], *, progress: Progress = NULL_PROGRESS
) -> Iterator[Result]:
    """Yield `function(item)` for each item in order, two at once; a single item is done on the calling thread.

    For work that mostly waits for the disk or leaves the interpreter (encoding, hashing). The items themselves are
    made on the calling thread, a few ahead. Errors as `ordered_map`.
    """
    source = iter(items)
    first = list(islice(source, 2))
    if len(first) < 2:
        yield from map(function, first)
        return
    with thread_pool(2, "pair") as pool:
        yield from ordered_map(pool, function, chain(first, source), ahead=3, progress=progress)


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
            _look_after(pool)
    finally:
        for future in futures:
            future.cancel()


def _result(pool: Executor, future: Future[Result], progress: Progress) -> Result:
    while True:
        progress.raise_if_cancelled()
        if wait((future,), timeout=POLL_S).done:
            return future.result()
        _look_after(pool)


def _look_after(pool: Executor) -> None:
    if isinstance(pool, _Processes):
        pool.look_after()


# -- processes -------------------------------------------------------------------------------------------------------


@contextmanager
def process_pool(workers: int, *, join: bool = True) -> Iterator[Executor]:
    """Yield a pool of `workers` spawned processes; they start with the first work.

    On the way out what has not started is dropped and what runs is waited for. With `join=False`, and where the way
    out is an error or a cancel, nobody waits: the processes are ended at once, in the middle of what they do (what
    ThreadX writes is whole or absent at any moment). They also end when this process dies.

    Raises:
        ThreadXError: a process ended by itself: no memory, or a script without its main guard.
    """
    with _processes(workers, join=join) as (pool, _link):
        yield pool


def apart(function: Callable[..., Result], *arguments: object, progress: Progress = NULL_PROGRESS) -> Result:
    """Return `function(*arguments, progress=...)`, called in a process of its own, so that nothing here is held up.

    What the function reports arrives at `progress` (newest only, some ten times a second) and cancel reaches it; it
    then has `LEAVE_S` to put its files away. Starting the process takes about a second with what the engine imports.
    A cancel that comes when the function has ended changes nothing, as with a call in this process: what is done is
    done, and the caller hears of it.

    Args:
        function: a module's function; it, the arguments and what comes back are pickled.
        arguments: plain data.
        progress: reports and cancels here.

    Raises:
        ThreadXError: as `function`, or the process ended by itself.
        JobCancelled: cancelled before the function had ended.
    """
    progress.raise_if_cancelled()
    with _processes(1, join=True) as (pool, link):
        future: Future[Result] = pool.submit(_far_call, function, arguments)
        try:
            while not wait((future,), timeout=POLL_S).done:
                progress.raise_if_cancelled()
                _relay(link, progress)
                pool.look_after()
        except JobCancelled:
            with suppress(OSError):
                link.send(None)
            wait((future,), timeout=CLEAN_UP_S)
            raise
        with suppress(JobCancelled):  # too late
            _relay(link, progress)
        return future.result()


def process_count(settings: Settings) -> int:
    """Return how many processes `cpu_pool` uses; 1: none, the work stays in this process."""
    asked = settings.workers.processes
    return asked if asked else max(2, min((os.cpu_count() or 1) - 1, MOST_PROCESSES))


@contextmanager
def cpu_pool(settings: Settings) -> Iterator[Executor]:
    """Yield the pool for calculation: the cluster's where `[cluster] address` is set, else processes, else threads.

    Threads where `[workers] processes` is 1. On the way out as `process_pool`.

    Raises:
        ConfigError: the cluster does not answer, or the package for it is not installed.
    """
    if settings.cluster.address:
        with cluster_pool(settings.cluster.address) as pool:
            yield pool
    elif (workers := process_count(settings)) > 1:
        with process_pool(workers) as pool:
            yield pool
    else:
        with thread_pool(1, "cpu") as pool:
            yield pool


class _Processes(ProcessPoolExecutor):
    """Processes that never hear Ctrl+C, which a terminal sends to all: whoever started them decides."""

    def __init__(self, workers: int, far_end: Connection) -> None:
        """Start nothing yet; the processes end when the other end of the pipe does."""
        spawn = multiprocessing.get_context("spawn")
        super().__init__(workers, mp_context=spawn, initializer=_begin, initargs=(far_end,))
        self._not_done: set[Future[Any]] = set()
        self._died_s: float | None = None

    def submit(self, fn: Callable[..., Result], /, *args: object, **kwargs: object) -> Future[Result]:
        """As any executor does."""
        with _without_interrupt():  # processes start in here, and one that is still importing would die of it
            future = super().submit(fn, *args, **kwargs)
        self._not_done.add(future)
        future.add_done_callback(self._not_done.discard)
        return future

    def finish(self) -> None:
        """Drop what has not started and wait for what runs."""
        for future in tuple(self._not_done):
            future.cancel()
        while left := tuple(self._not_done):
            wait(left, timeout=POLL_S)
            self.look_after()

    def look_after(self) -> None:
        """End all where one died unnoticed: amid sending a result, for the rest of which its reader here waits."""
        processes = tuple((self._processes or {}).values())
        if not ready([process.sentinel for process in processes], 0):
            self._died_s = None
        elif self._died_s is None:
            self._died_s = time.monotonic()
        elif time.monotonic() - self._died_s > NOTICED_S:
            for process in processes:
                process.kill()
            self.close_results()

    def close_results(self) -> None:
        """Let the reader of results meet their end once no process can send any more."""
        self._result_queue._writer.close()  # type: ignore[attr-defined]  # noqa: SLF001 - no other way leads to it


@contextmanager
def _without_interrupt() -> Iterator[None]:
    """Have processes that this thread starts meanwhile born deaf to Ctrl+C, where the system can do that."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _processes(workers: int, *, join: bool) -> Iterator[tuple[_Processes, Connection]]:
    """Yield a pool and this end of the pipe to it: reports come out, a message in cancels, its closing ends all."""
    link, far_end = multiprocessing.get_context("spawn").Pipe()
    pool = _Processes(workers, far_end)
    wanted = False
    try:
        yield pool, link
        wanted = join
    except BrokenExecutor as error:
        raise ThreadXError(
            "a worker process ended before its work was done",
            hint="free memory, or set [workers] processes = 1; a script of your own that starts processes needs"
            ' `if __name__ == "__main__":` around what it does',
        ) from error
    finally:
        if wanted:
            pool.finish()
        else:
            # A process that ends amid sending a long result leaves its reader here waiting for the rest, for as long as
            # anybody could still send it: let that be the processes alone.
            pool.close_results()
        # The processes end at this, and do not have to be asked: one that was killed while it waited for work holds the
        # lock of the queue for ever, and the others would wait behind it.
        link.close()
        pool.shutdown(wait=wanted, cancel_futures=True)
        far_end.close()


def _relay(link: Connection, progress: Progress) -> None:
    """Hand on the newest report."""
    newest: ProgressEvent | None = None
    while link.poll():
        newest = link.recv()
    if newest is not None:
        progress.raise_if_cancelled()
        progress.pass_on(newest)


# -- in a spawned process --------------------------------------------------------------------------------------------


class _Far:
    """What a spawned process knows of the one that started it."""

    def __init__(self, link: Connection) -> None:
        self.progress = Progress(self._tell)
        self._link = link
        self._told_s = 0.0
        self._waiting = ""
        self._idle = threading.Event()
        self._idle.set()
        threading.Thread(target=self._listen, name="link", daemon=True).start()

    def call(self, function: Callable[..., Result], arguments: tuple[object, ...]) -> Result:
        """Call `function` with this progress."""
        self._idle.clear()
        try:
            return function(*arguments, progress=self.progress)
        finally:
            self._idle.set()

    def _tell(self, event: ProgressEvent) -> None:
        now_s = time.monotonic()
        if now_s - self._told_s >= POLL_S or event.waiting != self._waiting or event.done == event.total:
            self._told_s, self._waiting = now_s, event.waiting
            with suppress(OSError):  # nobody listens any more: this process is about to end
                self._link.send(event)

    def _listen(self) -> None:
        """Cancel when told to; end this process when the other end of the pipe is closed, or its owner dead."""
        try:
            while True:
                self._link.recv()
                self.progress.cancel()
        except (EOFError, OSError):
            self.progress.cancel()
            self._idle.wait(LEAVE_S)
            os._exit(1)  # the main thread may be busy for long


_far: list[_Far] = []


def _begin(link: Connection) -> None:
    """Prepare a spawned process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # where `_without_interrupt` could do nothing
    logging.getLogger("threadx").addHandler(logging.NullHandler())
    _far.append(_Far(link))


def _far_call(function: Callable[..., Result], arguments: tuple[object, ...]) -> Result:
    return _far[0].call(function, arguments)
