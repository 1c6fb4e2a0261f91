"""Bars made ready to draw: years of them in a few coarser levels, cut and merged to what the pixels can show.

`ChartSeries.build` is the work of a worker thread; `slots` answers in a millisecond however long the series is,
because it begins at the coarsest level that is still finer than a pixel column.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from threadx.bars.schema import CRITICAL_COLS, MINUTE_MS, MINUTES, OPEN_TIME, Columns
from threadx.bars.timeframe import Timeframe

__all__ = ["INCOMPLETE", "Bar", "ChartSeries", "Slots"]

INCOMPLETE = "incomplete"
"""True where a bar holds fewer minutes than its timeframe has."""
_FOLDS = (("open", None), ("high", np.maximum), ("low", np.minimum), ("close", None), ("volume", np.add))
_LEVEL_FACTOR = 8
"""Each level merges this many bar lengths of the one below: all levels together add a seventh to the memory."""
_SMALLEST_LEVEL = 4096
"""A level with fewer rows needs no coarser one above it."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar as the header shows it; times in ms UTC, `[start_ms, end_ms)`."""

    start_ms: int
    end_ms: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    incomplete: bool
    previous_close: float | None
    """Of the bar before it, wherever that lies; None for the first."""

    @property
    def change(self) -> float:
        """Close against the close before it (against its own open for the first bar), as a ratio: 0.01 is 1 %."""
        base = self.open if self.previous_close is None else self.previous_close
        return self.close / base - 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Slots:
    """What is drawn of a range: equal-length arrays, one entry for each bar or for each run of merged bars."""

    start_ms: NDArray[np.int64]
    end_ms: NDArray[np.int64]
    open: NDArray[np.float64]
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    close: NDArray[np.float64]
    volume: NDArray[np.float64]
    incomplete: NDArray[np.bool_]
    merged: int
    """How many bar lengths one slot spans; 1: bars as they are."""

    def __len__(self) -> int:
        return len(self.start_ms)

    def touching(self, start_ms: float, end_ms: float) -> NDArray[np.bool_]:
        """Return which slots have any time in `[start_ms, end_ms)`."""
        return np.asarray((self.end_ms > start_ms) & (self.start_ms < end_ms))

    def most_volume(self, start_ms: float, end_ms: float) -> float:
        """Return the highest volume among the slots that touch the range; 0 where none does."""
        return float(self.volume[self.touching(start_ms, end_ms)].max(initial=0.0))

    def holes(self) -> list[tuple[int, int]]:
        """Return the stretches between slots that hold no bar, `[start_ms, end_ms)`."""
        after = np.flatnonzero(self.start_ms[1:] > self.end_ms[:-1])
        return [(int(self.end_ms[i]), int(self.start_ms[i + 1])) for i in after]


