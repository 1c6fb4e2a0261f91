"""Averages that remember, exponential and Wilder's, and running sums: without a Python loop over bars.

`y[i] = (1 - alpha) * y[i-1] + alpha * x[i]` is a plain running sum once every term is scaled by a power of
`1 - alpha`. Powers overflow, so the sum starts anew every few thousand bars, at places counted from the seed. Its
rounding errors decay with the same powers, as in the plain recursion. Kept as it stands, scaled, it resumes bit for
bit: the order of additions is counted from the beginning too, and does not depend on who stopped where.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from threadx.indicators.streams import Floats, State, Stream

__all__ = ["Average", "Previous", "RunningSum", "exponential", "wilder"]

_BLOCK = 8192
"""Bars between two fresh starts at most: long enough to hide the cost of the calls, and still near the processor."""
_GREATEST, _LEAST = 1e150, 1e-250
"""Scales from the first to the last bar of a block: values from 1e-150 to 1e50 keep all their digits."""
_NOTHING = 1e-150
"""A decaying average below this is 0: no price moved for thousands of bars."""
_QUAD = 4


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
        """Values in the seed."""
        self._place = 0
        """Of the next bar in its block. The first block is shorter, so that blocks begin where portions do."""
        self._first = 0.0
        """Value of the seed, from which the others' differences are taken: equal values have themselves as mean."""
        self._level = 0.0
        """While warming up the sum of the differences; later the average where this block began."""
        self._sum = RunningSum()
        """Of this block's values, scaled."""

    def dump(self) -> State:
        """Return what going on later needs."""
        own = {"count": self._count, "place": self._place, "first": self._first, "level": self._level}
        return {**own, **super().dump()}

    def load(self, state: State) -> None:
        """Take up where `dump` was called."""
        self._count, self._place = state["count"], state["place"]
        self._first, self._level = state["first"], state["level"]
        super().load(state)

    def feed_one(self, values: Floats) -> Floats:
        """Return the average at each value."""
        if self.period == 1:
            return values.copy()
        if not math.isnan(np.add.reduce(values)):
            return self._averages(values)
        result = np.full(values.size, np.nan)
        present = ~np.isnan(values)
        if self._count == 0:
            self._skip(int(present.argmax()) if present.any() else values.size)
        result[present] = self._averages(values[present])
        return result

    def _averages(self, values: Floats) -> Floats:
        result = np.empty(values.size)
        at = self._warm_up(values, result) if self._count < self.period else 0
        while at < values.size:
            end = min(at + len(self._scales) - self._place, values.size)
            self._advance(values[at:end], result[at:end])
            at = end
        return result

    def _warm_up(self, values: Floats, result: Floats) -> int:
        """Take what the seed still needs; return how many of `values` are done with."""
        taken = values[: self.period - self._count]
        if self._count == 0 and taken.size:
            self._first = float(taken[0])
        for value in taken.tolist():
            self._level += value - self._first
        self._count += taken.size
        self._skip(taken.size)
        result[: taken.size] = np.nan
        if self._count == self.period:
            self._start_block(self._first + self._level / self.period)
            result[taken.size - 1] = self._level
        return taken.size

    def _skip(self, bars: int) -> None:
        self._place = (self._place + bars) % len(self._scales)

    def _start_block(self, level: float) -> None:
        if self._centred:
            self._level, self._sum = level, RunningSum()
        else:
            self._level = level if abs(level) > _NOTHING else 0.0
            before = self._scales[self._place - 1] if self._place else _GREATEST
            self._sum = RunningSum(self._level / float(before))

    def _advance(self, values: Floats, result: Floats) -> None:
        """Fill `result` inside one block."""
        here = slice(self._place, self._place + values.size)
        if self._centred:
            np.subtract(values, self._level, out=result)
            np.multiply(result, self._weights[here], out=result)
        else:
            np.multiply(values, self._weights[here], out=result)
        self._sum.add_up(result)
        np.multiply(result, self._scales[here], out=result)
        if self._centred:
            np.add(result, self._level, out=result)
        self._skip(values.size)
        if self._place == 0:
            self._start_block(float(result[-1]))


@lru_cache(maxsize=64)
def _scales(alpha: float) -> tuple[Floats, Floats]:
    """Return the powers of `1 - alpha` over a block, and the weights that undo them."""
    decay = 1.0 - alpha
    nats = math.log(_GREATEST) - math.log(_LEAST)
    block = min(_BLOCK, 1 << int(math.log2(nats / -math.log(decay))))
    steps = np.full(block, decay)
    steps[0] *= _GREATEST
    scales = np.multiply.accumulate(steps)
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
    """The sum of everything so far.

    numpy adds up one value at a time, each waiting for the one before. Four at a time, counted from the first value,
    is twice as fast: the sum `s` before a quad a b c d gives s + a, s + (a + b), s + (a + b) + c and
    s + ((a + b) + (c + d)).
    """

    def __init__(self, start: float = 0.0) -> None:
        self._sum = start
        """Up to the last whole quad."""
        self._open: list[float] = []
        """What there is of the next."""

    def dump(self) -> State:
        """Return what going on later needs."""
        return {"sum": self._sum, "open": list(self._open)}

    def load(self, state: State) -> None:
        """Take up where `dump` was called."""
        self._sum, self._open = state["sum"], list(state["open"])

    def add_up(self, values: Floats) -> None:
        """Put in the place of each value the sum up to and with it."""
        begin = min(-len(self._open) % _QUAD, values.size)
        end = begin + (values.size - begin) // _QUAD * _QUAD
        if begin > 0:
            values[:begin] = [self._add(value) for value in values[:begin].tolist()]
        if end > begin:
            self._add_quads(values[begin:end])
        if end < values.size:
            values[end:] = [self._add(value) for value in values[end:].tolist()]

    def _add(self, value: float) -> float:
        self._open.append(value)
        match self._open:
            case [a]:
                return self._sum + a
            case [a, b]:
                return self._sum + (a + b)
            case [a, b, c]:
                return self._sum + (a + b) + c
            case [a, b, c, d]:
                self._sum, self._open = self._sum + ((a + b) + (c + d)), []
        return self._sum

    def _add_quads(self, values: Floats) -> None:
        firsts, pairs, seconds, quads = values[0::2], values[1::2], values[1::4], values[3::4]
        np.add(pairs, firsts, out=pairs)
        np.add(quads, seconds, out=quads)
        quads[0] += self._sum
        np.add.accumulate(quads, out=quads)
        np.add(seconds[1:], quads[:-1], out=seconds[1:])
        seconds[0] += self._sum
        np.add(firsts[1:], pairs[:-1], out=firsts[1:])
        firsts[0] += self._sum
        self._sum = float(quads[-1])
