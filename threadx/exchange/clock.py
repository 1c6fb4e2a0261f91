"""Whose time it is: the exchange's clock, as it last told it, carried on by the monotonic clock in between.

The local wall clock may be wrong by a day or jump; it is only looked at until the exchange has told its time, and
for bans, which must outlive the process.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["SYSTEM_CLOCK", "Clock", "ServerClock"]


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Clock:
    """The two local clocks, so that tests can bring their own."""

    monotonic_s: Callable[[], float] = time.monotonic
    """Never jumps; for durations and deadlines."""
    wall_ms: Callable[[], int] = _wall_ms
    """UTC ms since 1970 as this computer believes it."""


SYSTEM_CLOCK = Clock()


class ServerClock:
    """The exchange's clock as far as it is known. Thread-safe."""

    def __init__(self, clock: Clock = SYSTEM_CLOCK) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._told: tuple[int, float] | None = None

    def learn(self, server_ms: int) -> None:
        """Take note of what the exchange just said."""
        with self._lock:
            self._told = (server_ms, self._clock.monotonic_s())

    @property
    def told_ms(self) -> int | None:
        """What the exchange last said, UTC ms: it is later than that by now. None when it has not said anything."""
        with self._lock:
            return None if self._told is None else self._told[0]

    def now_ms(self) -> int:
        """Return an estimate of the exchange's time now, UTC ms; the local wall clock's while it was never told.

        It runs behind the truth by the way back of the answer it rests on, and by the time this computer slept.
        """
        with self._lock:
            told = self._told
        if told is None:
            return self._clock.wall_ms()
        server_ms, at_s = told
        return server_ms + int((self._clock.monotonic_s() - at_s) * 1000)
