"""Values of an indicator made ready to draw beside bars: years of them in coarser levels, cut to what pixels can show.

`StudySeries.build` is the work of a worker thread; `over` answers in a millisecond for the slots of the bars.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from threadx.bars.schema import OPEN_TIME
from threadx.bars.timeframe import Timeframe
from threadx.ui.presenters.chart_bars import Slots

__all__ = ["Spread", "StudySeries"]

Floats = NDArray[np.float64]
_FACTOR = 8
_SMALLEST = 4096
"""A level with fewer rows needs no coarser one above it."""


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """One output over slots: the lowest, the highest and the last value in each; NaN where it has none."""

    low: Floats
    high: Floats
    last: Floats

    def range(self, seen: NDArray[np.bool_]) -> tuple[float, float] | None:
        """Return the lowest and the highest value of the slots seen; None where there is none."""
        low, high = self.low[seen], self.high[seen]
        if not np.isfinite(low).any():
            return None
        return float(np.nanmin(low)), float(np.nanmax(high))


@dataclass(frozen=True, slots=True, eq=False)
class _Level:
    open_time: NDArray[np.int64]
    spreads: Mapping[str, Spread]
    span: int
    """How many bar lengths a row merges."""


@dataclass(frozen=True, slots=True, eq=False)
class StudySeries:
    """The loaded values of one indicator. Immutable."""

    outputs: tuple[str, ...]
    levels: tuple[_Level, ...]
    """The values themselves, then coarser and coarser merges."""

    @classmethod
    def build(cls, columns: Mapping[str, NDArray[Any]], timeframe: Timeframe) -> StudySeries:
        """Return the series of ascending values: `open_time` in ms UTC and one array per output. Worker thread."""
        opened = np.asarray(columns[OPEN_TIME], np.int64)
        values = {name: np.asarray(each, np.float64) for name, each in columns.items() if name != OPEN_TIME}
        levels = [_Level(opened, {name: Spread(each, each, each) for name, each in values.items()}, 1)]
        anchor_ms = int(opened[0]) % timeframe.period_ms if opened.size and timeframe.period_ms else 0
        while timeframe.period_ms is not None and levels[-1].open_time.size > _SMALLEST:
            levels.append(_coarser(levels[-1], timeframe.period_ms, anchor_ms))
        return cls(tuple(values), tuple(levels))

    def at(self, open_ms: int) -> dict[str, float]:
        """Return the values of the bar that opens then; NaN where there are none."""
        base = self.levels[0]
        place = int(np.searchsorted(base.open_time, open_ms))
        if place >= base.open_time.size or base.open_time[place] != open_ms:
            return dict.fromkeys(self.outputs, float("nan"))
        return {name: float(spread.last[place]) for name, spread in base.spreads.items()}

    def over(self, slots: Slots) -> dict[str, Spread]:
        """Return every output over the slots of the bars, as many entries as there are slots."""
        level = max((each for each in self.levels if each.span <= slots.merged), key=lambda each: each.span)
        edges = np.searchsorted(level.open_time, np.append(slots.start_ms, slots.end_ms[-1:]))
        if slots.merged == 1:
            return {name: _picked(spread, level.open_time, slots, edges) for name, spread in level.spreads.items()}
        return {name: _folded(spread, edges) for name, spread in level.spreads.items()}


def _picked(spread: Spread, opened: NDArray[np.int64], slots: Slots, edges: NDArray[np.intp]) -> Spread:
    """Return the value of each bar; a bar nobody computed has none."""
    found = np.full(len(slots), np.nan)
    if opened.size:
        place = np.minimum(edges[: len(slots)], opened.size - 1)
        same = opened[place] == slots.start_ms
        found[same] = spread.last[place[same]]
    return Spread(found, found, found)


def _folded(spread: Spread, edges: NDArray[np.intp]) -> Spread:
    """Fold runs of values, each from one edge to the next, into one entry; an empty run has none."""
    first, after = edges[:-1] - edges[0], edges[1:] - edges[0]
    part = slice(int(edges[0]), int(edges[-1]))
    # One NaN behind the values: a run may begin where they end, and `fmin` looks past it.
    low = np.append(spread.low[part], np.nan)
    high = low if spread.high is spread.low else np.append(spread.high[part], np.nan)
    last = low if spread.last is spread.low else np.append(spread.last[part], np.nan)
    low, high = np.fmin.reduceat(low, first), np.fmax.reduceat(high, first)
    last = last[np.maximum(after - 1, 0)]
    for each in (low, high, last):
        each[first >= after] = np.nan
    return Spread(low, high, last)


def _coarser(level: _Level, period_ms: int, anchor_ms: int) -> _Level:
    span = level.span * _FACTOR
    number = (level.open_time - anchor_ms) // (span * period_ms)
    first = np.concatenate(([0], np.flatnonzero(number[1:] != number[:-1]) + 1))
    edges = np.append(first, level.open_time.size)
    spreads = {name: _folded(spread, edges) for name, spread in level.spreads.items()}
    return _Level(number[first] * (span * period_ms) + anchor_ms, spreads, span)
