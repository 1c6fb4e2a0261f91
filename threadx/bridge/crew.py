"""The bridge's only threads: crews of daemons that make calls in order.

They are started when there is work and end when there is none; they are daemons, for what they write is whole or
absent at any moment.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections import deque
from collections.abc import Callable

__all__ = ["Crew"]

LINGER_S = 1.0
"""How long a thread without work waits for more."""


class Crew:
    """At most `limit` daemon threads that make calls in order. They linger: starting one holds up Tk's thread."""

    def __init__(self, name: str, limit: int, linger_s: float = LINGER_S) -> None:
        self._name = name
        self._linger_s = linger_s
        self._limit = limit
        self._waiting: deque[Callable[[], None]] = deque()
        self._threads: set[threading.Thread] = set()
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._more = threading.Condition(self._lock)
        self._idle = 0
        self._ending = False
        self._awaited = 0

    def add(self, call: Callable[[], None]) -> None:
        """Have `call` made soon. It must not raise."""
        with self._lock:
            self._waiting.append(call)
            self._more.notify()
            self._start()

    def end(self) -> None:
        """Let threads that have nothing to do go at once from now on; calls are still made."""
        with self._lock:
            self._ending = True
            self._more.notify_all()

    def ended(self, timeout_s: float = 0.0) -> bool:
        """Return whether no thread is left, after waiting up to `timeout_s`; none lingers while somebody waits."""
        deadline_s = time.monotonic() + timeout_s
        with self._lock:
            self._awaited += 1
            self._more.notify_all()
            waited = tuple(self._threads)
        for thread in waited:
            thread.join(max(deadline_s - time.monotonic(), 0.0))
        with self._lock:
            self._awaited -= 1
        return not any(thread.is_alive() for thread in waited)

    def set_limit(self, limit: int) -> None:
        """Change how many threads there may be; those too many end with the call that they are at."""
        with self._lock:
            self._limit = limit
            self._more.notify_all()
            self._start()

    @property
    def threads(self) -> tuple[threading.Thread, ...]:
        """The threads there are now."""
        with self._lock:
            return tuple(self._threads)

    @property
    def _lingers(self) -> bool:
        return not (self._ending or self._awaited)

    def _start(self) -> None:
        wanted = min(self._limit - len(self._threads), len(self._waiting) - self._idle)
        for _ in range(wanted):
            thread = threading.Thread(target=self._work, name=f"{self._name}_{next(self._numbers)}", daemon=True)
            self._threads.add(thread)
            thread.start()

    def _work(self) -> None:
        try:
            while (call := self._next()) is not None:
                call()
        finally:
            with self._lock:
                self._threads.discard(threading.current_thread())
                self._start()

    def _next(self) -> Callable[[], None] | None:
        with self._lock:
            stay = True
            while len(self._threads) <= self._limit and (self._waiting or (stay and self._lingers)):
                if self._waiting:
                    return self._waiting.popleft()
                self._idle += 1
                stay = self._more.wait(self._linger_s)
                self._idle -= 1
            self._threads.discard(threading.current_thread())  # now: a call added from here on needs a new thread
            return None
