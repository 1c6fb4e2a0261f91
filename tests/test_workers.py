"""Workers: order, bounds, errors at their turn, cancel within the promise, no thread left (the guard of conftest)."""

from __future__ import annotations

import dataclasses
import itertools
import multiprocessing
import os
import re
import subprocess
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import far_deaths, far_work
from tests.patience import LONG_S, PATIENCE_S, PROGRAM_S, cancelled_when, comes_true
from threadx import workers
from threadx.config_model import Workers
from threadx.errors import DataNotFoundError, JobCancelled, ThreadXError
from threadx.progress import Progress, ProgressEvent
from threadx.store import lock
from threadx.workers import (
    apart,
    as_completed,
    call,
    cpu_pool,
    ordered_map,
    process_count,
    process_pool,
    side_by_side,
    thread_pool,
)


def test_workers_carry_the_name_of_their_pool():
    with thread_pool(2, "pages") as pool:
        assert pool.submit(lambda: threading.current_thread().name).result().startswith("pages")


def test_leaving_a_pool_joins_its_threads_and_drops_what_has_not_started():
    release = threading.Event()
    with thread_pool(1, "work") as pool:
        running = pool.submit(release.wait, PATIENCE_S)
        queued = pool.submit(pytest.fail, "must not start")
        queued.cancel()
        release.set()
    assert running.done()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("work")]


@given(st.lists(st.integers(), max_size=30), st.integers(1, 5), st.integers(1, 3))
def test_results_come_in_the_order_of_the_items(items, ahead, workers):
    with thread_pool(workers, "work") as pool:
        assert list(ordered_map(pool, lambda n: n * 2, items, ahead=ahead)) == [n * 2 for n in items]


def test_slow_items_do_not_overtake():
    first_may_end = threading.Event()

    def work(number: int) -> int:
        if number == 0:
            assert first_may_end.wait(PATIENCE_S)
        if number == 2:
            first_may_end.set()
        return number

    with thread_pool(3, "work") as pool:
        assert list(ordered_map(pool, work, range(6), ahead=3)) == list(range(6))


def test_no_more_than_ahead_items_are_started_before_their_result_is_wanted():
    asked: list[int] = []

    def items():
        for number in itertools.count():
            asked.append(number)
            yield number

    with thread_pool(2, "work") as pool:
        results = ordered_map(pool, lambda n: n, items(), ahead=3)
        assert [next(results) for _ in range(5)] == [0, 1, 2, 3, 4]
        results.close()
    assert len(asked) <= 8


