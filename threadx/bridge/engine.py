"""The verbs of the engine, as window and command line both use them. Loads pandas and pyarrow.

Everything here blocks and belongs on worker threads; `ThreadXBridge` makes it when the first of them needs it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from threadx.bars.schema import Columns, columns_from_frame
from threadx.bars.timeframe import Timeframe
from threadx.bridge.services import Services
from threadx.bridge.steps import step_functions
from threadx.data.batch import update_all
from threadx.data.export import Exported, export_bars
from threadx.data.indicator_batch import Batch, BatchRow, run_batch
from threadx.data.job_end import job_ended
from threadx.data.pipeline import PipelineReport, PipelineSpec, Step, run_pipeline
from threadx.data.pipeline_record import PIPELINE_FILE, VERIFY_FILE, Parts, PipelineRecord
from threadx.data.plan import Pace
from threadx.data.quality import READS_FILES, publish_quality
from threadx.data.report import AssetReport, agreed_code
from threadx.data.symbols import group_symbols
from threadx.data.update import Request, Tools
from threadx.errors import JobCancelled, StoreError, ThreadXError
from threadx.indicators.choices import Asked, wanted
from threadx.progress import NULL_PROGRESS, Progress
from threadx.store.findings import VerifyReport
from threadx.store.opening import check_writable
from threadx.store.verify import Checked

__all__ = ["Changed", "Engine", "Request"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Changed:
    """What a deletion or an undo of several series came to."""

    generations: Mapping[tuple[str, str], int]
    """The new ones, of provider and symbol."""
    failures: Mapping[tuple[str, str], ThreadXError]

    @property
    def exit_code(self) -> int:
        """0 where all went well, else as `agreed_code`."""
        codes = [each.exit_code for each in self.failures.values()]
        return agreed_code([*codes, *(0 for _ in self.generations)])

    def failed_as_dicts(self) -> list[dict[str, str]]:
        """Return the failures for JSON; English."""
        return [
            {"provider": provider, "symbol": symbol, "error": error.message, "hint": error.hint}
            for (provider, symbol), error in self.failures.items()
        ]


class Engine(Services):
    """One source and one bank. Any number of worker threads may use it at once."""

    def update(
        self, symbols: Sequence[str], request: Request, progress: Progress, *, workers: int | None = None
    ) -> dict[str, AssetReport]:
        """Bring symbols up to date, or only plan it; a report on each, in the order given. One works on this thread.

        Raises:
            JobCancelled: cancelled; what was committed stays.
        """
        chosen = self.settings.ingest.workers if workers is None else workers
        return update_all(self.tools, symbols, request, workers=chosen, progress=progress)

    def verify(
        self,
        series: Sequence[tuple[str | None, str | None]],
        level: str,
        progress: Progress,
        *,
        repair: bool = False,
        resume: bool = True,
    ) -> VerifyReport:
        """Look whether series are as they were written, and mend what can be if asked to.

        The levels that read every file go on where an interrupted call of the same kind was.

        Args:
            series: provider and symbol of each, None standing for any; without one the whole bank, its registry too.
            level: "quick", "normal", "full" or "deep"; see `Store.verify`, whose errors are raised.
            progress: hears of series done and of the files within one.
            repair: whether to mend.
            resume: False: look at everything, and write nothing that a later call could go on with.
        """
        generations = None if repair else self.inventory.generations()
        try:
            with self._interrupted(series, level, wanted=resume and not repair) as checked:
                report = self._verified(series, level, progress, repair=repair, checked=checked)
        finally:
            if repair:
                job_ended(self.store)
        self.inventory.note(report, series, generations=generations)
        return report

    def publish_quality(
        self, report: VerifyReport, series: Sequence[tuple[str | None, str | None]], progress: Progress
    ) -> str | None:
        """Keep what a verification of `series` found as a snapshot; return its date, None where none was made.

        A disk that refuses is logged: what was found stands without it.
        """
        quiet = progress.heard_by(lambda _event: None)
        try:
            published = publish_quality(self.store, self.snapshots, report, series=series, progress=quiet)
        except StoreError as error:
            log.warning("the quality snapshot was not published: %s", error)
            return None
        return None if published is None else published.stamp

    @contextmanager
    def _interrupted(
        self, series: Sequence[tuple[str | None, str | None]], level: str, *, wanted: bool
    ) -> Iterator[Checked | None]:
        """Yield what an interrupted verification had found right; forget it when this one has ended."""
        if not wanted or level not in READS_FILES or len(series) == 1:
            yield None
            return
        about = {"series": [list(key) for key in series]}
        record = PipelineRecord(self.settings.paths.data_root / ".threadx" / VERIFY_FILE, about)
        record.recall(PipelineSpec((Step.VERIFY,), level=level))
        try:
            yield Parts(record, Step.VERIFY)
        except JobCancelled:
            record.save()
            raise
        record.forget()

    def _verified(
        self,
        series: Sequence[tuple[str | None, str | None]],
        level: str,
        progress: Progress,
        *,
        repair: bool,
        checked: Checked | None,
    ) -> VerifyReport:
        verify = partial(self.store.verify, level, repair=repair, checked=checked)
        if not series:
            return verify(progress=progress)
        parts: list[VerifyReport] = []
        for provider, symbol in series:
            progress.report(len(parts), len(series), "symbols")
            parts.append(verify(provider, symbol, progress=progress))
        found = tuple(finding for part in parts for finding in part.findings)
        return VerifyReport(
            level,
            found,
            series=sum(part.series for part in parts),
            files=sum(part.files for part in parts),
            before=sum(part.before for part in parts),
        )

    def export(
        self,
        datasets: Sequence[tuple[str, str, str]],
        path: str,
        kind: str,
        progress: Progress,
        *,
        start_ms: int | None = None,
        end_ms: int | None = None,
    ) -> tuple[Exported, ...]:
        """Write datasets to files of their own; see `threadx.data.export`."""
        return export_bars(self.store, datasets, path, kind, start_ms=start_ms, end_ms=end_ms, progress=progress)

    def compute_indicators(
        self,
        series: Sequence[tuple[str, str]],
        asked: Sequence[Asked] | None,
        timeframes: Sequence[str],
        progress: Progress,
        *,
        include_core: bool = False,
    ) -> list[BatchRow]:
        """Bring indicators of every series up to date; a row for each file, in the order asked for.

        Args:
            series: provider and symbol of each.
            asked: as `IndicatorBank.calculate_many`; None: those of the settings.
            timeframes: which bars; none: `kept_timeframes`.
            progress: hears of files done.
            include_core: with None also the core.

        Raises:
            IndicatorError: no such indicator or parameter, or a value that is not allowed.
            JobCancelled: cancelled; what was done stays.
        """
        choices = wanted(self.settings, asked, include_core=include_core)
        batch = Batch.of(series, choices, timeframes or self.kept_timeframes(series))
        return run_batch(self.indicators, batch, progress=progress)

    def kept_timeframes(self, series: Sequence[tuple[str, str]]) -> tuple[str, ...]:
        """Return the timeframes of the settings that any of the series has; all of them where none has any."""
        manifests = [self.store.manifest(provider, symbol) for provider, symbol in series]
        there = {name for manifest in manifests if manifest is not None for name in manifest.timeframes}
        asked = self.settings.ingest.timeframes
        return tuple(name for name in asked if name in there) or asked

    def delete(
        self, series: Sequence[tuple[str, str]], timeframes: Sequence[str | None], progress: Progress
    ) -> Changed:
        """Delete timeframes (None: all) of every series; one's failure stops no other."""

        def delete(provider: str, symbol: str) -> int:
            made = [self.store.delete(provider, symbol, each, progress=progress) for each in timeframes]
            return made[-1]

        return self._changed(series, delete, progress)

    def undo(self, series: Sequence[tuple[str, str]], progress: Progress) -> Changed:
        """Take back the last operation of every series; one's failure stops no other."""
        return self._changed(series, partial(self.store.undo, progress=progress), progress)

    def _changed(
        self, series: Sequence[tuple[str, str]], change: Callable[[str, str], int], progress: Progress
    ) -> Changed:
        made: dict[tuple[str, str], int] = {}
        failed: dict[tuple[str, str], ThreadXError] = {}
        try:
            for key in series:
                progress.raise_if_cancelled()
                try:
                    made[key] = change(*key)
                except ThreadXError as error:
                    log.warning("%s %s: %s", *key, error)
                    failed[key] = error
        finally:
            job_ended(self.store)
        return Changed(made, failed)

    def pipeline(self, spec: PipelineSpec, progress: Progress) -> PipelineReport:
        """Run a pipeline; an interrupted one of the same spec goes on where it was.

        Raises:
            DataError: no such group.
            StoreError: the bank cannot be written; nothing was asked.
            JobCancelled: cancelled; see `threadx.data.pipeline`.
        """
        if not spec.dry_run:
            check_writable(self.store.fs, self.store.layout)
        choice = spec.choice
        symbols = group_symbols(self.settings, choice.group) if choice.group else choice.symbols
        file = self.settings.paths.data_root / ".threadx" / PIPELINE_FILE
        memory = None if spec.dry_run else PipelineRecord(file, self._pipeline_rests_on(symbols))
        return run_pipeline(spec, symbols, step_functions(self), memory=memory, progress=progress)

    def _pipeline_rests_on(self, symbols: Sequence[str]) -> dict[str, object]:
        """Return what beside its spec makes a pipeline another one."""
        ingest = self.settings.ingest
        return {
            "provider": self.settings.source.name,
            "symbols": list(symbols),
            "quote": ingest.quote,
            "history_days": ingest.history_days,
            "timeframes": list(ingest.timeframes),
            "indicators": repr(self.settings.indicators),
        }

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

    @property
    def pace(self) -> Pace:
        """How fast a download may go; for estimates."""
        return Pace.of(self.settings, self.source.tempo)

    @property
    def tools(self) -> Tools:
        """What an update works with."""
        return Tools(self.settings, self.source, self.store, time.monotonic)
