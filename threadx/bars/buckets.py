"""Which rows make which bucket, and folding a column over the buckets: the inner loop of resampling.

Two layouts answer the same questions. `DenseBuckets` is for nearly complete series: the rows are laid out on a grid
with one place for every row there could be, so that a bucket is a line of a table, and a fold is a few passes over
its columns (measured six times as fast as `reduceat` on five-row buckets). `RaggedBuckets` cuts the rows where the
bucket changes: for long buckets, months, sparse or crooked series.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from threadx.bars.timeframe import Timeframe

__all__ = ["Buckets", "DenseBuckets", "RaggedBuckets", "bucketed"]

_WIDEST_TABLE = 16
"""Places a bucket up to which passes over columns beat `reduceat`: 5 is six times as fast, 60 half as fast."""
_MOST_PLACES_PER_ROW = 2
"""A grid emptier than this costs more to lay out than it saves."""
_MOST_RUNS = 1024
"""Stretches without a break that are worth copying one by one."""


class Buckets(Protocol):
    """The buckets that have rows, in order. Arrays are as long as there are such buckets."""

    @property
    def open_time_ms(self) -> NDArray[np.int64]:
        """Open time of each bucket."""

    @property
    def starts(self) -> NDArray[np.intp]:
        """First row of each bucket."""

    @property
    def sizes(self) -> NDArray[np.int64]:
        """How many rows it has."""

    def fold(self, operation: np.ufunc, values: NDArray[Any], neutral: float) -> NDArray[Any]:
        """Return `operation` over the rows of each bucket; `neutral` is the value that changes nothing in it."""


def bucketed(open_time_ms: NDArray[np.int64], source: Timeframe, target: Timeframe) -> Buckets:
    """Return the buckets of `target` that rows of `source` bars make, in the layout that suits them.

    Args:
        open_time_ms: int64 ms, strictly increasing, at least one.
        source: what the rows are; a wrong guess costs speed, never correctness.
        target: what the buckets are.
    """
    layout = _grid_layout(open_time_ms, source, target)
    return RaggedBuckets(open_time_ms, target) if layout is None else layout


class RaggedBuckets:
    """Buckets as cuts between rows."""

    def __init__(self, open_time_ms: NDArray[np.int64], target: Timeframe) -> None:
        opens = target.floor(open_time_ms)
        self.starts = np.flatnonzero(np.concatenate(([True], opens[1:] != opens[:-1])))
        self.open_time_ms = opens[self.starts]
        self.sizes = np.diff(self.starts, append=opens.size)

    def fold(self, operation: np.ufunc, values: NDArray[Any], neutral: float) -> NDArray[Any]:  # noqa: ARG002 - Buckets
        """Return `operation` over the rows of each bucket; `neutral` is not needed, nothing is padded here."""
        return operation.reduceat(values, self.starts, dtype=_result_dtype(values))


def _grid_layout(open_time_ms: NDArray[np.int64], source: Timeframe, target: Timeframe) -> DenseBuckets | None:
    """Return the dense layout, or None where the rows do not suit one."""
    step_ms, period_ms = source.period_ms, target.period_ms
    if step_ms is None or period_ms is None or period_ms <= step_ms:
        return None
    first_ms = target.floor(int(open_time_ms[0]))
    lines = (int(open_time_ms[-1]) - first_ms) // period_ms + 1
    width = period_ms // step_ms
    if lines * width > _MOST_PLACES_PER_ROW * open_time_ms.size + 2 * width:
        return None
    breaks = np.flatnonzero(open_time_ms[1:] - open_time_ms[:-1] != step_ms) + 1
    heads = np.append(0, breaks)
    offsets = open_time_ms[heads] - first_ms
    if heads.size > _MOST_RUNS or (offsets % step_ms).any():
        return None
    ends = np.append(breaks, open_time_ms.size)
    runs = _Runs(heads.tolist(), ends.tolist(), (offsets // step_ms).tolist())
    return DenseBuckets(first_ms + period_ms * np.arange(lines), width, runs)


@dataclass(frozen=True, slots=True)
class _Runs:
    """Rows without a break: the first row of each run, the row after its last, and the place of its first."""

    heads: list[int]
    ends: list[int]
    places: list[int]

    def slices(self) -> Iterator[tuple[slice, slice]]:
        """Yield the rows of each run and their places."""
        for head, end, place in zip(self.heads, self.ends, self.places, strict=True):
            yield slice(head, end), slice(place, place + end - head)

    def holes(self, size: int) -> list[tuple[int, int]]:
        """Return the places on a grid of `size` that no row takes, as first and after-last."""
        after = [place + end - head for head, end, place in zip(self.heads, self.ends, self.places, strict=True)]
        return [(a, b) for a, b in zip([0, *after], [*self.places, size], strict=True) if a < b]


class DenseBuckets:
    """Buckets as lines of a grid: `width` places each, most of them taken."""

    def __init__(self, opens: NDArray[np.int64], width: int, runs: _Runs) -> None:
        self._width = width
        self._runs = runs
        self._holes = runs.holes(opens.size * width)
        self._scratch: dict[Any, NDArray[Any]] = {}
        counts = self._counts(opens.size)
        taken = counts > 0
        self._taken = slice(None) if taken.all() else taken
        self.open_time_ms = opens[self._taken]
        self.sizes = counts[self._taken]
        self.starts = np.cumsum(self.sizes) - self.sizes

    def _counts(self, lines: int) -> NDArray[np.int64]:
        counts = np.full(lines, self._width, dtype=np.int64)
        for start, end in self._holes:
            first, last = start // self._width, (end - 1) // self._width
            if first == last:
                counts[first] -= end - start
            else:
                counts[first] -= (first + 1) * self._width - start
                counts[first + 1 : last] = 0
                counts[last] -= end - last * self._width
        return counts

    def fold(self, operation: np.ufunc, values: NDArray[Any], neutral: float) -> NDArray[Any]:
        """Return `operation` over the rows of each bucket; `neutral` is the value that changes nothing in it."""
        if self._width > _WIDEST_TABLE:
            return operation.reduceat(values, self.starts, dtype=_result_dtype(values))
        table = values.astype(_result_dtype(values), copy=False)
        if self._holes:
            table = self._laid_out(table, neutral)
        return self._folded(operation, table)[self._taken]

    def _laid_out(self, values: NDArray[Any], neutral: float) -> NDArray[Any]:
        """Return the rows at their places. One buffer a dtype: fresh pages cost more than the arithmetic."""
        if values.dtype not in self._scratch:
            self._scratch[values.dtype] = np.empty(self._runs.ends[-1] + self._hole_places(), dtype=values.dtype)
        table = self._scratch[values.dtype]
        for start, end in self._holes:
            table[start:end] = neutral
        for rows, places in self._runs.slices():
            table[places] = values[rows]
        return table

    def _hole_places(self) -> int:
        return sum(end - start for start, end in self._holes)

    def _folded(self, operation: np.ufunc, table: NDArray[Any]) -> NDArray[Any]:
        columns = table.reshape(-1, self._width).T
        result: NDArray[Any] = operation(columns[0], columns[1])
        for column in columns[2:]:
            operation(result, column, out=result)
        return result


def _result_dtype(values: NDArray[Any]) -> np.dtype[Any]:
    return np.dtype(np.int32) if values.dtype == np.bool_ else values.dtype
