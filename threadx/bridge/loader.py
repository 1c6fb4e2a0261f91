"""Makes one thing on a thread of its own, so that whoever waits for it can be cancelled meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Generic, TypeVar

from threadx.bridge.crew import Crew
from threadx.progress import Progress

__all__ = ["Loader"]

POLL_S = 0.02
"""A cancel is heard within this; the thing itself at once."""

Value = TypeVar("Value")


class _Attempt(Generic[Value]):
    """One try: its end, and then either value or error."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self.values: list[Value] = []
        self.error: BaseException | None = None


class Loader(Generic[Value]):
    """Loading modules cannot be interrupted: a job that did it itself heard its cancel a second later."""

    def __init__(self, name: str, make: Callable[[], Value]) -> None:
        """Make nothing yet.

        Args:
            name: of the thread.
            make: called once; after an error again, when somebody asks.
        """
        self._make = make
        self._crew = Crew(name, 1, linger_s=0.0)
        self._lock = threading.Lock()
        self._attempt: _Attempt[Value] | None = None

    def get(self, progress: Progress) -> Value:
        """Return the thing; JobCancelled while it is being made. What making it raises is raised here."""
        with self._lock:
            if self._attempt is None:
                self._attempt = _Attempt()
                self._crew.add(partial(self._run, self._attempt))
            attempt = self._attempt
        progress.raise_if_cancelled()
        while not attempt.over.wait(POLL_S):
            progress.raise_if_cancelled()
        if attempt.error is not None:
            raise attempt.error
        return attempt.values[0]

    def ended(self, timeout_s: float = 0.0) -> bool:
        """Return whether its thread is gone, after waiting up to `timeout_s`."""
        return self._crew.ended(timeout_s)

    def _run(self, attempt: _Attempt[Value]) -> None:
        try:
            attempt.values.append(self._make())
        except BaseException as error:  # noqa: BLE001 - whoever waits raises it
            attempt.error = error
            with self._lock:
                self._attempt = None
        finally:
            attempt.over.set()
