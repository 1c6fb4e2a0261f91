"""The jobs half of the Data Manager: table, overall bar, cancel, retry, results, what the last run left. No Tk."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from threadx.bridge.events import JobEvent, JobKind, JobSpec, JobState
from threadx.i18n import _, counted, translated
from threadx.ui.presenters.asking import Asking
from threadx.ui.presenters.job_board import JobBoard, Overall
from threadx.ui.presenters.job_lines import KIND_WORDS, JobLine
from threadx.ui.presenters.job_results import ResultTable, dry_run_table, findings_table
from threadx.ui.presenters.legacy_rows import import_table
from threadx.ui.presenters.pipeline_result import pipeline_table
from threadx.ui.presenters.viewed import Viewed
from threadx.ui.selection import Selection

if TYPE_CHECKING:
    from threadx.bridge import ThreadXBridge

__all__ = ["JobsDesk", "JobsView"]


class JobsView(Protocol):
    """What the presenter asks of its view. Tk thread."""

    def set_jobs(self, lines: Sequence[JobLine]) -> None:
        """Show these lines and no others."""

    def update_jobs(self, lines: Sequence[JobLine]) -> None:
        """Show what changed."""

    def show_overall(self, overall: Overall) -> None:
        """Move the overall bar."""

    def show_detail(self, text: str, *, bad: bool) -> None:
        """Fill the line under the table."""

    def show_offer(self, text: str) -> None:
        """Offer to take up what the last run left; "" takes the offer away."""

    def show_result(self, table: ResultTable) -> None:
        """Show what a job found, in a window of its own."""

    def jobs_changed(self) -> None:
        """What may be done with jobs has changed."""

    def ring(self) -> None:
        """Let the bell of the system be heard."""


class JobsDesk(Viewed[JobsView]):
    """Outlives its view. Tk thread only."""

    def __init__(
        self,
        bridge: ThreadXBridge,
        asking: Asking,
        selection: Selection,
        *,
        notify: Callable[[str], None],
        rings: Callable[[], bool],
    ) -> None:
        """`rings`: whether the bell is wanted at the end of a run."""
        self._bridge = bridge
        self._selection = selection
        self._notify = notify
        self._rings = rings
        self._board = JobBoard(bridge.jobs.order, time.monotonic)
        self._offered: list[JobSpec] = []
        self._wanted: set[int] = set()
        self.chosen: tuple[str, ...] = ()
        self._detail_shown: tuple[str, bool] | None = None
        self._board.take(bridge.jobs.snapshot())
        asking.ask(lambda _progress: bridge.unfinished(), self._on_unfinished, lambda _failure: None)

    def attach(self, view: JobsView) -> None:
        """Take a (new) view and fill it."""
        super().attach(view)
        self._detail_shown = None
        view.set_jobs(self._board.lines())
        view.show_overall(self._board.overall())
        view.show_offer(self._offer)
        self.choose(self.chosen)

    # -- events ---------------------------------------------------------------------------------------------------

    def on_jobs(self, events: Sequence[JobEvent]) -> None:
        """Take what the pump brought."""
        lines = self._board.take(events)
        self._share(events)
        if self._view is not None:
            if self._board.dropped:
                self._view.set_jobs(self._board.lines())
            else:
                self._view.update_jobs(lines)
            self._board.dropped = False
            self._view.show_overall(self._board.overall())
            if not self.chosen or any(str(line.job_id) in self.chosen[:1] for line in lines):
                self.choose(self.chosen)
            self._view.jobs_changed()
        for event in events:
            if event.job_id in self._wanted and event.final:
                self._wanted.discard(event.job_id)
                self.open(str(event.job_id))
        if not self._board.busy and any(event.final for event in events):
            self._notify(self._board.summary())
            if self._view is not None and self._rings():
                self._view.ring()

    def tick(self) -> None:
        """Time has passed: the overall line counts on."""
        if self._view is not None and self._board.busy:
            self._view.show_overall(self._board.overall())

    def _share(self, events: Sequence[JobEvent]) -> None:
        done = [event for event in events if event.state is JobState.DONE and event.spec.kind is JobKind.DOWNLOAD]
        if done:
            saved = [event.spec.subject for event in self._board.in_run(JobKind.DOWNLOAD, JobState.DONE)]
            self._selection.update(last_download=tuple(dict.fromkeys(saved)))

    # -- what may be done -----------------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether anything is queued or running."""
        return self._board.busy

    @property
    def failed(self) -> int:
        """How many jobs failed and were not tried again."""
        return len(self._board.failed())

    def cancel_all(self) -> None:
        """Ask every job to stop."""
        self._bridge.jobs.cancel_all()

    def cancel(self, keys: Sequence[str]) -> None:
        """Ask some jobs to stop."""
        for key in keys:
            self._bridge.jobs.cancel(int(key))

    def retry_failed(self) -> None:
        """Queue every failed job again."""
        self.retry([str(job_id) for job_id in self._board.failed()])

    def retry(self, keys: Sequence[str]) -> None:
        """Queue failed or cancelled jobs again; others are left out."""
        count = 0
        for key in keys:
            event = self._board.event(int(key))
            if event is not None and event.state in (JobState.FAILED, JobState.CANCELLED):
                self._bridge.jobs.retry(int(key))
                count += 1
        if count:
            self._notify(counted("{n} job queued again", "{n} jobs queued again", count))

    def clear_ended(self) -> None:
        """Forget the jobs that have ended."""
        self._bridge.jobs.clear_ended()
        self._board.clear_ended()
        self._board.dropped = False
        if self._view is not None:
            self._view.set_jobs(self._board.lines())
            self._view.show_overall(self._board.overall())
            self._view.jobs_changed()
        self.choose(())

    def may(self, keys: Sequence[str]) -> dict[str, bool]:
        """Return what the context menu offers for some rows: "cancel", "retry", "chart", "result"."""
        events = [event for key in keys if (event := self._board.event(int(key))) is not None]
        return {
            "cancel": any(not event.final for event in events),
            "retry": any(event.state in (JobState.FAILED, JobState.CANCELLED) for event in events),
            "chart": any(event.spec.kind is JobKind.DOWNLOAD for event in events),
            "result": any(_table_of(event) is not None for event in events),
        }

    # -- rows -----------------------------------------------------------------------------------------------------

    def choose(self, keys: Sequence[str]) -> None:
        """Say in full what the first chosen row stands for; where none is, what failed first, once all have ended."""
        self.chosen = tuple(keys)
        failed = () if self._board.busy else self._board.failed()
        told = int(keys[0]) if keys else next(iter(failed), None)
        event = None if told is None else self._board.event(told)
        if self._view is None:
            return
        if event is None:
            self._show_detail("", bad=False)
            return
        line = next(line for line in self._board.lines() if line.job_id == event.job_id)
        self._show_detail(line.detail, bad=line.tag == "danger")

    def _show_detail(self, text: str, *, bad: bool) -> None:
        if self._view is not None and (text, bad) != self._detail_shown:
            self._detail_shown = (text, bad)
            self._view.show_detail(text, bad=bad)

    def want_result(self, job_id: int) -> None:
        """Show what a job found as soon as it ends."""
        self._wanted.add(job_id)

    def open(self, key: str) -> None:
        """Show what came of a job: its list, or where it has none, the reason."""
        event = self._board.event(int(key))
        if event is None or self._view is None:
            return
        table = _table_of(event)
        if table is not None:
            self._view.show_result(table)

    def symbol_of(self, key: str) -> str | None:
        """Return the symbol that a download is about; None for other jobs."""
        event = self._board.event(int(key))
        return event.spec.subject if event is not None and event.spec.kind is JobKind.DOWNLOAD else None

    # -- what the last run left -----------------------------------------------------------------------------------

    def resume(self) -> None:
        """Queue what the last run left to do."""
        self._bridge.resume(self._offered)
        self._settle()

    def forget(self) -> None:
        """Offer it no more."""
        self._bridge.forget()
        self._settle()

    def _settle(self) -> None:
        self._offered = []
        if self._view is not None:
            self._view.show_offer("")

    def _on_unfinished(self, specs: Sequence[JobSpec]) -> None:
        self._offered = list(specs)
        if self._view is not None:
            self._view.show_offer(self._offer)

    @property
    def _offer(self) -> str:
        count = len(self._offered)
        if not count:
            return ""
        names = ", ".join(spec.subject or _(KIND_WORDS[spec.kind]) for spec in self._offered[:3])
        return counted(
            "{n} job of the last time was not finished ({names})",
            "{n} jobs of the last time were not finished ({names})",
            count,
            names=names + (", …" if count > 3 else ""),
        )


def _table_of(event: JobEvent) -> ResultTable | None:
    result: Any = event.result
    if not event.final or result is None:
        return None
    if event.spec.kind is JobKind.PIPELINE:
        return pipeline_table(result, dry_run=event.spec.dry_run)
    if event.state is not JobState.DONE:
        return None
    if event.spec.kind is JobKind.IMPORT:
        return import_table(result)
    if event.spec.kind is JobKind.DRY_RUN:
        return dry_run_table(result)
    if event.spec.kind is JobKind.VERIFY and result.findings:
        return findings_table(result, translated)
    return None
