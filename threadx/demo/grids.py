"""The exchange's intervals: where a bar begins and where the next one does.

Written apart from `threadx.bars.timeframe`, so that a mistake there cannot hide here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

__all__ = ["INTERVALS", "Grid", "grid"]

_MINUTES = {
    "1m": 1, "3m": 3, "5m": 5, "15m": 15, "30m": 30,
    "1h": 60, "2h": 120, "4h": 240, "6h": 360, "8h": 480, "12h": 720,
    "1d": 1440, "3d": 4320, "1w": 10080,
}  # fmt: skip
INTERVALS = (*_MINUTES, "1M")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONDAY_MS = 4 * 86_400_000
"""1970-01-05, the first Monday."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The open times of one interval. `offset_ms` moves the day's start, as the `timeZone` parameter does."""

    name: str
    period_ms: int
    """0 for months."""
    anchor_ms: int = 0

    def floor(self, ms: int) -> int:
        """Return the open time of the bar that holds `ms`."""
        if self.period_ms:
            return (ms - self.anchor_ms) // self.period_ms * self.period_ms + self.anchor_ms
        month = _EPOCH + timedelta(milliseconds=ms - self.anchor_ms)
        return _month_ms(month.year, month.month) + self.anchor_ms

    def following(self, open_ms: int) -> int:
        """Return the open time of the bar after the one that opens at `open_ms`."""
        if self.period_ms:
            return open_ms + self.period_ms
        month = _EPOCH + timedelta(milliseconds=open_ms - self.anchor_ms)
        return _month_ms(month.year + month.month // 12, month.month % 12 + 1) + self.anchor_ms

    def first_at_or_after(self, ms: int) -> int:
        """Return the first open time that is not before `ms`."""
        return self.following(self.floor(ms - 1))


def grid(interval: str, *, offset_ms: int = 0, anchor_day: int = 0) -> Grid:
    """Return the grid of an interval in `INTERVALS`.

    Bars of three days begin on another day for each symbol (seen on real data): `anchor_day` 0, 1 or 2.
    Weeks begin on Monday.
    """
    if interval == "1M":
        return Grid(interval, 0, -offset_ms)
    anchor = {"3d": anchor_day * 86_400_000, "1w": _MONDAY_MS}.get(interval, 0)
    return Grid(interval, _MINUTES[interval] * 60_000, anchor - offset_ms)


def _month_ms(year: int, month: int) -> int:
    return (datetime(year, month, 1, tzinfo=UTC) - _EPOCH) // timedelta(milliseconds=1)
