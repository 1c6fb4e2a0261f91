"""One writer per series, in this process and between processes; a wait can be cancelled and names the holder.

A thread lock comes first (file locks are per process on some systems), then a file lock that the system releases when
its holder dies. Lock files are never deleted: removing a held one would admit a second holder.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from threadx.errors import StoreError, StoreLockedError
from threadx.progress import NULL_PROGRESS, Progress
from threadx.store.fsio import Fs

__all__ = ["Busy", "exclusive", "holder_of", "try_exclusive"]

FIRST_PAUSE_S = 0.005
LONGEST_PAUSE_S = 0.2
"""A wait looks for cancel at least this often."""
SHOW_WAIT_AFTER_S = 1.0
"""A shorter wait is not worth a word on the screen."""

_HOLDER_BYTES = 400
"""Padded to one length, a shorter text covers all of a longer one."""

_thread_locks: dict[str, threading.Lock] = {}
_guard = threading.Lock()


class Busy(Exception):  # noqa: N818 - not a failure: the caller decides
    """Somebody else holds the lock."""


@contextmanager
def exclusive(fs: Fs, path: Path, what: str, *, timeout_s: float, progress: Progress = NULL_PROGRESS) -> Iterator[None]:
    """Hold the lock `path` inside the block.

    Args:
        fs: makes the folder and writes who holds the lock.
        path: the lock file.
        what: what is locked, for the message: "binance BTCUSDT".
        timeout_s: how long to wait, by the monotonic clock; 0 tries once.
        progress: its cancel ends the wait within LONGEST_PAUSE_S.

    Raises:
        StoreLockedError: it was not free in time; names the holder.
        JobCancelled: cancelled while waiting.
        StoreError: the file system has no locks.
    """
    fs.make_dirs(path.parent)
    release = _wait_for(path, what, timeout_s, progress)
    try:
        with suppress(OSError):  # who holds it is a courtesy to those who wait
            fs.scribble(_holder_file(path), _holder().ljust(_HOLDER_BYTES))
        yield
    finally:
        release()


@contextmanager
def try_exclusive(path: Path) -> Iterator[None]:
    """Hold the lock `path` inside the block; its folder must exist.

    Raises:
        Busy: somebody else holds it.
    """
    release = _try(path)
    if release is None:
        raise Busy
    try:
        yield
    finally:
        release()


def holder_of(path: Path) -> str:
    """Return who holds (or last held) a lock, in words."""
    try:
        said: dict[str, Any] = json.loads(_holder_file(path).read_bytes())
        return "process {pid} on {host}, since {since}".format_map(said)
    except (OSError, ValueError, KeyError, TypeError):
        return "an unknown process"


def _wait_for(path: Path, what: str, timeout_s: float, progress: Progress) -> Callable[[], None]:
    started, pause_s = time.monotonic(), FIRST_PAUSE_S
    while True:
        progress.raise_if_cancelled()
        release = _try(path)
        if release is not None:
            return release
        waited_s = time.monotonic() - started
        if waited_s >= timeout_s:
            raise StoreLockedError(
                "{what}: another program is writing ({holder})",
                hint="wait until it is done, or close it; the wait ended after {timeout_s:g} s",
                what=what,
                holder=holder_of(path),
                timeout_s=timeout_s,
            )
        if waited_s >= SHOW_WAIT_AFTER_S:
            progress.report(0, 0, "partitions", waiting=f"waiting for {holder_of(path)}")
        progress.wait(min(pause_s, timeout_s - waited_s))
        pause_s = min(pause_s * 2, LONGEST_PAUSE_S)


def _try(path: Path) -> Callable[[], None] | None:
    """Take both locks without waiting; return what releases them, or None."""
    thread_lock = _thread_lock(path)
    if not thread_lock.acquire(blocking=False):
        return None
    # A soft lock (the fallback where the system has none) would outlive a killed holder.
    file_lock = FileLock(path, preserve_lock_file=True, fallback_to_soft=False)
    try:
        file_lock.acquire(blocking=False)
    except Timeout:
        thread_lock.release()
        return None
    except NotImplementedError as error:
        thread_lock.release()
        raise StoreError("{path}: this file system has no locks", path=path) from error
    except BaseException:
        thread_lock.release()
        raise

    def release() -> None:
        try:
            file_lock.release()
        finally:
            thread_lock.release()

    return release


def _thread_lock(path: Path) -> threading.Lock:
    with _guard:
        return _thread_locks.setdefault(os.fspath(path), threading.Lock())


def _holder_file(path: Path) -> Path:
    return path.with_suffix(".holder")


def _holder() -> bytes:
    since = datetime.now(UTC).isoformat(timespec="seconds")
    return json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": since}).encode()
