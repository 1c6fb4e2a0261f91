"""Which derived files there should be, and their rows: every longer timeframe comes from the 1m files alone.

A derived file is a function of the 1m rows of its month (and of the next month where a week straddles), the last
traded close before it, and how far the bank is covered. That is its lineage; planning compares lineages and never
opens a file. Deriving month by month gives bit for bit what deriving the whole at once gives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from threadx.bars.gaps import Gap
from threadx.bars.intervals import Interval, intersect, month_interval, month_of, union
from threadx.bars.resample import resample_columns
from threadx.bars.schema import MINUTE_MS, OPEN_TIME, Columns
from threadx.bars.timeframe import ONE_MINUTE, Timeframe
from threadx.store.manifest import FileEntry, Lineage

__all__ = ["Outdated", "cascade", "covered_until", "expected", "outdated", "rows_of_month", "same_rows"]

_LADDER = {
    "1m": "1m",
    "3m": "1m",
    "5m": "1m",
    "15m": "5m",
    "30m": "5m",
    "1h": "5m",
    "1d": "1h",
    "1w": "1d",
    "1mo": "1d",
}
"""What each timeframe is made of; the hours in between are made of 1h. Fixed, so that a sum too large for exact
decimals does not depend on which other timeframes are kept."""

Load = Callable[[str], Columns]
"""Returns the 1m rows of a month."""


@dataclass(frozen=True, slots=True)
class Outdated:
    """What must change so that every derived file is as expected."""

    to_derive: dict[str, dict[Timeframe, Lineage]]
    """By month, in order."""
    to_drop: frozenset[str]
    """Keys of derived files that should not be there."""


def covered_until(months: Mapping[str, FileEntry], ledger: Iterable[Gap]) -> int:
    """Return the end of what is known: after the last 1m row, and on through what is confirmed empty from there."""
    end_ms = max(entry.last_ms for entry in months.values()) + MINUTE_MS
    for empty in union(gap.interval for gap in ledger):
        if empty.start_ms <= end_ms < empty.end_ms:
            end_ms = empty.end_ms
    return end_ms


def expected(months: Mapping[str, FileEntry], ledger: Iterable[Gap], timeframe: Timeframe) -> dict[str, Lineage]:
    """Return the months of a timeframe that should have a file, with the lineage it should have.

    Only finished buckets count: those that end where the bank is covered.
    """
    if not months:
        return {}
    until_ms = timeframe.floor(covered_until(months, ledger))
    closes = _previous_closes(months)
    found = {}
    for month in _candidates(months, timeframe):
        buckets = _buckets_of(month, timeframe)
        used = [name for name in (month, month_of(buckets.end_ms - 1)) if name in months]
        used = [name for name in dict.fromkeys(used) if months[name].first_ms < buckets.end_ms]
        end_ms = min(buckets.end_ms, until_ms)
        if used and _has_rows(months, used, buckets.start_ms, end_ms):
            close = closes[used[0]] if months[used[0]].starts_flat else None
            found[month] = Lineage(tuple(months[name].sha256 for name in used), end_ms, close)
    return found


def outdated(files: Mapping[str, FileEntry], ledger: Iterable[Gap], kept: Iterable[Timeframe]) -> Outdated:
    """Compare the derived files of a generation with what its 1m files now say."""
    months = {key[len("1m/") :]: entry for key, entry in files.items() if key.startswith("1m/")}
    unwanted = {key for key, entry in files.items() if entry.lineage is not None}
    to_derive: dict[str, dict[Timeframe, Lineage]] = {}
    for timeframe in kept:
        for month, lineage in expected(months, ledger, timeframe).items():
            key = f"{timeframe.name}/{month}"
            unwanted.discard(key)
            there = files.get(key)
            if there is None or there.lineage != lineage:
                to_derive.setdefault(month, {})[timeframe] = lineage
    return Outdated(dict(sorted(to_derive.items())), frozenset(unwanted))


def rows_of_month(
    month: str, wanted: Mapping[Timeframe, Lineage], months: Iterable[str], load: Load
) -> dict[Timeframe, Columns]:
    """Return the finished bars of `month`, by open time, for each timeframe wanted.

    Args:
        month: "2024-03".
        wanted: timeframes with the lineage that `expected` gave.
        months: the months that have 1m rows.
        load: gives them.
    """
    there = set(months)
    last_ms = max(lineage.until_ms for lineage in wanted.values()) - 1
    used = [name for name in dict.fromkeys((month, month_of(last_ms))) if name in there]
    minutes = _joined([load(name) for name in used])
    closes = [lineage.previous_close for lineage in wanted.values() if lineage.previous_close is not None]
    made = cascade(minutes, wanted, previous_close=closes[0] if closes else None)
    return {
        timeframe: _within(made[timeframe], _buckets_of(month, timeframe).start_ms, lineage.until_ms)
        for timeframe, lineage in wanted.items()
    }


def same_rows(entry: FileEntry, load: Callable[[], Columns], rows: Columns) -> bool:
    """Return whether the file of `entry`, which `load` reads, holds exactly `rows`.

    Then it may stay, under its new lineage: most minutes finish no bucket, and who computes from longer bars tells by
    the hash of a file whether they changed.
    """
    times = rows[OPEN_TIME]
    if (entry.rows, entry.first_ms, entry.last_ms) != (times.size, times[0], times[-1]):
        return False
    stored = load()
    return stored.keys() == rows.keys() and all(
        np.array_equal(values, rows[name], equal_nan=True) for name, values in stored.items()
    )


def cascade(
    minutes: Columns, timeframes: Iterable[Timeframe], *, previous_close: float | None = None
) -> dict[Timeframe, Columns]:
    """Return the bars of each timeframe, finished or not, made from 1m rows down a fixed ladder."""
    made = {ONE_MINUTE: minutes}

    def make(timeframe: Timeframe) -> None:
        source = Timeframe.parse(_LADDER.get(timeframe.name, "1h"))
        if source not in made:
            make(source)
        made[timeframe] = resample_columns(made[source], source, timeframe, previous_close)

    for timeframe in timeframes:
        if timeframe not in made:
            make(timeframe)
    return {timeframe: made[timeframe] for timeframe in timeframes}


@lru_cache(maxsize=4096)
def _buckets_of(month: str, timeframe: Timeframe) -> Interval:
    """Return from the first to the end of the last bucket that opens in the month."""
    whole = month_interval(month)
    return Interval(timeframe.next(whole.start_ms - 1), timeframe.next(whole.end_ms - 1))


def _candidates(months: Mapping[str, FileEntry], timeframe: Timeframe) -> list[str]:
    if timeframe.name != "1w":
        return list(months)
    # The week of a month's first rows may open in the month before, which need not have rows itself.
    return sorted({*months, *(month_of(timeframe.floor(entry.first_ms)) for entry in months.values())})


def _previous_closes(months: Mapping[str, FileEntry]) -> dict[str, float | None]:
    """Return, for each month, the last traded close before it; before any trade, the first open there is."""
    closes: dict[str, float | None] = {}
    carried: float | None = None
    first_open: float | None = None
    for month in sorted(months):
        closes[month] = carried if carried is not None else first_open
        first_open = months[month].first_open if first_open is None else first_open
        carried = months[month].last_close if months[month].last_close is not None else carried
    return closes


def _has_rows(months: Mapping[str, FileEntry], used: Iterable[str], start_ms: int, end_ms: int) -> bool:
    for entry in (months[name] for name in used):
        if start_ms <= entry.first_ms < end_ms or start_ms <= entry.last_ms < end_ms:
            return True
        if start_ms < end_ms and intersect(entry.stored(MINUTE_MS), [Interval(start_ms, end_ms)]):
            return True
    return False


def _joined(parts: list[Columns]) -> Columns:
    if len(parts) == 1:
        return parts[0]
    names = dict.fromkeys(name for part in parts for name in part)
    sizes = [part[OPEN_TIME].size for part in parts]
    return {
        name: np.concatenate([
            part[name] if name in part else np.full(size, np.nan) for part, size in zip(parts, sizes, strict=True)
        ])
        for name in names
    }  # fmt: skip


def _within(bars: Columns, start_ms: int, end_ms: int) -> Columns:
    first, last = np.searchsorted(bars[OPEN_TIME], (start_ms, end_ms))
    return {name: values[first:last] for name, values in bars.items()}
