"""Bars of a timeframe that the bank does not keep, derived from its minutes for one question and not stored."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from threadx.bars.resample import resample
from threadx.bars.schema import ms_from_index
from threadx.bars.timeframe import MINUTE_MS, ONE_MINUTE, Timeframe
from threadx.store import Store

__all__ = ["derived"]


def derived(
    store: Store,
    provider: str,
    symbol: str,
    timeframe: Timeframe,
    start_ms: int | None,
    end_ms: int | None,
    columns: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Return the bars that begin in `[start_ms, end_ms)`, the last one only when the stored minutes reach its end.

    Raises:
        DataNotFoundError: there is no minute of them.
        StoreError: the bank failed.
    """
    first = None if start_ms is None else int(timeframe.next(start_ms - 1))
    last = None if end_ms is None else int(timeframe.next(end_ms - 1))
    minutes = store.read(provider, symbol, ONE_MINUTE, first, last, columns)
    covered_ms = int(ms_from_index(minutes.index)[-1]) + MINUTE_MS
    bars = resample(minutes, timeframe.name)
    return bars[timeframe.next(ms_from_index(bars.index)) <= covered_ms]
