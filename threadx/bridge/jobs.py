"""Jobs: worker threads, queues, cancel, and exactly one final event for each job.

Every verb returns at once; the threads are those of two crews. `emit` is called on any thread, under a lock: it must be
quick, must not raise and must not call back into `Jobs` (a `SimpleQueue.put` is what is meant).
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from threadx.bridge.crew import Crew
from threadx.bridge.events import JobEvent, JobSpec, JobState, Lane
from threadx.bridge.meter import Meter
from threadx.errors import JobCancelled, ThreadXError
from threadx.progress import Progress, ProgressEvent

__all__ = ["BANK_WORKERS", "Jobs", "PartlyDoneError", "Work", "as_failure", "job_of_this_thread"]

log = logging.getLogger(__name__)

Work = Callable[[Progress], object]
"""What a job does; runs on a worker thread, reports to the progress and is cancelled through it."""

EMIT_EVERY_S = 0.1
"""Reports of one job in between only move its newest counts."""
BANK_WORKERS = 2

_Outcome = tuple[JobState, ThreadXError | None, object]
"""How a job ended, what went wrong, what came of it."""

_this_thread = threading.local()


def job_of_this_thread() -> tuple[int, str] | None:
    """Return (job id, subject) where a job's own thread asks, else None."""
    found: tuple[int, str] | None = getattr(_this_thread, "job", None)
    return found


class PartlyDoneError(Exception):
    """Raised by work that failed but has something to tell: the job fails with both."""

    def __init__(self, failure: ThreadXError, result: object) -> None:
        super().__init__(failure.message)
        self.failure = failure
        self.result = result


@dataclass(slots=True)
class _Job:
    """A job's memory; changed under the lock of `Jobs` only."""

    event: JobEvent
    work: Work
    progress: Progress = field(default_factory=Progress)
    meter: Meter = field(default_factory=Meter)
    emitted_s: float = 0.0


