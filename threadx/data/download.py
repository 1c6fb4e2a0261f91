"""One symbol's missing minutes on their way into the bank: pages in, monthly commits out.

The memory in use is one month of pages, whatever the range. Everything runs on the calling worker thread; pages are
fetched ahead by the source's own threads.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from threadx.bars.checks import is_clean, split_valid
from threadx.bars.dates import text_of
from threadx.bars.gaps import Gap, GapCause
from threadx.bars.intervals import Interval, split_by_month, subtract, union
from threadx.bars.schema import OPEN_TIME, Columns, columns_from_frame, empty_frame, frame_from_columns, ms_from_index
from threadx.bars.timeframe import MINUTE_MS, ONE_MINUTE
from threadx.data.plan import SymbolPlan
from threadx.errors import BadResponseError, SourceError
from threadx.exchange.source import MarketSource, Page
from threadx.progress import Progress
from threadx.store import Store
from threadx.store.aside import set_aside
from threadx.store.layout import Series

__all__ = ["COMMIT_EVERY_S", "SETTLED_AFTER_MS", "Download", "Outcome"]

log = logging.getLogger(__name__)

COMMIT_EVERY_S = 10.0
"""After a kill at most this much download is fetched again (or one month, which is less at usual speed)."""

SETTLED_AFTER_MS = 6 * 3_600_000
"""A minute that the exchange has not is believed to be empty for good once it is this old: bars are served from a
database that lags at times, and an exchange-wide hole counts as confirmed when it is older than a few hours."""

SHOWN_VIOLATIONS = 1000
"""Bad rows kept for the report; the count has no limit."""


@dataclass(slots=True)
class Outcome:
    """What came of a download so far."""

    rows: int = 0
    """Bars new in the bank or changed."""
    quarantined: int = 0
    conflicts: int = 0
    violations: list[pd.DataFrame] = field(default_factory=list)


class Download:
    """Fetches `plan.missing` of one symbol and commits it month by month. Use once, on one thread."""

    def __init__(
        self, store: Store, plan: SymbolPlan, *, server_ms: int, op_id: str, clock: Callable[[], float]
    ) -> None:
        """Prepare; `server_ms` is the exchange's clock, `clock` a monotonic one in seconds."""
        self.outcome = Outcome()
        self._store = store
        self._plan = plan
        self._settled_before_ms = server_ms - SETTLED_AFTER_MS
        self._op_id = op_id
        self._clock = clock
        self._pending = _Pending()
        self._known_empty: tuple[Interval, ...] = ()
        self._committed_at = clock()

    def run(
        self,
        source: MarketSource,
        *,
        derive: Sequence[str] | None,
        known_empty: Sequence[Interval] = (),
        progress: Progress,
    ) -> Outcome:
        """Fetch and commit everything.

        Args:
            source: what is asked.
            derive: these timeframes and no others, besides those already kept; None: the configured ones.
            known_empty: what the ledger holds already.
            progress: hears of bars, and cancels.

        Raises:
            SourceError: the exchange failed; what had arrived before is committed.
            StoreError: the bank failed; earlier commits stay.
            JobCancelled: cancelled; earlier commits stay.
        """
        self._known_empty = tuple(known_empty)
        before = () if self._plan.not_listed is None else subtract([self._plan.not_listed], known_empty)
        self._pending.empty = [Gap(each, GapCause.NOT_LISTED) for each in before]
        try:
            for page in self._pages(source, progress):
                self._take(page, source, derive, progress)
            self._settle(source, derive, progress)
        except SourceError:
            self._commit((), source.name, derive, progress)
            raise
        return self.outcome

    def _pages(self, source: MarketSource, progress: Progress) -> Iterator[Page]:
        done = 0
        progress.report(0, self._plan.rows, "bars", weight_used=source.weight_used)
        for missing in self._plan.missing:
            for page in source.bars(self._plan.symbol, ONE_MINUTE, missing.start_ms, missing.end_ms, progress):
                _hold_to(missing, page, self._plan.symbol)
                yield page
                done += (page.end_ms - page.start_ms) // MINUTE_MS
                progress.report(done, self._plan.rows, "bars", weight_used=source.weight_used)

    def _take(self, page: Page, source: MarketSource, derive: Sequence[str] | None, progress: Progress) -> None:
        """Keep the page's rows; commit what is complete: a month that ends here, or all after some seconds."""
        for month, part in split_by_month(Interval(page.start_ms, page.end_ms)):
            if self._pending.month not in (None, month):
                self._settle(source, derive, progress)
            self._pending.add(month, part, page.columns)
        if self._clock() - self._committed_at >= COMMIT_EVERY_S:
            self._settle(source, derive, progress)

    def _settle(self, source: MarketSource, derive: Sequence[str] | None, progress: Progress) -> None:
        """Commit what is pending, with what the source confirms to be empty."""
        self._commit(tuple(self._confirmed(source, progress)), source.name, derive, progress)

    def _commit(
        self, confirmed: Sequence[Interval], provider: str, derive: Sequence[str] | None, progress: Progress
    ) -> None:
        pending, self._pending = self._pending, _Pending()
        rows = pending.joined()
        good = rows
        if not is_clean(rows):
            good, bad = split_valid(rows)
            self._quarantine(provider, rows, bad)
        empty = [*pending.empty, *(Gap(each, GapCause.UNKNOWN) for each in confirmed)]
        if len(good[OPEN_TIME]) or empty:
            self._write(good, empty, provider, derive, progress)
        self._committed_at = self._clock()

    def _write(
        self, good: Columns, empty: Sequence[Gap], provider: str, derive: Sequence[str] | None, progress: Progress
    ) -> None:
        symbol = self._plan.symbol
        written = self._store.write(
            provider,
            symbol,
            frame_from_columns(good),
            mode="upsert",
            derive=derive,
            only=derive is not None,
            op_id=self._op_id,
            reason="download",
            empty=empty,
            progress=progress,
        )
        self.outcome.rows += written.rows_added + written.rows_changed
        self.outcome.conflicts += len(written.conflicts)
        log.debug("%s: generation %s, %s bars added", symbol, written.generation, written.rows_added)

    def _quarantine(self, provider: str, rows: Columns, bad: pd.DataFrame) -> None:
        """Keep the bad rows beside the bank, whole, and count them."""
        times = ms_from_index(pd.DatetimeIndex(bad["timestamp"]))
        reasons: dict[int, str] = {}
        for open_time_ms, rule, column in zip(times.tolist(), bad["rule"], bad["column"], strict=True):
            reasons[open_time_ms] = f"{reasons.get(open_time_ms, '')} {column}:{rule}".strip()
        chosen = np.isin(rows[OPEN_TIME], times)
        kept_in = set_aside(
            self._store.fs,
            self._store.layout,
            Series(provider, self._plan.symbol),
            {name: values[chosen] for name, values in rows.items()},
            reasons,
        )
        self.outcome.quarantined += len(reasons)
        kept = sum(len(each) for each in self.outcome.violations)
        self.outcome.violations.append(bad.head(SHOWN_VIOLATIONS - kept))
        log.warning("%s: %s rows of the source are bad, kept in %s", self._plan.symbol, len(reasons), kept_in)

    def _confirmed(self, source: MarketSource, progress: Progress) -> Iterator[Interval]:
        """Yield what came back without any row, is old enough, and stays empty when asked about a second time.

        One question a stretch: where does the next bar open? A reply that lost rows on its way thus stays missing,
        to be fetched by the next run, instead of being remembered as a gap of the exchange.
        """
        settled = [
            Interval(each.start_ms, min(each.end_ms, self._settled_before_ms))
            for each in self._pending.settled
            if each.start_ms < self._settled_before_ms
        ]
        # Where the ledger knows a cause already, that one stays.
        for hole in subtract(settled, [*self._pending.covered(), *self._known_empty]):
            next_ms = source.first_bar_ms(self._plan.symbol, hole.start_ms, progress)
            if next_ms is None or next_ms >= hole.end_ms:
                yield hole
            else:
                log.warning("%s: the source had left out bars from %s UTC on", self._plan.symbol, text_of(next_ms))
                yield from subtract([hole], [Interval(next_ms, hole.end_ms)])


