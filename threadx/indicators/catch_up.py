"""Bringing cached values up to date, month by month.

A function's values in a month, and its state at the end of it, follow from the month's bars and the state before it:
nothing else. So a cached month stands as long as neither has changed, told by hash and digest. The bars of a month
changed: it is computed again from the state before it, and every later one as long as the states differ. Those of a
recursive function differ on; that of a window is the same again once the window has passed. No rule by kind is needed,
and what stands is bit for bit what computing everything again would give.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from threadx.bars.schema import OPEN_TIME, Columns
from threadx.indicators.inputs import Part
from threadx.progress import NULL_PROGRESS, Progress
from threadx.store.indicator_files import Month, checksum
from threadx.store.manifest import digest

__all__ = ["CaughtUp", "Function", "caught_up", "first_difference"]

Run = Callable[[Columns, Mapping[str, Any] | None], tuple[Mapping[str, NDArray[np.float64]], Mapping[str, Any]]]
"""From bars and the state before them to values and the state after them."""

_SMALL_STATE = 512
"""A state of so many characters is kept at the end of every month."""
_BYTES_PER_CHARACTER = 4
"""A larger one where the values since the last one kept take this many times its size."""


@dataclass(frozen=True, slots=True)
class Function:
    """What is computed."""

    run: Run
    load: Callable[[str], Columns]
    """Gives the bars of a month."""
    outputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """The values of all months, and what it took."""

    months: tuple[Month, ...]
    columns: Columns
    computed: tuple[str, ...]
    """The months that were computed; the others stood."""
    seconds: float
    """Reading bars and computing."""


def first_difference(parts: Sequence[Part], months: Sequence[Month]) -> str | None:
    """Return the first month that is not as it was cached; "" where only later ones have gone; None: all is fresh."""
    for part, month in zip(parts, months, strict=False):
        if (part.name, part.source) != (month.name, month.source):
            return part.name
    if len(parts) == len(months):
        return None
    return parts[len(months)].name if len(parts) > len(months) else ""


def caught_up(
    function: Function,
    parts: Sequence[Part],
    months: Sequence[Month] = (),
    cached: Columns | None = None,
    progress: Progress = NULL_PROGRESS,
) -> CaughtUp:
    """Return the values of `parts`; what stands is taken from `cached`.

    Args:
        function: what to compute.
        parts: the months there are now, in order.
        months: those that were cached.
        cached: their values.
        progress: reports months; cancels between two.

    Raises:
        JobCancelled: cancelled.
    """
    return _Pass(function, parts, months, cached).run(progress)


class _Pass:
    """One way through the months."""

    def __init__(
        self, function: Function, parts: Sequence[Part], months: Sequence[Month], cached: Columns | None
    ) -> None:
        self._function = function
        self._parts = parts
        self._old = _standing(months) if cached is not None else {}
        self._cached = {} if cached is None else cached
        self._months: list[Month] = []
        self._state: Mapping[str, Any] | None = None
        """After the last month done; right only where `_state_known`."""
        self._state_known = True
        self._seconds = 0.0
        rows = sum(part.rows for part in parts)
        self._columns: Columns = {name: np.empty(rows) for name in function.outputs}
        self._columns[OPEN_TIME] = np.empty(rows, dtype=np.int64)

    def run(self, progress: Progress) -> CaughtUp:
        computed = []
        first, before = 0, ""
        for number, part in enumerate(self._parts):
            progress.report(number, len(self._parts), "months")
            old = self._old.get((part.name, part.source, before))
            if old is None:
                self._compute(part, first)
                computed.append(part.name)
            else:
                self._take(old, first)
            first += part.rows
            before = self._months[-1].after
        return CaughtUp(_thinned(self._months), self._columns, tuple(computed), self._seconds)

    def _take(self, old: tuple[Month, int], first: int) -> None:
        month, row = old
        for name, values in self._columns.items():
            values[first : first + month.rows] = self._cached[name][row : row + month.rows]
        self._months.append(month)
        self._state_known = False

    def _compute(self, part: Part, first: int) -> None:
        began_s = time.perf_counter()
        if not self._state_known:
            self._restore()
        bars = self._function.load(part.name)
        values, self._state = self._function.run(bars, self._state)
        self._state_known = True
        mine = {name: column[first : first + part.rows] for name, column in self._columns.items()}
        for name in self._function.outputs:
            mine[name][:] = values[name]
        mine[OPEN_TIME][:] = bars[OPEN_TIME]
        text = json.dumps(self._state, sort_keys=True, separators=(",", ":"))
        self._seconds += time.perf_counter() - began_s
        crc32 = checksum(mine, self._function.outputs)
        self._months.append(Month(part.name, part.source, part.rows, crc32, digest(text.encode())[:16], text))

    def _restore(self) -> None:
        """Bring the state to the end of the months done: from the last one that was kept, through what follows it."""
        at = len(self._months)
        while at and self._months[at - 1].state is None:
            at -= 1
        text = self._months[at - 1].state if at else None
        self._state = None if text is None else json.loads(text)
        for part in self._parts[at : len(self._months)]:
            _values, self._state = self._function.run(self._function.load(part.name), self._state)


def _standing(months: Sequence[Month]) -> dict[tuple[str, str, str], tuple[Month, int]]:
    """Return cached months and their first rows by all that they follow from: name, bars, and the state before."""
    found = {}
    row, before = 0, ""
    for month in months:
        found[month.name, month.source, before] = month, row
        row += month.rows
        before = month.after
    return found


def _thinned(months: Sequence[Month]) -> tuple[Month, ...]:
    """Return the months with states only where they are worth their place: a window of a year is as large as values.

    The last two are kept whole: that is where bars are added.
    """
    kept = []
    rows = 0
    for number, month in enumerate(months):
        rows += month.rows
        size = 0 if month.state is None else len(month.state)
        if size <= _SMALL_STATE or number >= len(months) - 2 or rows * 8 >= size * _BYTES_PER_CHARACTER:
            kept.append(month)
            rows = 0 if size else rows
        else:
            kept.append(replace(month, state=None))
    return tuple(kept)