class Jobs:
    """The jobs of one bridge. Any thread may call any method; none of them blocks."""

    def __init__(
        self,
        workers: int,
        emit: Callable[[JobEvent], None],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start nothing yet.

        Args:
            workers: jobs of the exchange lane at once.
            emit: takes every event; see the module's docstring.
            clock: monotonic seconds.
        """
        self._emit = emit
        self._clock = clock
        self._lock = threading.Lock()
        self._jobs: dict[int, _Job] = {}
        self._queued: dict[Lane, dict[int, None]] = {lane: {} for lane in Lane}
        self._crews = {Lane.EXCHANGE: Crew("download", workers), Lane.BANK: Crew("bank", BANK_WORKERS)}
        self._ids = itertools.count(1)
        self._closed = False

    # -- verbs ----------------------------------------------------------------------------------------------------

    def submit(self, spec: JobSpec, work: Work, *, retry_of: int | None = None) -> int:
        """Queue `work` and return the job's id at once; its QUEUED event is out by then.

        After `close` the job is cancelled on the spot, with its events.
        """
        with self._lock:
            lane, job_id = spec.kind.lane, next(self._ids)
            queue = self._queued[lane]
            queue[job_id] = None
            event = JobEvent(
                job_id,
                spec,
                JobState.QUEUED,
                position=len(queue),
                retry_of=retry_of,
                created_s=self._clock(),
            )
            job = self._jobs[job_id] = _Job(event, work)
            self._emit(event)
            if self._closed:
                self._end(job, JobState.CANCELLED)
                return job_id
        self._crews[lane].add(partial(self._run, job_id))
        return job_id

    def cancel(self, job_id: int) -> bool:
        """Ask a job to stop; return whether it had not ended. A queued job is CANCELLED when this returns."""
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or job.event.final:
                return False
            if job.event.state is JobState.QUEUED:
                self._end(job, JobState.CANCELLED)
                return True
            self._tell(job, cancelling=True)
            progress = job.progress
        progress.cancel()  # outside the lock: it calls what the engine registered
        return True

    def cancel_all(self) -> None:
        """Ask every job to stop; the queued ones first, so that none begins meanwhile."""
        for state in (JobState.QUEUED, JobState.RUNNING):
            for event in self.snapshot():
                if event.state is state:
                    self.cancel(event.job_id)

    def retry(self, job_id: int) -> int:
        """Queue the work of a failed or cancelled job again; return the new job's id.

        Raises:
            ValueError: there is no such job, or it neither failed nor was cancelled.
        """
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or job.event.state not in (JobState.FAILED, JobState.CANCELLED):
                raise ValueError(f"job {job_id} cannot be tried again: {job and job.event.state}")
            spec, work = job.event.spec, job.work
        return self.submit(spec, work, retry_of=job_id)

    def retry_failed(self) -> list[int]:
        """Queue every failed job again that was not tried again yet; return the new ids."""
        events = self.snapshot()
        tried = {event.retry_of for event in events}
        return [
            self.retry(event.job_id) for event in events if event.state is JobState.FAILED and event.job_id not in tried
        ]

    def set_workers(self, workers: int) -> None:
        """Change how many jobs ask the exchange at once; running ones go on.

        Raises:
            ValueError: `workers` is below 1.
        """
        if workers < 1:
            raise ValueError(f"at least one worker: {workers}")
        self._crews[Lane.EXCHANGE].set_limit(workers)

    def clear_ended(self) -> None:
        """Forget the jobs that have ended; they cannot be retried any more."""
        with self._lock:
            self._jobs = {job_id: job for job_id, job in self._jobs.items() if not job.event.final}

    def close(self) -> None:
        """Take no job any more and cancel all; never waits. `ended` tells when the threads are gone."""
        with self._lock:
            self._closed = True
        self.cancel_all()
        for crew in self._crews.values():
            crew.end()

    # -- looking --------------------------------------------------------------------------------------------------

    def order(self) -> tuple[int, ...]:
        """Return the ids of the queued jobs in the order in which they will begin, the exchange's first."""
        with self._lock:
            return tuple(job_id for lane in Lane for job_id in self._queued[lane])

    def event(self, job_id: int) -> JobEvent | None:
        """Return how a job stands now; None for one that never was or was cleared."""
        with self._lock:
            job = self._jobs.get(job_id)
            return None if job is None else job.event

    def snapshot(self) -> list[JobEvent]:
        """Return how every job stands now, in order of id: what a table that is drawn anew begins with."""
        with self._lock:
            return [job.event for job in self._jobs.values()]

    def unfinished(self) -> list[JobSpec]:
        """Return what is queued or running, in order of id."""
        return [event.spec for event in self.snapshot() if not event.final]

    @property
    def busy(self) -> bool:
        """Whether any job is queued or running."""
        with self._lock:
            return any(not job.event.final for job in self._jobs.values())

    def ended(self, timeout_s: float = 0.0) -> bool:
        """Return whether no thread of ours is left, after waiting up to `timeout_s` a crew. On Tk's thread: 0 only."""
        return all(crew.ended(timeout_s) for crew in self._crews.values())

    # -- on a worker thread ---------------------------------------------------------------------------------------

    def _run(self, job_id: int) -> None:
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or job.event.state is not JobState.QUEUED:
                return  # cancelled while it waited
            self._queued[job.event.spec.kind.lane].pop(job_id, None)
            self._tell(job, state=JobState.RUNNING, position=0, started_s=self._clock())
            job.progress = Progress(partial(self._heard, job))
        _this_thread.job = (job_id, job.event.spec.subject)
        outcome: _Outcome = (JobState.FAILED, as_failure(RuntimeError("its thread was ended")), None)
        try:
            outcome = self._outcome(job)
        finally:  # whatever ended the thread: a job has a final event
            _this_thread.job = None
            with self._lock:
                self._end(job, outcome[0], failure=without_traceback(outcome[1]), result=outcome[2])

    def _outcome(self, job: _Job) -> _Outcome:
        """Do the work; return how it ended, what went wrong and what came of it."""
        spec, job_id = job.event.spec, job.event.job_id
        failure: ThreadXError
        result: object = None
        try:
            return JobState.DONE, None, job.work(job.progress)
        except JobCancelled:
            return JobState.CANCELLED, None, None
        except PartlyDoneError as partly:
            failure, result = partly.failure, partly.result
        except ThreadXError as error:
            failure = error
        except Exception as error:  # a worker thread ends here: our own fault must not take the other jobs along
            log.exception("job %s (%s %s): a fault of ThreadX itself", job_id, spec.kind, spec.subject)
            return JobState.FAILED, as_failure(error), None
        if job.progress.cancelled:  # a cut connection is how a cancelled call may end
            log.info("job %s (%s %s): stopped: %s", job_id, spec.kind, spec.subject, failure)
            return JobState.CANCELLED, None, result
        return JobState.FAILED, failure, result

    def _heard(self, job: _Job, report: ProgressEvent) -> None:
        """Take a report of the work; runs on whatever thread of the engine made it."""
        now_s = self._clock()
        with self._lock:
            if job.event.final:
                return
            changed: dict[str, Any] = {"waiting": report.waiting}
            if report.weight_used is not None:
                changed["weight_used"] = report.weight_used
            counts = report.unit == unit if (unit := job.event.spec.unit) else bool(report.total)
            if counts and (report.total or report.done):  # a wait carries no counts
                job.meter.add(now_s, report.done)
                changed |= {"done": report.done, "total": report.total, "unit": report.unit}
            if report.wait_s > 0:
                job.meter.wait(now_s, report.wait_s)
            total = changed.get("total", job.event.total)
            changed |= {"per_second": job.meter.per_second(now_s), "left_s": job.meter.left_s(now_s, total)}
            changed |= {"step": report.step} if report.step else {}
            turned = report.waiting != job.event.waiting or report.step not in ("", job.event.step)
            job.event = replace(job.event, **changed)
            if turned or now_s - job.emitted_s >= EMIT_EVERY_S:
                job.emitted_s = now_s
                self._emit(job.event)

    # -- under the lock -------------------------------------------------------------------------------------------

    def _tell(self, job: _Job, **changed: Any) -> None:  # noqa: ANN401 - the fields of JobEvent, by name
        job.event = replace(job.event, **changed)
        self._emit(job.event)

    def _end(self, job: _Job, state: JobState, **changed: Any) -> None:  # noqa: ANN401 - the fields of JobEvent
        now_s = self._clock()
        self._queued[job.event.spec.kind.lane].pop(job.event.job_id, None)
        if state is JobState.DONE:
            job.progress = Progress()  # lets go of what the work registered
        average = job.meter.average(now_s)
        self._tell(
            job,
            state=state,
            position=0,
            waiting="",
            cancelling=False,
            left_s=None,
            per_second=average,
            ended_s=now_s,
            **changed,
        )


def as_failure(error: Exception) -> ThreadXError:
    """Return what people are told of a fault of ThreadX itself; its traceback is in the log."""
    return ThreadXError(
        "unexpected error: {kind}: {error}",
        hint="this is a fault of ThreadX; the log file has the details",
        kind=type(error).__name__,
        error=str(error),
    )


def without_traceback(failure: ThreadXError | None) -> ThreadXError | None:
    """Return `failure` without the frames it came through: they would keep a job's bars alive."""
    error: BaseException | None = failure
    while error is not None:
        error.__traceback__ = None
        error = error.__cause__ or error.__context__
    return failure
