"""What the bank holds, for tables and heat maps: from the registry and the manifests, no bar is read. Blocking."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from threadx.bars.gaps import Gap, GapCause
from threadx.bars.intervals import Interval, intersect, month_interval, month_of, months_between, split_by_month, union
from threadx.bars.timeframe import MINUTE_MS, ONE_MINUTE, Timeframe
from threadx.data.plan import gaps_in
from threadx.progress import NULL_PROGRESS, Progress
from threadx.store import Store
from threadx.store.datasets import DatasetRow
from threadx.store.findings import Severity, VerifyReport
from threadx.store.manifest import Coverage

__all__ = ["Check", "HeatMap", "Inventory", "InventoryRow"]

_TO_BE_FETCHED = frozenset({GapCause.NOT_FETCHED, GapCause.SOURCE_DEFECT})


@dataclass(frozen=True, slots=True)
class Check:
    """What the last verification of this session said about a series."""

    level: str
    ok: bool
    generation: int
    """What was looked at; a row of a newer generation is not checked yet."""
    at: datetime


@dataclass(frozen=True, slots=True)
class InventoryRow:
    """One dataset. Times are UTC ms, bars named by their open time."""

    symbol: str
    provider: str
    timeframe: str
    first_ms: int
    last_ms: int
    rows: int
    partitions: int
    gaps: int | None
    """Stretches without 1m bars between the first and the last stored one, whatever their cause; None: not counted."""
    missing_minutes: int
    """Minutes in them that could be fetched: neither stored nor confirmed to be empty."""
    size_bytes: int
    quality: float
    """In [0, 1]; 1.0: no minute is missing."""
    checksum: str
    updated_ms: int
    generation: int
    behind_ms: int
    """How far the end of the last bar lies behind this computer's clock; 0 at least."""
    check: Check | None = None
    """None: not verified in this session."""

    @property
    def checked(self) -> bool | None:
        """Whether the last verification found these very files right; None when they were not looked at."""
        if self.check is None or self.check.generation != self.generation:
            return None
        return self.check.ok


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Completeness by series and month: of the minutes there could be, how many are stored."""

    series: tuple[tuple[str, str], ...]
    """(provider, symbol) of each line."""
    months: tuple[str, ...]
    """"YYYY-MM" of each column, without a hole."""
    stored: NDArray[np.int64] = field(repr=False)
    """Minutes stored, (series, months)."""
    expected: NDArray[np.int64] = field(repr=False)
    """Minutes that could be: from the first stored month to now, without those confirmed to be empty; else 0."""

    def share(self) -> NDArray[np.float64]:
        """Return the completeness in [0, 1]; NaN where nothing is expected."""
        wanted = np.where(self.expected > 0, self.expected, 1)
        return np.where(self.expected > 0, np.minimum(self.stored / wanted, 1.0), np.nan)


class Inventory:
    """The tables of the bank. Worker threads only, any number of them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._checks: dict[tuple[str, str], Check] = {}
        self._coverage: dict[tuple[str, str], tuple[int, Coverage]] = {}
        self._lock = threading.Lock()

    def rows(self, *, count_gaps: bool = True, progress: Progress = NULL_PROGRESS) -> list[InventoryRow]:
        """Return a row per dataset, by provider, symbol and length of timeframe.

        Without `count_gaps` only the registry is read: 5,000 rows in some 30 ms. Counting opens the manifest of each
        series that has changed since this object last looked, about a millisecond each.
        """
        now_ms = _now_ms()
        found = self._store.catalog.rows()
        gaps: dict[tuple[str, str], int] = {}
        for row in found if count_gaps else ():
            progress.raise_if_cancelled()
            key = (row.provider, row.symbol)
            if key not in gaps:
                gaps[key] = max(len(self._known(row).stored) - 1, 0)
        with self._lock:
            checks = dict(self._checks)
        keys = [(row.provider, row.symbol) for row in found]
        return [_row(row, gaps.get(key), now_ms, checks.get(key)) for row, key in zip(found, keys, strict=True)]

    def heat_map(self, series: Sequence[tuple[str, str]] | None = None, progress: Progress = NULL_PROGRESS) -> HeatMap:
        """Return the completeness of 1m bars by month; of all series, or of those given in their order."""
        rows = {(row.provider, row.symbol): row for row in self._store.catalog.rows(timeframe=ONE_MINUTE.name)}
        chosen = [key for key in (rows if series is None else series) if key in rows]
        now_ms = _now_ms()
        if not chosen:
            nothing = np.zeros((0, 0), dtype=np.int64)
            return HeatMap((), (), nothing, nothing)
        first_ms = min(rows[key].first_ms for key in chosen)
        end_ms = max(now_ms, *(rows[key].last_ms + MINUTE_MS for key in chosen))
        months = months_between(first_ms, end_ms)
        column = {month: number for number, month in enumerate(months)}
        stored, expected = np.zeros((2, len(chosen), len(months)), dtype=np.int64)
        for line, key in enumerate(chosen):
            progress.raise_if_cancelled()
            _fill(stored[line], expected[line], column, self._known(rows[key]), end_ms)
        return HeatMap(tuple(chosen), tuple(months), stored, expected)

    def month_gaps(self, provider: str, symbol: str, month: str, progress: Progress = NULL_PROGRESS) -> list[Gap]:
        """Return what a cell of the heat map lacks, each stretch with its cause, in order."""
        progress.raise_if_cancelled()
        whole = month_interval(month)
        end_ms = min(whole.end_ms, _now_ms() // MINUTE_MS * MINUTE_MS)
        if end_ms <= whole.start_ms:
            return []
        coverage = self._store.coverage(provider, symbol)
        return list(gaps_in(Interval(whole.start_ms, end_ms), coverage.stored, coverage.ledger))

    def generations(self) -> dict[tuple[str, str], int]:
        """Return the newest generation of every series."""
        return {(row.provider, row.symbol): row.generation for row in self._store.catalog.rows()}

    def note(
        self,
        report: VerifyReport,
        looked_at: Collection[tuple[str | None, str | None]] = (),
        *,
        generations: Mapping[tuple[str, str], int] | None = None,
    ) -> None:
        """Remember what a verification of `looked_at` found, for `InventoryRow.check`.

        Args:
            report: what it found.
            looked_at: provider and symbol of each, None standing for any; no entry at all for everything.
            generations: what there was when it began, for nobody looked at bars that came meanwhile; None: the newest
                of now, after a repair, which makes new ones.
        """
        bad = {
            (finding.provider, finding.symbol)
            for finding in report.findings
            if finding.severity is Severity.ERROR and not finding.repaired
        }
        at = datetime.now(UTC)
        known = self.generations() if generations is None else generations
        with self._lock:
            for key, generation in known.items():
                if not looked_at or any(_fits(each, key) for each in looked_at):
                    self._checks[key] = Check(report.level, key not in bad, generation, at)

    def _known(self, row: DatasetRow) -> Coverage:
        """Return where a series has 1m bars; read again only when it has a new generation."""
        key = (row.provider, row.symbol)
        with self._lock:
            kept = self._coverage.get(key)
        if kept is not None and kept[0] == row.generation:
            return kept[1]
        coverage = self._store.coverage(*key)
        if not coverage.stored:  # no 1m bars: a foreign timeframe stands for itself
            coverage = self._store.coverage(*key, Timeframe.parse(row.timeframe))
        with self._lock:
            self._coverage[key] = (row.generation, coverage)
        return coverage


def _row(row: DatasetRow, gaps: int | None, now_ms: int, check: Check | None) -> InventoryRow:
    end_ms = int(Timeframe.parse(row.timeframe).next(row.last_ms))
    return InventoryRow(
        symbol=row.symbol,
        provider=row.provider,
        timeframe=row.timeframe,
        first_ms=row.first_ms,
        last_ms=row.last_ms,
        rows=row.rows,
        partitions=row.partitions,
        gaps=gaps,
        missing_minutes=row.missing_minutes,
        size_bytes=row.size_bytes,
        quality=row.quality,
        checksum=row.checksum,
        updated_ms=row.updated_ms,
        generation=row.generation,
        behind_ms=max(now_ms - end_ms, 0),
        check=check,
    )


def _fill(
    stored: NDArray[np.int64],
    expected: NDArray[np.int64],
    column: dict[str, int],
    coverage: Coverage,
    end_ms: int,
) -> None:
    """Count one series' minutes into its two lines."""
    first_month = month_interval(month_of(coverage.stored[0].start_ms))
    whole = Interval(first_month.start_ms, end_ms // MINUTE_MS * MINUTE_MS)
    empty = union(gap.interval for gap in coverage.ledger if gap.cause not in _TO_BE_FETCHED)
    _count(stored, column, coverage.stored, +1)
    _count(expected, column, [whole], +1)
    _count(expected, column, intersect(empty, [whole]), -1)


def _count(line: NDArray[np.int64], column: dict[str, int], intervals: Sequence[Interval], sign: int) -> None:
    for interval in intervals:
        for month, part in split_by_month(interval):
            line[column[month]] += sign * part.minutes


def _fits(wanted: tuple[str | None, str | None], key: tuple[str, str]) -> bool:
    return all(asked in (None, given) for asked, given in zip(wanted, key, strict=True))


def _now_ms() -> int:
    return int(datetime.now(UTC).timestamp() * 1000)
