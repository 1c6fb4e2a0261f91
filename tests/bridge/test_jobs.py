"""Jobs: one final event in every ending, an order, a cancel that is heard, and no thread when all is done."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from pathlib import Path
from queue import SimpleQueue

import pytest

from tests.patience import PATIENCE_S, SOON_S, comes_true
from threadx.bridge.events import JobEvent, JobKind, JobSpec, JobState
from threadx.bridge.jobs import Jobs, PartlyDoneError, job_of_this_thread
from threadx.errors import DataError, JobCancelled, SourceUnavailableError, ThreadXError
from threadx.progress import Progress, ProgressEvent

DOWNLOAD = JobSpec(JobKind.DOWNLOAD, "BTCUSDC")
VERIFY = JobSpec(JobKind.VERIFY)


class Desk:
    """Jobs and all the events they sent."""

    def __init__(self, workers: int = 2) -> None:
        self.queue: SimpleQueue[JobEvent] = SimpleQueue()
        self.events: list[JobEvent] = []
        self.jobs = Jobs(workers, self.queue.put)

    def of(self, job_id: int) -> list[JobEvent]:
        while not self.queue.empty():
            self.events.append(self.queue.get())
        return [event for event in self.events if event.job_id == job_id]

    def end_of(self, job_id: int) -> JobEvent:
        self.until(lambda: self.of(job_id) and self.of(job_id)[-1].final)
        return self.of(job_id)[-1]

    def until(self, condition: Callable[[], object]) -> None:
        assert comes_true(condition), "waited in vain"

    def states(self, job_id: int) -> list[JobState]:
        return [event.state for event in self.of(job_id)]


@pytest.fixture
def desk():
    made = Desk()
    yield made
    made.jobs.close()
    assert made.jobs.ended(PATIENCE_S)


class Gate:
    """Work that waits until it is let through, or cancelled."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.open = threading.Event()

    def __call__(self, progress: Progress) -> str:
        self.begun.set()
        while not self.open.is_set():
            progress.wait(0.005)
        return "through"


def fail(_progress: Progress) -> None:
    raise SourceUnavailableError("{host}: no answer", hint="try later", host="there")


def be_wrong(_progress: Progress) -> None:
    raise ZeroDivisionError("our own")


def give_up(_progress: Progress) -> None:
    raise JobCancelled


def do_half(_progress: Progress) -> None:
    raise PartlyDoneError(DataError("half"), result=50)


def leave(_progress: Progress) -> None:
    raise SystemExit


@pytest.mark.parametrize(
    ("work", "state"),
    [
        (lambda _progress: 7, JobState.DONE),
        (fail, JobState.FAILED),
        (do_half, JobState.FAILED),
        (give_up, JobState.CANCELLED),
    ],
)
def test_every_ending_is_one_final_event(desk, work, state):
    job_id = desk.jobs.submit(DOWNLOAD, work)
    end = desk.end_of(job_id)
    assert desk.jobs.ended(PATIENCE_S)
    assert desk.states(job_id) == [JobState.QUEUED, JobState.RUNNING, state]
    assert end == desk.jobs.event(job_id)
    assert (end.failure is not None) == (state is JobState.FAILED)


def test_a_fault_of_ours_is_logged_and_ends_the_job_with_the_way_to_the_log(desk, caplog):
    end = desk.end_of(desk.jobs.submit(DOWNLOAD, be_wrong))
    assert end.state is JobState.FAILED
    assert "ZeroDivisionError: our own" in end.error
    assert "log" in end.hint
    assert len(caplog.records) == 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_even_a_thread_that_is_ended_by_force_leaves_a_final_event_and_the_others_working(desk):
    job_id = desk.jobs.submit(DOWNLOAD, leave)
    assert desk.end_of(job_id).state is JobState.FAILED
    assert desk.end_of(desk.jobs.submit(DOWNLOAD, lambda _progress: None)).state is JobState.DONE
    assert desk.states(job_id).count(JobState.FAILED) == 1


def test_what_a_failed_job_had_done_comes_with_its_failure(desk):
    end = desk.end_of(desk.jobs.submit(DOWNLOAD, do_half))
    assert (end.error, end.result) == ("half", 50)


