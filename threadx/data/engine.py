"""From "these symbols, this range" to a bank that holds them: plan, fetch, commit, report.

One engine serves API, command line and window. A symbol is worked on by one thread; several symbols run at once and
share the source's connections and weight budget.
"""

from __future__ import annotations

import difflib
import logging
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pandas as pd

from threadx.bars.gaps import Gap, GapCause
from threadx.bars.intervals import Interval
from threadx.bars.schema import empty_frame
from threadx.bars.timeframe import MINUTE_MS, TIMEFRAMES
from threadx.config import Settings
from threadx.data.dates import text_of
from threadx.data.download import Download, Outcome
from threadx.data.plan import Known, Note, Pace, SymbolPlan, gaps_in, needs_listing, plan_symbol, wanted_range
from threadx.data.report import AssetReport
from threadx.errors import JobCancelled, ThreadXError, UnknownSymbolError
from threadx.exchange.source import MarketSource
from threadx.progress import Progress
from threadx.store import Store
from threadx.workers import as_completed, thread_pool

__all__ = ["Engine", "Request"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Request:
    """What a call asks of every symbol."""

    start_ms: int | None = None
    """None: the first stored bar, or the configured history on an empty bank."""
    end_ms: int | None = None
    """Exclusive; None: up to the last finished bar."""
    timeframes: tuple[str, ...] | None = None
    """To derive besides those the bank keeps; None: only those."""
    dry_run: bool = False
    op_id: str = field(default_factory=lambda: f"download-{uuid.uuid4().hex}")
    """Commits of one call are one operation in a symbol's history."""


@dataclass(frozen=True, slots=True)
class _Planned:
    plan: SymbolPlan
    known: Known
    server_ms: int


class Engine:
    """Keeps a bank up to date from one source. Safe to call from many threads, for one symbol too."""

    def __init__(self, settings: Settings, source: MarketSource, store: Store, *, clock: Callable[[], float]) -> None:
        """Compose; `clock` is monotonic, in seconds."""
        self._settings = settings
        self._source = source
        self._store = store
        self._clock = clock
        self._pace = Pace.of(settings)

    def update_all(
        self, symbols: Sequence[str], request: Request, *, workers: int, progress: Progress
    ) -> dict[str, AssetReport]:
        """Update several symbols at once and report on each, in the order given; one's failure stops no other.

        Raises:
            JobCancelled: cancelled, and every worker has stopped; what was committed stays.
        """
        wanted = list(dict.fromkeys(symbols))
        reports: dict[str, AssetReport] = {}
        with thread_pool(max(1, min(workers, len(wanted))), "ingest") as pool:
            ended = as_completed(
                pool, lambda symbol: self._guarded(symbol, request, progress.about(symbol)), wanted, progress=progress
            )
            for symbol, report in ended:
                reports[symbol] = report
                progress.report(len(reports), len(wanted), "symbols")
        return {symbol: reports[symbol] for symbol in wanted}

    def update(self, symbol: str, request: Request, *, progress: Progress) -> AssetReport:
        """Update one symbol and report.

        Raises:
            SourceError: the exchange failed; what had arrived is committed.
            StoreError: the bank failed.
            JobCancelled: cancelled; what was committed stays.
        """
        began = self._clock()
        planned = self._plan(symbol, request, progress)
        outcome = Outcome() if request.dry_run else self._download(planned, request, progress)
        report = self._report(planned, request, outcome, self._clock() - began)
        log.info(
            "%s: %s, %s bars planned, %s new, %.2f s%s",
            symbol,
            _range_text(planned.plan.wanted),
            planned.plan.rows,
            report.rows,
            report.seconds,
            ", dry run" if request.dry_run else "",
        )
        return report

    def _guarded(self, symbol: str, request: Request, progress: Progress) -> AssetReport:
        """Update one symbol as a pool's thread does: every failure but a cancel becomes a report."""
        began = self._clock()
        try:
            return self.update(symbol, request, progress=progress)
        except ThreadXError as error:
            log.warning("%s: %s", symbol, error)
            message, hint, failure = error.message, error.hint, error
            return AssetReport(
                symbol,
                success=False,
                error=message,
                hint=hint,
                failure=failure,
                seconds=self._clock() - began,
                dry_run=request.dry_run,
            )
        except JobCancelled:
            raise
        except Exception:  # a worker thread ends here: one symbol's fault must not take the others along
            log.exception("%s: a fault of ThreadX itself", symbol)
            return AssetReport(
                symbol,
                success=False,
                error=f"{symbol}: a fault of ThreadX itself",
                hint="the log file has the details",
                seconds=self._clock() - began,
                dry_run=request.dry_run,
            )

    def _plan(self, symbol: str, request: Request, progress: Progress) -> _Planned:
        coverage = self._store.coverage(self._source.name, symbol)
        server_ms = self._source.server_time_ms(progress)
        closed_ms = (server_ms - self._settings.ingest.settle_delay_s * 1000) // MINUTE_MS * MINUTE_MS
        known = Known(coverage.stored, coverage.ledger, closed_ms)
        wanted = wanted_range(request.start_ms, request.end_ms, known, history_days=self._settings.ingest.history_days)
        if wanted is not None and needs_listing(wanted, known):
            listed_at_ms = self._listed_at(symbol, progress)
            if listed_at_ms is None:
                none = SymbolPlan(symbol, None, notes=(Note("the exchange has no bars of this symbol yet"),))
                return _Planned(none, known, server_ms)
            known = Known(coverage.stored, coverage.ledger, closed_ms, listed_at_ms)
        return _Planned(plan_symbol(symbol, wanted, known, self._pace), known, server_ms)

    def _listed_at(self, symbol: str, progress: Progress) -> int | None:
        try:
            return self._source.listed_at_ms(symbol, progress)
        except UnknownSymbolError as error:
            names = [info.symbol for info in self._source.symbols(progress)]
            near = difflib.get_close_matches(symbol.strip().upper(), names, n=3, cutoff=0.6)
            if not near:
                raise
            raise UnknownSymbolError(
                "{symbol}: the exchange has no such symbol",
                hint="did you mean {near}?",
                symbol=symbol,
                near=", ".join(near),
            ) from error

    def _download(self, planned: _Planned, request: Request, progress: Progress) -> Outcome:
        download = Download(
            self._store, planned.plan, server_ms=planned.server_ms, op_id=request.op_id, clock=self._clock
        )
        known_empty = [gap.interval for gap in planned.known.ledger]
        kept = self._kept(request)
        outcome = download.run(self._source, derive=kept, known_empty=known_empty, progress=progress)
        self._derive(planned.plan.symbol, kept, request, progress)
        return outcome

    def _kept(self, request: Request) -> tuple[str, ...]:
        """Return the timeframes to keep besides those that the bank keeps already."""
        return tuple(dict.fromkeys([*self._settings.ingest.timeframes, *(request.timeframes or ())]))

    def _derive(self, symbol: str, kept: Sequence[str], request: Request, progress: Progress) -> None:
        """Derive what was never derived, though no minute is new; the bank commits nothing where nothing changes."""
        if not self._store.coverage(self._source.name, symbol).stored or set(kept) <= set(self._timeframes(symbol)):
            return
        self._store.write(
            self._source.name,
            symbol,
            empty_frame(),
            derive=kept,
            empty=[_NOTHING],
            op_id=request.op_id,
            reason="derive",
            progress=progress,
        )

    def _report(self, planned: _Planned, request: Request, outcome: Outcome, seconds: float) -> AssetReport:
        plan = planned.plan
        coverage = self._store.coverage(self._source.name, plan.symbol)
        asked = [each for each in (plan.not_listed, plan.wanted) if each is not None]
        return AssetReport(
            symbol=plan.symbol,
            success=True,
            rows=outcome.rows,
            timeframes=self._timeframes(plan.symbol),
            gaps=tuple(gap for each in asked for gap in gaps_in(each, coverage.stored, coverage.ledger)),
            seconds=seconds,
            plan=plan,
            dry_run=request.dry_run,
            quarantined=outcome.quarantined,
            violations=pd.concat(outcome.violations) if outcome.violations else None,
            conflicts=outcome.conflicts,
        )

    def _timeframes(self, symbol: str) -> tuple[str, ...]:
        manifest = self._store.manifest(self._source.name, symbol)
        stored = () if manifest is None else manifest.timeframes
        return tuple(timeframe.name for timeframe in TIMEFRAMES if timeframe.name in stored)


_NOTHING = Gap(Interval(0, 0), GapCause.UNKNOWN)
"""Confirms nothing; it is what a write without bars must carry."""


def _range_text(interval: Interval | None) -> str:
    if interval is None:
        return "nothing asked"
    return f"{text_of(interval.start_ms)} to {text_of(interval.end_ms)} UTC"
