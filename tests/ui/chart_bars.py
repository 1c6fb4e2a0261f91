"""Invented bars for tests of charts."""

from __future__ import annotations

import numpy as np

from threadx.bars.timeframe import Timeframe
from threadx.ui.presenters.chart_bars import ChartSeries

MINUTE = 60_000
START = 1_679_616_000_000  # 2023-03-24 00:00 UTC


def columns(count, *, period_ms=MINUTE, start_ms=START, without=(), seed=1):
    """Return invented bars, one after the other, those at the positions `without` left out."""
    chance = np.random.default_rng(seed)
    keep = np.setdiff1d(np.arange(count), np.asarray(list(without), int))
    close = 100 + np.cumsum(chance.normal(0, 0.1, count))
    opened = np.concatenate(([100.0], close[:-1]))
    high = np.maximum(opened, close) + chance.random(count) * 0.1
    low = np.minimum(opened, close) - chance.random(count) * 0.1
    found = {
        "open_time": start_ms + period_ms * np.arange(count, dtype=np.int64),
        "open": opened, "high": high, "low": low, "close": close, "volume": chance.random(count) * 9,
    }  # fmt: skip
    return {name: values[keep] for name, values in found.items()}


def series(count, timeframe="1m", **more):
    """Return them as a series of a timeframe."""
    chosen = Timeframe.parse(timeframe)
    return ChartSeries.build(columns(count, period_ms=chosen.period_ms, **more), chosen)


def bars_of(*rows, start_ms=START, **more):
    """Return a series of given (open, high, low, close) rows, one minute each."""
    prices = np.array(rows, float).T
    given = dict(zip(("open", "high", "low", "close"), prices, strict=True))
    given["open_time"] = start_ms + MINUTE * np.arange(len(rows), dtype=np.int64)
    return ChartSeries.build({"volume": np.ones(len(rows))} | given | more, Timeframe.parse("1m"))
