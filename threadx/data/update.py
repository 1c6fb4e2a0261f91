"""One symbol, from what is asked to a report: plan, fetch, commit, derive."""

from __future__ import annotations

import difflib
import logging
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from threadx.bars.dates import text_of
from threadx.bars.gaps import Gap, GapCause
from threadx.bars.intervals import Interval
from threadx.bars.schema import empty_frame
from threadx.bars.timeframe import MINUTE_MS, ONE_MINUTE, TIMEFRAMES, Timeframe
from threadx.config import Settings
from threadx.data.download import Download, Outcome
from threadx.data.plan import (
    Known,
    Note,
    Pace,
    SymbolPlan,
    gaps_in,
    needs_listing,
    nothing_wanted,
    plan_symbol,
    wanted_range,
)
from threadx.data.report import AssetReport, fault
from threadx.errors import JobCancelled, ThreadXError, UnknownSymbolError
from threadx.exchange.source import MarketSource
from threadx.progress import Progress
from threadx.store import Store
from threadx.store.layout import Series
from threadx.store.opening import check_writable

__all__ = ["Request", "SymbolUpdate", "Tools", "derived_names"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Tools:
    """What an update works with."""

    settings: Settings
    source: MarketSource
    store: Store
    clock: Callable[[], float]
    """Monotonic seconds."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a call asks of every symbol."""

    start_ms: int | None = None
    """None: the first stored bar, or the configured history on an empty bank."""
    end_ms: int | None = None
    """Exclusive; None: up to the last finished bar."""
    timeframes: tuple[str, ...] = ()
    """To derive besides those that the bank keeps and, but see `only`, the configured ones."""
    only: bool = False
    """Leave the configured timeframes out."""
    dry_run: bool = False
    refetch: bool = False
    """Fetch the whole range, stored minutes too. Nothing stored is lost: where the exchange now gives another value
    the newest wins and is counted in `AssetReport.conflicts`; where it gives no bar any more the stored one stays."""
    op_id: str = field(default_factory=lambda: f"download-{uuid.uuid4().hex}")
    """Commits of one call are one operation in a symbol's history."""


class SymbolUpdate:
    """Brings one symbol up to date. Use once, on one thread."""

    def __init__(self, tools: Tools, symbol: str, request: Request) -> None:
        """Prepare; nothing is asked or read yet."""
        self._tools = tools
        self._provider = tools.source.name
        self._symbol = symbol
        self._request = request
        self._began = tools.clock()
        self._plan: SymbolPlan | None = None
        self._outcome = Outcome()

    def run(self, progress: Progress) -> AssetReport:
        """Do it and report.

        Raises:
            SourceError: the exchange failed; what had arrived is committed.
            StoreError: the bank failed; earlier commits stay. For one that cannot be written no bar is fetched.
            JobCancelled: cancelled; what was committed stays.
        """
        known, server_ms = self._known(progress)
        plan = self._plan = self._planned(known, progress)
        if not self._request.dry_run:
            if plan.missing:  # a bank that lacks nothing may be one that can only be read
                store = self._tools.store
                check_writable(store.fs, store.layout, Series(self._provider, self._symbol))
            self._fetch(plan, known, server_ms, progress)
        coverage = self._tools.store.coverage(self._provider, self._symbol)
        before = () if plan.not_listed is None else (Gap(plan.not_listed, GapCause.NOT_LISTED),)
        inside = () if plan.wanted is None else gaps_in(plan.wanted, coverage.stored, coverage.ledger)
        report = self._report(success=True, timeframes=self._timeframes(), gaps=(*before, *inside))
        _log(report, plan)
        return report

    def run_guarded(self, progress: Progress) -> AssetReport:
        """Do it as a pool's thread does: every failure becomes a report, with what was done until then.

        Raises:
            JobCancelled: cancelled; what was committed stays.
        """
        try:
            return self.run(progress)
        except JobCancelled:
            raise
        except ThreadXError as error:
            log.warning("%s: %s", self._symbol, error)
            return self._report(success=False, error=error.message, hint=error.hint, failure=error)
        except Exception:  # a worker thread ends here: one symbol's fault must not take the others along
            log.exception("%s: a fault of ThreadX itself", self._symbol)
            told = fault(self._symbol)
            return self._report(success=False, error=told.message, hint=told.hint, failure=told)

    def _known(self, progress: Progress) -> tuple[Known, int]:
        coverage = self._tools.store.coverage(self._provider, self._symbol)
        server_ms = self._tools.source.server_time_ms(progress)
        settled_ms = server_ms - self._tools.settings.ingest.settle_delay_s * 1000
        return Known(coverage.stored, coverage.ledger, settled_ms // MINUTE_MS * MINUTE_MS), server_ms

    def _planned(self, known: Known, progress: Progress) -> SymbolPlan:
        settings, request = self._tools.settings, self._request
        wanted = wanted_range(request.start_ms, request.end_ms, known, history_days=settings.ingest.history_days)
        pace = Pace.of(settings, self._tools.source.tempo)
        if wanted is None:
            return nothing_wanted(self._symbol, request.start_ms, known)
        if not needs_listing(wanted, known):
            return plan_symbol(self._symbol, wanted, known, pace, refetch=request.refetch)
        listed_at_ms = self._listed_at(progress)
        if listed_at_ms is None:
            return SymbolPlan(self._symbol, None, notes=(Note("the exchange has no bars of this symbol yet"),))
        told = Known(known.stored, known.ledger, known.closed_ms, listed_at_ms)
        return plan_symbol(self._symbol, wanted, told, pace, refetch=request.refetch)

    def _listed_at(self, progress: Progress) -> int | None:
        source = self._tools.source
        try:
            return source.first_bar_ms(self._symbol, 0, progress)
        except UnknownSymbolError as error:
            names = [info.symbol for info in source.symbols(progress)]
            near = difflib.get_close_matches(self._symbol, names, n=3, cutoff=0.6)
            if not near:
                raise
            raise UnknownSymbolError(
                "{symbol}: the exchange has no such symbol",
                hint="did you mean {near}?",
                symbol=self._symbol,
                near=", ".join(near),
            ) from error

    def _fetch(self, plan: SymbolPlan, known: Known, server_ms: int, progress: Progress) -> None:
        tools, request = self._tools, self._request
        configured = () if request.only else tools.settings.ingest.timeframes
        derive = derived_names([*configured, *request.timeframes])
        download = Download(tools.store, plan, server_ms=server_ms, op_id=request.op_id, clock=tools.clock)
        self._outcome = download.outcome
        known_empty = [gap.interval for gap in known.ledger if gap.cause is not GapCause.NOT_FETCHED]
        download.run(tools.source, derive=derive, known_empty=known_empty, progress=progress)
        self._derive(derive, progress)

    def _derive(self, derive: Sequence[str], progress: Progress) -> None:
        """Derive what was never derived, though no minute is new; the bank commits nothing where nothing changes."""
        store = self._tools.store
        if set(derive) <= set(self._timeframes()) or not store.coverage(self._provider, self._symbol).stored:
            return
        store.write(
            self._provider,
            self._symbol,
            empty_frame(),
            derive=derive,
            only=True,
            empty=[_NOTHING],
            op_id=self._request.op_id,
            reason="derive",
            progress=progress,
        )

    def _timeframes(self) -> tuple[str, ...]:
        manifest = self._tools.store.manifest(self._provider, self._symbol)
        stored = () if manifest is None else manifest.timeframes
        return tuple(timeframe.name for timeframe in TIMEFRAMES if timeframe.name in stored)

    def _report(self, **told: Any) -> AssetReport:  # noqa: ANN401 - the fields of AssetReport, by name
        outcome = self._outcome
        return AssetReport(
            self._symbol,
            rows=outcome.rows,
            seconds=self._tools.clock() - self._began,
            plan=self._plan,
            dry_run=self._request.dry_run,
            quarantined=outcome.quarantined,
            violations=pd.concat(outcome.violations, ignore_index=True) if outcome.violations else None,
            conflicts=outcome.conflicts,
            **told,
        )


_NOTHING = Gap(Interval(0, 0), GapCause.UNKNOWN)
"""Confirms nothing; it is what a write without bars must carry."""


def _log(report: AssetReport, plan: SymbolPlan) -> None:
    wanted = plan.wanted
    span = "nothing" if wanted is None else f"{text_of(wanted.start_ms)} to {text_of(wanted.end_ms)} UTC"
    done = "would fetch" if report.dry_run else "fetched"
    log.info("%s: %s: %s %s bars, %s new, %.2f s", plan.symbol, span, done, plan.rows, report.rows, report.seconds)
    for note in plan.notes:
        log.info("%s: %s", plan.symbol, note)


def derived_names(timeframes: Sequence[str] | None) -> tuple[str, ...]:
    """Return canonical names, each once and without 1m, which is always there.

    Raises:
        UnsupportedTimeframeError: one of them does not exist.
    """
    given = [timeframes] if isinstance(timeframes, str) else timeframes or ()
    buckets = dict.fromkeys(Timeframe.parse(each) for each in given)
    return tuple(bucket.name for bucket in buckets if bucket != ONE_MINUTE)
