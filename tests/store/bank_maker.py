"""Small banks for the tests of what is built on the store: deterministic bars over a month's edge."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from threadx.bars.schema import OPEN_TIME, frame_from_columns
from threadx.bars.timeframe import MINUTE_MS, Timeframe
from threadx.config import Settings
from threadx.store.store import Store

START_MS = 1_706_659_200_000  # 2024-01-31 00:00 UTC: the bars run into February
TIMEFRAMES = ("5m", "1h")


def bars(count: int = 2880, *, start_ms: int = START_MS, seed: int = 1, timeframe: str = "1m") -> pd.DataFrame:
    """Return bars that satisfy every rule, a tenth of them without trades; fewer bars are the first of more."""
    steps, trades, amounts = (np.random.default_rng((seed, part)) for part in range(3))
    period_ms = Timeframe.parse(timeframe).period_ms
    close = np.round(100 + np.cumsum(steps.normal(0, 0.1, count)), 2)
    opens = np.concatenate(([100.0], close[:-1]))
    volume = np.where(trades.random(count) < 0.1, 0.0, np.round(amounts.random(count) * 10, 3))
    return frame_from_columns(
        {
            OPEN_TIME: start_ms + period_ms * np.arange(count, dtype=np.int64),
            "open": opens,
            "high": np.maximum(opens, close) + 0.01,
            "low": np.minimum(opens, close) - 0.01,
            "close": close,
            "volume": volume,
            "quote_volume": np.round(volume * close, 5),
            "trades": (volume * 10).astype(np.int64),
        }
    )


def minutes(count: int) -> int:
    """Return that many minutes in milliseconds."""
    return count * MINUTE_MS


def settings_of(root: Path, **ingest: object) -> Settings:
    """Return settings for a bank under `root` that keeps TIMEFRAMES."""
    default = Settings.under(root)
    return replace(default, ingest=replace(default.ingest, **({"timeframes": TIMEFRAMES} | ingest)))


def store_in(root: Path, **ingest: object) -> Store:
    """Open the bank of the data root `root`."""
    return Store(root, settings=settings_of(root, **ingest))


def filled(root: Path, *symbols: str) -> Store:
    """Return a bank with two operations of bars for each symbol, its registry exported."""
    store = store_in(root)
    for seed, symbol in enumerate(symbols or ("BTCUSDT",)):
        frame = bars(seed=seed)
        store.write("binance", symbol, frame.iloc[:2000])
        store.write("binance", symbol, frame.iloc[1900:])
    store.catalog.export()
    return store
