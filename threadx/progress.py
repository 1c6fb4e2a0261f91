"""Progress: one object that a long call both reports to and is cancelled through.

A function takes `progress: Progress = NULL_PROGRESS`, reports as it goes and passes it on. The same call then
serves the API (nobody listens), the command line (bars) and the window (events), with no test for None anywhere.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from threadx.errors import JobCancelled

__all__ = ["NULL_PROGRESS", "Progress", "ProgressEvent"]


@dataclass(frozen=True, slots=True)
class ProgressEvent:
    """One report. Frozen, so it can cross threads."""

    subject: str
    """What the work is about: a symbol, or "" for the whole call."""
    done: int
    total: int
    """In `unit`; 0 while the total is not known."""
    unit: str
    """"bars", "partitions", "symbols" ..."""
    waiting: str = ""
    """Why nothing moves right now ("waiting 12 s, the server asked"); "" while working."""
    weight_used: int | None = None
    """API weight used in the current clock minute, as the server last said."""
    wait_s: float = 0.0
    """How long `waiting` still lasts, as far as that is known; 0 where it is not."""
    step: str = ""
    """Which step of several this is; "" where there is only one."""


class Progress:
    """Reports to `listener` and carries the wish to cancel. Every method may be called from any thread.

    `listener` is called on the thread that reports, so it must be quick and must not raise.
    """

    def __init__(self, listener: Callable[[ProgressEvent], None] | None = None) -> None:
        self._listener = listener
        self._subject = ""
        self._cancelled = threading.Event()
        self._lock = threading.Lock()
        self._on_cancel: list[Callable[[], None]] = []

    def about(self, subject: str) -> Progress:
        """Return a progress for one part of the work: same listener, cancelled together with this one."""
        return self._part(self._listener, subject)

    def heard_by(self, listener: Callable[[ProgressEvent], None]) -> Progress:
        """Return a progress that reports to `listener` instead, cancelled together with this one."""
        return self._part(listener, "")

    def _part(self, listener: Callable[[ProgressEvent], None] | None, subject: str) -> Progress:
        part = Progress(listener)
        part._subject = subject
        part._cancelled = self._cancelled
        part._lock = self._lock
        part._on_cancel = self._on_cancel
        return part

    def pass_on(self, event: ProgressEvent) -> None:
        """Tell the listener of a report that another progress heard; no place to cancel."""
        if self._listener is not None:
            self._listener(event)

    def report(
        self, done: int, total: int, unit: str, *,
        waiting: str = "", weight_used: int | None = None, wait_s: float = 0.0,
    ) -> None:  # fmt: skip
        """Tell how far the work is; raise JobCancelled when it is no longer wanted."""
        self.raise_if_cancelled()
        if self._listener is not None:
            self._listener(ProgressEvent(self._subject, done, total, unit, waiting, weight_used, wait_s))

    def raise_if_cancelled(self) -> None:
        """Raise JobCancelled once `cancel` was called."""
        if self._cancelled.is_set():
            raise JobCancelled

    def wait(self, seconds: float) -> None:
        """Wait; raise JobCancelled at once when cancelled meanwhile. The only way to wait in ThreadX."""
        if self._cancelled.wait(max(seconds, 0.0)):
            raise JobCancelled

    @property
    def cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Ask the work to stop and interrupt its blocking reads. The second call does nothing."""
        with self._lock:
            if self._cancelled.is_set():
                return
            self._cancelled.set()
            callbacks = list(self._on_cancel)
        for callback in callbacks:
            callback()

    @contextmanager
    def interrupting(self, callback: Callable[[], None]) -> Iterator[None]:
        """Call `callback` (quick, thread-safe, never raising) once if cancel comes inside the block, or came before.

        It runs on the thread that cancels, and may still run when the block has just ended.
        """
        with self._lock:
            self._on_cancel.append(callback)
            already = self._cancelled.is_set()
        try:
            if already:
                callback()
            yield
        finally:
            with self._lock:
                self._on_cancel.remove(callback)


class _NullProgress(Progress):
    """Listens to nothing and cannot be cancelled: it is shared by everyone who passes no progress."""

    def about(self, subject: str) -> Progress:  # noqa: ARG002 - the signature of Progress
        """Return this object: nobody listens, so the subject does not matter."""
        return self

    def heard_by(self, listener: Callable[[ProgressEvent], None]) -> Progress:
        """Return a progress of its own: nobody listens to this one."""
        return Progress(listener)

    def cancel(self) -> None:
        """Refuse: this object is shared by unrelated calls."""
        raise RuntimeError("NULL_PROGRESS cannot be cancelled; pass a Progress of your own")

    @contextmanager
    def interrupting(self, callback: Callable[[], None]) -> Iterator[None]:  # noqa: ARG002 - same
        """Do nothing: no cancel can come."""
        yield


NULL_PROGRESS: Progress = _NullProgress()
