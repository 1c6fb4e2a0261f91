"""How fast a job goes and how long it still takes, from its reports. Pure: the time comes in."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

__all__ = ["Meter", "together"]

WINDOW_S = 10.0
"""The rate is that of the last seconds: a job that was stopped by a rate limit soon tells the truth again."""
MIN_SPAN_S = 0.5
"""A rate over less is noise."""


class Meter:
    """Takes (time, done) points of one job. Times are monotonic seconds. Not thread-safe."""

    def __init__(self) -> None:
        self._points: deque[tuple[float, int]] = deque()
        self._first: tuple[float, int] | None = None

    def add(self, now_s: float, done: int) -> None:
        """Note how much is done. A step back (another phase began to count) starts anew."""
        if self._points and done < self._points[-1][1]:
            self._points.clear()
            self._first = None
        if self._first is None:
            self._first = (now_s, done)
        self._points.append((now_s, done))
        while len(self._points) > 2 and now_s - self._points[1][0] >= WINDOW_S:
            self._points.popleft()

    def per_second(self, now_s: float) -> float | None:
        """Return the rate of the last seconds; None while there is too little to tell."""
        if not self._points:
            return None
        since_s, before = self._points[0]
        span_s = now_s - since_s
        return (self._points[-1][1] - before) / span_s if span_s >= MIN_SPAN_S else None

    def average(self, now_s: float) -> float | None:
        """Return the rate since the first report; None while there is too little to tell."""
        return together([self], now_s)

    def left_s(self, now_s: float, total: int) -> float | None:
        """Return about how long `total` is away; None while that cannot be told."""
        rate = self.per_second(now_s)
        if rate is None or rate <= 0 or total <= 0:
            return None
        return max(total - self._points[-1][1], 0) / rate

    @property
    def moved(self) -> int:
        """How much was done since the first report."""
        return self._points[-1][1] - self._first[1] if self._first is not None else 0

    @property
    def since_s(self) -> float | None:
        """When the first report came; None before it."""
        return None if self._first is None else self._first[0]


def together(meters: Sequence[Meter], now_s: float) -> float | None:
    """Return the rate of several parts since the first report of any; None while there is too little to tell."""
    moved = sum(meter.moved for meter in meters)
    since_s = min((meter.since_s for meter in meters if meter.since_s is not None), default=now_s)
    return moved / (now_s - since_s) if moved > 0 and now_s > since_s else None
