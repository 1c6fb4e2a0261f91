"""How fast a job goes and how long it still takes, from its reports. Pure: the time comes in."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Meter", "together"]

WINDOW_S = 10.0
"""The rate is that of the last seconds: a job that was stopped by a rate limit soon tells the truth again."""
MIN_SPAN_S = 0.5
"""A rate over less is noise."""


@dataclass(frozen=True, slots=True)
class _Point:
    now_s: float
    done: int
    rested_s: float = 0.0
    """How much of the time before was waited, as announced."""


class Meter:
    """Takes (time, done) points of one job. Times are monotonic seconds. Not thread-safe."""

    def __init__(self) -> None:
        self._points: deque[_Point] = deque()
        self._first: _Point | None = None
        self._rested_s = 0.0
        self._rest: tuple[float, float] | None = None
        """From when to when nothing moves, as announced; None while nothing of the kind is known."""

    def add(self, now_s: float, done: int) -> None:
        """Note how much is done. A step back (another phase began to count) starts anew."""
        if self._points and done < self._points[-1].done:
            self._points.clear()
            self._first = None
        self._rested_s, self._rest = self._rested(now_s), None
        point = _Point(now_s, done, self._rested_s)
        self._first = self._first or point
        self._points.append(point)
        while len(self._points) > 2 and now_s - self._points[1].now_s >= WINDOW_S:
            self._points.popleft()

    def wait(self, now_s: float, seconds: float) -> None:
        """Note that nothing will move for so long, as a rate limit says; said anew while it lasts."""
        if self._rest is None or self._rest[1] < now_s:
            self._rested_s, self._rest = self._rested(now_s), (now_s, now_s)
        self._rest = (self._rest[0], now_s + seconds)

    def _rested(self, now_s: float) -> float:
        """Return how long was waited up to now."""
        since_s, until_s = self._rest or (now_s, now_s)
        return self._rested_s + min(now_s, until_s) - since_s

    def per_second(self, now_s: float) -> float | None:
        """Return the rate of the last seconds; None while there is too little to tell."""
        if not self._points:
            return None
        return self._rate(now_s - self._points[0].now_s)

    def _rate(self, span_s: float) -> float | None:
        return (self._points[-1].done - self._points[0].done) / span_s if span_s >= MIN_SPAN_S else None

    def average(self, now_s: float) -> float | None:
        """Return the rate since the first report; None while there is too little to tell."""
        return together([self], now_s)

    def left_s(self, now_s: float, total: int) -> float | None:
        """Return about how long `total` is away; None while that cannot be told.

        The wait that was announced counts in full, and the rate is that of the time in which something could move.
        """
        if not self._points or total <= 0:
            return None
        first = self._points[0]
        rate = self._rate((now_s - self._rested(now_s)) - (first.now_s - first.rested_s))
        if rate is None or rate <= 0:
            return None
        wait_s = 0.0 if self._rest is None else max(self._rest[1] - now_s, 0.0)
        return wait_s + max(total - self._points[-1].done, 0) / rate

    @property
    def moved(self) -> int:
        """How much was done since the first report."""
        return self._points[-1].done - self._first.done if self._first is not None else 0

    @property
    def since_s(self) -> float | None:
        """When the first report came; None before it."""
        return None if self._first is None else self._first.now_s


def together(meters: Sequence[Meter], now_s: float) -> float | None:
    """Return the rate of several parts since the first report of any; None while there is too little to tell."""
    moved = sum(meter.moved for meter in meters)
    since_s = min((meter.since_s for meter in meters if meter.since_s is not None), default=now_s)
    return moved / (now_s - since_s) if moved > 0 and now_s > since_s else None
