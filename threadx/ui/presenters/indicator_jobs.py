"""Jobs that bring files of indicators up to date: queued, followed, cancelled, and how they ended. No Tk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from threadx.bridge.events import JobEvent, JobKind, JobState
from threadx.i18n import _, counted, error_text, number
from threadx.ui.presenters.indicator_picks import Work, batches
from threadx.ui.presenters.indicator_rows import failures_table
from threadx.ui.presenters.job_results import ResultTable

if TYPE_CHECKING:
    from threadx.bridge import ThreadXBridge

__all__ = ["IndicatorJobs", "Running"]


@dataclass(frozen=True, slots=True)
class Running:
    """How far jobs on indicators are."""

    text: str = ""
    """"" where none runs."""
    share: float | None = None
    """In [0, 1]; None: not known yet."""
    cancelling: bool = False


class IndicatorJobs:
    """All jobs on indicators, whoever began them; those of this tab tell how they end. Tk thread only."""

    def __init__(
        self, bridge: ThreadXBridge, *, notify: Callable[[str], None], failed: Callable[[ResultTable], None]
    ) -> None:
        """`failed` is given what could not be calculated, and why."""
        self._bridge = bridge
        self._notify = notify
        self._failed = failed
        self._moving: dict[int, JobEvent] = {}
        self._mine: set[int] = set()

    def submit(self, work: Sequence[Work]) -> None:
        """Queue what brings these files up to date."""
        for provider, symbols, words, timeframes in batches(work):
            self._mine.add(self._bridge.compute_indicators(symbols, words, timeframes, provider=provider))
        self._notify(counted("Updating {n} file…", "Updating {n} files…", len(work)))

    def cancel(self) -> None:
        """Stop all of them; files that are done stay."""
        for job in tuple(self._moving):
            self._bridge.jobs.cancel(job)

    def hear(self, events: Sequence[JobEvent]) -> bool:
        """Take the news; return whether anything of it is about indicators."""
        ours = [event for event in events if event.spec.kind is JobKind.INDICATORS]
        for event in ours:
            if event.final:
                self._moving.pop(event.job_id, None)
                self._ended(event)
            else:
                self._moving[event.job_id] = event
        return bool(ours)

    def running(self) -> Running:
        """Return how far they are."""
        jobs = list(self._moving.values())
        if not jobs:
            return Running()
        done, total = sum(job.done for job in jobs), sum(job.total for job in jobs)
        if all(job.cancelling for job in jobs):
            return Running(_("cancelling…"), None, cancelling=True)
        if not total:
            return Running(_("waiting…"))
        text = _("{done} of {total} files").format(done=number(done), total=number(total))
        return Running(text, min(done / total, 1.0))

    def _ended(self, event: JobEvent) -> None:
        if event.job_id not in self._mine:
            return
        self._mine.discard(event.job_id)
        result: Any = event.result
        failed = [row for row in result or () if not row.success]
        if event.state is JobState.CANCELLED:
            self._notify(_("Indicators: cancelled; what was done stays"))
        elif failed:
            self._failed(failures_table(failed))
        elif event.failure is not None:
            self._notify(error_text(event.failure))
        else:
            self._notify(_done(result or ()))


def _done(rows: Sequence[Any]) -> str:
    fresh = sum(row.outcome == "reused" for row in rows)
    made = len(rows) - fresh
    words = counted("{n} file calculated", "{n} files calculated", made)
    return words + ", " + counted("{n} was fresh", "{n} were fresh", fresh)