def test_an_error_is_raised_where_its_result_would_have_come():
    with thread_pool(2, "work") as pool:
        results = ordered_map(pool, lambda n: 6 // (2 - n), range(50), ahead=4)
        assert [next(results), next(results)] == [3, 6]
        with pytest.raises(ZeroDivisionError):
            next(results)


def test_an_error_while_items_are_made_is_raised_and_leaves_nothing_running():
    def items():
        yield 1
        raise LookupError

    with thread_pool(2, "work") as pool, pytest.raises(LookupError):
        list(ordered_map(pool, lambda n: n, items(), ahead=4))


def test_cancel_ends_ordered_work_soon():
    progress = Progress()
    with cancelled_when(progress, lambda: True, after_s=0.05), thread_pool(2, "work") as pool:
        next(ordered_map(pool, lambda _: progress.wait(LONG_S), range(100), ahead=4, progress=progress))


def test_cancel_is_seen_between_quick_items():
    progress = Progress()
    with thread_pool(1, "work") as pool:
        results = ordered_map(pool, lambda n: n, range(100), ahead=2, progress=progress)
        next(results)
        progress.cancel()
        with pytest.raises(JobCancelled):
            next(results)


def test_results_as_they_complete_come_with_their_items():
    with thread_pool(3, "work") as pool:
        assert dict(as_completed(pool, lambda n: n * n, range(20))) == {n: n * n for n in range(20)}


def test_a_quick_item_is_not_held_up_by_a_slow_one():
    release = threading.Event()

    def work(number: int) -> int:
        if number == 0:
            assert release.wait(PATIENCE_S)
        return number

    with thread_pool(2, "work") as pool:
        ended = []
        for item, _ in as_completed(pool, work, [0, 1, 2, 3]):
            ended.append(item)
            if len(ended) == 3:
                release.set()
    assert ended[-1] == 0


def test_an_error_ends_the_iteration_and_drops_what_has_not_started():
    started: list[int] = []

    def work(number: int) -> int:
        started.append(number)
        threading.Event().wait(0.05 * bool(number))
        return 1 // number

    with thread_pool(1, "work") as pool, pytest.raises(ZeroDivisionError):
        list(as_completed(pool, work, range(1000)))
    assert len(started) < 1000


def test_side_by_side_keeps_the_order_on_two_threads():
    meeting = threading.Barrier(2)

    def work(number: int) -> int:
        meeting.wait(PATIENCE_S)  # comes true only if two are at work at once
        return number * number

    assert list(side_by_side(work, range(6))) == [0, 1, 4, 9, 16, 25]


def test_one_item_side_by_side_stays_on_the_calling_thread():
    assert list(side_by_side(lambda _: threading.get_ident(), [1])) == [threading.get_ident()]


def test_items_side_by_side_are_made_on_the_calling_thread_a_few_ahead():
    made: list[int] = []

    def items():
        for number in range(100):
            made.append(threading.get_ident())
            yield number

    done = side_by_side(lambda number: number, items())
    assert next(done) == 0
    assert len(made) < 10
    assert list(done) == list(range(1, 100))
    assert set(made) == {threading.get_ident()}


def test_cancel_ends_unordered_work_soon():
    progress = Progress()
    with cancelled_when(progress, lambda: True, after_s=0.05), thread_pool(2, "work") as pool:
        next(as_completed(pool, lambda _: progress.wait(LONG_S), range(100), progress=progress))


def test_waits_look_for_a_cancel_often_enough_for_the_promise_of_half_a_second():
    """How long it really takes depends on the machine; tests wait for that generously (`tests.patience`)."""
    assert workers.POLL_S + workers.CLEAN_UP_S <= 0.4
    assert lock.LONGEST_PAUSE_S <= 0.4


def test_a_call_returns_what_the_function_returns_and_raises_what_it_raises():
    def broken() -> int:
        raise ValueError("mine")

    with thread_pool(1, "work") as pool:
        assert call(pool, lambda: 7) == 7
        with pytest.raises(ValueError, match="mine"):
            call(pool, broken)


def test_cancel_leaves_a_stuck_call_and_a_pool_that_is_not_joined():
    stuck, release, progress = threading.Event(), threading.Event(), Progress()

    def hang() -> None:
        stuck.set()
        release.wait(LONG_S)

    try:
        with cancelled_when(progress, stuck.is_set), thread_pool(1, "work", join=False) as pool:
            call(pool, hang, progress=progress)
    finally:
        release.set()


# -- processes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("after_s", [0.3, 0.5])
def test_leaving_amid_a_long_result_leaves_no_thread_waiting_for_the_rest(tmp_path, after_s):
    """A cancelled import of large files hung when the program ended: a thread waited for the rest of a result."""
    mark = tmp_path / "ready"
    with pytest.raises(JobCancelled), process_pool(1) as pool:  # noqa: PT012 - leaving is what is tested
        pool.submit(far_work.long_result, str(mark))
        assert comes_true(mark.exists)
        threading.Event().wait(after_s)  # somewhere on its way
        raise JobCancelled


def test_a_process_pool_works_in_other_processes_in_order():
    with process_pool(2) as pool:
        results = list(ordered_map(pool, far_work.square_and_process, range(6), ahead=4))
    assert [square for square, _process in results] == [0, 1, 4, 9, 16, 25]
    assert os.getpid() not in {process for _square, process in results}


@pytest.mark.skipif(os.name == "nt", reason="there Ctrl+C cannot be held back")
def test_processes_are_born_deaf_to_an_interrupt_and_this_one_still_hears():
    """A terminal sends Ctrl+C to all: a process that was still importing died of it, and cancel became a fault."""
    with process_pool(1) as pool:
        assert list(ordered_map(pool, far_work.is_deaf, [1], ahead=1)) == [True]
    assert not far_work.is_deaf(1)


def test_cancel_does_not_wait_for_a_long_task_in_a_process(tmp_path):
    progress, begun = Progress(), tmp_path / "begun"
    with cancelled_when(progress, begun.exists), process_pool(1) as pool:
        list(ordered_map(pool, far_work.touch_and_hang, [str(begun)], ahead=1, progress=progress))
    assert _gone()


@pytest.mark.skipif(os.name == "nt", reason="the test kills as this system cannot")
def test_a_process_that_is_killed_amid_sending_its_result_is_noticed_too():
    """The reader of results waited for the rest, and everybody behind it, until somebody cancelled."""
    with pytest.raises(ThreadXError, match="ended before its work was done"), process_pool(2) as pool:
        list(ordered_map(pool, far_deaths.die_while_sending, [50_000_000], ahead=1))


def test_reports_of_a_call_apart_arrive_and_its_result_too():
    heard: list[ProgressEvent] = []
    process = apart(far_work.count_to, 3, progress=Progress(heard.append))
    assert process != os.getpid()
    assert heard[-1] == ProgressEvent("BTCUSDC", 3, 3, "bars", "a wait", wait_s=2.5)


def test_cancel_reaches_a_call_apart_which_puts_its_files_away(tmp_path):
    begun, progress = tmp_path / "begun", Progress()
    with cancelled_when(progress, begun.exists):
        apart(far_work.hold_a_file, str(begun), progress=progress)
    assert comes_true(lambda: not begun.exists())
    assert _gone()


def test_a_call_apart_that_hears_no_cancel_is_ended(tmp_path):
    begun, progress = tmp_path / "begun", Progress()
    with cancelled_when(progress, begun.exists):
        apart(far_work.touch_and_ignore, str(begun), progress=progress)
    assert _gone()


def test_an_error_crosses_the_border_whole():
    with pytest.raises(DataNotFoundError) as caught:
        apart(far_work.nothing_stored, "BTCUSDC")
    assert caught.value.fields == {"symbol": "BTCUSDC"}
    assert caught.value.hint == "download BTCUSDC"


def test_a_process_that_dies_is_told_with_what_to_do():
    with pytest.raises(ThreadXError, match="ended before its work was done") as caught:
        apart(far_work.die)
    assert "__main__" in caught.value.hint


def test_processes_end_when_the_one_that_started_them_is_killed(tmp_path):
    begun = tmp_path / "begun"
    parent = subprocess.Popen([sys.executable, "-m", "tests.far_work", str(begun)], cwd=far_work.PROJECT)
    try:
        assert comes_true(begun.exists)
    finally:
        parent.kill()
        parent.wait()
    child = int(begun.read_text())
    assert far_work.process_ends(child)


def test_calculation_goes_to_threads_where_one_process_is_set(settings):
    alone = dataclasses.replace(settings, workers=Workers(processes=1))
    with cpu_pool(alone) as pool:
        assert pool.submit(os.getpid).result() == os.getpid()


def test_calculation_goes_to_processes_where_nothing_else_is_set(settings):
    assert process_count(settings) >= 2
    with cpu_pool(settings) as pool:
        assert pool.submit(os.getpid).result() != os.getpid()


def test_a_cluster_that_cannot_be_used_is_told_with_what_to_do():
    told = in_a_program("none")
    assert re.search(r"ConfigError: (.*distributed is not installed|no cluster answers at tcp://127.0.0.1:1)", told)


def test_calculation_goes_to_a_cluster_where_one_is_set(tmp_path):
    pytest.importorskip("distributed", reason="the extra [cluster] is not installed")
    assert "[0, 1, 4, 9] elsewhere, cancelled" in in_a_program("cluster", str(tmp_path))


def in_a_program(*way: str) -> str:
    """Run a way of `tests.far_work` by itself: the threads of a cluster's client stay as long as their process."""
    command = [sys.executable, "-m", "tests.far_work", *way]
    done = subprocess.run(command, cwd=far_work.PROJECT, capture_output=True, text=True, timeout=PROGRAM_S, check=False)
    return done.stdout + done.stderr


def _gone() -> bool:
    """Return whether no spawned process of ours is left, after waiting for that."""
    return comes_true(lambda: not multiprocessing.active_children())
