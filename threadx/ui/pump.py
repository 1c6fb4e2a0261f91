"""The pump: the one way from worker threads to the window.

Workers put frozen events into the bridge's queue; every 50 ms Tk's thread takes what is there (at most 10 ms or 2,000
events, so that typing never stutters) and hands it on. Of a job only the newest event counts. Each handler is guarded:
its error is reported and the next one runs. The pump is re-armed in `finally`, because a poller that re-arms itself
on its last line stops for good at the first error.
"""

from __future__ import annotations

import logging
import queue
import time
import tkinter as tk
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from threadx.bridge.events import Answer, JobEvent, LogLine
from threadx.errors import ThreadXError
from threadx.progress import Progress

__all__ = ["Asking", "Fault", "Pump"]

PERIOD_MS = 50
MAX_S = 0.010
MAX_EVENTS = 2_000

Result = TypeVar("Result")
Event = TypeVar("Event", bound="JobEvent | LogLine")
Failed = Callable[[ThreadXError], None]
Report = Callable[[BaseException], None]

log = logging.getLogger(__name__)


class Asking(Protocol):
    """What the pump needs of the bridge."""

    @property
    def events(self) -> queue.SimpleQueue[Any]:
        """Where workers put their events."""

    def ask(self, function: Callable[[Progress], Result], /) -> int:
        """Run `function` on a worker thread; its `Answer` comes through `events`. Returns the request's id."""

    def drop(self, request_id: int, /) -> None:
        """Say that an answer is not wanted any more; cancels the work where that is possible."""


@dataclass(frozen=True, slots=True)
class Fault:
    """An error of ThreadX that a worker thread ended with, on its way to the screen."""

    error: BaseException
    """A KeyboardInterrupt is a wish to close: a signal came."""


@dataclass(frozen=True, slots=True)
class _Request:
    then: Callable[[Any], None]
    failed: Failed | None
    owner: tk.Misc | None


@dataclass(frozen=True, slots=True, eq=False)
class _Handler:
    call: Callable[[Sequence[Any]], None]
    owner: tk.Misc | None


