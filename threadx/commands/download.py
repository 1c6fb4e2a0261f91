"""`download`: fetch what is missing and store it; with `--dry-run` only say what that would be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from threadx.bars.intervals import total_minutes
from threadx.bridge.causes import cause
from threadx.commands.request import Request, range_of, timeframes_of, wanted_symbols
from threadx.commands.results import Block, Figure, Result, Table
from threadx.commands.tally import clock_text
from threadx.commands.words import error_lines, megabytes, span
from threadx.data import update
from threadx.data.plan import SymbolPlan, Totals, totals
from threadx.data.report import AssetReport, exit_code
from threadx.i18n import _, counted, number, translated
from threadx.progress import Progress
from threadx.store.opening import check_writable

__all__ = ["run"]


def run(request: Request, progress: Progress) -> Result:
    """Bring the symbols up to date; one's failure stops no other."""
    flags, store = request.flags, request.engine.store
    if not flags.dry_run:
        check_writable(store.fs, store.layout)  # before the exchange is asked which the largest are
    symbols = wanted_symbols(request, progress)
    start_ms, end_ms = range_of(request)
    timeframes = timeframes_of(request) or ()
    wanted = update.Request(start_ms, end_ms, timeframes, dry_run=flags.dry_run, refetch=flags.again)
    progress.report(0, len(symbols), "symbols")
    pace = request.engine.pace  # as it is before: what is planned is not told by what it then took
    reports = request.engine.update(symbols, wanted, progress)
    plans = [report.plan for report in reports.values() if report.plan is not None]
    cost = totals(plans, pace)
    document = {
        "provider": request.provider,
        "dry_run": flags.dry_run,
        "total": cost.as_dict(),
        "symbols": [report.as_dict() for report in reports.values()],
    }
    failed = error_lines((one.failure, one.error, one.hint) for one in reports.values() if not one.success)
    blocks = _planned(plans, reports, cost) if flags.dry_run else _done(reports)
    return Result(document, list(blocks), exit_code(reports), failed)


def _planned(plans: Sequence[SymbolPlan], reports: Mapping[str, AssetReport], cost: Totals) -> Iterator[Block]:
    headings = (_("symbol"), _("missing"), _("bars"), _("requests"), _("weight"), _("MB"), _("seconds"))
    rows = [
        (
            plan.symbol,
            _stretches(plan),
            plan.rows,
            plan.requests,
            plan.weight,
            Figure(megabytes(plan.size_bytes)),
            Figure(number(plan.seconds)),
        )
        for plan in plans
    ]
    yield Table(headings, rows)
    yield from (f"{plan.symbol}: {translated(note.template, note.fields)}" for plan in plans for note in plan.notes)
    yield _("API weight {weight}, {size} MB on disk, about {time}").format(
        weight=number(cost.weight), size=megabytes(cost.size_bytes), time=clock_text(cost.seconds)
    )
    yield counted(
        "{count} symbol: {bars} bars, {requests} requests; nothing was written",
        "{count} symbols: {bars} bars, {requests} requests; nothing was written",
        len(reports),
        bars=number(cost.rows),
        requests=number(cost.requests),
    )


def _stretches(plan: SymbolPlan) -> str:
    if not plan.missing:
        return _("nothing")
    if len(plan.missing) == 1:
        return span(plan.missing[0])
    whole = span(type(plan.missing[0])(plan.missing[0].start_ms, plan.missing[-1].end_ms))
    return _("{span} in {count} parts").format(span=whole, count=number(len(plan.missing)))


def _done(reports: Mapping[str, AssetReport]) -> Iterator[Block]:
    good = [report for report in reports.values() if report.success]
    if not good:
        return
    headings = (_("symbol"), _("new bars"), _("timeframes"), _("missing"), _("seconds"), _("remarks"))
    yield Table(
        headings,
        [
            (
                report.symbol,
                report.rows,
                " ".join(report.timeframes),
                _gaps(report),
                Figure(number(report.seconds, 1)),
                _remarks(report),
            )
            for report in good
        ],
    )
    rows = sum(report.rows for report in good)
    yield counted(
        "{count} symbol up to date, {bars} new bars",
        "{count} symbols up to date, {bars} new bars",
        len(good),
        bars=number(rows),
    )


def _gaps(report: AssetReport) -> str:
    """Return what is missing by cause: "80 outage, 1,440 not listed"; minutes."""
    minutes: dict[str, int] = {}
    for gap in report.gaps:
        minutes[gap.cause] = minutes.get(gap.cause, 0) + total_minutes([gap.interval])
    return ", ".join(f"{number(count)} {cause(name)}" for name, count in minutes.items()) or "-"


def _remarks(report: AssetReport) -> str:
    parts = []
    if report.quarantined:
        parts.append(_("{count} bad rows set aside").format(count=number(report.quarantined)))
    if report.conflicts:
        parts.append(_("{count} values changed at the source").format(count=number(report.conflicts)))
    notes = () if report.plan is None else report.plan.notes
    return "; ".join([*parts, *(translated(note.template, note.fields) for note in notes)])