def test_the_state_is_known_before_any_thread_begins():
    queue: SimpleQueue[JobEvent] = SimpleQueue()
    jobs = Jobs(1, queue.put)
    gate = Gate()
    first, second = jobs.submit(DOWNLOAD, gate), jobs.submit(DOWNLOAD, gate)
    assert queue.get(timeout=0).state is JobState.QUEUED
    assert jobs.event(first).state in (JobState.QUEUED, JobState.RUNNING)
    assert jobs.event(second).state is JobState.QUEUED
    assert jobs.busy
    gate.open.set()
    assert jobs.ended(PATIENCE_S)


def test_events_are_frozen(desk):
    end = desk.end_of(desk.jobs.submit(DOWNLOAD, lambda _progress: None))
    with pytest.raises(FrozenInstanceError):
        end.state = JobState.QUEUED
    with pytest.raises(FrozenInstanceError):
        end.spec.subject = "ETHUSDC"


def test_queued_jobs_begin_in_the_order_that_is_shown():
    desk = Desk(workers=1)
    gate, begun = Gate(), []
    first = desk.jobs.submit(DOWNLOAD, gate)
    later = [desk.jobs.submit(DOWNLOAD, lambda _progress, n=n: begun.append(n)) for n in range(5)]
    assert gate.begun.wait(PATIENCE_S)
    assert desk.jobs.order() == tuple(later)
    assert [desk.of(job_id)[0].position for job_id in later][-1] in (5, 6)  # 6: the first had not begun yet
    gate.open.set()
    assert desk.end_of(later[-1]).position == 0
    assert desk.jobs.ended(PATIENCE_S)
    assert (begun, desk.jobs.order()) == ([0, 1, 2, 3, 4], ())
    assert desk.end_of(first).result == "through"


def test_work_on_the_bank_does_not_wait_behind_downloads():
    desk = Desk(workers=1)
    gate = Gate()
    for _ in range(3):
        desk.jobs.submit(DOWNLOAD, gate)
    assert desk.end_of(desk.jobs.submit(VERIFY, lambda _progress: "ok")).result == "ok"
    gate.open.set()
    assert desk.jobs.ended(PATIENCE_S)


def test_no_more_jobs_run_at_once_than_there_are_workers(desk):
    lock, now, most = threading.Lock(), 0, 0
    two = threading.Barrier(2)  # nobody goes on alone

    def work(progress):
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        two.wait(PATIENCE_S)
        with lock:
            now -= 1

    ids = [desk.jobs.submit(DOWNLOAD, work) for _ in range(12)]
    for job_id in ids:
        desk.end_of(job_id)
    assert most == 2


def test_more_workers_take_waiting_jobs_at_once(desk):
    gate = Gate()
    ids = [desk.jobs.submit(DOWNLOAD, gate) for _ in range(4)]
    desk.jobs.set_workers(4)
    desk.until(lambda: all(desk.jobs.event(job_id).state is JobState.RUNNING for job_id in ids))
    desk.jobs.set_workers(1)
    gate.open.set()
    assert [desk.end_of(job_id).state for job_id in ids] == [JobState.DONE] * 4
    with pytest.raises(ValueError, match="at least one"):
        desk.jobs.set_workers(0)


def test_a_failure_stops_no_other_job(desk, caplog):
    works = [fail, lambda _progress: 1, be_wrong, lambda _progress: 2]
    ends = [desk.end_of(job_id) for job_id in [desk.jobs.submit(DOWNLOAD, work) for work in works]]
    assert [end.state for end in ends] == [JobState.FAILED, JobState.DONE, JobState.FAILED, JobState.DONE]


# -- cancel ----------------------------------------------------------------------------------------------------------


def test_a_queued_job_is_cancelled_at_once_and_never_runs():
    desk = Desk(workers=1)
    gate, ran = Gate(), []
    desk.jobs.submit(DOWNLOAD, gate)
    waiting = desk.jobs.submit(DOWNLOAD, lambda _progress: ran.append(1))
    assert desk.jobs.cancel(waiting)
    assert desk.states(waiting) == [JobState.QUEUED, JobState.CANCELLED]
    gate.open.set()
    assert desk.jobs.ended(PATIENCE_S)
    assert (ran, desk.states(waiting)) == ([], [JobState.QUEUED, JobState.CANCELLED])


def test_a_running_job_says_that_it_is_being_cancelled_and_then_that_it_was(desk):
    gate = Gate()
    job_id = desk.jobs.submit(DOWNLOAD, gate)
    assert gate.begun.wait(PATIENCE_S)
    assert desk.jobs.cancel(job_id)
    end = desk.end_of(job_id)
    assert (end.state, end.cancelling, end.failure) == (JobState.CANCELLED, False, None)
    assert [event.cancelling for event in desk.of(job_id)] == [False, False, True, False]


