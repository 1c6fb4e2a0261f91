"""Volume: prices weighted by what was traded. VWAP, OBV, MFI.

Arrays are in the order of time, one value a bar, `open_time` int64 ms UTC and the others float64; outputs are as long,
NaN while warming up, and depend on no later bar. Where nothing was traded an average by volume has no value: NaN.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from threadx.bars.dates import DAY_MS
from threadx.indicators.definition import LONGEST, Indicator, Parameter
from threadx.indicators.ratio import ratio
from threadx.indicators.recursion import Previous, RunningSum
from threadx.indicators.rolling import rolling_sum
from threadx.indicators.streams import Floats, State, Stream, Windowed, through
from threadx.indicators.typical import SAME_PRICE, typical_price

__all__ = [
    "INDICATORS",
    "mfi",
    "obv",
    "vwap",
    "vwap_exact",
    "vwap_exact_rolling",
    "vwap_rolling",
]

Array = NDArray[Any]
HLCV = ("high", "low", "close", "volume")


def vwap(open_time: Array, high: Array, low: Array, close: Array, volume: Array) -> Floats:
    """Return the volume-weighted average price of the session so far: the UTC day, each bar by its open time.

    `sum(typical * volume) / sum(volume)` with the typical price `(high + low + close) / 3`: an estimate from the bars,
    see `vwap_exact`. In the unit of the price. No warm-up: from the session's first trade, or from the first bar given.
    Like every indicator it begins anew after a long gap or a row without a value, also within the day.
    """
    return through(Vwap, open_time, high, low, close, volume)[0]


def vwap_rolling(high: Array, low: Array, close: Array, volume: Array, *, period: int = 60) -> Floats:
    """Return the volume-weighted average of the typical price of the last `period` bars. Warm-up: `period - 1` bars."""
    return through(lambda: _vwap_rolling(period), high, low, close, volume)[0]


def vwap_exact(open_time: Array, quote_volume: Array, volume: Array) -> Floats:
    """Return the average price actually paid in the session so far: `sum(quote_volume) / sum(volume)`.

    The session is the UTC day. `quote_volume` is the exchange's own sum of price times amount over the trades, so this
    is the VWAP itself, not an estimate. NaN where the exchange's column has no value, and anew after it. No warm-up.
    """
    return through(VwapExact, open_time, quote_volume, volume)[0]


def vwap_exact_rolling(quote_volume: Array, volume: Array, *, period: int = 1) -> Floats:
    """Return the average price actually paid in the last `period` bars: `sum(quote_volume) / sum(volume)`.

    A period of 1 is the bar's own average price. Warm-up: `period - 1` bars.
    """
    return through(lambda: _vwap_exact_rolling(period), quote_volume, volume)[0]


def obv(close: Array, volume: Array) -> Floats:
    """Return the on-balance volume: the volume of rising bars less that of falling ones, summed up.

    In the unit of the volume; 0 at the first bar, which has no direction (TA-Lib begins with its volume, a constant
    apart). Only its changes mean something. No warm-up.

    Source: Granville, New Key to Stock Market Profits, 1963.
    """
    return through(Obv, close, volume)[0]


def mfi(high: Array, low: Array, close: Array, volume: Array, *, period: int = 14) -> Floats:
    """Return the money flow index, 0 to 100: `100 * rising / (rising + falling)`.

    Flow: typical price times volume, rising or falling as the typical price does against the bar before, neither where
    it is unchanged (two sums of decimals that differ by rounding alone are one price); summed over the last `period`
    bars. NaN where there was none. Warm-up: `period` bars.

    Source: Quong and Soudack, Volume-Weighted RSI: Money Flow, Stocks & Commodities, March 1989. TA-Lib's MFI writes 0
    wherever both sums together are below 1, whatever the unit.
    """
    return through(lambda: _mfi(period), high, low, close, volume)[0]


class SessionRatio(Stream):
    """The quotient of two sums that start at 0 each UTC day, in the middle of its bars."""

    def __init__(self) -> None:
        self._day: int | None = None
        self._sums = [0.0, 0.0]

    def dump(self) -> State:
        """Return what going on later needs."""
        return {"day": self._day, "sums": list(self._sums)}

    def load(self, state: State) -> None:
        """Take up where `dump` was called."""
        self._day, self._sums = state["day"], list(state["sums"])

    def feed_three(self, open_time: NDArray[np.int64], numerator: Floats, denominator: Floats) -> Floats:
        """Return the quotient at each bar."""
        # Both sums as one of complex numbers: the additions of one wait for each other, those of two do not.
        sums = np.empty(numerator.size, dtype=np.complex128)
        sums.real, sums.imag = numerator, denominator
        for day, begin, end in _days(open_time):
            if day == self._day:
                sums[begin] += complex(*self._sums)
            self._day = day
            np.add.accumulate(sums[begin:end], out=sums[begin:end])
            self._sums = [float(sums[end - 1].real), float(sums[end - 1].imag)]
        return ratio(sums.real, sums.imag)


def _days(open_time: NDArray[np.int64]) -> list[tuple[int, int, int]]:
    """Return the UTC days that have bars: number, first row, row after the last."""
    if not open_time.size:
        return []
    days = np.arange(open_time[0] // DAY_MS, open_time[-1] // DAY_MS + 1)
    edges = [*np.searchsorted(open_time, days * DAY_MS).tolist(), open_time.size]
    return [(day, *pair) for day, *pair in zip(days.tolist(), edges, edges[1:], strict=False) if pair[0] < pair[1]]


class Vwap(Stream):
    """Session VWAP from bars, in the middle of them."""

    def __init__(self) -> None:
        self._session = SessionRatio()

    def feed(self, *columns: NDArray[Any]) -> tuple[Floats, ...]:
        """Return the outputs at the next bars."""
        open_time, high, low, close, volume = columns
        paid = typical_price(high, low, close)
        paid *= volume
        return (self._session.feed_three(open_time, paid, volume),)


class VwapExact(Stream):
    """Session VWAP from the exchange's own sums, in the middle of its bars."""

    def __init__(self) -> None:
        self._session = SessionRatio()

    def feed(self, *columns: NDArray[Any]) -> tuple[Floats, ...]:
        """Return the outputs at the next bars."""
        open_time, quote_volume, volume = columns
        return (self._session.feed_three(open_time, quote_volume, volume),)


