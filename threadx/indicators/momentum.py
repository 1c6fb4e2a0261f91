"""Momentum: how fast prices move. RSI, MACD, Stochastic, CCI, ROC, Williams %R.

Arrays are float64 in the order of time, one value a bar; outputs are as long, NaN while warming up, and depend on no
later bar. Where prices did not move at all a quotient of two moves has no value: NaN, where TA-Lib writes 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from threadx.indicators.definition import LONGEST, Indicator, Parameter
from threadx.indicators.ratio import ratio
from threadx.indicators.recursion import Previous, exponential, wilder
from threadx.indicators.rolling import rolling_max, rolling_mean, rolling_min
from threadx.indicators.streams import Floats, Stream, Windowed, through
from threadx.indicators.typical import SAME_PRICE, typical_price

__all__ = ["INDICATORS", "cci", "macd", "roc", "rsi", "stochastic", "williams_r"]

Array = NDArray[Any]
HLC = ("high", "low", "close")

_LAMBERT = 0.015
"""Lambert's constant, which puts most of the CCI between -100 and 100."""
_LONGEST_CCI = 1000
"""The mean deviation takes a pass a bar of its window."""


def rsi(close: Array, period: int = 14) -> Floats:
    """Return the relative strength index, 0 to 100: `100 * gains / (gains + losses)`.

    Gains and losses: Wilder's averages of the rises and of the falls of the close, seeded with the mean of the first
    `period`. Warm-up: `period` bars. NaN where the close has never moved yet, or not for `200 * period` bars or more.

    Source: Wilder, New Concepts in Technical Trading Systems, 1978. Equals TA-Lib's RSI, but for the NaN.
    """
    return through(lambda: Rsi(period), close)[0]


def macd(close: Array, *, fast: int = 12, slow: int = 26, signal: int = 9) -> tuple[Floats, Floats, Floats]:
    """Return MACD, its signal and their difference, the histogram, in the unit of the price.

    MACD: `EMA(fast) - EMA(slow)`, each seeded with the mean of its own first closes. Signal: EMA of the MACD. Warm-up:
    `slow - 1` bars for the MACD, `signal - 1` more for the others.

    Source: Appel, The Moving Average Convergence-Divergence Trading Method, 1979. TA-Lib seeds the fast EMA later, so
    that both begin together; the difference fades with the fast EMA. `fast` must be less than `slow`.
    """
    line, smooth, histogram = through(lambda: Macd(fast, slow, signal), close, outputs=3)
    return line, smooth, histogram


def stochastic(
    high: Array, low: Array, close: Array, *, period: int = 14, smooth: int = 3, signal: int = 3
) -> tuple[Floats, Floats]:
    """Return %K and %D of the stochastic oscillator, 0 to 100.

    Raw: `100 * (close - lowest low) / (highest high - lowest low)` of the last `period` bars. %K: its mean over
    `smooth` (1 gives the fast oscillator). %D: the mean of %K over `signal`. NaN where the window is flat. Warm-up:
    `period + smooth - 2` bars for %K, `signal - 1` more for %D.

    Source: Lane, Lane's Stochastics, 1984. Equals TA-Lib's STOCH, but for the NaN.
    """
    k, d = through(lambda: _stochastic(period, smooth, signal), high, low, close, outputs=2)
    return k, d


def cci(high: Array, low: Array, close: Array, *, period: int = 20) -> Floats:
    """Return the commodity channel index: `(typical - mean) / (0.015 * mean absolute deviation)`.

    Typical price: `(high + low + close) / 3`; mean and deviation of its last `period` values. NaN where the window is
    flat. Warm-up: `period - 1` bars.

    Source: Lambert, Commodity Channel Index, Commodities, October 1980. Equals TA-Lib's CCI, but for the NaN.
    """
    return through(lambda: _cci(period), high, low, close)[0]


def roc(close: Array, period: int = 10) -> Floats:
    """Return the rate of change, in percent: `100 * (close / close[period bars ago] - 1)`. Warm-up: `period` bars."""
    return through(lambda: _roc(period), close)[0]


def williams_r(high: Array, low: Array, close: Array, *, period: int = 14) -> Floats:
    """Return Williams %R, -100 to 0: `100 * (close - highest high) / (highest high - lowest low)`.

    Over the last `period` bars; NaN where the window is flat. Warm-up: `period - 1` bars.

    Source: Williams, How I Made One Million Dollars, 1973. Equals TA-Lib's WILLR, but for the NaN.
    """
    return through(lambda: _williams_r(period), high, low, close)[0]


