"""Jobs as lines of a table: what each is about, how far it is, and why. No Tk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from threadx.bridge.events import JobEvent, JobKind, JobState
from threadx.bridge.step_words import STEP_WORDS, summary
from threadx.bridge.waits import reason
from threadx.data.pipeline import Step
from threadx.i18n import N_, _, counted, number, translate_error, translated
from threadx.ui.presenters.amounts import duration

if TYPE_CHECKING:
    from threadx.bridge.market import DryRun
    from threadx.bridge.snapshot_works import SnapshotDone
    from threadx.data.export import Exported
    from threadx.data.indicator_batch import BatchRow
    from threadx.data.legacy_files import ConvertReport
    from threadx.data.pipeline import PipelineReport
    from threadx.data.plan import SymbolPlan
    from threadx.data.report import AssetReport
    from threadx.store.findings import VerifyReport

__all__ = ["KIND_WORDS", "STARTED_SHARE", "JobLine", "job_line", "notes_of"]

STARTED_SHARE = 0.03
"""What a bar shows of a job that works and cannot tell yet how far it is: people must see that it has begun."""
KIND_WORDS = {
    JobKind.DOWNLOAD: N_("Download"),
    JobKind.DRY_RUN: N_("Dry run"),
    JobKind.UPDATE_ALL: N_("Update all"),
    JobKind.VERIFY: N_("Verify"),
    JobKind.EXPORT: N_("Export"),
    JobKind.IMPORT: N_("Import"),
    JobKind.DELETE: N_("Delete"),
    JobKind.UNDO: N_("Undo"),
    JobKind.SNAPSHOT: N_("Snapshots"),
    JobKind.PIPELINE: N_("Pipeline"),
    JobKind.INDICATORS: N_("Indicators"),
}
_WORKING = {
    JobKind.DOWNLOAD: N_("downloading"),
    JobKind.DRY_RUN: N_("planning"),
    JobKind.UPDATE_ALL: N_("looking what is stored"),
    JobKind.VERIFY: N_("verifying"),
    JobKind.EXPORT: N_("writing"),
    JobKind.IMPORT: N_("reading files"),
    JobKind.DELETE: N_("deleting"),
    JobKind.UNDO: N_("taking back"),
    JobKind.SNAPSHOT: N_("working on snapshots"),
    JobKind.PIPELINE: N_("going through its steps"),
    JobKind.INDICATORS: N_("calculating"),
}


@dataclass(frozen=True, slots=True)
class JobLine:
    """One job as it is shown. Texts are translated."""

    job_id: int
    role: str
    """Of the bar: "primary", "success", "danger" or "muted"."""
    share: float
    """How much of the bar is filled, in [0, 1]."""
    subject: str
    rows: int | None
    per_second: float | None
    left_s: float | None
    state: str
    """Glyph and words."""
    tag: str
    """"danger", "warning", "muted" or ""."""
    detail: str
    """The whole story, for the line under the table."""

    @property
    def percent(self) -> str:
        """How much is done, as text; "" before it began."""
        return f"{round(self.share * 100)} %" if self.role != "muted" or self.share else ""


def job_line(event: JobEvent, place: int = 0) -> JobLine:
    """Return how a job is shown; `place`: its present place among the queued ones, from 1."""
    role, glyph, tag = _LOOKS[event.state]
    words, bad = _words(event, place)
    if event.waiting and event.state is JobState.RUNNING:
        tag = "warning"
    if bad and event.state is JobState.DONE:
        role, glyph, tag = "danger", "✗", "danger"
    running = event.state is JobState.RUNNING
    state = f"{glyph} {words}"
    return JobLine(
        job_id=event.job_id,
        role=role,
        share=_share(event),
        subject=_subject(event),
        rows=_rows(event),
        per_second=event.per_second if _rows(event) and (running or event.state is JobState.DONE) else None,
        left_s=event.left_s if running else None,
        state=state,
        tag=tag,
        detail=_detail(event, words),
    )


_LOOKS: Mapping[JobState, tuple[str, str, str]] = {
    JobState.QUEUED: ("muted", "○", "muted"),
    JobState.RUNNING: ("primary", "●", ""),
    JobState.DONE: ("success", "✓", ""),
    JobState.FAILED: ("danger", "✗", "danger"),
    JobState.CANCELLED: ("muted", "–", "muted"),
}


def _share(event: JobEvent) -> float:
    share = event.share
    if event.state is JobState.QUEUED:
        return 0.0
    if event.state is JobState.RUNNING:
        return max(share or 0.0, STARTED_SHARE)
    return share or 0.0


def _subject(event: JobEvent) -> str:
    spec = event.spec
    if spec.kind is JobKind.DOWNLOAD:
        return spec.subject
    kind = _(KIND_WORDS[spec.kind])
    if spec.dry_run:
        kind = f"{kind} ({_('dry run')})"
    if spec.subject:
        return f"{kind} · {spec.subject}"
    if spec.group:
        return f"{kind} · {spec.group}"
    if spec.top is not None:
        return f"{kind} · " + counted("the {n} largest", "the {n} largest", spec.top)
    count = len({one[1] for one in spec.series if len(one) > 1})
    return f"{kind} ({number(count)})" if count else kind


def _rows(event: JobEvent) -> int | None:
    if event.spec.kind is not JobKind.DOWNLOAD or event.state is JobState.QUEUED:
        return None
    report: Any = event.result
    if event.final and report is not None:
        return int(report.rows)
    return event.done if event.unit in ("bars", "") else None


def _words(event: JobEvent, place: int) -> tuple[str, bool]:
    """Return what the state column says, and whether a job that ended well found something bad."""
    if event.state is JobState.QUEUED:
        return (_("waits, place {place}").format(place=number(place)) if place else _("waits")), False
    if event.state is JobState.RUNNING:
        if event.cancelling:
            return _("is being cancelled"), False
        return _at_work(event), False
    if event.state is JobState.FAILED:
        return ("" if event.failure is None else translate_error(event.failure)[0]), True
    if event.state is JobState.CANCELLED:
        return _("cancelled, what was saved stays") if event.started_s is not None else _("cancelled"), False
    say = _DONE.get(event.spec.kind)
    return (_("done"), False) if say is None or event.result is None else say(event.result)


def _at_work(event: JobEvent) -> str:
    why = reason(event.waiting) if event.waiting else ""
    steps = [step for step in STEP_WORDS if step in event.spec.steps or step == event.step]
    if event.step not in steps:
        return why or _(_WORKING[event.spec.kind])
    words = _("step {n} of {count}: {step}").format(
        n=number(steps.index(Step(event.step)) + 1), count=number(len(steps)), step=_(STEP_WORDS[Step(event.step)])
    )
    return f"{words}, {why}" if why else words


def _detail(event: JobEvent, words: str) -> str:
    if event.failure is None:
        return f"{_subject(event)}: {words}"
    message, hint = translate_error(event.failure)
    return f"{message} → {hint}" if hint else message


# -- what came of a job -------------------------------------------------------------------------------------------


def _downloaded(report: AssetReport) -> tuple[str, bool]:
    words = [_("saved") if report.rows else _("up to date")]
    open_gaps = [gap for gap in report.gaps if gap.cause != "not_listed"]
    if open_gaps:
        minutes = sum(gap.interval.end_ms - gap.interval.start_ms for gap in open_gaps) // 60_000
        words.append(
            counted("{n} gap, {minutes} min", "{n} gaps, {minutes} min", len(open_gaps), minutes=number(minutes))
        )
    else:
        words.append(_("no gaps"))
    if report.quarantined:
        words.append(counted("{n} bad row put aside", "{n} bad rows put aside", report.quarantined))
    if report.conflicts:
        words.append(counted("{n} value changed", "{n} values changed", report.conflicts))
    return ", ".join([*words, *notes_of(report.plan)]), False


def _planned(run: DryRun) -> tuple[str, bool]:
    failed = sum(not report.success for report in run.reports)
    words = _("{bars} bars, {requests} requests").format(
        bars=number(run.totals.rows), requests=number(run.totals.requests)
    )
    if failed:
        words += ", " + counted("{n} cannot be planned", "{n} cannot be planned", failed)
    return words, False


def _started(ids: Iterable[int]) -> tuple[str, bool]:
    count = len(tuple(ids))
    return counted("{n} download queued", "{n} downloads queued", count), False


def _verified(report: VerifyReport) -> tuple[str, bool]:
    looked = counted("{n} file looked at", "{n} files looked at", report.files)
    if report.before:
        looked += ", " + counted(
            "{n} series before an interruption", "{n} series before an interruption", report.before
        )
    if report.ok:
        return _("all right, {looked}").format(looked=looked), False
    count = len(report.findings)
    return counted("{n} finding, {looked}", "{n} findings, {looked}", count, looked=looked), True


def _exported(files: Iterable[Exported]) -> tuple[str, bool]:
    count = len(tuple(files))
    return counted("{n} file written", "{n} files written", count), False


def _imported(report: ConvertReport) -> tuple[str, bool]:
    words = counted("{n} new bar", "{n} new bars", report.added)
    if not report.failed:
        return words, False
    count = len(report.failed)
    return f"{words}, " + counted("{n} file failed", "{n} files failed", count), True


def _calculated(rows: Iterable[BatchRow]) -> tuple[str, bool]:
    outcomes = [row.outcome for row in rows]
    fresh, failed = outcomes.count("reused"), outcomes.count("failed")
    done = len(outcomes) - fresh - failed
    words = counted("{n} file calculated", "{n} files calculated", done)
    words += ", " + counted("{n} was fresh", "{n} were fresh", fresh)
    if failed:
        words += ", " + counted("{n} failed", "{n} failed", failed)
    return words, bool(failed)


def _snapshots(done: SnapshotDone) -> tuple[str, bool]:
    match done.action:
        case "create":
            words = counted("{n} series pinned", "{n} series pinned", done.count)
        case "archive":
            words = counted("{n} snapshot archived", "{n} snapshots archived", done.count)
        case "restore":
            words = counted("{n} snapshot is back", "{n} snapshots are back", done.count)
        case _:
            words = counted("{n} series put back", "{n} series put back", done.count)
    if done.problems:
        words += ", " + counted("{n} is damaged", "{n} are damaged", done.problems)
    return words, bool(done.problems)


def _piped(report: PipelineReport) -> tuple[str, bool]:
    return summary(report), bool(report.failures)


_DONE: Mapping[JobKind, Callable[[Any], tuple[str, bool]]] = {
    JobKind.INDICATORS: _calculated,
    JobKind.DOWNLOAD: _downloaded,
    JobKind.DRY_RUN: _planned,
    JobKind.UPDATE_ALL: _started,
    JobKind.VERIFY: _verified,
    JobKind.EXPORT: _exported,
    JobKind.IMPORT: _imported,
    JobKind.SNAPSHOT: _snapshots,
    JobKind.PIPELINE: _piped,
}


def notes_of(plan: SymbolPlan | None) -> list[str]:
    """Return the remarks of a plan, translated: a start that was moved, nothing to fetch."""
    return [] if plan is None else [translated(note.template, note.fields) for note in plan.notes]


def left(line: JobLine) -> str:
    """Return the time left as text; "" where it cannot be told."""
    return "" if line.left_s is None else duration(line.left_s)
