"""Trend: moving averages."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from threadx.indicators.definition import Indicator, Parameter
from threadx.indicators.recursion import Average, exponential
from threadx.indicators.rolling import Floats, rolling_mean
from threadx.indicators.streams import Stream, Windowed, through

__all__ = ["INDICATORS", "ema", "sma"]

LONGEST = 10_000


def sma(close: NDArray[Any], period: int = 20) -> Floats:
    """Return the simple moving average: the mean of the last `period` closes.

    In the unit of the price. Warm-up: `period - 1` bars. Equals TA-Lib's SMA; unlike it, a NaN spoils only what
    looks at it.
    """
    return through(lambda: _sma(period), close)[0]


def _sma(period: int) -> Stream:
    return Windowed(lambda close: (rolling_mean(close, period),), period - 1)


def ema(close: NDArray[Any], period: int = 20) -> Floats:
    """Return the exponential moving average: `y += (close - y) * 2 / (period + 1)`.

    In the unit of the price. Warm-up: `period - 1` bars; the first value is the mean of the first `period` closes,
    as in TA-Lib (pandas' `ewm(adjust=False)` starts from the first close instead and forgets it slowly).
    """
    return through(lambda: Ema(period), close)[0]


class Ema(Stream):
    """An EMA in the middle of its bars."""

    def __init__(self, period: int) -> None:
        self._average: Average = exponential(period)

    def feed(self, *columns: NDArray[Any]) -> tuple[Floats, ...]:
        return (self._average.feed_one(columns[0]),)


INDICATORS = (
    Indicator(
        "sma",
        1,
        (Parameter("period", int, 20, 1, LONGEST),),
        ("sma",),
        ("close",),
        recursive=False,
        make=_sma,
        lookback=lambda period: period - 1,
    ),
    Indicator(
        "ema",
        1,
        (Parameter("period", int, 20, 1, LONGEST),),
        ("ema",),
        ("close",),
        recursive=True,
        make=Ema,
        lookback=lambda period: period - 1,
    ),
)
