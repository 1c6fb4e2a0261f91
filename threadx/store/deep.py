"""Look at the bars themselves: decode them, hold them against the rules, derive every timeframe again and compare.

Nothing that the manifest says is trusted: rows, range, gaps, the close that a month starts from and the lineage are
computed anew from the 1m bars. Two months of 1m are held in memory at a time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from threadx.bars.checks import violations
from threadx.bars.gaps import missing_runs
from threadx.bars.schema import OPEN_TIME, VOLUME, Columns, frame_from_columns, index_from_ms
from threadx.bars.timeframe import ONE_MINUTE, Timeframe
from threadx.errors import CorruptPartitionError
from threadx.progress import NULL_PROGRESS, Progress
from threadx.store.checkup import Subject, object_damaged
from threadx.store.derive import expected, rows_of_month
from threadx.store.diff import compare
from threadx.store.findings import Finding, Severity
from threadx.store.manifest import FileEntry, Lineage

__all__ = ["check_bars"]

_REPAIR = "run: threadx verify --level deep --repair --symbols {symbol}"
_CACHED_MONTHS = 3


def check_bars(subject: Subject, progress: Progress = NULL_PROGRESS) -> Iterator[Finding]:
    """Yield what is wrong with the bars of the newest generation.

    A file that cannot be read is one finding; what is derived from it is not compared then.
    """
    months = _Minutes(subject)
    keys = list(subject.manifest.files)
    for done, key in enumerate(keys):
        progress.report(done, len(keys), "files")
        yield from _check_file(subject, key, subject.manifest.files[key])
    yield from _check_lineage(subject)
    for done, (month, wanted) in enumerate(_derived_by_month(subject).items()):
        progress.report(done, len(keys), "files")
        yield from _check_derived(subject, months, month, wanted)


class _Minutes:
    """The 1m bars by month, a few of them kept, and the close that each month starts from."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self.entries = subject.manifest.of(ONE_MINUTE.name)
        self._kept: OrderedDict[str, Columns] = OrderedDict()
        self._closes: dict[str, float | None] | None = None

    def load(self, month: str) -> Columns:
        if month not in self._kept:
            self._kept[month] = self._read(month, None)
            while len(self._kept) > _CACHED_MONTHS:
                self._kept.popitem(last=False)
        return self._kept[month]

    def previous_close(self, month: str) -> float | None:
        """Return the last traded close before a month; before any trade, the first open there is."""
        if self._closes is None:
            self._closes = dict(self._walk())
        return self._closes.get(month)

    def _walk(self) -> Iterator[tuple[str, float | None]]:
        close: float | None = None
        for month in self.entries:
            bars = self._read(month, ("open", "close", VOLUME))
            yield month, close
            traded = np.flatnonzero(bars[VOLUME] > 0)
            if traded.size:
                close = float(bars["close"][traded[-1]])
            elif close is None:
                close = float(bars["open"][0])

    def _read(self, month: str, columns: tuple[str, ...] | None) -> Columns:
        key = f"{ONE_MINUTE.name}/{month}"
        return self._subject.bank.rows(self._subject.series, key, self.entries[month], columns)


def _check_file(subject: Subject, key: str, entry: FileEntry) -> Iterator[Finding]:
    try:
        bars = subject.bank.rows(subject.series, key, entry)
    except (CorruptPartitionError, FileNotFoundError):
        yield object_damaged(subject, key, entry)
        return
    wrong = _contradictions(key, entry, bars)
    if wrong:
        yield subject.finding(
            "entry_differs",
            Severity.ERROR,
            "{key}: the manifest does not describe the file: {wrong}",
            "a fault of ThreadX itself, please report it; then delete the symbol and download it again",
            path=subject.visible_of(key),
            key=key,
            wrong=", ".join(wrong),
        )
    found = violations(frame_from_columns(bars))
    if len(found):
        first = found.iloc[0]
        yield subject.finding(
            "bar_invalid",
            Severity.ERROR,
            "{key}: {rows} bars break a rule, first: {when} {column} = {value:g} ({rule})",
            "download the range again; the newest bars win",
            path=subject.visible_of(key),
            key=key,
            rows=int(found["timestamp"].nunique()),
            when=f"{first['timestamp']:%Y-%m-%d %H:%M}",
            column=str(first["column"]),
            value=float(first["value"]),
            rule=str(first["rule"]),
        )


