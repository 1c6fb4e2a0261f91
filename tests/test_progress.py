"""Progress: reports reach the listener, cancel reaches the work at once, and once."""

from __future__ import annotations

import threading

import pytest

from tests.patience import LONG_S, PATIENCE_S, cancelled_when
from threadx.errors import JobCancelled
from threadx.progress import NULL_PROGRESS, Progress, ProgressEvent


def test_a_report_reaches_the_listener_with_its_subject():
    heard: list[ProgressEvent] = []
    progress = Progress(heard.append)
    progress.about("BTCUSDC").report(3, 9, "bars", waiting="the server asked", weight_used=40)
    progress.report(1, 2, "symbols")
    progress.report(0, 0, "requests", waiting="the server asked", wait_s=12.5)
    assert heard == [
        ProgressEvent("BTCUSDC", 3, 9, "bars", "the server asked", 40),
        ProgressEvent("", 1, 2, "symbols", "", None),
        ProgressEvent("", 0, 0, "requests", "the server asked", None, 12.5),
    ]


def test_a_report_after_cancel_raises_and_tells_nobody():
    heard: list[ProgressEvent] = []
    progress = Progress(heard.append)
    progress.cancel()
    with pytest.raises(JobCancelled):
        progress.report(1, 2, "bars")
    assert heard == []


def test_parts_are_cancelled_with_the_whole_and_the_whole_with_a_part():
    whole = Progress()
    part = whole.about("A").about("B")
    part.cancel()
    assert whole.cancelled
    assert whole.about("C").cancelled


def test_a_wait_ends_at_once_when_cancelled():
    progress = Progress()
    with cancelled_when(progress, lambda: True, after_s=0.05):
        progress.wait(LONG_S)


@pytest.mark.parametrize("seconds", [0, -5, 0.001])
def test_a_short_or_negative_wait_returns(seconds):
    Progress().wait(seconds)
    NULL_PROGRESS.wait(seconds)


def test_cancel_interrupts_a_block_exactly_once():
    calls: list[str] = []
    progress = Progress()
    with progress.about("A").interrupting(lambda: calls.append("shut")):
        progress.cancel()
        progress.cancel()
    assert calls == ["shut"]


def test_a_block_entered_after_cancel_is_interrupted_at_once():
    calls: list[str] = []
    progress = Progress()
    progress.cancel()
    with progress.interrupting(lambda: calls.append("shut")):
        assert calls == ["shut"]


def test_a_block_that_ended_is_not_interrupted():
    calls: list[str] = []
    progress = Progress()
    with pytest.raises(ZeroDivisionError), progress.interrupting(lambda: calls.append("shut")):
        raise ZeroDivisionError
    progress.cancel()
    assert calls == []


def test_the_same_callback_may_guard_two_blocks():
    calls: list[int] = []
    progress = Progress()

    def callback() -> None:
        calls.append(1)

    with progress.interrupting(callback):
        with progress.interrupting(callback):
            pass
        progress.cancel()
    assert calls == [1]


def test_cancel_and_many_blocks_from_many_threads_never_miss_each_other():
    progress = Progress()
    shut: list[int] = []
    entered = threading.Barrier(17)

    def work(number: int) -> None:
        interrupted = threading.Event()
        entered.wait()
        with progress.interrupting(interrupted.set):
            assert interrupted.wait(PATIENCE_S)
        shut.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    entered.wait()
    progress.cancel()
    for thread in threads:
        thread.join()
    assert sorted(shut) == list(range(16))


def test_the_null_progress_listens_to_nothing_and_cannot_be_cancelled():
    NULL_PROGRESS.about("A").report(1, 2, "bars")
    with NULL_PROGRESS.interrupting(lambda: pytest.fail("nobody can cancel it")):
        pass
    with pytest.raises(RuntimeError, match="cannot be cancelled"):
        NULL_PROGRESS.cancel()
    assert not NULL_PROGRESS.about("A").cancelled