class Rsi(Stream):
    """RSI in the middle of its bars."""

    def __init__(self, period: int) -> None:
        self._previous = Previous()
        self._rises = wilder(period)
        self._moves = wilder(period)

    def feed(self, *columns: Floats) -> tuple[Floats, ...]:
        """Return the outputs at the next bars."""
        rises = columns[0] - self._previous.feed_one(columns[0])
        moves = np.abs(rises)
        rises += moves  # twice the rise, and 0 for a fall
        result = ratio(self._rises.feed_one(rises), self._moves.feed_one(moves))
        result *= 50.0
        return (result,)


class Macd(Stream):
    """MACD in the middle of its bars."""

    def __init__(self, fast: int, slow: int, signal: int) -> None:
        self._fast = exponential(fast)
        self._slow = exponential(slow)
        self._signal = exponential(signal)

    def feed(self, *columns: Floats) -> tuple[Floats, ...]:
        """Return the outputs at the next bars."""
        line = self._fast.feed_one(columns[0])
        line -= self._slow.feed_one(columns[0])
        smooth = self._signal.feed_one(line)
        return line, smooth, line - smooth


def _stochastic(period: int, smooth: int, signal: int) -> Stream:
    def oscillator(high: Floats, low: Floats, close: Floats) -> tuple[Floats, ...]:
        lowest = rolling_min(low, period)
        raw = ratio(close - lowest, rolling_max(high, period) - lowest)
        raw *= 100.0
        k = rolling_mean(raw, smooth)
        return k, rolling_mean(k, signal)

    return Windowed(oscillator, period + smooth + signal - 3)


def _cci(period: int) -> Stream:
    def index(high: Floats, low: Floats, close: Floats) -> tuple[Floats, ...]:
        typical = typical_price(high, low, close)
        mean = rolling_mean(typical, period)
        distance = np.zeros(mean[period - 1 :].size)
        for lag in range(period):
            distance += np.abs(typical[lag : lag + distance.size] - mean[period - 1 :])
        distance *= _LAMBERT / period
        # Rounding makes the mean of equal prices another price: flatness is seen in the extremes.
        highest = rolling_max(typical, period)
        flat = highest - rolling_min(typical, period) <= highest * SAME_PRICE
        result = typical - mean
        result[period - 1 :] = ratio(result[period - 1 :], distance)
        result[flat] = np.nan
        return (result,)

    return Windowed(index, period - 1)


def _roc(period: int) -> Stream:
    def rate(close: Floats) -> tuple[Floats, ...]:
        result = np.full(close.size, np.nan)
        result[period:] = (ratio(close[period:], close[: max(close.size - period, 0)]) - 1.0) * 100.0
        return (result,)

    return Windowed(rate, period)


def _williams_r(period: int) -> Stream:
    def percent(high: Floats, low: Floats, close: Floats) -> tuple[Floats, ...]:
        highest = rolling_max(high, period)
        return (ratio(close - highest, highest - rolling_min(low, period)) * 100.0,)

    return Windowed(percent, period - 1)


def _period(default: int, least: int = 1, name: str = "period") -> Parameter:
    return Parameter(name, int, default, least, LONGEST)


INDICATORS = (
    Indicator(
        name="rsi",
        version=2,
        parameters=(_period(14, 2),),
        output_names=("rsi",),
        needs=("close",),
        recursive=True,
        make=Rsi,
        lookback=lambda period: period,
    ),
    Indicator(
        name="macd",
        version=1,
        parameters=(_period(12, name="fast"), _period(26, 2, name="slow"), _period(9, name="signal")),
        output_names=("macd", "signal", "histogram"),
        needs=("close",),
        recursive=True,
        make=Macd,
        lookback=lambda fast, slow, signal: slow + signal - 2,  # noqa: ARG005 - takes its own parameters by name
        ascending=("fast", "slow"),
    ),
    Indicator(
        name="stochastic",
        version=1,
        parameters=(_period(14), _period(3, name="smooth"), _period(3, name="signal")),
        output_names=("k", "d"),
        needs=HLC,
        recursive=False,
        make=_stochastic,
        lookback=lambda period, smooth, signal: period + smooth + signal - 3,
    ),
    Indicator(
        name="cci",
        version=1,
        parameters=(Parameter("period", int, 20, 2, _LONGEST_CCI),),
        output_names=("cci",),
        needs=HLC,
        recursive=False,
        make=_cci,
        lookback=lambda period: period - 1,
    ),
    Indicator(
        name="roc",
        version=1,
        parameters=(_period(10),),
        output_names=("roc",),
        needs=("close",),
        recursive=False,
        make=_roc,
        lookback=lambda period: period,
    ),
    Indicator(
        name="williams_r",
        version=1,
        parameters=(_period(14),),
        output_names=("williams_r",),
        needs=HLC,
        recursive=False,
        make=_williams_r,
        lookback=lambda period: period - 1,
    ),
)