class Obv(Stream):
    """OBV in the middle of its bars."""

    def __init__(self) -> None:
        self._previous = Previous()
        self._sum = RunningSum()

    def feed(self, *columns: Floats) -> tuple[Floats, ...]:
        """Return the outputs at the next bars."""
        close, volume = columns
        before = self._previous.feed_one(close)  # NaN at the first: neither above nor below
        signed = volume * ((close > before).view(np.int8) - (close < before).view(np.int8))
        self._sum.add_up(signed)
        return (signed,)


def _vwap_rolling(period: int) -> Stream:
    def average(high: Floats, low: Floats, close: Floats, volume: Floats) -> tuple[Floats, ...]:
        return (ratio(rolling_sum(typical_price(high, low, close) * volume, period), rolling_sum(volume, period)),)

    return Windowed(average, period - 1)


def _vwap_exact_rolling(period: int) -> Stream:
    def average(quote_volume: Floats, volume: Floats) -> tuple[Floats, ...]:
        return (ratio(rolling_sum(quote_volume, period), rolling_sum(volume, period)),)

    return Windowed(average, period - 1)


def _mfi(period: int) -> Stream:
    def index(high: Floats, low: Floats, close: Floats, volume: Floats) -> tuple[Floats, ...]:
        typical = typical_price(high, low, close)
        flow = typical[1:] * volume[1:]
        change = typical[1:] - typical[:-1]
        noise = typical[1:] * SAME_PRICE
        rising = rolling_sum(flow * (change > noise), period)
        falling = rolling_sum(flow * (change < -noise), period)
        result = np.full(typical.size, np.nan)
        result[1:] = ratio(rising, rising + falling) * 100.0
        return (result,)

    return Windowed(index, period)


def _period(default: int) -> Parameter:
    return Parameter("period", int, default, 1, LONGEST)


INDICATORS = (
    Indicator(
        name="vwap",
        version=1,
        parameters=(),
        output_names=("vwap",),
        needs=("open_time", *HLCV),
        recursive=True,
        make=Vwap,
        lookback=lambda: 0,
    ),
    Indicator(
        name="vwap_rolling",
        version=1,
        parameters=(_period(60),),
        output_names=("vwap_rolling",),
        needs=HLCV,
        recursive=False,
        make=_vwap_rolling,
        lookback=lambda period: period - 1,
    ),
    Indicator(
        name="vwap_exact",
        version=1,
        parameters=(),
        output_names=("vwap_exact",),
        needs=("open_time", "quote_volume", "volume"),
        recursive=True,
        make=VwapExact,
        lookback=lambda: 0,
    ),
    Indicator(
        name="vwap_exact_rolling",
        version=1,
        parameters=(_period(1),),
        output_names=("vwap_exact_rolling",),
        needs=("quote_volume", "volume"),
        recursive=False,
        make=_vwap_exact_rolling,
        lookback=lambda period: period - 1,
    ),
    Indicator(
        name="obv",
        version=1,
        parameters=(),
        output_names=("obv",),
        needs=("close", "volume"),
        recursive=True,
        make=Obv,
        lookback=lambda: 0,
    ),
    Indicator(
        name="mfi",
        version=1,
        parameters=(_period(14),),
        output_names=("mfi",),
        needs=HLCV,
        recursive=False,
        make=_mfi,
        lookback=lambda period: period,
    ),
)
