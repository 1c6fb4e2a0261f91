"""What a dry run or a verification found, as a table. No Tk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from threadx.bars.dates import minute_text
from threadx.i18n import N_, _, counted, error_text, number
from threadx.ui.presenters.amounts import duration, megabytes
from threadx.ui.presenters.job_lines import notes_of
from threadx.ui.presenters.table_rows import Column, Row, in_words

if TYPE_CHECKING:
    from threadx.bars.intervals import Interval
    from threadx.bridge.market import DryRun, Estimate
    from threadx.data.plan import SymbolPlan, Totals
    from threadx.data.report import AssetReport
    from threadx.store.findings import Finding, VerifyReport

__all__ = ["ResultTable", "cost_of", "dry_run_table", "findings_table", "what_is_replaced"]

_SHOWN = 8


@dataclass(frozen=True, slots=True)
class ResultTable:
    """A table in a window of its own. Texts are translated."""

    title: str
    message: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


def cost_of(totals: Totals) -> str:
    """Return what a download costs in a line: jobs, bars, requests, weight, size, time."""
    jobs = counted("{n} job", "{n} jobs", totals.symbols)
    if not totals.rows:
        return _("{jobs} · nothing to fetch: all of it is stored").format(jobs=jobs)
    requests = counted("{n} request", "{n} requests", totals.requests)
    return _("{jobs} · ≈ {bars} bars · {requests} (weight {weight}) · {size} · ≈ {time}").format(
        jobs=jobs, bars=number(totals.rows), requests=requests, weight=number(totals.weight),
        size=megabytes(totals.size_bytes), time=duration(totals.seconds),
    )  # fmt: skip


_DRY = (
    Column("symbol", N_("Symbol"), 110),
    Column("from", N_("From (UTC)"), 130),
    Column("to", N_("To (UTC)"), 130),
    Column("bars", N_("Bars"), 90, "right"),
    Column("parts", N_("Stretches"), 80, "right", optional=3),
    Column("requests", N_("Requests"), 80, "right", optional=2),
    Column("size", N_("Size"), 80, "right", optional=1),
    Column("note", N_("Remarks"), 220, stretch=True),
)


def dry_run_table(run: DryRun) -> ResultTable:
    """Return per symbol what would be fetched."""
    message = cost_of(run.totals) + "\n" + _("Nothing was written.")
    return ResultTable(_("Dry run"), message, in_words(_DRY), tuple(_planned(report) for report in run.reports))


def _planned(report: AssetReport) -> Row:
    plan = report.plan
    if not report.success or plan is None:
        why = report.error if report.failure is None else error_text(report.failure)
        return Row(report.symbol, (report.symbol, "", "", "", "", "", "", why), (report.symbol, *[None] * 6, why),
                   tags=("danger",))  # fmt: skip
    missing = plan.missing
    start, end = _ends(missing)
    note = "; ".join([*notes_of(plan), *_again(plan)]) or ("" if missing else _("nothing to fetch"))
    cells = (
        report.symbol, "" if start is None else minute_text(start), "" if end is None else minute_text(end),
        number(plan.rows), number(len(missing)), number(plan.requests), megabytes(plan.size_bytes), note,
    )  # fmt: skip
    values = (report.symbol, start, end, plan.rows, len(missing), plan.requests, plan.size_bytes, note)
    return Row(report.symbol, cells, values, tags=() if missing else ("muted",))


def _ends(missing: Iterable[Interval]) -> tuple[int | None, int | None]:
    parts = list(missing)
    return (parts[0].start_ms, parts[-1].end_ms) if parts else (None, None)


def _again(plan: SymbolPlan) -> list[str]:
    if not plan.stored_again:
        return []
    return [_("{bars} stored bars fetched again").format(bars=number(plan.stored_again))]


def findings_table(report: VerifyReport, say: Callable[[str, Mapping[str, object]], str]) -> ResultTable:
    """Return what a verification found; `say` translates a template with its fields."""
    columns = (
        Column("symbol", _("Symbol"), 110), Column("what", _("Finding"), 360), Column("next", _("Next step"), 260),
        Column("path", _("File"), 220, stretch=True, optional=2),
    )  # fmt: skip
    message = counted("{n} finding", "{n} findings", len(report.findings))
    rows = tuple(_found(place, finding, say) for place, finding in enumerate(report.findings))
    return ResultTable(_("Verify"), message, columns, rows)


def _found(place: int, finding: Finding, say: Callable[[str, Mapping[str, object]], str]) -> Row:
    done = _("repaired") if finding.repaired else say(finding.hint, finding.fields)
    tag = {"error": "danger", "warning": "warning"}.get(str(finding.severity), "muted")
    cells = (finding.symbol, say(finding.message, finding.fields), done, finding.path)
    return Row(str(place), cells, tags=("muted" if finding.repaired else tag,))


def what_is_replaced(estimate: Estimate) -> tuple[str, str]:
    """Return title and message of the question before stored bars are fetched again."""
    plans = [plan for plan in estimate.plans if plan.stored_again]
    lines = [_replaced(plan) for plan in plans[:_SHOWN]]
    if len(plans) > _SHOWN:
        lines.append(_("and {n} more symbols").format(n=number(len(plans) - _SHOWN)))
    title = _("Replace {bars} stored bars?").format(bars=number(estimate.replaced))
    rest = _(
        "Where the exchange now gives another value, it replaces the stored one. Nothing is deleted; it can be undone."
    )
    return title, "\n".join([*lines, "", rest])


def _replaced(plan: SymbolPlan) -> str:
    return _("{symbol}: {bars} bars, {start} to {end} UTC").format(
        symbol=plan.symbol, bars=number(plan.stored_again), start=minute_text(plan.again[0].start_ms),
        end=minute_text(plan.again[-1].end_ms),
    )  # fmt: skip