def test_an_expected_error_of_a_cancelled_job_is_its_cancel(desk):
    """Seen with connections: cancel cuts them, and the read that was at work fails."""
    gate = Gate()

    def cut(progress):
        try:
            gate(progress)
        except JobCancelled:
            fail(progress)

    job_id = desk.jobs.submit(DOWNLOAD, cut)
    assert gate.begun.wait(PATIENCE_S)
    desk.jobs.cancel(job_id)
    assert desk.end_of(job_id).state is JobState.CANCELLED


def test_cancel_of_what_has_ended_or_never_was_says_no(desk):
    job_id = desk.jobs.submit(DOWNLOAD, lambda _progress: None)
    desk.end_of(job_id)
    assert not desk.jobs.cancel(job_id)
    assert not desk.jobs.cancel(99)
    assert desk.states(job_id).count(JobState.DONE) == 1


def test_cancel_all_lets_nothing_begin_any_more():
    desk = Desk(workers=2)
    gate = Gate()
    ids = [desk.jobs.submit(DOWNLOAD, gate) for _ in range(20)]
    assert gate.begun.wait(PATIENCE_S)
    desk.jobs.cancel_all()
    ends = [desk.end_of(job_id) for job_id in ids]
    assert {end.state for end in ends} == {JobState.CANCELLED}
    assert sum(end.started_s is not None for end in ends) <= 2
    assert desk.jobs.ended(PATIENCE_S)


