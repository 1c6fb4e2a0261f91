"""Volatility: how far prices move. ATR and its bands, Bollinger, Donchian, Keltner.

All are in the unit of the price. Arrays are float64 in the order of time, one value a bar; outputs are as long, NaN
while warming up, and depend on no later bar.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from threadx.indicators.definition import LONGEST, Indicator, Parameter
from threadx.indicators.recursion import Previous, exponential, wilder
from threadx.indicators.rolling import rolling_deviation, rolling_max, rolling_min
from threadx.indicators.streams import Floats, Stream, Windowed, through

__all__ = ["INDICATORS", "AverageTrueRange", "atr", "atr_bands", "bollinger", "donchian", "keltner"]

Array = NDArray[Any]
HLC = ("high", "low", "close")
BANDS = ("lower", "middle", "upper")


def atr(high: Array, low: Array, close: Array, *, period: int = 14) -> Floats:
    """Return the average true range: Wilder's average of the true range.

    True range: `max(high, previous close) - min(low, previous close)`. Average: the mean of the first `period` true
    ranges, then `y += (x - y) / period`. Warm-up: `period` bars, the first having no previous close.

    Source: Wilder, New Concepts in Technical Trading Systems, 1978. Equals TA-Lib's ATR.
    """
    return through(lambda: Atr(period), high, low, close)[0]


def atr_bands(
    high: Array, low: Array, close: Array, *, period: int = 14, multiplier: float = 2.0
) -> tuple[Floats, Floats]:
    """Return the lower and the upper band: `close -+ multiplier * ATR(period)`. Warm-up: `period` bars."""
    lower, upper = through(lambda: AtrBands(period, multiplier), high, low, close, outputs=2)
    return lower, upper


def bollinger(close: Array, *, period: int = 20, std: float = 2.0) -> tuple[Floats, Floats, Floats]:
    """Return the lower, the middle and the upper Bollinger band.

    Middle: the mean of the last `period` closes. Bands: `std` population standard deviations below and above it,
    exactly on it where the window is flat. Warm-up: `period - 1` bars.

    Source: Bollinger, Bollinger on Bollinger Bands, 2001. Equals TA-Lib's BBANDS, whose deviation is less exact: it
    takes the difference of two large sums.
    """
    lower, middle, upper = through(lambda: _bollinger(period, std), close, outputs=3)
    return lower, middle, upper


def donchian(high: Array, low: Array, *, period: int = 20) -> tuple[Floats, Floats, Floats]:
    """Return the lowest low, the middle, and the highest high of the last `period` bars, this one included.

    Middle: half their sum. Warm-up: `period - 1` bars.
    """
    lower, middle, upper = through(lambda: _donchian(period), high, low, outputs=3)
    return lower, middle, upper


def keltner(
    high: Array, low: Array, close: Array, *, period: int = 20, atr_period: int = 10, multiplier: float = 2.0
) -> tuple[Floats, Floats, Floats]:
    """Return the lower, the middle and the upper Keltner channel.

    Middle: EMA of the closes over `period`. Bands: `multiplier * ATR(atr_period)` below and above it, in Linda
    Raschke's form (Keltner's own of 1960 took ten-day averages of the typical price and of the range). Warm-up: each
    band when both parts are there, `max(period - 1, atr_period)` bars.
    """
    made = through(lambda: Keltner(period, atr_period, multiplier), high, low, close, outputs=3)
    return made[0], made[1], made[2]


class AverageTrueRange(Stream):
    """The ATR in the middle of its bars, as a part of others."""

    def __init__(self, period: int) -> None:
        self._previous = Previous()
        self._average = wilder(period)

    def feed_one(self, high: Floats, low: Floats, close: Floats) -> Floats:
        """Return the average true range at each bar."""
        return self._average.feed_one(true_range(high, low, self._previous.feed_one(close)))


def true_range(high: Floats, low: Floats, previous_close: Floats) -> Floats:
    """Return the true range: NaN where there is no previous close."""
    result = np.maximum(high, previous_close)
    result -= np.minimum(low, previous_close)
    return result


class Atr(Stream):
    """ATR in the middle of its bars."""

    def __init__(self, period: int) -> None:
        self._range = AverageTrueRange(period)

    def feed(self, *columns: Floats) -> tuple[Floats, ...]:
        """Return the outputs at the next bars."""
        high, low, close = columns
        return (self._range.feed_one(high, low, close),)


class AtrBands(Stream):
    """ATR bands in the middle of their bars."""

    def __init__(self, period: int, multiplier: float) -> None:
        self._range = AverageTrueRange(period)
        self._multiplier = multiplier

    def feed(self, *columns: Floats) -> tuple[Floats, ...]:
        """Return the outputs at the next bars."""
        high, low, close = columns
        reach = self._range.feed_one(high, low, close) * self._multiplier
        return close - reach, close + reach


class Keltner(Stream):
    """Keltner channels in the middle of their bars."""

    def __init__(self, period: int, atr_period: int, multiplier: float) -> None:
        self._middle = exponential(period)
        self._range = AverageTrueRange(atr_period)
        self._multiplier = multiplier

    def feed(self, *columns: Floats) -> tuple[Floats, ...]:
        """Return the outputs at the next bars."""
        high, low, close = columns
        middle = self._middle.feed_one(close)
        reach = self._range.feed_one(high, low, close) * self._multiplier
        return middle - reach, middle, middle + reach


def _bollinger(period: int, std: float) -> Stream:
    def bands(close: Floats) -> tuple[Floats, ...]:
        middle, deviation = rolling_deviation(close, period)
        deviation *= std
        return middle - deviation, middle, middle + deviation

    return Windowed(bands, period - 1)


def _donchian(period: int) -> Stream:
    def channel(high: Floats, low: Floats) -> tuple[Floats, ...]:
        lower, upper = rolling_min(low, period), rolling_max(high, period)
        return lower, (lower + upper) / 2.0, upper

    return Windowed(channel, period - 1)


def _multiplier(default: float) -> Parameter:
    return Parameter("multiplier", float, default, 0.01, 100.0)


INDICATORS = (
    Indicator(
        name="atr",
        version=1,
        parameters=(Parameter("period", int, 14, 1, LONGEST),),
        output_names=("atr",),
        needs=HLC,
        recursive=True,
        make=Atr,
        lookback=lambda period: period,
    ),
    Indicator(
        name="atr_bands",
        version=1,
        parameters=(Parameter("period", int, 14, 1, LONGEST), _multiplier(2.0)),
        output_names=("lower", "upper"),
        needs=HLC,
        recursive=True,
        make=AtrBands,
        lookback=lambda period, multiplier: period,  # noqa: ARG005 - takes its own parameters by name
    ),
    Indicator(
        name="bollinger",
        version=1,
        parameters=(Parameter("period", int, 20, 2, LONGEST), Parameter("std", float, 2.0, 0.01, 100.0)),
        output_names=BANDS,
        needs=("close",),
        recursive=False,
        make=_bollinger,
        lookback=lambda period, std: period - 1,  # noqa: ARG005 - takes its own parameters by name
    ),
    Indicator(
        name="donchian",
        version=1,
        parameters=(Parameter("period", int, 20, 1, LONGEST),),
        output_names=BANDS,
        needs=("high", "low"),
        recursive=False,
        make=_donchian,
        lookback=lambda period: period - 1,
    ),
    Indicator(
        name="keltner",
        version=1,
        parameters=(
            Parameter("period", int, 20, 1, LONGEST),
            Parameter("atr_period", int, 10, 1, LONGEST),
            _multiplier(2.0),
        ),
        output_names=BANDS,
        needs=HLC,
        recursive=True,
        make=Keltner,
        lookback=lambda period, atr_period, multiplier: max(period - 1, atr_period),  # noqa: ARG005 - as above
    ),
)
