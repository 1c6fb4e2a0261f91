"""The indicators again, in plain loops over lists, straight from their definitions.

What the fast ones are held against. Nothing here is shared with threadx/indicators.
A list has one value a bar, NaN where there is none.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import pairwise
from statistics import fmean

NAN = math.nan
Series = list[float]


def windows(values: Series, period: int, fold: Callable[[Series], float]) -> Series:
    return [NAN if i + 1 < period else fold(values[i + 1 - period : i + 1]) for i in range(len(values))]


def quotient(a: float, b: float) -> float:
    return NAN if b == 0 else a / b


def sma(close, period):
    return windows(close, period, fmean)


def average(values: Series, period: int, alpha: float) -> Series:
    """Seed: the mean of the first `period` values there are. A NaN does not count."""
    made, seen, level = [], [], NAN
    for value in values:
        if math.isnan(value):
            made.append(NAN)
        elif len(seen) < period:
            seen.append(value)
            level = fmean(seen) if len(seen) == period else NAN
            made.append(level)
        else:
            level += alpha * (value - level)
            made.append(level)
    return made


def ema(close, period):
    return average(close, period, 2 / (period + 1))


def wilder(values, period):
    return average(values, period, 1 / period)


def changes(values: Sequence[float]) -> Series:
    return [NAN, *(b - a for a, b in pairwise(values))]


def true_ranges(high, low, close):
    return [
        NAN,
        *(max(a - b, abs(a - c), abs(b - c)) for a, b, c in zip(high[1:], low[1:], close, strict=False)),
    ]


def atr(high, low, close, period):
    return wilder(true_ranges(high, low, close), period)


def atr_bands(high, low, close, period, multiplier):
    reach = atr(high, low, close, period)
    return [c - multiplier * r for c, r in zip(close, reach, strict=True)], [
        c + multiplier * r for c, r in zip(close, reach, strict=True)
    ]


def bollinger(close, period, std):
    def deviation(window):
        middle = fmean(window)
        return math.sqrt(fmean((value - middle) ** 2 for value in window)) if max(window) > min(window) else 0.0

    middles, spread = sma(close, period), windows(close, period, deviation)
    pairs = list(zip(middles, spread, strict=True))
    return [m - std * s for m, s in pairs], middles, [m + std * s for m, s in pairs]


def donchian(high, low, period):
    lower, upper = windows(low, period, min), windows(high, period, max)
    return lower, [(a + b) / 2 for a, b in zip(lower, upper, strict=True)], upper


def keltner(high, low, close, period, atr_period, multiplier):
    middle, reach = ema(close, period), atr(high, low, close, atr_period)
    pairs = list(zip(middle, reach, strict=True))
    return [m - multiplier * r for m, r in pairs], middle, [m + multiplier * r for m, r in pairs]


def rsi(close, period):
    gains = wilder([max(c, 0.0) if c == c else NAN for c in changes(close)], period)
    losses = wilder([max(-c, 0.0) if c == c else NAN for c in changes(close)], period)
    return [100 * quotient(a, a + b) for a, b in zip(gains, losses, strict=True)]


def macd(close, fast, slow, signal):
    line = [a - b for a, b in zip(ema(close, fast), ema(close, slow), strict=True)]
    smooth = ema(line, signal)
    return line, smooth, [a - b for a, b in zip(line, smooth, strict=True)]


def place_in_range(high, low, close, period):
    lowest, highest = windows(low, period, min), windows(high, period, max)
    return [quotient(c - a, b - a) for c, a, b in zip(close, lowest, highest, strict=True)]


def mean_if_whole(window):
    return NAN if any(math.isnan(value) for value in window) else fmean(window)


def stochastic(high, low, close, period, smooth, signal):
    raw = [100 * value for value in place_in_range(high, low, close, period)]
    k = windows(raw, smooth, mean_if_whole)
    return k, windows(k, signal, mean_if_whole)


def williams_r(high, low, close, period):
    return [100 * (value - 1) for value in place_in_range(high, low, close, period)]


def typical(high, low, close):
    return [(a + b + c) / 3 for a, b, c in zip(high, low, close, strict=True)]


def cci(high, low, close, period):
    def index(window):
        middle = fmean(window)
        if max(window) == min(window):
            return NAN
        return (window[-1] - middle) / (0.015 * fmean(abs(value - middle) for value in window))

    return windows(typical(high, low, close), period, index)


def roc(close, period):
    return [NAN if i < period else 100 * (close[i] / close[i - period] - 1) for i in range(len(close))]


def mfi(high, low, close, volume, period):
    price = typical(high, low, close)
    exact = [sum(Decimal(repr(value)) for value in bar) for bar in zip(high, low, close, strict=True)]
    flows = [(NAN, NAN)]
    for i in range(1, len(price)):
        flow = price[i] * volume[i]
        flows.append((flow * (exact[i] > exact[i - 1]), flow * (exact[i] < exact[i - 1])))
    made = []
    for i in range(len(price)):
        rising = math.fsum(flow[0] for flow in flows[i + 1 - period : i + 1]) if i >= period else NAN
        falling = math.fsum(flow[1] for flow in flows[i + 1 - period : i + 1]) if i >= period else NAN
        made.append(100 * quotient(rising, rising + falling))
    return made


def obv(close, volume):
    made, total = [], 0.0
    for i, amount in enumerate(volume):
        if i:
            total += amount * ((close[i] > close[i - 1]) - (close[i] < close[i - 1]))
        made.append(total)
    return made


def session(open_time, top, bottom):
    made, day, tops, bottoms = [], None, [], []
    for time, a, b in zip(open_time, top, bottom, strict=True):
        if time // 86_400_000 != day:
            day, tops, bottoms = time // 86_400_000, [], []
        tops.append(a)
        bottoms.append(b)
        made.append(quotient(math.fsum(tops), math.fsum(bottoms)))
    return made


def vwap(open_time, high, low, close, volume):
    return session(open_time, [p * v for p, v in zip(typical(high, low, close), volume, strict=True)], volume)


def vwap_exact(open_time, quote_volume, volume):
    return session(open_time, quote_volume, volume)


def rolling_quotient(top, bottom, period):
    tops, bottoms = windows(top, period, math.fsum), windows(bottom, period, math.fsum)
    return [quotient(a, b) for a, b in zip(tops, bottoms, strict=True)]


def vwap_rolling(high, low, close, volume, period):
    return rolling_quotient([p * v for p, v in zip(typical(high, low, close), volume, strict=True)], volume, period)


def vwap_exact_rolling(quote_volume, volume, period):
    return rolling_quotient(quote_volume, volume, period)


def vortex(high, low, close, period):
    size = len(close)
    up = [NAN, *(abs(high[i] - low[i - 1]) for i in range(1, size))]
    down = [NAN, *(abs(low[i] - high[i - 1]) for i in range(1, size))]
    sums = [windows(moves, period, math.fsum) for moves in (up, down, true_ranges(high, low, close))]
    return [quotient(a, c) for a, c in zip(sums[0], sums[2], strict=True)], [
        quotient(b, c) for b, c in zip(sums[1], sums[2], strict=True)
    ]


def adx(high, low, close, period):
    rises, falls = [NAN], [NAN]
    for i in range(1, len(close)):
        rise, fall = high[i] - high[i - 1], low[i - 1] - low[i]
        rises.append(rise if rise > fall and rise > 0 else 0.0)
        falls.append(fall if fall > rise and fall > 0 else 0.0)
    span = atr(high, low, close, period)
    plus = [100 * quotient(a, b) for a, b in zip(wilder(rises, period), span, strict=True)]
    minus = [100 * quotient(a, b) for a, b in zip(wilder(falls, period), span, strict=True)]
    strength = [100 * quotient(abs(a - b), a + b) for a, b in zip(plus, minus, strict=True)]
    return wilder(strength, period), plus, minus


def ichimoku(high, low, conversion, base, span, displacement):
    first, second, third = (donchian(high, low, period)[1] for period in (conversion, base, span))

    def later(values):
        return [NAN] * displacement + values[: len(values) - displacement]

    return first, second, later([(a + b) / 2 for a, b in zip(first, second, strict=True)]), later(third)


def supertrend(high, low, close, period, multiplier):
    line, direction = [], []
    lower = upper = before = None
    way = -1
    for top, bottom, c, reach in zip(high, low, close, atr(high, low, close, period), strict=True):
        if math.isnan(reach):
            line.append(NAN)
            direction.append(NAN)
            continue
        middle = (top + bottom) / 2
        lowest, highest = middle - multiplier * reach, middle + multiplier * reach
        first = lower is None
        lower = lowest if lower is None or before < lower else max(lower, lowest)
        upper = highest if upper is None or before > upper else min(upper, highest)
        if first:
            way = -1
        elif way == -1 and c > upper:
            way = 1
        elif way == 1 and c < lower:
            way = -1
        line.append(lower if way == 1 else upper)
        direction.append(float(way))
        before = c
    return line, direction
