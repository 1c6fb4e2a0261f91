"""All jobs of the window and the run they belong to: what is shown, what changed, how far the whole is. No Tk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from threadx.bridge.events import JobEvent, JobKind, JobState
from threadx.i18n import _, counted, number
from threadx.ui.presenters.amounts import duration
from threadx.ui.presenters.job_lines import STARTED_SHARE, JobLine, job_line

__all__ = ["JobBoard", "Overall"]

_SHOWN_PLACES = 10
"""The first of the queue know their place; to number hundreds anew at each start would keep Tk busy."""


@dataclass(frozen=True, slots=True)
class Overall:
    """How far the present run is: all jobs since nothing was left to do."""

    share: float = 0.0
    """In [0, 1]."""
    text: str = ""
    role: str = ""
    """Of the bar: "", "Success" or "Danger"."""
    running: bool = False


class JobBoard:
    """Newest events by job. A job that was tried again makes way for its retry."""

    def __init__(self, order: Callable[[], Sequence[int]], now_s: Callable[[], float]) -> None:
        """`order`: ids of the queued jobs, in order; `now_s`: the clock of the events, monotonic seconds."""
        self._order = order
        self._now_s = now_s
        self._events: dict[int, JobEvent] = {}
        self._run: set[int] = set()
        self._places: dict[int, int] = {}
        self._gone: set[int] = set()
        self.dropped = False
        """A line is gone since this was set to False: the table is to be drawn anew."""

    def take(self, events: Iterable[JobEvent]) -> list[JobLine]:
        """Take what moved; return the lines that look different now, in order of id."""
        changed: set[int] = set()
        fresh = not self.busy
        for event in events:
            if event.job_id in self._gone:
                continue
            if event.job_id not in self._events:
                if fresh:  # once for all that came together: fast jobs may have ended when they are first seen
                    self._run, fresh = set(), False
                self._begin(event)
            self._events[event.job_id] = event
            changed.add(event.job_id)
        changed |= self._moved_places()
        return [self._line(job_id) for job_id in sorted(changed) if job_id in self._events]

    def _begin(self, event: JobEvent) -> None:
        self._run.add(event.job_id)
        if event.retry_of is not None:
            self._drop(event.retry_of)

    def _drop(self, job_id: int) -> None:
        self._events.pop(job_id, None)
        self._run.discard(job_id)
        self._gone.add(job_id)
        self.dropped = True

    def _moved_places(self) -> set[int]:
        queued = [job_id for job_id in self._order() if job_id in self._events][:_SHOWN_PLACES]
        places = {job_id: place for place, job_id in enumerate(queued, start=1)}
        moved = {job_id for job_id in {*places, *self._places} if self._places.get(job_id) != places.get(job_id)}
        self._places = places
        return moved

    def _line(self, job_id: int) -> JobLine:
        return job_line(self._events[job_id], self._places.get(job_id, 0))

    def lines(self) -> list[JobLine]:
        """Return all lines, in order of id."""
        return [self._line(job_id) for job_id in sorted(self._events)]

    def event(self, job_id: int) -> JobEvent | None:
        """Return how a job stood last; None for one that is not shown."""
        return self._events.get(job_id)

    def clear_ended(self) -> None:
        """Show no more what has ended."""
        for job_id in [job_id for job_id, event in self._events.items() if event.final]:
            self._drop(job_id)

    # -- the whole ------------------------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether anything is queued or running."""
        return any(not event.final for event in self._events.values())

    def failed(self) -> tuple[int, ...]:
        """Return the jobs that failed and were not tried again."""
        return tuple(job_id for job_id, event in sorted(self._events.items()) if event.state is JobState.FAILED)

    def in_run(self, kind: JobKind, state: JobState) -> tuple[JobEvent, ...]:
        """Return the jobs of the present run of a kind, in a state."""
        found = (self._events[job_id] for job_id in sorted(self._run) if job_id in self._events)
        return tuple(event for event in found if event.spec.kind is kind and event.state is state)

    def overall(self) -> Overall:
        """Return how far the run is."""
        events = [self._events[job_id] for job_id in self._run if job_id in self._events]
        if not events:
            return Overall()
        ended = [event for event in events if event.final]
        share = sum(map(_part, events)) / len(events)
        running = len(ended) < len(events)
        failed = any(event.state is JobState.FAILED for event in events)
        cancelled = any(event.state is JobState.CANCELLED for event in events)
        role = "Danger" if failed else "" if running or cancelled else "Success"
        if cancelled and not running:  # no longer on its way to the end, so not full
            share = sum((event.share or 0.0) if event.state is JobState.CANCELLED else 1.0 for event in events)
            share /= len(events)
        begun = min((event.started_s for event in events if event.started_s is not None), default=self._now_s())
        last = self._now_s() if running else max(event.ended_s or begun for event in events)
        words = f"{number(len(ended))} / {number(len(events))} · {duration(last - begun)}"
        if running and share > STARTED_SHARE and last - begun >= 1:
            longest = max((event.left_s or 0.0 for event in events if not event.final), default=0.0)
            left_s = max((last - begun) * (1 - share) / share, longest)  # jobs know of waits that have just begun
            words += " · " + _("{time} left").format(time=duration(left_s))
        return Overall(share, words, role, running)

    def summary(self) -> str:
        """Return how the run ended, in a line."""
        events = [self._events[job_id] for job_id in self._run if job_id in self._events]
        count = {state: sum(event.state is state for event in events) for state in JobState}
        words = [counted("{n} job done", "{n} jobs done", count[JobState.DONE])]
        if count[JobState.FAILED]:
            failed = count[JobState.FAILED]
            words.append(counted("{n} failed", "{n} failed", failed))
        if count[JobState.CANCELLED]:
            cancelled = count[JobState.CANCELLED]
            words.append(counted("{n} cancelled", "{n} cancelled", cancelled))
        return " · ".join(words)


def _part(event: JobEvent) -> float:
    if event.final:
        return 1.0
    return max(event.share or 0.0, STARTED_SHARE) if event.state is JobState.RUNNING else 0.0
