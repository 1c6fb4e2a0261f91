"""Timeframes: names, aliases, and which bucket an instant falls into.

Buckets lie on the exchange's grid: everything up to a day divides the UTC day, weeks start on Monday UTC, months on
the 1st. There is no `3d`: Binance anchors those bars per symbol, so no fixed grid gives them.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from threadx.bars.schema import MINUTE_MS
from threadx.errors import UnsupportedTimeframeError

__all__ = ["MINUTE_MS", "ONE_MINUTE", "TIMEFRAMES", "Timeframe"]

_HOUR_MS = 60 * MINUTE_MS
_DAY_MS = 24 * _HOUR_MS
_MONDAY_MS = 4 * _DAY_MS
"""1970-01-05, the first Monday after the epoch: weeks are counted from it."""
_MONTH_DAYS = 30


@dataclass(frozen=True, slots=True)
class Timeframe:
    """One of TIMEFRAMES. Get it with `Timeframe.parse`; two of one name are equal."""

    name: str
    """As users, the exchange and folders write it: "5m"; a month is "1mo", also on case-insensitive disks."""
    period_ms: int | None
    """None for months, which differ in length."""

    @staticmethod
    def parse(text: str | Timeframe) -> Timeframe:
        """Return the timeframe of a name or an alias, letter case as written: `1M` is a month, `M1` a minute.

        Raises:
            UnsupportedTimeframeError: there is no such timeframe; the hint names the nearest.
        """
        if isinstance(text, Timeframe):
            return text
        found = _BY_NAME.get(text) if isinstance(text, str) else None
        if found is None:
            raise _unsupported(str(text))
        return found

    def __str__(self) -> str:
        return self.name

    @property
    def _anchor_ms(self) -> int:
        return _MONDAY_MS if self.name == "1w" else 0

    @overload
    def floor(self, ms: int) -> int: ...
    @overload
    def floor(self, ms: NDArray[np.int64]) -> NDArray[np.int64]: ...
    def floor(self, ms: int | NDArray[np.int64]) -> int | NDArray[np.int64]:
        """Return the open time of the bucket each instant lies in; also before 1970."""
        if self.period_ms is None:
            return _month_start(_month_number(ms))
        return (ms - self._anchor_ms) // self.period_ms * self.period_ms + self._anchor_ms

    @overload
    def next(self, ms: int) -> int: ...
    @overload
    def next(self, ms: NDArray[np.int64]) -> NDArray[np.int64]: ...
    def next(self, ms: int | NDArray[np.int64]) -> int | NDArray[np.int64]:
        """Return the open time of the bucket after the one each instant lies in: where that one ends."""
        if self.period_ms is None:
            return _month_start(_month_number(ms) + 1)
        return self.floor(ms) + self.period_ms

    def count(self, start_ms: int, end_ms: int) -> int:
        """Return how many buckets begin in `[start_ms, end_ms)`."""
        return max(self._bucket_number(end_ms - 1) - self._bucket_number(start_ms - 1), 0)

    def _bucket_number(self, ms: int) -> int:
        if self.period_ms is None:
            return int(_month_number(ms))
        return (ms - self._anchor_ms) // self.period_ms

    def nests_in(self, coarser: Timeframe) -> bool:
        """Return whether every bucket of `coarser` is made of whole buckets of this one."""
        if self.period_ms is None or coarser.period_ms is None:
            return coarser.period_ms is None and (self.period_ms is None or _DAY_MS % self.period_ms == 0)
        return coarser.period_ms % self.period_ms == 0


def _month_number(ms: int | NDArray[np.int64]) -> Any:  # noqa: ANN401 - an int64 scalar or array, as given
    return np.asarray(ms, dtype=np.int64).view("datetime64[ms]").astype("datetime64[M]").astype(np.int64)


def _month_start(number: Any) -> int | NDArray[np.int64]:  # noqa: ANN401 - int for a scalar, array for an array
    starts = np.asarray(number, dtype=np.int64).view("datetime64[M]").astype("datetime64[ms]").astype(np.int64)
    return starts if starts.ndim else int(starts)


TIMEFRAMES: tuple[Timeframe, ...] = (
    *(Timeframe(f"{n}m", n * MINUTE_MS) for n in (1, 3, 5, 15, 30)),
    *(Timeframe(f"{n}h", n * _HOUR_MS) for n in (1, 2, 4, 6, 8, 12)),
    Timeframe("1d", _DAY_MS),
    Timeframe("1w", 7 * _DAY_MS),
    Timeframe("1mo", None),
)
"""All there are, shortest first."""

ONE_MINUTE = TIMEFRAMES[0]


def _aliases(timeframe: Timeframe) -> tuple[str, ...]:
    number, unit = re.fullmatch(r"(\d+)(\w+)", timeframe.name, re.ASCII).groups()  # type: ignore[union-attr]  # our own names
    match unit:
        case "m":
            return (f"M{number}", f"{number}min")
        case "mo":
            return ("1M", "MN1", "MN")
        case _:
            return (f"{unit.upper()}{number}", f"{number}{unit.upper()}")


_BY_NAME: dict[str, Timeframe] = {
    name: timeframe for timeframe in TIMEFRAMES for name in (timeframe.name, *_aliases(timeframe))
}

_UNIT_MS = {"s": 1000, "m": MINUTE_MS, "h": _HOUR_MS, "d": _DAY_MS, "w": 7 * _DAY_MS}


def _unsupported(text: str) -> UnsupportedTimeframeError:
    known = " ".join(timeframe.name for timeframe in TIMEFRAMES)
    if text in {"3d", "3D", "D3"}:
        return UnsupportedTimeframeError(
            "{timeframe}: not offered, because Binance anchors 3-day bars differently for each symbol",
            hint="use 1d or 1w; there are {known}",
            timeframe=text,
            known=known,
        )
    return UnsupportedTimeframeError(
        "{timeframe}: no such timeframe",
        hint="did you mean {nearest}? there are {known}",
        timeframe=text,
        nearest=_nearest(text),
        known=known,
    )


def _nearest(text: str) -> str:
    """Return the name a user may have meant: other letter case, nearest length, most similar spelling."""
    for spelling in (text.strip(), text.strip().lower(), text.strip().upper()):
        if spelling in _BY_NAME:
            return _BY_NAME[spelling].name
    length = re.fullmatch(r"(\d{1,6})\s*([smhdw])\w*", text.strip().lower(), re.ASCII)
    if length and int(length[1]):
        return _nearest_length(int(length[1]) * _UNIT_MS[length[2]])
    similar = difflib.get_close_matches(text, _BY_NAME, n=1, cutoff=0.3)
    return _BY_NAME[similar[0]].name if similar else ONE_MINUTE.name


def _nearest_length(length_ms: int) -> str:
    def ratio(timeframe: Timeframe) -> float:
        period_ms = timeframe.period_ms or _MONTH_DAYS * _DAY_MS
        return max(period_ms, length_ms) / min(period_ms, length_ms)

    return min(TIMEFRAMES, key=ratio).name