class Pump:
    """Drains the bridge's queue on Tk's thread. Every method: Tk thread only."""

    def __init__(
        self,
        root: tk.Misc,
        bridge: Asking,
        *,
        report: Report,
        on_failure: Failed,
        hold: bool = False,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Make a pump that stands still until `start`.

        `report` gets what a handler raised (our bug); `on_failure` gets the failure of a question that brought no
        `failed` of its own. With `hold` questions wait for `release`: the first one loads the engine, and that would
        compete with the window for the processor. `clock` gives seconds, for the limit of one turn.
        """
        self._clock = clock
        self._root = root
        self._bridge = bridge
        self._report = report
        self._on_failure = on_failure
        self._requests: dict[int, _Request] = {}
        self._handlers: dict[type, list[_Handler]] = {JobEvent: [], LogLine: []}
        self._after: str | None = None
        self._held: dict[int, Callable[[Progress], Any]] | None = {} if hold else None
        self._released: dict[int, int] = {}
        self._holds = 0

    def release(self) -> None:
        """Ask what was held back, in order, and hold nothing from now on."""
        held, self._held = self._held or {}, None
        for mine, function in held.items():
            self._released[mine] = request = self._bridge.ask(function)
            self._requests[request] = self._requests.pop(mine)

    def start(self) -> None:
        """Begin to drain."""
        if self._after is None:
            self._after = self._root.after(PERIOD_MS, self._turn)

    def stop(self) -> None:
        """Drain no more. What is in the queue stays there."""
        if self._after is not None:
            self._root.after_cancel(self._after)
            self._after = None

    def ask(
        self,
        function: Callable[[Progress], Result],
        then: Callable[[Result], None],
        failed: Failed | None = None,
        *,
        owner: tk.Misc | None = None,
    ) -> int:
        """Run `function` on a worker thread and call `then` with what it returns, on Tk's thread.

        A failure goes to `failed`, or to the status bar where none is given. With an owner (taken from `then` where
        that is a method of a widget) the answer is dropped once that widget is destroyed. Returns the request's id.
        """
        if self._held is None:
            request = self._bridge.ask(function)
        else:
            self._holds += 1
            request = -self._holds  # the bridge's own are positive
            self._held[request] = function
        self._requests[request] = _Request(then, failed, owner if owner is not None else _owner_of(then))
        return request

    def forget(self, request: int) -> None:
        """Drop the answer of a question that no longer matters, a newer one was asked; its work is cancelled."""
        known = self._released.get(request, request)
        if self._requests.pop(known, None) is None:
            return
        if self._held is not None:
            self._held.pop(known, None)
        else:
            self._bridge.drop(known)

    def on_jobs(
        self, handler: Callable[[Sequence[JobEvent]], None], *, owner: tk.Misc | None = None
    ) -> Callable[[], None]:
        """Call `handler` with the newest event of each job that moved, once a turn; return what ends that.

        With an owner (taken from a widget's method) it ends when that widget is destroyed.
        """
        return self._add(JobEvent, handler, owner)

    def on_logs(
        self, handler: Callable[[Sequence[LogLine]], None], *, owner: tk.Misc | None = None
    ) -> Callable[[], None]:
        """Call `handler` with all new lines of the log, once a turn; return what ends that. Owner as in `on_jobs`."""
        return self._add(LogLine, handler, owner)

    def _add(self, kind: type, call: Callable[[Sequence[Any]], None], owner: tk.Misc | None) -> Callable[[], None]:
        handler = _Handler(call, owner if owner is not None else _owner_of(call))
        self._handlers[kind].append(handler)

        def end() -> None:
            if handler in self._handlers[kind]:
                self._handlers[kind].remove(handler)

        return end

    def _turn(self) -> None:
        self._after = None
        try:
            self.drain()
        finally:
            self._after = self._root.after(PERIOD_MS, self._turn)

    def drain(self) -> int:
        """Hand on what is in the queue, within the limits of one turn; return how many events were taken."""
        jobs: dict[int, JobEvent] = {}
        lines: list[LogLine] = []
        answers: list[Answer] = []
        taken = self._take(jobs, lines, answers)
        for answer in answers:
            self._guarded(self._deliver, answer)
        if jobs:
            self._spread(JobEvent, tuple(jobs.values()))
        if lines:
            self._spread(LogLine, tuple(lines))
        return taken

    def _take(self, jobs: dict[int, JobEvent], lines: list[LogLine], answers: list[Answer]) -> int:
        events, until = self._bridge.events, self._clock() + MAX_S
        for taken in range(MAX_EVENTS):
            try:
                event = events.get_nowait()
            except queue.Empty:
                return taken
            if isinstance(event, JobEvent):
                jobs[event.job_id] = event
            elif isinstance(event, LogLine):
                lines.append(event)
            elif isinstance(event, Answer):
                answers.append(event)
            elif isinstance(event, Fault):
                self._report(event.error)
            else:
                log.error("an event of an unknown kind: %r", event)
            if self._clock() > until:
                return taken + 1
        return MAX_EVENTS

    def _deliver(self, answer: Answer) -> None:
        request = self._requests.pop(answer.request_id, None)
        if request is None:
            answer.deliver()  # asked through the bridge itself, or forgotten: then it carries nothing to call
        elif not answer.dropped and _alive(request.owner):
            if answer.failure is None:
                request.then(answer.value)
            else:
                (request.failed if request.failed is not None else self._on_failure)(answer.failure)

    def _spread(self, kind: type, batch: Sequence[Any]) -> None:
        for handler in tuple(self._handlers[kind]):
            if _alive(handler.owner):
                self._guarded(handler.call, batch)
            elif handler in self._handlers[kind]:
                self._handlers[kind].remove(handler)

    def _guarded(self, call: Callable[[Any], None], argument: object) -> None:
        try:
            call(argument)
        except Exception as error:  # noqa: BLE001 - a Tk callback ends here; the others must still be served
            self._report(error)


def _owner_of(call: Callable[..., None]) -> tk.Misc | None:
    owner = getattr(call, "__self__", None)
    return owner if isinstance(owner, tk.Misc) else None


def _alive(owner: tk.Misc | None) -> bool:
    """Return whether a widget has not been destroyed; asks tkinter's own books, because asking Tk costs a turn."""
    if owner is None:
        return True
    try:
        return owner.nametowidget(str(owner)) is owner
    except KeyError:
        return False
