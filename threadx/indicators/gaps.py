"""Where a series of bars must not be bridged: stretches without bars that are longer than the caller allows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from threadx.bars.schema import MINUTE_MS
from threadx.bars.timeframe import Timeframe

__all__ = ["restarts"]

_STRIDE = 4096


def restarts(
    open_time_ms: NDArray[np.int64], timeframe: Timeframe, max_gap: int | None, last_ms: int | None = None
) -> list[int]:
    """Return the rows, ascending, before which more than `max_gap` minutes are missing.

    Args:
        open_time_ms: strictly increasing, int64 ms UTC.
        timeframe: what the bars are.
        max_gap: the longest stretch to bridge, in minutes; None bridges all.
        last_ms: open time of the bar before the first row, where there is one.
    """
    if max_gap is None or not open_time_ms.size:
        return []
    limit_ms = max_gap * MINUTE_MS
    found = [] if last_ms is None else [0] * (int(open_time_ms[0]) - timeframe.next(last_ms) > limit_ms)
    if timeframe.period_ms is None:
        return found + (np.flatnonzero(open_time_ms[1:] - timeframe.next(open_time_ms[:-1]) > limit_ms) + 1).tolist()
    for begin in _where_minutes_lack(open_time_ms, timeframe.period_ms, limit_ms):
        part = open_time_ms[begin : begin + _STRIDE + 1]
        wide = np.flatnonzero(part[1:] - part[:-1] > timeframe.period_ms + limit_ms) + 1
        found += (begin + wide).tolist()
    return found


def _where_minutes_lack(open_time_ms: NDArray[np.int64], period_ms: int, limit_ms: int) -> list[int]:
    """Return the beginnings of the strides that lack more than the limit in all: only these can hold such a gap."""
    begins = np.arange(0, open_time_ms.size, _STRIDE)
    ends = np.minimum(begins + _STRIDE, open_time_ms.size - 1)
    lacking = open_time_ms[ends] - open_time_ms[begins] - (ends - begins) * period_ms
    return begins[lacking > limit_ms].tolist()  # type: ignore[no-any-return]  # numpy's tolist is untyped
