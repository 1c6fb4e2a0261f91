"""Half-open UTC intervals of time and their algebra; months as "YYYY-MM" keys. All pure, all int64 milliseconds.

Planning, coverage and gaps are questions about ranges; nothing here looks at bars.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from threadx.bars.schema import MINUTE_MS

__all__ = [
    "Interval",
    "intersect",
    "month_interval",
    "month_of",
    "months_between",
    "split_by_month",
    "subtract",
    "total_minutes",
    "union",
]

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """The instants `start_ms <= t < end_ms`, UTC milliseconds. An empty one vanishes in every operation.

    Raises:
        ValueError: it ends before it starts.
    """

    start_ms: int
    end_ms: int

    def __post_init__(self) -> None:
        if self.end_ms < self.start_ms:
            raise ValueError(f"interval ends before it starts: [{self.start_ms}, {self.end_ms})")

    def __bool__(self) -> bool:
        """Whether it holds any instant."""
        return self.start_ms < self.end_ms

    def __contains__(self, ms: int) -> bool:
        return self.start_ms <= ms < self.end_ms

    @property
    def minutes(self) -> int:
        """How many minutes open in it."""
        return -(-self.end_ms // MINUTE_MS) + (-self.start_ms // MINUTE_MS)


def union(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """Return the same instants as sorted intervals that neither overlap nor touch."""
    merged: list[Interval] = []
    for interval in sorted(filter(None, intervals)):
        if merged and interval.start_ms <= merged[-1].end_ms:
            merged[-1] = Interval(merged[-1].start_ms, max(merged[-1].end_ms, interval.end_ms))
        else:
            merged.append(interval)
    return tuple(merged)


def subtract(wanted: Iterable[Interval], taken: Iterable[Interval]) -> tuple[Interval, ...]:
    """Return the instants of `wanted` that are not in `taken`, as `union` would give them."""
    return tuple(_subtract(union(wanted), union(taken)))


def _subtract(wanted: tuple[Interval, ...], taken: tuple[Interval, ...]) -> Iterator[Interval]:
    first = 0
    for interval in wanted:
        while first < len(taken) and taken[first].end_ms <= interval.start_ms:
            first += 1
        start_ms = interval.start_ms
        for hole in taken[first:]:
            if hole.start_ms >= interval.end_ms:
                break
            if hole.start_ms > start_ms:
                yield Interval(start_ms, hole.start_ms)
            start_ms = hole.end_ms
        if start_ms < interval.end_ms:
            yield Interval(start_ms, interval.end_ms)


def intersect(left: Iterable[Interval], right: Iterable[Interval]) -> tuple[Interval, ...]:
    """Return the instants that are in both, as `union` would give them."""
    a, b = union(left), union(right)
    common: list[Interval] = []
    i = j = 0
    while i < len(a) and j < len(b):
        start_ms, end_ms = max(a[i].start_ms, b[j].start_ms), min(a[i].end_ms, b[j].end_ms)
        if start_ms < end_ms:
            common.append(Interval(start_ms, end_ms))
        if a[i].end_ms < b[j].end_ms:
            i += 1
        else:
            j += 1
    return tuple(common)


def total_minutes(intervals: Iterable[Interval]) -> int:
    """Return how many minutes open in them; one that lies in several counts once."""
    return sum(interval.minutes for interval in union(intervals))


def month_of(ms: int) -> str:
    """Return the UTC month an instant lies in, "YYYY-MM"."""
    return str(np.datetime64(ms, "ms").astype("datetime64[M]"))


def month_interval(month: str) -> Interval:
    """Return the whole UTC month.

    Raises:
        ValueError: `month` is not "YYYY-MM".
    """
    if not _MONTH.fullmatch(month):
        raise ValueError(f"not a month, YYYY-MM expected: {month!r}")
    start = np.datetime64(month, "M")
    return Interval(*(int(edge.astype("datetime64[ms]").astype(np.int64)) for edge in (start, start + 1)))


def months_between(start_ms: int, end_ms: int) -> list[str]:
    """Return every month that `[start_ms, end_ms)` touches, in order; none when the range is empty."""
    if end_ms <= start_ms:
        return []
    first, last = (np.datetime64(ms, "ms").astype("datetime64[M]") for ms in (start_ms, end_ms - 1))
    return [str(month) for month in np.arange(first, last + 1)]


def split_by_month(interval: Interval) -> list[tuple[str, Interval]]:
    """Return the interval cut at UTC month edges, in order, each part with its month; none when it is empty."""
    parts = []
    for month in months_between(interval.start_ms, interval.end_ms):
        whole = month_interval(month)
        start_ms, end_ms = max(whole.start_ms, interval.start_ms), min(whole.end_ms, interval.end_ms)
        parts.append((month, Interval(start_ms, end_ms)))
    return parts