@dataclass(frozen=True, slots=True, eq=False)
class ChartSeries:
    """The loaded bars of one symbol and timeframe, never empty. Immutable: more bars make a new series."""

    timeframe: Timeframe
    columns: Columns
    """`open_time`, open, high, low, close, volume, incomplete; ascending."""
    levels: tuple[Columns, ...]
    """Coarser and coarser merges of `columns`; level k merges `_LEVEL_FACTOR ** (k + 1)` bar lengths."""

    @classmethod
    def build(cls, columns: Mapping[str, NDArray[Any]], timeframe: Timeframe) -> ChartSeries:
        """Return the series of ascending bars: arrays of one length, at least one row. Runs on a worker thread."""
        base: Columns = {OPEN_TIME: np.asarray(columns[OPEN_TIME], np.int64)}
        base |= {name: np.asarray(columns[name], np.float64) for name in CRITICAL_COLS}
        if not base[OPEN_TIME].size:
            raise ValueError("a series of no bars: show the empty state instead")
        base[INCOMPLETE] = columns[INCOMPLETE] if INCOMPLETE in columns else _incomplete(columns, timeframe)
        return cls(timeframe, base, _levels(base, timeframe))

    def joined(self, more: Mapping[str, NDArray[Any]]) -> ChartSeries:
        """Return a series with other bars taken in; where an open time is in both, `more` wins. Worker thread."""
        other = ChartSeries.build(more, self.timeframe).columns
        first, last = int(other[OPEN_TIME][0]), int(other[OPEN_TIME][-1])
        before = int(np.searchsorted(self.columns[OPEN_TIME], first))
        after = int(np.searchsorted(self.columns[OPEN_TIME], last, side="right"))
        both = {name: np.concatenate((mine[:before], other[name], mine[after:])) for name, mine in self.columns.items()}
        return ChartSeries.build(both, self.timeframe)

    def __len__(self) -> int:
        return len(self.columns[OPEN_TIME])

    @property
    def first_ms(self) -> int:
        """Open time of the first bar."""
        return int(self.columns[OPEN_TIME][0])

    @property
    def end_ms(self) -> int:
        """Where the last bar ends."""
        return self.timeframe.next(int(self.columns[OPEN_TIME][-1]))

    @property
    def length_ms(self) -> float:
        """Length of one bar; of an average month where months differ."""
        return float(self.timeframe.period_ms or 30.436875 * 86_400_000)

    @property
    def highest(self) -> float:
        """The highest price of all."""
        return float((self.levels[-1] if self.levels else self.columns)["high"].max())

    @property
    def last(self) -> Bar:
        """The last bar."""
        return self._bar(len(self) - 1)

    def bar_at(self, ms: float) -> Bar | None:
        """Return the bar whose time holds the instant; None in a gap and outside."""
        at = int(np.searchsorted(self.columns[OPEN_TIME], ms, side="right")) - 1
        if at < 0:
            return None
        bar = self._bar(at)
        return bar if ms < bar.end_ms else None

    def hole_at(self, ms: float) -> tuple[int, int] | None:
        """Return the stretch without bars that holds the instant, `[start_ms, end_ms)`; None where there is none."""
        after = int(np.searchsorted(self.columns[OPEN_TIME], ms, side="right"))
        if not 0 < after < len(self):
            return None
        start_ms = self._bar(after - 1).end_ms
        return (start_ms, int(self.columns[OPEN_TIME][after])) if ms >= start_ms else None

    def neighbour(self, ms: float, steps: int) -> Bar:
        """Return the bar `steps` bars after (before, where negative) the one at or before the instant; clamped."""
        at = int(np.searchsorted(self.columns[OPEN_TIME], ms, side="right")) - 1
        return self._bar(min(max(at + steps, 0), len(self) - 1))

    def count(self, start_ms: float, end_ms: float) -> int:
        """Return how many bars open in `[start_ms, end_ms)`."""
        edges = np.searchsorted(self.columns[OPEN_TIME], [start_ms, end_ms])
        return max(int(edges[1] - edges[0]), 0)

    def _bar(self, at: int) -> Bar:
        start_ms = int(self.columns[OPEN_TIME][at])
        opened, high, low, close, volume = (float(self.columns[name][at]) for name in CRITICAL_COLS)
        return Bar(
            start_ms,
            self.timeframe.next(start_ms),
            opened,
            high,
            low,
            close,
            volume,
            incomplete=bool(self.columns[INCOMPLETE][at]),
            previous_close=float(self.columns["close"][at - 1]) if at else None,
        )

    def slots(self, start_ms: float, end_ms: float, pixels: float) -> Slots:
        """Return what touches `[start_ms, end_ms)`, merged until a slot is at least as wide as one of `pixels` columns.

        Merged slots lie on a fixed grid, so that they do not flicker when the view moves.
        """
        merged = self._merge_factor(start_ms, end_ms, pixels)
        columns = self._level(merged)
        # A slot more on either side, so that those at the edges are whole.
        first = int(np.searchsorted(columns[OPEN_TIME], start_ms - merged * self.length_ms * 1.05))
        last = int(np.searchsorted(columns[OPEN_TIME], end_ms + merged * self.length_ms))
        part = {name: values[first:last] for name, values in columns.items()}
        if merged == 1:
            return _slots(part, self.timeframe.next(part[OPEN_TIME]), 1)
        width_ms = merged * int(self.length_ms)
        part = _merge(part, width_ms, self._anchor_ms)
        return _slots(part, part[OPEN_TIME] + width_ms, merged)

    @property
    def _anchor_ms(self) -> int:
        return _anchor_ms(self.columns, self.timeframe)

    def _merge_factor(self, start_ms: float, end_ms: float, pixels: float) -> int:
        column_ms = (end_ms - start_ms) / max(pixels, 1.0)
        if self.timeframe.period_ms is None or column_ms <= self.length_ms:
            return 1
        return 1 << int(np.ceil(np.log2(column_ms / self.length_ms)))

    def _level(self, merged: int) -> Columns:
        """Return the coarsest columns whose rows still fit whole into slots of `merged` bar lengths."""
        chosen = self.columns
        for power, level in enumerate(self.levels, start=1):
            if _LEVEL_FACTOR**power > merged:
                break
            chosen = level
        return chosen


def _slots(part: Columns, end_ms: NDArray[np.int64], merged: int) -> Slots:
    opened, high, low, close, volume = (part[name] for name in CRITICAL_COLS)
    return Slots(part[OPEN_TIME], end_ms, opened, high, low, close, volume, part[INCOMPLETE], merged)


def _incomplete(columns: Mapping[str, NDArray[Any]], timeframe: Timeframe) -> NDArray[np.bool_]:
    opened = np.asarray(columns[OPEN_TIME], np.int64)
    if MINUTES not in columns:
        return np.zeros(opened.size, np.bool_)
    return np.asarray(columns[MINUTES] < (timeframe.next(opened) - opened) // MINUTE_MS)


def _anchor_ms(columns: Columns, timeframe: Timeframe) -> int:
    """Return the offset of the timeframe's grid (weeks begin on Monday), which merged slots share."""
    return int(columns[OPEN_TIME][0]) % timeframe.period_ms if timeframe.period_ms else 0


def _levels(base: Columns, timeframe: Timeframe) -> tuple[Columns, ...]:
    found: list[Columns] = []
    rows, width_ms = base, timeframe.period_ms
    while width_ms is not None and len(rows[OPEN_TIME]) > _SMALLEST_LEVEL:
        width_ms *= _LEVEL_FACTOR
        rows = _merge(rows, width_ms, _anchor_ms(base, timeframe))
        found.append(rows)
    return tuple(found)


def _merge(rows: Columns, width_ms: int, anchor_ms: int) -> Columns:
    """Fold rows into slots of a fixed grid: first open, highest high, lowest low, last close, volumes added up."""
    opened = rows[OPEN_TIME]
    if not opened.size:
        return rows
    number = (opened - anchor_ms) // width_ms
    first = np.concatenate(([0], np.flatnonzero(number[1:] != number[:-1]) + 1))
    last = np.concatenate((first[1:] - 1, [opened.size - 1]))
    folded: Columns = {OPEN_TIME: number[first] * width_ms + anchor_ms}
    for name, fold in _FOLDS:
        if fold is None:
            folded[name] = rows[name][first if name == "open" else last]
        else:
            folded[name] = fold.reduceat(rows[name], first)
    folded[INCOMPLETE] = np.logical_or.reduceat(rows[INCOMPLETE], first)
    return folded
