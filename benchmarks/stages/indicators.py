"""Nine indicators of one year of 1m bars: against what one writes in pandas, and against TA-Lib where it has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec

import numpy as np
import pandas as pd

from benchmarks.harness import OURS, Bench, Row, compared
from benchmarks.market import bars
from threadx.bars.schema import Columns, columns_from_frame
from threadx.indicators.spec import get

NINE: dict[str, dict[str, int | float]] = {
    "sma": {"period": 20},
    "ema": {"period": 20},
    "rsi": {"period": 14},
    "macd": {},
    "bollinger": {"period": 20, "std": 2.0},
    "atr": {"period": 14},
    "vortex": {"period": 14},
    "vwap": {},
    "obv": {},
}
_SETTLED = 100_000
"""Rows after which seeds no longer show: pandas seeds its averages with the first value."""


def rows(bench: Bench) -> Iterator[Row]:
    frame = bars(1)
    columns = columns_from_frame(frame)
    pandas, talib = _pandas(frame), _talib(columns)
    _agree(columns, pandas, talib)
    together: dict[str, Callable[[], object]] = {
        OURS: lambda: [ours(columns, name) for name in NINE],
        "pandas": lambda: [pandas[name]() for name in NINE],
        "talib + pandas": lambda: [(talib.get(name) or pandas[name])() for name in NINE],
    }
    timings = bench.measure(together, bench.rounds(5, 15))
    yield compared("nine indicators, 1 y", timings, "pandas", gate=1.7, note="2x or more wanted")
    if talib:
        yield compared("nine indicators, 1 y", timings, "talib + pandas")
        yield _where_talib_exists(bench, columns, talib)
    for name in NINE:
        one = {OURS: partial(ours, columns, name), "pandas": pandas[name]}
        if name in talib:
            one["talib"] = talib[name]
        timings = bench.measure(one, bench.rounds(5, 15))
        yield compared(f"{name}, 1 y", timings, "pandas")
        if name in talib:
            yield compared(f"{name}, 1 y", timings, "talib")


def _where_talib_exists(bench: Bench, columns: Columns, talib: dict[str, Callable[[], object]]) -> Row:
    timings = bench.measure(
        {OURS: lambda: [ours(columns, name) for name in talib], "talib": lambda: [run() for run in talib.values()]},
        bench.rounds(7, 15),
    )
    return compared(f"the {len(talib)} that TA-Lib has, 1 y", timings, "talib", gate=0.2, note="compiled C")


def ours(columns: Columns, name: str) -> dict[str, np.ndarray]:
    """Return the outputs as the bank computes them: gaps looked for, no state to go on from."""
    return get(name).run(columns, NINE[name])[0]


def _pandas(frame: pd.DataFrame) -> dict[str, Callable[[], tuple[pd.Series, ...]]]:
    high, low, close, volume = (frame[name] for name in ("high", "low", "close", "volume"))
    return {
        "sma": lambda: (close.rolling(20).mean(),),
        "ema": lambda: (close.ewm(span=20, adjust=False).mean(),),
        "rsi": lambda: (rsi_by_pandas(close),),
        "macd": lambda: macd_by_pandas(close),
        "bollinger": lambda: bollinger_by_pandas(close),
        "atr": lambda: (true_range_by_pandas(high, low, close).ewm(alpha=1 / 14, adjust=False).mean(),),
        "vortex": lambda: vortex_by_pandas(high, low, close),
        "vwap": lambda: (vwap_by_pandas(high, low, close, volume),),
        "obv": lambda: ((np.sign(close.diff()).fillna(0.0) * volume).cumsum(),),
    }


def rsi_by_pandas(close: pd.Series) -> pd.Series:
    change = close.diff()
    gains = change.clip(lower=0).ewm(alpha=1 / 14, adjust=False).mean()
    losses = (-change).clip(lower=0).ewm(alpha=1 / 14, adjust=False).mean()
    return 100 - 100 / (1 + gains / losses)


def macd_by_pandas(close: pd.Series) -> tuple[pd.Series, ...]:
    line = close.ewm(span=12, adjust=False).mean() - close.ewm(span=26, adjust=False).mean()
    signal = line.ewm(span=9, adjust=False).mean()
    return line, signal, line - signal


def bollinger_by_pandas(close: pd.Series) -> tuple[pd.Series, ...]:
    window = close.rolling(20)
    middle, deviation = window.mean(), window.std(ddof=0)
    return middle - 2 * deviation, middle, middle + 2 * deviation


def true_range_by_pandas(high: pd.Series, low: pd.Series, close: pd.Series) -> pd.Series:
    before = close.shift()
    return pd.concat([high - low, (high - before).abs(), (low - before).abs()], axis=1).max(axis=1)


def vortex_by_pandas(high: pd.Series, low: pd.Series, close: pd.Series) -> tuple[pd.Series, ...]:
    span = true_range_by_pandas(high, low, close).rolling(14).sum()
    plus = (high - low.shift()).abs().rolling(14).sum()
    minus = (low - high.shift()).abs().rolling(14).sum()
    return plus / span, minus / span


def vwap_by_pandas(high: pd.Series, low: pd.Series, close: pd.Series, volume: pd.Series) -> pd.Series:
    day = close.index.floor("D")
    paid = (high + low + close) / 3 * volume
    return paid.groupby(day).cumsum() / volume.groupby(day).cumsum()


def _talib(columns: Columns) -> dict[str, Callable[[], tuple[np.ndarray, ...]]]:
    if find_spec("talib") is None:
        return {}
    import talib  # noqa: PLC0415 - a peer that may not be installed

    high, low, close, volume = (np.ascontiguousarray(columns[name]) for name in ("high", "low", "close", "volume"))
    return {
        "sma": lambda: (talib.SMA(close, 20),),
        "ema": lambda: (talib.EMA(close, 20),),
        "rsi": lambda: (talib.RSI(close, 14),),
        "macd": lambda: talib.MACD(close, 12, 26, 9),
        "bollinger": lambda: talib.BBANDS(close, 20, 2.0, 2.0)[::-1],
        "atr": lambda: (talib.ATR(high, low, close, 14),),
        "obv": lambda: (talib.OBV(close, volume),),
    }


def _agree(columns: Columns, *peers: dict[str, Callable[[], tuple[object, ...]]]) -> None:
    for name in NINE:
        mine = list(ours(columns, name).values())
        for peer in peers:
            for made, theirs in zip(mine, peer[name]() if name in peer else (), strict=False):
                here, there = made[_SETTLED:], np.asarray(theirs)[_SETTLED:]
                if name == "obv":  # begins at 0, or at the first volume: only changes mean something
                    here, there = here - here[0], there - there[0]
                scale = np.nanmax(np.abs(columns["close"])) if name in ("macd", "bollinger") else 0.0
                np.testing.assert_allclose(here, there, rtol=1e-7, atol=1e-9 * scale, err_msg=name)