def _contradictions(key: str, entry: FileEntry, bars: Columns) -> list[str]:
    name, _, month = key.partition("/")
    timeframe, times = Timeframe.parse(name), bars[OPEN_TIME]
    facts = {
        "rows": times.size == entry.rows,
        "first": times.size > 0 and int(times[0]) == entry.first_ms,
        "last": times.size > 0 and int(times[-1]) == entry.last_ms,
        "order": bool((times[1:] > times[:-1]).all()),
        "grid": bool((timeframe.floor(times) == times).all()),
        "month": month == "all"
        or bool((times.astype("datetime64[ms]").astype("datetime64[M]").astype(str) == month).all()),
        "columns": tuple(column for column in bars if column != OPEN_TIME) == entry.columns,
    }
    if entry.lineage is None and timeframe.period_ms is not None and facts["order"]:
        facts["gaps"] = missing_runs(times, timeframe.period_ms) == entry.gaps
    return [fact for fact, holds in facts.items() if not holds]


def _check_lineage(subject: Subject) -> Iterator[Finding]:
    """Yield derived files that are stale, missing or without 1m: by hashes, never by clocks."""
    manifest = subject.manifest
    minutes = manifest.of(ONE_MINUTE.name)
    for name in manifest.timeframes:
        if not manifest.is_derived(name):
            continue
        wanted = expected(minutes, manifest.ledger, Timeframe.parse(name))
        there = {month: entry.lineage for month, entry in manifest.of(name).items()}
        for month in sorted(wanted.keys() | there.keys()):
            if wanted.get(month) != there.get(month):
                yield _stale(subject, f"{name}/{month}")


def _stale(subject: Subject, key: str) -> Finding:
    return subject.finding(
        "derived_stale",
        Severity.ERROR,
        "{key} was not derived from the 1m bars as they are now",
        _REPAIR,
        path=subject.visible_of(key),
        repairable=True,
        key=key,
    )


def _derived_by_month(subject: Subject) -> dict[str, dict[Timeframe, FileEntry]]:
    found: dict[str, dict[Timeframe, FileEntry]] = {}
    for key, entry in subject.manifest.files.items():
        name, _, month = key.partition("/")
        if entry.lineage is not None:
            found.setdefault(month, {})[Timeframe.parse(name)] = entry
    return dict(sorted(found.items()))


def _check_derived(
    subject: Subject, minutes: _Minutes, month: str, entries: dict[Timeframe, FileEntry]
) -> Iterator[Finding]:
    try:
        stored = {
            timeframe: subject.bank.rows(subject.series, f"{timeframe.name}/{month}", entry)
            for timeframe, entry in entries.items()
        }
        made = rows_of_month(month, _lineages(minutes, month, entries), minutes.entries, minutes.load)
    except (CorruptPartitionError, FileNotFoundError, ValueError, KeyError):
        return  # the damaged or missing file is a finding of its own
    for timeframe, bars in stored.items():
        differs = compare(timeframe.name, month, bars, made[timeframe])
        if not differs.empty:
            yield _wrong(subject, f"{timeframe.name}/{month}", bars, made[timeframe], str(differs))


def _lineages(minutes: _Minutes, month: str, entries: dict[Timeframe, FileEntry]) -> dict[Timeframe, Lineage]:
    """Return the lineages with the close computed from the bars themselves, not as the manifest has it."""
    lineages = {timeframe: entry.lineage for timeframe, entry in entries.items()}
    first = min((name for name in minutes.entries if name >= month), default=month)
    close = minutes.previous_close(first)
    return {
        timeframe: replace(lineage, previous_close=close)
        for timeframe, lineage in lineages.items()
        if lineage is not None
    }


def _wrong(subject: Subject, key: str, stored: Columns, made: Columns, difference: str) -> Finding:
    first = np.setxor1d(stored[OPEN_TIME], made[OPEN_TIME])
    return subject.finding(
        "derived_wrong",
        Severity.ERROR,
        "{key}: derived again from 1m it differs: {difference}" + ("; first: {first}" if first.size else ""),
        _REPAIR,
        path=subject.visible_of(key),
        repairable=True,
        key=key,
        difference=difference,
        first=str(index_from_ms(first[:1])[0]) if first.size else "",
    )
