from __future__ import annotations

import pytest

from threadx.bridge.step_words import STATE_WORDS, STEP_WORDS, step_line, summary
from threadx.data.pipeline import Failure, Outcome, PipelineReport, Step, StepReport, StepState
from threadx.errors import DataError

FIGURES = {
    Step.SELECT: {"symbols": ["A", "B"]},
    Step.DOWNLOAD: {"symbols": 2, "rows": 2880, "planned": {"rows": 2900, "requests": 4}},
    Step.VERIFY: {"series": 2, "files": 12, "findings": 0},
    Step.CONVERT: {"files": 1, "added": 5},
    Step.INDICATORS: {"series": 2, "timeframes": ["1h"], "indicators": 3, "files": 6, "computed": 1},
}


@pytest.mark.parametrize(
    ("step", "done", "planned"),
    [
        (Step.SELECT, "2 symbols", "2 symbols"),
        (Step.DOWNLOAD, "2 symbols, 2,880 new bars", "2 symbols: 2,900 bars in 4 requests"),
        (Step.VERIFY, "12 files looked at", "2 series"),
        (Step.CONVERT, "1 file, 5 new bars", "1 file"),
        (Step.INDICATORS, "6 files up to date, 1 computed", "6 files"),
    ],
)
def test_every_step_says_what_came_of_it_and_what_would(step, done, planned):
    report = StepReport(step, StepState.DONE, Outcome(FIGURES[step]))

    assert (step_line(report), step_line(report, dry_run=True)) == (done, planned)


def test_failures_are_counted_and_a_step_that_failed_says_nothing_more():
    failure = Failure("A", DataError("no", hint=""))
    partly = StepReport(Step.CONVERT, StepState.PARTLY, Outcome(FIGURES[Step.CONVERT], (failure,)))
    failed = StepReport(Step.CONVERT, StepState.FAILED, Outcome(failures=(failure,)))

    assert step_line(partly) == "1 file, 5 new bars, 1 failed"
    assert step_line(failed) == ""
    assert summary(PipelineReport((partly, failed, StepReport(Step.VERIFY, StepState.KEPT)), ())) == "1 of 3 steps done"


def test_every_step_and_state_has_a_word():
    assert set(STEP_WORDS) == set(Step)
    assert set(STATE_WORDS) == set(StepState)
