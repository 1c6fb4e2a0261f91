"""Bars for tests of the domain: small, exact, made to order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from threadx.bars.schema import OPEN_TIME, Columns, frame_from_columns

MINUTE = 60_000
MIDNIGHT = 1_709_251_200_000
"""2024-03-01 00:00 UTC, a Friday, the day after a 29th of February."""


def minutes(count: int, *, start_ms: int = MIDNIGHT, step_ms: int = MINUTE, volume: float = 1.0) -> Columns:
    """Return `count` bars whose open is 100, 101, ... and whose close is the next open."""
    price = 100.0 + np.arange(count)
    return {
        OPEN_TIME: start_ms + step_ms * np.arange(count, dtype=np.int64),
        "open": price,
        "high": price + 2,
        "low": price - 2,
        "close": price + 1,
        "volume": np.full(count, volume),
    }


def minute_frame(count: int, **options) -> pd.DataFrame:
    return frame_from_columns(minutes(count, **options))


def rows(*bars: Sequence[float]) -> pd.DataFrame:
    """Return a frame of (minute after MIDNIGHT, open, high, low, close, volume)."""
    table = np.array(bars, dtype=float).reshape(-1, 6).T
    columns: Columns = {OPEN_TIME: MIDNIGHT + MINUTE * table[0].astype(np.int64)}
    columns.update(zip(("open", "high", "low", "close", "volume"), table[1:], strict=True))
    return frame_from_columns(columns)
