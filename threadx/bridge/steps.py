"""What each step of a pipeline has the engine do. The order, failures and resuming are `threadx.data.pipeline`'s."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from threadx.data.pipeline import Failure, Outcome, Step, StepFunction, Task
from threadx.data.plan import totals
from threadx.data.report import agreed_code, exit_code
from threadx.data.update import Request
from threadx.errors import DataNotFoundError, StoreError
from threadx.indicators.choices import wanted
from threadx.progress import Progress
from threadx.store.findings import VerifyReport

if TYPE_CHECKING:
    from threadx.bridge.engine import Engine

__all__ = ["TOP", "step_functions"]

TOP = 100
"""How many of the largest symbols where nobody says."""


def step_functions(engine: Engine) -> Mapping[Step, StepFunction]:
    """Return what each step does with this engine."""
    return {step: partial(work, engine) for step, work in _WORKS.items()}


def _select(engine: Engine, task: Task, progress: Progress) -> Outcome:
    limit = TOP if task.spec.choice.top is None else task.spec.choice.top
    ranking = engine.universe.get_top_tokens(limit, publish=not task.spec.dry_run, progress=progress)
    figures = {
        "asked": limit,
        "symbols": list(ranking.symbols),
        "excluded": len(ranking.excluded),
        "basis": str(ranking.basis),
        "snapshot": ranking.stamp,
        "notes": [str(note) for note in ranking.notes],
    }
    return Outcome(figures, symbols=ranking.symbols, result=ranking)


def _download(engine: Engine, task: Task, progress: Progress) -> Outcome:
    spec = task.spec
    symbols = task.symbols or tuple(symbol for _provider, symbol in _stored(engine, task))
    request = Request(spec.start_ms, spec.end_ms, spec.timeframes, only=spec.only, dry_run=spec.dry_run)
    progress.report(0, len(symbols), "symbols")
    reports = engine.update(symbols, request, progress)
    plans = [report.plan for report in reports.values() if report.plan is not None]
    failed = {report.symbol: report.failure for report in reports.values() if report.failure is not None}
    figures = {
        "symbols": len(reports),
        "rows": sum(report.rows for report in reports.values()),
        "gaps": sum(len(report.gaps) for report in reports.values()),
        "planned": totals(plans, engine.pace).as_dict(),
    }
    return Outcome(
        figures,
        tuple(Failure(symbol, error) for symbol, error in failed.items()),
        exit_code=exit_code(reports),
        result=reports,
    )


def _verify(engine: Engine, task: Task, progress: Progress) -> Outcome:
    series = _stored(engine, task)
    if task.spec.dry_run:
        return Outcome({"series": len(series)})
    parts: list[VerifyReport] = []
    for number, (provider, symbol) in enumerate(series):
        progress.report(number, len(series), "symbols")
        manifest = engine.store.manifest(provider, symbol)
        item = f"{provider} {symbol} {0 if manifest is None else manifest.gen} {task.spec.level}"
        if item not in task.done:
            parts.append(engine.verify([(provider, symbol)], task.spec.level, progress))
            if parts[-1].ok:
                task.note(item)
    progress.report(len(series), len(series), "symbols")
    findings = tuple(finding for part in parts for finding in part.findings)
    report = VerifyReport(task.spec.level, findings, len(series), sum(part.files for part in parts),
                          before=len(series) - len(parts))  # fmt: skip
    bad = {finding.symbol: finding for finding in findings if not VerifyReport("", (finding,)).ok}
    failures = [
        StoreError("{symbol}: {what}", hint="run: threadx verify --symbols {symbol}", symbol=symbol, what=each.text)
        for symbol, each in bad.items()
    ]
    figures = {
        "series": len(series),
        "files": report.files,
        "findings": len(findings),
        "snapshot": engine.publish_quality(report, series, progress),
    }
    return Outcome(
        figures,
        tuple(Failure(symbol, failure) for symbol, failure in zip(bad, failures, strict=True)),
        exit_code=0 if report.ok else StoreError.exit_code,
        result=report,
    )


def _convert(engine: Engine, task: Task, progress: Progress) -> Outcome:
    paths = task.spec.paths or None
    try:
        report = engine.legacy.convert(paths, dry_run=task.spec.dry_run, progress=progress)
    except DataNotFoundError:
        if paths is not None:
            raise
        return Outcome({"files": 0, "added": 0})  # nobody asked for a file, and there is none
    failures = tuple(Failure(each.path.name, each.failure) for each in report.failed if each.failure is not None)
    figures = {
        "files": len(report.files),
        "added": report.added,
        "conflicts": report.conflicts,
        "provider": report.provider,
    }
    return Outcome(figures, failures, exit_code=int(bool(failures)), result=report)


def _indicators(engine: Engine, task: Task, progress: Progress) -> Outcome:
    """Bring the files of every series, timeframe and indicator up to date; what is up to date is only looked at."""
    spec, series = task.spec, _stored(engine, task)
    choices = wanted(engine.settings, spec.indicators or None, include_core=spec.include_core)
    timeframes = spec.timeframes or engine.kept_timeframes(series)
    figures = {"series": len(series), "timeframes": list(timeframes), "indicators": len(choices)}
    if spec.dry_run or not series:
        return Outcome(figures)
    rows = engine.compute_indicators(
        series, spec.indicators or None, timeframes, progress, include_core=spec.include_core
    )
    failed = {(row.symbol, row.error): row.failure for row in rows if row.failure is not None}
    failures = tuple(Failure(symbol, error) for (symbol, _text), error in failed.items())
    done = [row for row in rows if row.success]
    figures |= {"files": len(done), "computed": sum(row.outcome != "reused" for row in done)}
    code = agreed_code(each.error.exit_code for each in failures)
    return Outcome(figures, failures, exit_code=code, result=tuple(rows))


def _stored(engine: Engine, task: Task) -> tuple[tuple[str, str], ...]:
    """Return the series of the task that have bars."""
    provider = engine.settings.source.name
    stored = [key for key in engine.store.series() if key[0] == provider]
    return tuple(key for key in stored if not task.symbols or key[1] in task.symbols)


_WORKS: Mapping[Step, Callable[[Engine, Task, Progress], Outcome]] = {
    Step.SELECT: _select,
    Step.DOWNLOAD: _download,
    Step.VERIFY: _verify,
    Step.CONVERT: _convert,
    Step.INDICATORS: _indicators,
}
