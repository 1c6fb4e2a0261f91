"""The engine put together once: source, bank, tables, and the work of every kind of job. Loads pandas and pyarrow.

Everything here blocks and belongs on worker threads; `ThreadXBridge` makes it when the first of them needs it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from threadx.bars.schema import Columns, columns_from_frame
from threadx.bars.timeframe import Timeframe
from threadx.bridge.events import JobKind, JobSpec
from threadx.bridge.inventory import Inventory
from threadx.bridge.jobs import PartlyDoneError
from threadx.bridge.market import DryRun, Market
from threadx.config import Settings
from threadx.data.batch import update_all
from threadx.data.export import Exported, export_bars
from threadx.data.job_end import job_ended
from threadx.data.plan import Pace, totals
from threadx.data.report import AssetReport
from threadx.data.source import open_source
from threadx.data.update import Request, SymbolUpdate, Tools
from threadx.errors import ThreadXError
from threadx.exchange.rest import BinanceRest
from threadx.progress import NULL_PROGRESS, Progress
from threadx.store import Store
from threadx.store.findings import VerifyReport

__all__ = ["Engine"]


class Engine:
    """One source and one bank. Any number of worker threads may use it at once."""

    def __init__(self, settings: Settings) -> None:
        """Open the source that the settings name and the bank of their data root; nothing is asked or written."""
        self.settings = settings
        self.source: BinanceRest = open_source(settings)
        self.store = Store(settings.paths.data_root, settings=settings)
        self.market = Market(settings, self.store, self.source)
        self.inventory = Inventory(self.store)
        self._works: dict[JobKind, Callable[[JobSpec, Progress], object]] = {
            JobKind.DOWNLOAD: self.download,
            JobKind.DRY_RUN: self.dry_run,
            JobKind.VERIFY: self.verify,
            JobKind.EXPORT: self.export,
            JobKind.DELETE: self.delete,
            JobKind.UNDO: self.undo,
        }

    def close(self) -> None:
        """End the connections; a call that still needs them fails."""
        self.source.close()

    def work(self, spec: JobSpec, progress: Progress) -> object:
        """Do what a spec says; see `JobKind` for what comes back."""
        return self._works[spec.kind](spec, progress)

    def download(self, spec: JobSpec, progress: Progress) -> AssetReport:
        """Bring one symbol up to date.

        Raises:
            PartlyDoneError: it failed; what had arrived is stored, and the report says what.
            JobCancelled: cancelled; what was committed stays.
        """
        request = Request(spec.start_ms, spec.end_ms, spec.timeframes, refetch=spec.refetch)
        try:
            report = SymbolUpdate(self._tools(), spec.subject, request).run_guarded(progress)
        finally:
            job_ended(self.store)
        if not report.success:
            raise PartlyDoneError(_failure(report), report)
        return report

    def dry_run(self, spec: JobSpec, progress: Progress) -> DryRun:
        """Plan a download of several symbols; asks the exchange about each and writes nothing."""
        request = Request(spec.start_ms, spec.end_ms, spec.timeframes, dry_run=True, refetch=spec.refetch)
        symbols = [symbol for _provider, symbol, *_rest in spec.series]
        workers = self.settings.ingest.workers
        reports = update_all(self._tools(), symbols, request, workers=workers, progress=progress)
        plans = [report.plan for report in reports.values() if report.plan is not None]
        return DryRun(totals(plans, Pace.of(self.settings)), tuple(reports.values()))

    def verify(self, spec: JobSpec, progress: Progress) -> VerifyReport:
        """Look whether series, or the whole bank, are as they were written; mend what can be when asked to."""
        verify = partial(self.store.verify, spec.level, repair=spec.repair)
        if not spec.series:
            report = verify(progress=progress)
        else:
            parts: list[VerifyReport] = []
            for provider, symbol, *_rest in spec.series:
                progress.report(len(parts), len(spec.series), "symbols")
                parts.append(verify(provider, symbol, progress=progress))
            found = tuple(finding for part in parts for finding in part.findings)
            report = VerifyReport(
                spec.level, found, sum(part.series for part in parts), sum(part.files for part in parts)
            )
        if spec.repair:
            job_ended(self.store)
        self.inventory.note(report, {(provider, symbol) for provider, symbol, *_rest in spec.series})
        return report

    def export(self, spec: JobSpec, progress: Progress) -> tuple[Exported, ...]:
        """Write datasets to files of their own; see `threadx.data.export`."""
        return export_bars(
            self.store,
            [(one[0], one[1], one[2]) for one in spec.series],
            spec.path,
            spec.format,
            start_ms=spec.start_ms,
            end_ms=spec.end_ms,
            progress=progress,
        )

    def delete(self, spec: JobSpec, progress: Progress) -> int:
        """Delete a series or one timeframe of it."""
        provider, symbol, *timeframe = spec.series[0]
        try:
            return self.store.delete(provider, symbol, timeframe[0] if timeframe else None, progress=progress)
        finally:
            job_ended(self.store)

    def undo(self, spec: JobSpec, progress: Progress) -> int:
        """Take back the last operation of a series."""
        provider, symbol, *_rest = spec.series[0]
        try:
            return self.store.undo(provider, symbol, progress=progress)
        finally:
            job_ended(self.store)

    def bars(
        self,
        provider: str,
        symbol: str,
        timeframe: str,
        start_ms: int | None = None,
        end_ms: int | None = None,
        progress: Progress = NULL_PROGRESS,
    ) -> Columns:
        """Return stored bars as arrays: `open_time` (int64 ms UTC) and the value columns.

        Raises:
            DataNotFoundError: there are none.
        """
        progress.raise_if_cancelled()
        return columns_from_frame(self.store.read(provider, symbol, timeframe, start_ms, end_ms))

    def span(self, provider: str, symbol: str, timeframe: str) -> tuple[int, int] | None:
        """Return the open times of the first and the last stored bar, UTC ms; None when there is none."""
        manifest = self.store.manifest(provider, symbol)
        entries = {} if manifest is None else manifest.of(Timeframe.parse(timeframe).name)
        if not entries:
            return None
        return min(entry.first_ms for entry in entries.values()), max(entry.last_ms for entry in entries.values())

    def _tools(self) -> Tools:
        return Tools(self.settings, self.source, self.store, time.monotonic)


def _failure(report: AssetReport) -> ThreadXError:
    if report.failure is not None:
        return report.failure
    return ThreadXError(
        "{symbol}: a fault of ThreadX itself", hint="the log file has the details", symbol=report.symbol
    )
