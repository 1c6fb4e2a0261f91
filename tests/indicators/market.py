"""Bars for tests of indicators: a random walk with quiet stretches, a gap, and the edges that break naive formulas."""

from __future__ import annotations

import numpy as np

from tests.bars.frames import MIDNIGHT, MINUTE
from threadx.bars.schema import Columns

GAP_MINUTES = 500


def walk(count: int, *, seed: int = 1, quiet: float = 0.2, gap_at: int | None = None) -> Columns:
    """Return bars whose prices are whole multiples of 1/64; `quiet` of them are flat and without volume.

    Before row `gap_at` there are no bars for 500 minutes.
    """
    chance = np.random.default_rng(seed)
    close = 20_000 + np.cumsum(chance.integers(-400, 401, count)) / 64
    still = chance.random(count) < quiet
    for row in np.flatnonzero(still):
        close[row] = close[max(row - 1, 0)]
    opened = np.concatenate((close[:1], close[:-1]))
    reach = chance.integers(0, 200, (2, count)) / 64 * ~still
    volume = chance.integers(1, 10_000, count) / 1024 * ~still
    open_time = MIDNIGHT + MINUTE * np.arange(count, dtype=np.int64)
    if gap_at is not None:
        open_time[gap_at:] += GAP_MINUTES * MINUTE
    return {
        "open_time": open_time,
        "open": opened,
        "high": np.maximum(opened, close) + reach[0],
        "low": np.minimum(opened, close) - reach[1],
        "close": close,
        "volume": volume,
        "quote_volume": volume * close,
    }


def rows(columns: Columns, part: slice) -> Columns:
    return {name: values[part] for name, values in columns.items()}
