"""What is missing, what is not finished: facts about open times. Nothing is filled here.

A gap is a fact with a cause. The bars alone only show *that* minutes are missing; who asked the exchange knows why.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from threadx.bars.intervals import Interval
from threadx.bars.schema import MINUTE_MS, OPEN_TIME, Columns, index_from_ms, ms_from_index
from threadx.bars.timeframe import ONE_MINUTE, Timeframe

__all__ = ["Gap", "GapCause", "drop_unfinished", "find_gaps", "missing_runs"]


class GapCause(StrEnum):
    """Why there are no bars."""

    OUTAGE = "outage"
    """The whole exchange was down, and that is confirmed."""
    HALTED = "halted"
    """Trading of this symbol was stopped."""
    NOT_LISTED = "not_listed"
    """Before the symbol's first minute."""
    DELISTED = "delisted"
    """After the symbol's last minute."""
    SOURCE_DEFECT = "source_defect"
    """The source should have the bars and gives none, or gave rows that had to be quarantined."""
    NOT_FETCHED = "not_fetched"
    """Nobody asked for them yet."""
    UNKNOWN = "unknown"
    """Asked, came back empty, cause not settled yet."""


@dataclass(frozen=True, slots=True, order=True)
class Gap:
    """A stretch without bars."""

    interval: Interval
    cause: GapCause


def missing_runs(open_time_ms: NDArray[np.int64], period_ms: int) -> tuple[Interval, ...]:
    """Return the stretches without bars between the first and the last open time.

    Args:
        open_time_ms: int64 ms, ascending, on the grid of `period_ms`; repeated times do no harm.
        period_ms: spacing of the bars.
    """
    before = np.flatnonzero(np.diff(open_time_ms) > period_ms)
    starts, ends = open_time_ms[before] + period_ms, open_time_ms[before + 1]
    return tuple(map(Interval, starts.tolist(), ends.tolist()))


def find_gaps(frame: pd.DataFrame, timeframe: str | Timeframe = ONE_MINUTE) -> pd.DataFrame:
    """Return the stretches without bars between the first and the last bar of a frame, in order.

    Rows may lie in any order and stand twice. `timeframe` is what the bars are, one minute unless told.

    Returns:
        A frame with `start` and `end` (half-open, datetime64[ms, UTC]) and `minutes` (int64), one row a gap.

    Raises:
        UDFIIndexError: the index is not aware open times.
        UnsupportedTimeframeError: there is no such timeframe.
    """
    bucket = Timeframe.parse(timeframe)
    open_time_ms = ms_from_index(frame.index)
    if not _ascending(open_time_ms):
        open_time_ms = np.sort(open_time_ms)
    starts, ends = _holes(open_time_ms, bucket)
    return pd.DataFrame(
        {
            "start": index_from_ms(starts).rename(None),
            "end": index_from_ms(ends).rename(None),
            "minutes": (ends - starts) // MINUTE_MS,
        }
    )


def _holes(open_time_ms: NDArray[np.int64], bucket: Timeframe) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    # Months differ in length: the shortest spacing that cannot be two of them finds the candidates.
    step_ms = bucket.period_ms if bucket.period_ms is not None else 28 * 24 * 60 * MINUTE_MS
    before = np.flatnonzero(np.diff(open_time_ms) > step_ms)
    starts, ends = bucket.next(open_time_ms[before]), bucket.floor(open_time_ms[before + 1])
    holes = starts < ends
    return starts[holes], ends[holes]


def _ascending(open_time_ms: NDArray[np.int64]) -> bool:
    return bool((open_time_ms[1:] >= open_time_ms[:-1]).all())


def drop_unfinished(
    columns: Columns, *, server_time_ms: int, settle_ms: int, timeframe: Timeframe = ONE_MINUTE
) -> Columns:
    """Return the bars that are closed: their end is at least `settle_ms` before the exchange's own clock.

    The exchange sends the running bar too, and its database settles a moment after the close.
    """
    open_time_ms = columns[OPEN_TIME]
    closed = timeframe.next(open_time_ms) <= server_time_ms - settle_ms
    if closed.all():
        return columns
    return {name: values[closed] for name, values in columns.items()}
