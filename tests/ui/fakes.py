"""Stand-ins for the bridge, for tests of the window itself."""

from __future__ import annotations

from queue import SimpleQueue

from threadx.bridge.events import Answer, JobEvent, JobKind, JobSpec, JobState
from threadx.bridge.reads import Status
from threadx.errors import ThreadXError
from threadx.progress import Progress


class QuietJobs:
    """Jobs that exist only as events."""

    def __init__(self) -> None:
        self.events: list[JobEvent] = []
        self.cancelled = 0

    @property
    def busy(self) -> bool:
        return any(not event.final for event in self.events)

    def snapshot(self) -> list[JobEvent]:
        return list(self.events)

    def cancel_all(self) -> None:
        self.cancelled += 1

    def running(self, count: int) -> None:
        """Have `count` jobs that run."""
        self.events = [job_event(number, JobState.RUNNING) for number in range(1, count + 1)]


class QuietBridge:
    """A bridge without threads: questions are answered on the spot, into the queue."""

    def __init__(self, settings) -> None:
        self.settings = settings
        self.events: SimpleQueue = SimpleQueue()
        self.jobs = QuietJobs()
        self.closed = False
        self.threads_end = True
        self.state = Status("demo", "127.0.0.1", None, None)
        self._next = 0

    def ask(self, function) -> int:
        self._next += 1
        try:
            answer = Answer(self._next, function(Progress()))
        except ThreadXError as failure:
            answer = Answer(self._next, failure=failure)
        self.events.put(answer)
        return self._next

    def drop(self, request_id: int) -> None:
        """Nothing is under way."""

    def warm_up(self) -> int:
        return self.ask(lambda _progress: True)

    def inventory(self, progress: Progress) -> list:
        return []

    def unfinished(self) -> list:
        return []

    def status(self) -> Status:
        return self.state

    def diagnostics(self) -> str:
        return "ThreadX: a test"

    def close(self) -> None:
        self.closed = True

    def ended(self, timeout_s: float = 0.0) -> bool:
        return self.threads_end


def job_event(job_id: int, state: JobState, **fields) -> JobEvent:
    """Return an event of a download of BTCUSDC."""
    return JobEvent(job_id, JobSpec(JobKind.DOWNLOAD, "BTCUSDC"), state, **fields)
