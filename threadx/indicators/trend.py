"""Trend: where prices are going. SMA, EMA, Vortex, ADX with DI, Ichimoku, Supertrend.

Arrays are float64 in the order of time, one value a bar; outputs are as long, NaN while warming up, and depend on no
later bar.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from threadx.indicators.definition import LONGEST, Indicator, Parameter
from threadx.indicators.ratio import ratio
from threadx.indicators.recursion import Previous, exponential, wilder
from threadx.indicators.rolling import rolling_max, rolling_mean, rolling_min, rolling_sum
from threadx.indicators.streams import Floats, State, Stream, Windowed, through
from threadx.indicators.volatility import AverageTrueRange, true_range

__all__ = ["INDICATORS", "adx", "ema", "ichimoku", "sma", "supertrend", "vortex"]

Array = NDArray[Any]
HLC = ("high", "low", "close")


def sma(close: Array, period: int = 20) -> Floats:
    """Return the simple moving average: the mean of the last `period` closes.

    In the unit of the price. Warm-up: `period - 1` bars. Equals TA-Lib's SMA.
    """
    return through(lambda: _sma(period), close)[0]


def ema(close: Array, period: int = 20) -> Floats:
    """Return the exponential moving average: `y += (close - y) * 2 / (period + 1)`.

    In the unit of the price. Warm-up: `period - 1` bars; the first value is the mean of the first `period` closes,
    as in TA-Lib (pandas' `ewm(adjust=False)` starts from the first close instead, and forgets it slowly).
    """
    return through(lambda: Ema(period), close)[0]


def vortex(high: Array, low: Array, close: Array, *, period: int = 14) -> tuple[Floats, Floats]:
    """Return VI+ and VI-, two numbers around 1: upward and downward movement per true range.

    VI+: the sum of `|high - previous low|` over the sum of the true ranges, of the last `period` bars; VI-: of
    `|low - previous high|`. NaN where the window has no range. Warm-up: `period` bars.

    Source: Botes and Siepman, The Vortex Indicator, Stocks & Commodities, January 2010.
    """
    plus, minus = through(lambda: _vortex(period), high, low, close, outputs=2)
    return plus, minus


def adx(high: Array, low: Array, close: Array, *, period: int = 14) -> tuple[Floats, Floats, Floats]:
    """Return ADX, +DI and -DI, each 0 to 100: how strong a trend is, and its direction.

    +DM: the rise of the high where it is positive and greater than the fall of the low, else 0; -DM the other way
    round. DI: `100 * DM / true range`, all three in Wilder's average. ADX: Wilder's average of
    `100 * |+DI - -DI| / (+DI + -DI)`, over the bars where prices have moved at all. Every average is seeded with the
    mean of its first `period` values. Warm-up: `period` bars for DI, `2 * period - 1` for ADX.

    Source: Wilder, New Concepts in Technical Trading Systems, 1978. TA-Lib seeds DM and true range with `period - 1`
    values; the difference fades with Wilder's average.
    """
    strength, plus, minus = through(lambda: Adx(period), high, low, close, outputs=3)
    return strength, plus, minus


def ichimoku(
    high: Array, low: Array, *, conversion: int = 9, base: int = 26, span: int = 52, displacement: int = 26
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return conversion line, base line, leading span A and leading span B, in the unit of the price.

    Lines: the middle between highest high and lowest low of the last `conversion`, or `base`, bars. Span A: half the
    sum of both lines; span B: the middle of `span` bars; both of `displacement` bars ago, which is where the cloud is
    drawn. The lagging line is left out: it is the close drawn back in time, and looks ahead. Warm-up: the period less
    1, and `displacement` more for the spans.

    Source: Hosoda, Ichimoku Kinko Hyo, 1969.
    """
    made = through(lambda: _ichimoku(conversion, base, span, displacement), high, low, outputs=4)
    return made[0], made[1], made[2], made[3]


def supertrend(
    high: Array, low: Array, close: Array, *, period: int = 10, multiplier: float = 3.0
) -> tuple[Floats, Floats]:
    """Return the Supertrend line, in the unit of the price, and its direction: 1 up (line below), -1 down.

    Bands: `(high + low) / 2 -+ multiplier * ATR(period)`. The lower band only rises while the close before was not
    below it, the upper one only falls while it was not above. The line is the lower band until a close falls below
    it, then the upper one until a close rises above it; the first is the upper. Warm-up: `period` bars.

    Source: Seban's Supertrend, in the form of TradingView's `ta.supertrend` (whose direction has the other sign). The
    bands depend on themselves bar by bar: a plain loop, some thirty times slower than the others.
    """
    line, direction = through(lambda: Supertrend(period, multiplier), high, low, close, outputs=2)
    return line, direction


def _sma(period: int) -> Stream:
    return Windowed(lambda close: (rolling_mean(close, period),), period - 1)


class Ema(Stream):
    """EMA in the middle of its bars."""

    def __init__(self, period: int) -> None:
        self._average = exponential(period)

    def feed(self, *columns: Floats) -> tuple[Floats, ...]:
        """Return the outputs at the next bars."""
        return (self._average.feed_one(columns[0]),)


def _vortex(period: int) -> Stream:
    def indices(high: Floats, low: Floats, close: Floats) -> tuple[Floats, ...]:
        span = rolling_sum(true_range(high[1:], low[1:], close[:-1]), period)
        moves = high[1:] - low[:-1], low[1:] - high[:-1]
        results = np.full((2, high.size), np.nan)
        for result, move in zip(results, moves, strict=True):
            result[1:] = ratio(rolling_sum(np.abs(move, out=move), period), span)
        return tuple(results)

    return Windowed(indices, period)


class Adx(Stream):
    """ADX and DI in the middle of their bars."""

    def __init__(self, period: int) -> None:
        self._high, self._low = Previous(), Previous()
        self._range = AverageTrueRange(period)
        self._plus, self._minus, self._strength = wilder(period), wilder(period), wilder(period)

    def feed(self, *columns: Floats) -> tuple[Floats, ...]:
        """Return the outputs at the next bars."""
        high, low, close = columns
        rise = high - self._high.feed_one(high)
        fall = self._low.feed_one(low) - low
        span = self._range.feed_one(high, low, close)
        # A product, not a choice: NaN stays NaN.
        plus = ratio(self._plus.feed_one(rise * ((rise > fall) & (rise > 0.0))), span)
        minus = ratio(self._minus.feed_one(fall * ((fall > rise) & (fall > 0.0))), span)
        strength = self._strength.feed_one(ratio(np.abs(plus - minus), plus + minus))
        return strength * 100.0, plus * 100.0, minus * 100.0


def _ichimoku(conversion: int, base: int, span: int, displacement: int) -> Stream:
    def lines(high: Floats, low: Floats) -> tuple[Floats, ...]:
        first, second, third = (
            (rolling_max(high, period) + rolling_min(low, period)) / 2.0 for period in (conversion, base, span)
        )
        return first, second, _later((first + second) / 2.0, displacement), _later(third, displacement)

    return Windowed(lines, max(conversion, base, span) - 1 + displacement)


def _later(values: Floats, bars: int) -> Floats:
    result = np.full(values.size, np.nan)
    result[bars:] = values[: max(values.size - bars, 0)]
    return result


class Supertrend(Stream):
    """Supertrend in the middle of its bars."""

    def __init__(self, period: int, multiplier: float) -> None:
        self._range = AverageTrueRange(period)
        self._multiplier = multiplier
        self._bands = [-math.inf, math.inf]
        self._direction = -1
        self._close = math.nan

    def dump(self) -> State:
        """Return what going on later needs."""
        begun = math.isfinite(self._bands[0])
        own = {"bands": self._bands, "direction": self._direction, "close": self._close} if begun else {"bands": None}
        return {**own, **super().dump()}

    def load(self, state: State) -> None:
        """Take up where `dump` was called."""
        if state["bands"] is not None:
            self._bands, self._direction, self._close = list(state["bands"]), state["direction"], state["close"]
        super().load(state)

    def feed(self, *columns: Floats) -> tuple[Floats, ...]:
        """Return the outputs at the next bars."""
        high, low, close = columns
        reach = self._range.feed_one(high, low, close) * self._multiplier
        middle = (high + low) / 2.0
        warming = int(np.isnan(reach).sum())
        line, direction = np.full((2, close.size), np.nan)
        self._follow(middle - reach, middle + reach, close, line, direction, warming)
        return line, direction

    def _follow(self, low: Floats, high: Floats, close: Floats, line: Floats, direction: Floats, begin: int) -> None:
        lower, upper = self._bands
        way, before = self._direction, self._close
        lines, ways = [], []
        bars = zip(low[begin:].tolist(), high[begin:].tolist(), close[begin:].tolist(), strict=True)
        begun = math.isfinite(lower)
        for lowest, highest, last in bars:
            if lowest > lower or before < lower:
                lower = lowest
            if highest < upper or before > upper:
                upper = highest
            if begun and (last > upper if way < 0 else last < lower):
                way = -way
            begun = True
            lines.append(lower if way > 0 else upper)
            ways.append(way)
            before = last
        line[begin:], direction[begin:] = lines, ways
        self._bands, self._direction, self._close = [lower, upper], way, before


def _period(default: int, name: str = "period", least: int = 1) -> Parameter:
    return Parameter(name, int, default, least, LONGEST)


INDICATORS = (
    Indicator(
        name="sma",
        version=1,
        parameters=(_period(20),),
        output_names=("sma",),
        needs=("close",),
        recursive=False,
        make=_sma,
        lookback=lambda period: period - 1,
    ),
    Indicator(
        name="ema",
        version=1,
        parameters=(_period(20),),
        output_names=("ema",),
        needs=("close",),
        recursive=True,
        make=Ema,
        lookback=lambda period: period - 1,
    ),
    Indicator(
        name="vortex",
        version=1,
        parameters=(_period(14),),
        output_names=("vi_plus", "vi_minus"),
        needs=HLC,
        recursive=False,
        make=_vortex,
        lookback=lambda period: period,
    ),
    Indicator(
        name="adx",
        version=2,
        parameters=(_period(14),),
        output_names=("adx", "plus_di", "minus_di"),
        needs=HLC,
        recursive=True,
        make=Adx,
        lookback=lambda period: 2 * period - 1,
    ),
    Indicator(
        name="ichimoku",
        version=1,
        parameters=(
            _period(9, "conversion"),
            _period(26, "base"),
            _period(52, "span"),
            _period(26, "displacement", 0),
        ),
        output_names=("conversion", "base", "span_a", "span_b"),
        needs=("high", "low"),
        recursive=False,
        make=_ichimoku,
        lookback=lambda conversion, base, span, displacement: max(conversion, base, span) - 1 + displacement,
    ),
    Indicator(
        name="supertrend",
        version=2,
        parameters=(_period(10), Parameter("multiplier", float, 3.0, 0.01, 100.0)),
        output_names=("supertrend", "direction"),
        needs=HLC,
        recursive=True,
        make=Supertrend,
        lookback=lambda period, multiplier: period,  # noqa: ARG005 - takes its own parameters by name
    ),
)
