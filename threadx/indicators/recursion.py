"""Averages that remember: exponential and Wilder's, without a loop over bars.

`y[i] = (1 - alpha) * y[i-1] + alpha * x[i]` is a plain running sum once every term is scaled by a power of
`1 - alpha`; numpy has running sums. Powers overflow, so the sum starts anew every few thousand bars, at places counted
from the seed. A running sum has one order of additions, whoever stopped and went on in its middle: kept as it stands,
scaled, it resumes bit for bit. Its rounding errors decay with the same powers, as in the plain recursion.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from threadx.indicators.rolling import Floats
from threadx.indicators.streams import State, Stream

__all__ = ["Average", "Previous", "RunningSum", "exponential", "wilder"]

_BLOCK = 4096
"""Bars between two fresh starts: long enough to hide the cost of a call, short enough for the nearest cache."""
_GREATEST_SCALE = 1e150
"""Values up to 1e150 times this still fit a float."""


def exponential(period: int) -> Average:
    """Return the usual exponential average: alpha = 2 / (period + 1)."""
    return Average(period, 2.0 / (period + 1.0), centred=True)


def wilder(period: int) -> Average:
    """Return Wilder's average: alpha = 1 / period. For quantities that are never negative."""
    return Average(period, 1.0 / period, centred=False)


class Average(Stream):
    """A recursive average seeded with the mean of the first `period` values, which is its first value.

    A NaN gives NaN and does not count: the average stands still. `centred` averages differences from a value near by,
    so that a flat series stays exactly flat; without it what decays to nothing keeps its relative precision and sign.
    """

    def __init__(self, period: int, alpha: float, *, centred: bool) -> None:
        self.period = period
        self._centred = centred
        self._scales, self._weights = _scales(alpha) if period > 1 else (np.empty(0), np.empty(0))
        self._count = 0
        """Values seen."""
        self._sum = 0.0
        """While warming up the sum of the values; later the scaled sum of this block."""
        self._level = 0.0
        """The average where this block began."""

    def dump(self) -> State:
        """Return what going on later needs."""
        return {"count": self._count, "sum": self._sum, "level": self._level}

    def load(self, state: State) -> None:
        """Take up where `dump` was called."""
        self._count, self._sum, self._level = state["count"], state["sum"], state["level"]

    def feed_one(self, values: Floats) -> Floats:
        """Return the average at each value."""
        if self.period == 1:
            return values.copy()
        if not math.isnan(np.add.reduce(values)):
            return self._averages(values)
        result = np.full(values.size, np.nan)
        present = ~np.isnan(values)
        result[present] = self._averages(values[present])
        return result

    def _averages(self, values: Floats) -> Floats:
        result = np.empty(values.size)
        at = self._warm_up(values, result) if self._count < self.period else 0
        block = len(self._scales)
        while at < values.size:
            place = (self._count - self.period) % block
            end = min(at + block - place, values.size)
            self._advance(values[at:end], result[at:end], place)
            self._count += end - at
            at = end
        return result

    def _warm_up(self, values: Floats, result: Floats) -> int:
        """Take what the seed still needs; return how many of `values` are done with."""
        taken = values[: self.period - self._count]
        for value in taken.tolist():
            self._sum += value
        self._count += taken.size
        result[: taken.size] = np.nan
        if self._count == self.period:
            self._start_block(self._sum / self.period)
            result[taken.size - 1] = self._level
        return taken.size

    def _start_block(self, level: float) -> None:
        self._level = level
        self._sum = 0.0 if self._centred else level

    def _advance(self, values: Floats, result: Floats, place: int) -> None:
        """Fill `result` inside one block; `place` is the first value's place in it."""
        weights = self._weights[place : place + values.size]
        scales = self._scales[place : place + values.size]
        if self._centred:
            np.subtract(values, self._level, out=result)
            np.multiply(result, weights, out=result)
        else:
            np.multiply(values, weights, out=result)
        result[0] += self._sum
        np.add.accumulate(result, out=result)
        self._sum = float(result[-1])
        np.multiply(result, scales, out=result)
        if self._centred:
            np.add(result, self._level, out=result)
        if place + values.size == len(self._scales):
            self._start_block(float(result[-1]))


@lru_cache(maxsize=64)
def _scales(alpha: float) -> tuple[Floats, Floats]:
    """Return the powers of `1 - alpha` over a block, and the weights that undo them."""
    decay = 1.0 - alpha
    block = min(_BLOCK, int(math.log(_GREATEST_SCALE) / -math.log(decay)))
    scales = np.multiply.accumulate(np.full(block, decay))
    weights = alpha / scales
    scales.flags.writeable = weights.flags.writeable = False
    return scales, weights


class Previous(Stream):
    """The value of the bar before: NaN for the first."""

    def __init__(self) -> None:
        self._last: float | None = None

    def dump(self) -> State:
        """Return what going on later needs."""
        return {"last": self._last}

    def load(self, state: State) -> None:
        """Take up where `dump` was called."""
        self._last = state["last"]

    def feed_one(self, values: Floats) -> Floats:
        """Return each value's predecessor."""
        result = np.empty(values.size)
        if values.size:
            result[0] = math.nan if self._last is None else self._last
            result[1:] = values[:-1]
            self._last = float(values[-1])
        return result


class RunningSum(Stream):
    """The sum of everything so far."""

    def __init__(self) -> None:
        self._sum = 0.0

    def dump(self) -> State:
        """Return what going on later needs."""
        return {"sum": self._sum}

    def load(self, state: State) -> None:
        """Take up where `dump` was called."""
        self._sum = state["sum"]

    def feed_one(self, values: Floats) -> Floats:
        """Return the sum up to and with each value."""
        result = values.copy()
        if result.size:
            result[0] += self._sum
            np.add.accumulate(result, out=result)
            self._sum = float(result[-1])
        return result
