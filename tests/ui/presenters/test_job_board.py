"""Jobs as lines, and the run they belong to."""

from __future__ import annotations

import pytest

from threadx.bridge.events import JobEvent, JobKind, JobSpec, JobState
from threadx.data.plan import Note, SymbolPlan
from threadx.data.report import AssetReport
from threadx.errors import SourceUnavailableError
from threadx.ui.presenters.job_board import JobBoard
from threadx.ui.presenters.job_lines import job_line


def event(job_id: int, state: JobState, symbol: str = "BTCUSDC", **fields) -> JobEvent:
    return JobEvent(job_id, JobSpec(JobKind.DOWNLOAD, symbol), state, **fields)


@pytest.fixture
def board():
    made = JobBoard(lambda: made.queued, lambda: made.now)
    made.queued, made.now = [], 100.0
    return made


def test_a_running_job_shows_rows_share_rate_and_time_left():
    line = job_line(event(1, JobState.RUNNING, done=500, total=2000, unit="bars", per_second=90.0, left_s=16.0))
    assert (line.rows, line.percent, line.per_second, line.left_s) == (500, "25 %", 90.0, 16.0)
    assert line.state == "● downloading"


def test_a_job_that_has_begun_shows_a_bar_though_nothing_is_known_yet():
    assert job_line(event(1, JobState.RUNNING)).share > 0
    assert job_line(event(1, JobState.QUEUED)).share == 0


def test_a_pipeline_says_which_step_it_is_at():
    spec = JobSpec(JobKind.PIPELINE, steps=("download", "verify", "indicators"))
    assert job_line(JobEvent(1, spec, JobState.RUNNING)).state == "● going through its steps"
    assert job_line(JobEvent(1, spec, JobState.RUNNING, step="verify")).state == "● step 2 of 3: verify"
    waiting = JobEvent(1, spec, JobState.RUNNING, step="download", waiting="waiting 12 s, the server asked")
    assert job_line(waiting).state == "● step 1 of 3: download, waiting 12 s, the server asked"


def test_a_waiting_job_says_why_in_amber():
    line = job_line(event(1, JobState.RUNNING, waiting="waiting 12 s, the server asked"))
    assert line.state == "● waiting 12 s, the server asked"
    assert line.tag == "warning"


def test_a_failed_job_has_a_glyph_a_reason_and_a_next_step():
    failure = SourceUnavailableError("{host}: no answer", hint="check the network", host="here")
    line = job_line(event(1, JobState.FAILED, failure=failure))
    assert line.state == "✗ here: no answer"
    assert line.tag == "danger"
    assert line.detail == "here: no answer → check the network"


def test_a_moved_start_stands_in_the_state():
    plan = SymbolPlan(
        "BTCUSDC", None, notes=(Note("start moved to the first bar, {when} UTC", {"when": "2018-12-15"}),)
    )
    line = job_line(event(1, JobState.DONE, result=AssetReport("BTCUSDC", success=True, rows=5, plan=plan)))
    assert line.state == "✓ saved, no gaps, start moved to the first bar, 2018-12-15 UTC"
    assert (line.rows, line.share) == (5, 1.0)


def test_the_order_of_the_queue_is_shown_and_moves(board):
    board.queued = [2, 3]
    lines = board.take([event(1, JobState.RUNNING), event(2, JobState.QUEUED), event(3, JobState.QUEUED)])
    assert [line.state for line in lines] == ["● downloading", "○ waits, place 1", "○ waits, place 2"]
    board.queued = [3]
    lines = board.take([event(2, JobState.RUNNING)])
    assert [(line.job_id, line.state) for line in lines] == [(2, "● downloading"), (3, "○ waits, place 1")]


def test_the_whole_is_the_mean_of_its_jobs(board):
    board.take(
        [
            event(1, JobState.DONE, started_s=90.0, ended_s=95.0),
            event(2, JobState.RUNNING, done=1, total=2, started_s=90.0),
        ]
    )
    overall = board.overall()
    assert overall.share == 0.75
    assert overall.running
    assert overall.text.startswith("1 / 2 · 10 s")
    assert "left" in overall.text


def test_the_whole_takes_at_least_as_long_as_the_job_that_waits_longest(board):
    """The line said "10 s left" over jobs that waited 50 s for a new minute of API weight."""
    half = {"done": 1, "total": 2, "started_s": 90.0}
    board.take([event(1, JobState.RUNNING, left_s=60.0, **half), event(2, JobState.RUNNING, left_s=5.0, **half)])
    assert board.overall().text == "0 / 2 · 10 s · 60 s left"


def test_a_cancelled_run_is_neither_full_nor_green(board):
    board.take([event(1, JobState.DONE), event(2, JobState.CANCELLED, done=1, total=4)])
    assert (board.overall().share, board.overall().role) == (0.625, "")


def test_a_new_run_begins_when_nothing_is_left_to_do(board):
    board.take([event(1, JobState.DONE, started_s=90.0, ended_s=95.0)])
    board.take([event(2, JobState.RUNNING, started_s=99.0)])
    assert board.overall().text.startswith("0 / 1")
    assert len(board.lines()) == 2


def test_a_retry_takes_the_place_of_what_failed(board):
    board.take([event(1, JobState.FAILED)])
    assert board.failed() == (1,)
    board.take([event(2, JobState.QUEUED, retry_of=1)])
    assert board.dropped
    assert [line.job_id for line in board.lines()] == [2]
    assert board.failed() == ()


def test_what_has_ended_can_be_cleared_and_late_news_of_it_is_ignored(board):
    board.take([event(1, JobState.DONE), event(2, JobState.RUNNING)])
    board.clear_ended()
    assert [line.job_id for line in board.lines()] == [2]
    assert board.take([event(1, JobState.DONE)]) == []


def test_the_summary_counts_each_end(board):
    board.take([event(1, JobState.DONE), event(2, JobState.FAILED), event(3, JobState.CANCELLED)])
    assert board.summary() == "1 job done · 1 failed · 1 cancelled"
