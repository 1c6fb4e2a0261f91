"""What each kind of job has the engine do: a spec in, plain calls out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from threadx.bridge import apart, snapshot_works
from threadx.bridge.engine import Changed, Engine, Request
from threadx.bridge.events import JobKind, JobSpec
from threadx.bridge.jobs import PartlyDoneError
from threadx.bridge.market import DryRun
from threadx.data.indicator_batch import BatchRow
from threadx.data.legacy_files import ConvertReport
from threadx.data.pipeline import Choice, PipelineReport, PipelineSpec, Step
from threadx.data.plan import totals
from threadx.data.report import AssetReport
from threadx.progress import Progress
from threadx.store.findings import VerifyReport

__all__ = ["work"]


def work(engine: Engine, spec: JobSpec, progress: Progress) -> object:
    """Do what a spec says; see `JobKind` for what comes back."""
    return _WORKS[spec.kind](engine, spec, progress)


def _download(engine: Engine, spec: JobSpec, progress: Progress) -> AssetReport:
    """Bring one symbol up to date.

    Raises:
        PartlyDoneError: it failed; what had arrived is stored, and the report says what.
        JobCancelled: cancelled; what was committed stays.
    """
    request = Request(spec.start_ms, spec.end_ms, spec.timeframes, only=spec.only, refetch=spec.refetch)
    report = engine.update([spec.subject], request, progress)[spec.subject]
    if report.failure is not None:
        raise PartlyDoneError(report.failure, report)
    return report


def _dry_run(engine: Engine, spec: JobSpec, progress: Progress) -> DryRun:
    """Plan a download of several symbols; asks the exchange about each and writes nothing."""
    request = Request(spec.start_ms, spec.end_ms, spec.timeframes, dry_run=True, refetch=spec.refetch)
    reports = engine.update([symbol for _provider, symbol, *_rest in spec.series], request, progress)
    plans = [report.plan for report in reports.values() if report.plan is not None]
    return DryRun(totals(plans, engine.pace), tuple(reports.values()))


def _import(engine: Engine, spec: JobSpec, progress: Progress) -> ConvertReport:
    return engine.legacy.convert(spec.paths or None, provider=spec.provider or None, progress=progress)


def _verify(engine: Engine, spec: JobSpec, progress: Progress) -> VerifyReport:
    report = apart.verify(engine, spec, progress)
    engine.publish_quality(report, [(one[0], one[1]) for one in spec.series], progress)
    return report


def _pipeline(engine: Engine, spec: JobSpec, progress: Progress) -> PipelineReport:
    """Do the steps.

    Raises:
        PartlyDoneError: a step failed, in part or as a whole; the report says what was done.
        JobCancelled: cancelled; the same spec goes on where it was.
    """
    choice = Choice(tuple(one[1] for one in spec.series), spec.group, spec.top)
    wanted = PipelineSpec(
        tuple(Step(step) for step in spec.steps),
        choice,
        spec.start_ms,
        spec.end_ms,
        spec.timeframes,
        spec.level,
        spec.indicators,
        spec.include_core,
        spec.paths,
        spec.dry_run,
        spec.only,
    )
    report = engine.pipeline(wanted, progress)
    failures = report.failures
    if failures:
        raise PartlyDoneError(failures[0].error, report)
    return report


def _indicators(engine: Engine, spec: JobSpec, progress: Progress) -> tuple[BatchRow, ...]:
    """Bring indicators of several symbols up to date.

    Raises:
        PartlyDoneError: some failed; the rows say which, and what was done.
        JobCancelled: cancelled; what was done stays.
    """
    series = [(one[0], one[1]) for one in spec.series]
    asked, core = spec.indicators or None, spec.include_core
    rows = tuple(engine.compute_indicators(series, asked, spec.timeframes, progress, include_core=core))
    failure = next((row.failure for row in rows if row.failure is not None), None)
    if failure is not None:
        raise PartlyDoneError(failure, rows)
    return rows


def _delete(engine: Engine, spec: JobSpec, progress: Progress) -> int:
    provider, symbol, *timeframe = spec.series[0]
    return _made(engine.delete([(provider, symbol)], timeframe or [None], progress))


def _undo(engine: Engine, spec: JobSpec, progress: Progress) -> int:
    provider, symbol, *_rest = spec.series[0]
    return _made(engine.undo([(provider, symbol)], progress))


def _made(changed: Changed) -> int:
    """Return the new generation of the one series, or raise what went wrong with it."""
    for error in changed.failures.values():
        raise error
    return next(iter(changed.generations.values()))


_WORKS: Mapping[JobKind, Callable[[Engine, JobSpec, Progress], object]] = {
    JobKind.DOWNLOAD: _download,
    JobKind.DRY_RUN: _dry_run,
    JobKind.VERIFY: _verify,
    JobKind.EXPORT: apart.export,
    JobKind.IMPORT: _import,
    JobKind.DELETE: _delete,
    JobKind.UNDO: _undo,
    JobKind.SNAPSHOT: snapshot_works.work,
    JobKind.INDICATORS: _indicators,
    JobKind.PIPELINE: _pipeline,
}
