"""The embedded exchange's clock: the real one, or one that tests set."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

__all__ = ["DemoClock", "as_ms"]


def as_ms(moment: datetime | int) -> int:
    """Return a moment as ms since 1970 UTC.

    Raises:
        ValueError: the datetime has no time zone.
    """
    if isinstance(moment, datetime):
        if moment.tzinfo is None:
            raise ValueError("the demo clock needs a datetime with a time zone")
        return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    return int(moment)


class DemoClock:
    """Tells server time. Set to a moment it stands still there; None is the computer's clock.

    Weight minutes keep passing in real time even while `now_ms` stands still: a client that waits for the next
    minute would otherwise wait for ever. Safe to use from any thread.
    """

    def __init__(self, now: datetime | int | None = None) -> None:
        self._lock = threading.Lock()
        self._set_ms: int | None = None
        self._since = time.monotonic()
        self.set(now)

    def set(self, now: datetime | int | None) -> None:
        """Stand still at `now`, or follow the computer's clock with None."""
        with self._lock:
            self._set_ms = None if now is None else as_ms(now)
            self._since = time.monotonic()

    def advance(self, seconds: float) -> None:
        """Move a standing clock forward; one that follows the computer's clock starts to stand still."""
        with self._lock:
            if self._set_ms is None:
                self._since = time.monotonic()
            self._set_ms = self._now_ms() + round(seconds * 1000)

    def now_ms(self) -> int:
        """Return server time."""
        with self._lock:
            return self._now_ms()

    def weight_ms(self) -> int:
        """Return the time by which weight is counted; it never stands still."""
        with self._lock:
            passed = 0 if self._set_ms is None else int((time.monotonic() - self._since) * 1000)
            return self._now_ms() + passed

    def _now_ms(self) -> int:
        return time.time_ns() // 1_000_000 if self._set_ms is None else self._set_ms