class _Pending:
    """Pages of one month that are not committed yet."""

    def __init__(self) -> None:
        self.month: str | None = None
        self.settled: list[Interval] = []
        self.empty: list[Gap] = []
        self._parts: list[Columns] = []

    def add(self, month: str, part: Interval, columns: Columns) -> None:
        """Keep the rows of `columns` that lie in `part`, all of whose minutes are settled now."""
        first, last = np.searchsorted(columns[OPEN_TIME], [part.start_ms, part.end_ms])
        self.month = month
        self.settled.append(part)
        self._parts.append({name: values[first:last] for name, values in columns.items()})

    def joined(self) -> Columns:
        """Return all rows; pages settle ranges that touch or ascend, so they are in order."""
        if not self._parts:
            return columns_from_frame(empty_frame())
        return {name: np.concatenate([part[name] for part in self._parts]) for name in self._parts[0]}

    def covered(self) -> tuple[Interval, ...]:
        """Return the minutes that any row came for."""
        if not self._parts:
            return ()
        return _runs(np.concatenate([part[OPEN_TIME] for part in self._parts]) // MINUTE_MS * MINUTE_MS)


def _runs(open_time_ms: NDArray[np.int64]) -> tuple[Interval, ...]:
    """Return ascending minutes as intervals."""
    if len(open_time_ms) == 0:
        return ()
    breaks = np.flatnonzero(np.diff(open_time_ms) > MINUTE_MS)
    starts = open_time_ms[np.concatenate([[0], breaks + 1])]
    ends = open_time_ms[np.concatenate([breaks, [len(open_time_ms) - 1]])] + MINUTE_MS
    return union(Interval(int(start), int(end)) for start, end in zip(starts, ends, strict=True))


def _hold_to(asked: Interval, page: Page, symbol: str) -> None:
    """Refuse a page that strays from what was asked: an unfinished or foreign minute must never reach the bank."""
    times = page.columns[OPEN_TIME]
    strays = page.start_ms < asked.start_ms or page.end_ms > asked.end_ms
    if strays or (len(times) and (times[0] < page.start_ms or times[-1] >= page.end_ms or (np.diff(times) <= 0).any())):
        raise BadResponseError(
            "{symbol}: the source answered outside {start} to {end} UTC",
            hint="nothing of that answer was kept; try again, and report it if it happens again",
            symbol=symbol,
            start=text_of(asked.start_ms),
            end=text_of(asked.end_ms),
        )