def test_every_job_ends_once_while_many_threads_cancel_it():
    desk = Desk(workers=4)
    ids = [desk.jobs.submit(DOWNLOAD, lambda progress: progress.wait(0.001)) for _ in range(60)]
    threads = [
        threading.Thread(target=lambda: [desk.jobs.cancel(job_id) for job_id in reversed(ids)]) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert desk.jobs.ended(PATIENCE_S)
    assert [sum(state.final for state in desk.states(job_id)) for job_id in ids] == [1] * 60
    assert all(desk.of(job_id)[-1].final for job_id in ids)


# -- retry -----------------------------------------------------------------------------------------------------------


def test_a_failed_job_is_tried_again_as_a_new_job(desk):
    attempts = []

    def work(_progress):
        attempts.append(1)
        if len(attempts) == 1:
            raise DataError("not yet")
        return "now"

    first = desk.jobs.submit(DOWNLOAD, work)
    desk.end_of(first)
    second = desk.jobs.retry(first)
    end = desk.end_of(second)
    assert (end.result, end.retry_of, end.spec) == ("now", first, DOWNLOAD)
    assert desk.of(first)[-1].state is JobState.FAILED


def test_retry_failed_takes_each_failure_once(desk):
    good = desk.jobs.submit(DOWNLOAD, lambda _progress: None)
    bad = [desk.jobs.submit(DOWNLOAD, fail) for _ in range(3)]
    for job_id in [good, *bad]:
        desk.end_of(job_id)
    again = desk.jobs.retry_failed()
    assert [desk.end_of(job_id).retry_of for job_id in again] == bad
    assert len(desk.jobs.retry_failed()) == 3  # those of the second attempt, not the first ones once more


def test_what_did_not_fail_cannot_be_tried_again(desk):
    job_id = desk.jobs.submit(DOWNLOAD, lambda _progress: None)
    desk.end_of(job_id)
    for impossible in (job_id, 99):
        with pytest.raises(ValueError, match="cannot be tried again"):
            desk.jobs.retry(impossible)


# -- progress --------------------------------------------------------------------------------------------------------


def test_counts_of_the_jobs_unit_are_kept_and_others_only_show_life(desk):
    def work(progress):
        progress.report(10, 100, "bars", weight_used=4)
        progress.report(1, 3, "partitions")
        progress.report(0, 0, "requests", waiting="waiting 12 s, the server asked", weight_used=9)

    job_id = desk.jobs.submit(DOWNLOAD, work)
    end = desk.end_of(job_id)
    assert (end.done, end.total, end.unit, end.weight_used, end.waiting) == (10, 100, "bars", 9, "")
    assert "waiting 12 s, the server asked" in [event.waiting for event in desk.of(job_id)]


def test_an_event_names_the_step_that_was_reported_last(desk):
    def work(progress):
        progress.pass_on(ProgressEvent("", 2, 100, "percent", step="download"))
        progress.pass_on(ProgressEvent("", 80, 100, "percent", step="verify"))
        progress.pass_on(ProgressEvent("BTCUSDC", 1, 2, "files"))

    job_id = desk.jobs.submit(JobSpec(JobKind.PIPELINE), work)
    assert desk.end_of(job_id).step == "verify"
    assert [event.step for event in desk.of(job_id)] == ["", "", "download", "verify", "verify"]


def test_the_time_left_counts_a_wait_in():
    events: SimpleQueue[JobEvent] = SimpleQueue()
    seconds = iter([0.0, 0.0, 1.0, 2.0, 2.0, 2.0])
    jobs = Jobs(1, events.put, clock=lambda: next(seconds))

    def work(progress):
        progress.report(0, 300, "bars")
        progress.report(100, 300, "bars")
        progress.report(0, 0, "requests", waiting="waiting 12 s, the server asked", wait_s=12.0)

    jobs.submit(DOWNLOAD, work)
    told = iter(lambda: events.get(timeout=PATIENCE_S), None)
    assert next(event.left_s for event in told if event.waiting) == 14.0
    assert next(event.state for event in told if event.final) is JobState.DONE
    jobs.close()
    assert jobs.ended(PATIENCE_S)


def test_a_job_without_a_unit_of_its_own_takes_what_is_reported(desk):
    spec = JobSpec(JobKind.EXPORT)
    end = desk.end_of(desk.jobs.submit(spec, lambda progress: progress.report(3, 4, "rows")))
    assert (end.done, end.total, end.unit) == (3, 4, "rows")


def test_ten_thousand_reports_are_few_events(desk):
    def work(progress):
        for done in range(10_000):
            progress.report(done, 10_000, "bars")

    job_id = desk.jobs.submit(DOWNLOAD, work)
    end = desk.end_of(job_id)
    took_s = end.ended_s - end.started_s
    assert len(desk.of(job_id)) <= 5 + took_s / 0.1
    assert end.done == 9_999


def test_reports_after_the_end_are_not_heard(desk):
    kept = []
    job_id = desk.jobs.submit(DOWNLOAD, kept.append)
    desk.end_of(job_id)
    kept[0].report(1, 2, "bars")
    assert desk.of(job_id)[-1].final


def test_a_job_knows_its_thread_and_its_times(desk):
    seen = []
    job_id = desk.jobs.submit(DOWNLOAD, lambda _progress: seen.append(job_of_this_thread()))
    end = desk.end_of(job_id)
    assert seen == [(job_id, "BTCUSDC")]
    assert job_of_this_thread() is None
    assert end.created_s <= end.started_s <= end.ended_s


# -- close -----------------------------------------------------------------------------------------------------------


def test_close_never_blocks_though_work_does_not_listen():
    desk = Desk()
    begun, stubborn = threading.Event(), threading.Event()

    def deaf(_progress):
        begun.set()
        stubborn.wait(PATIENCE_S)

    desk.jobs.submit(DOWNLOAD, deaf)
    assert begun.wait(PATIENCE_S)
    before_s = time.monotonic()
    desk.jobs.close()
    assert not desk.jobs.ended(0)
    assert time.monotonic() - before_s < SOON_S
    stubborn.set()
    assert desk.jobs.ended(PATIENCE_S)


def test_a_job_after_the_close_is_cancelled_on_the_spot(desk):
    desk.jobs.close()
    job_id = desk.jobs.submit(DOWNLOAD, lambda _progress: None)
    assert desk.states(job_id) == [JobState.QUEUED, JobState.CANCELLED]


def test_ended_jobs_can_be_forgotten(desk):
    gate = Gate()
    running = desk.jobs.submit(DOWNLOAD, gate)
    desk.end_of(desk.jobs.submit(DOWNLOAD, fail))
    desk.jobs.clear_ended()
    assert [event.job_id for event in desk.jobs.snapshot()] == [running]
    gate.open.set()


def test_failures_keep_no_frames_alive(desk):
    def chained(_progress):
        try:
            Path("/no/such/file").read_bytes()
        except OSError as error:
            raise DataError("above") from error

    failure = desk.end_of(desk.jobs.submit(DOWNLOAD, chained)).failure
    assert isinstance(failure, ThreadXError)
    assert (failure.__traceback__, failure.__cause__.__traceback__) == (None, None)
