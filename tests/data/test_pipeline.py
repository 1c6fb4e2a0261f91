"""The pipeline as a plan and a runner: order, failures, resuming, progress. No bank, no exchange."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from threadx.data.pipeline import (
    Choice,
    Failure,
    Outcome,
    PipelineSpec,
    Step,
    StepState,
    plan_steps,
    run_pipeline,
)
from threadx.data.pipeline_record import PipelineRecord
from threadx.errors import DataError, JobCancelled, SourceUnavailableError
from threadx.progress import Progress, ProgressEvent

TOP = PipelineSpec(choice=Choice(top=3))
NAMED = PipelineSpec(choice=Choice(symbols=("A", "B")))
GONE = SourceUnavailableError("no answer", hint="later")


class Works:
    """Steps that note what they were called with, and do what they are told to."""

    def __init__(self) -> None:
        self.tasks: dict[Step, object] = {}
        self.outcomes: dict[Step, Outcome | Exception] = {Step.SELECT: Outcome(symbols=("X", "Y", "Z"))}
        self.reports: dict[Step, list[tuple[str, int, int, str]]] = {}
        self.items: dict[Step, list[str]] = {}

    def of(self, step: Step):
        def work(task, progress):
            self.tasks[step] = task
            for subject, *report in self.reports.get(step, ()):
                progress.about(subject).report(*report)
            for item in self.items.get(step, ()):
                task.note(item)
            outcome = self.outcomes.get(step, Outcome())
            if isinstance(outcome, BaseException):
                raise outcome
            return outcome

        return work

    @property
    def functions(self):
        return {step: self.of(step) for step in Step}


@pytest.fixture
def works():
    return Works()


@pytest.fixture
def record(tmp_path):
    return PipelineRecord(tmp_path / ".threadx" / "pipeline.json")


def states(report):
    return [each.state for each in report.steps]


@pytest.mark.parametrize(
    ("spec", "steps"),
    [
        (TOP, tuple(Step)),
        (NAMED, (Step.DOWNLOAD, Step.VERIFY, Step.CONVERT, Step.INDICATORS)),
        (PipelineSpec((Step.VERIFY, Step.DOWNLOAD), Choice(group="L1")), (Step.DOWNLOAD, Step.VERIFY)),
        (PipelineSpec((Step.DOWNLOAD,), Choice(top=5)), (Step.SELECT, Step.DOWNLOAD)),
        (PipelineSpec((Step.VERIFY,)), (Step.VERIFY,)),
    ],
)
def test_steps_run_in_their_order_and_only_the_largest_symbols_need_a_ranking(spec, steps):
    assert plan_steps(spec) == steps


def test_the_steps_after_a_selection_are_about_what_it_chose(works):
    report = run_pipeline(TOP, (), works.functions)

    assert report.symbols == ("X", "Y", "Z")
    assert [works.tasks[step].symbols for step in Step] == [(), *[("X", "Y", "Z")] * 4]
    assert (states(report), report.exit_code) == ([StepState.DONE] * 5, 0)


def test_without_a_selection_nothing_else_is_tried(works):
    works.outcomes[Step.SELECT] = GONE

    report = run_pipeline(TOP, (), works.functions)

    assert states(report) == [StepState.FAILED, *[StepState.NOT_REACHED] * 4]
    assert list(works.tasks) == [Step.SELECT]
    assert report.exit_code == 1


def test_a_step_that_fails_stops_no_other(works):
    works.outcomes[Step.DOWNLOAD] = Outcome(failures=(Failure("A", GONE),), exit_code=1)
    works.outcomes[Step.CONVERT] = DataError("no such folder", hint="make one")

    report = run_pipeline(NAMED, ("A", "B"), works.functions)

    assert states(report) == [StepState.PARTLY, StepState.DONE, StepState.FAILED, StepState.DONE]
    assert report.exit_code == 1, "they failed for different reasons"
    assert report.of(Step.CONVERT).as_dict()["failures"][0]["error"] == "no such folder"


def test_what_fails_alone_gives_the_exit_code(works):
    works.outcomes[Step.CONVERT] = DataError("no such folder", hint="make one")

    assert run_pipeline(NAMED, ("A", "B"), works.functions).exit_code == 3


def test_an_interrupted_run_goes_on_where_it_was(works, record):
    works.outcomes[Step.VERIFY] = JobCancelled()
    works.items[Step.VERIFY] = ["X", "Y"]
    with pytest.raises(JobCancelled):
        run_pipeline(TOP, (), works.functions, memory=record)
    first, again = works.tasks.copy(), works
    again.tasks.clear()
    again.outcomes[Step.VERIFY] = Outcome()
    again.items.clear()

    report = run_pipeline(TOP, (), again.functions, memory=record)

    assert first[Step.VERIFY].done == frozenset()
    assert (report.resumed, states(report)[:3]) == (True, [StepState.KEPT, StepState.KEPT, StepState.DONE])
    assert again.tasks[Step.VERIFY].done == {"X", "Y"}
    assert again.tasks[Step.VERIFY].symbols == ("X", "Y", "Z"), "the choice of the interrupted run"


def test_a_run_that_has_ended_leaves_nothing_to_go_on_with(works, record, tmp_path):
    run_pipeline(TOP, (), works.functions, memory=record)

    assert list((tmp_path / ".threadx").iterdir()) == []
    assert not run_pipeline(TOP, (), works.functions, memory=record).resumed


def test_another_pipeline_does_not_go_on_with_it(works, record):
    works.outcomes[Step.VERIFY] = JobCancelled()
    with pytest.raises(JobCancelled):
        run_pipeline(TOP, (), works.functions, memory=record)
    works.outcomes[Step.VERIFY] = Outcome()

    assert not run_pipeline(PipelineSpec(choice=Choice(top=4)), (), works.functions, memory=record).resumed


def test_another_provider_does_not_go_on_with_it(works, tmp_path):
    """The symbols that an invented market chose would have been downloaded from the real exchange."""
    works.outcomes[Step.VERIFY] = JobCancelled()
    with pytest.raises(JobCancelled):
        run_pipeline(TOP, (), works.functions, memory=PipelineRecord(tmp_path / "p.json", {"provider": "demo"}))
    works.outcomes[Step.VERIFY] = Outcome()

    other = PipelineRecord(tmp_path / "p.json", {"provider": "binance"})
    assert not run_pipeline(TOP, (), works.functions, memory=other).resumed


def test_a_step_that_was_done_in_part_is_done_again(works, record):
    works.outcomes |= {Step.DOWNLOAD: Outcome(failures=(Failure("X", GONE),)), Step.VERIFY: JobCancelled()}
    with pytest.raises(JobCancelled):
        run_pipeline(TOP, (), works.functions, memory=record)
    works.outcomes[Step.VERIFY] = Outcome()
    works.tasks.clear()

    run_pipeline(TOP, (), works.functions, memory=record)

    assert Step.SELECT not in works.tasks
    assert Step.DOWNLOAD in works.tasks


def test_a_choice_of_yesterday_is_made_anew(works, tmp_path):
    clock = datetime(2024, 3, 10, tzinfo=UTC)
    works.outcomes[Step.VERIFY] = JobCancelled()
    with pytest.raises(JobCancelled):
        run_pipeline(TOP, (), works.functions, memory=PipelineRecord(tmp_path / "p.json", now=lambda: clock))
    works.outcomes[Step.VERIFY] = Outcome()

    later = PipelineRecord(tmp_path / "p.json", now=lambda: clock + timedelta(hours=25))
    assert not run_pipeline(TOP, (), works.functions, memory=later).resumed


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b'{"version": 1}',
        b'{"version": 1, "spec": {}, "began": "x", "steps": {}}',
        b"[" * 100_000,
    ],
)
def test_a_record_that_cannot_be_read_is_none(works, record, tmp_path, said):
    (tmp_path / ".threadx").mkdir()
    (tmp_path / ".threadx" / "pipeline.json").write_bytes(said)

    assert not run_pipeline(TOP, (), works.functions, memory=record).resumed


def test_a_record_with_a_strange_step_is_none(works, record, tmp_path):
    works.outcomes[Step.VERIFY] = JobCancelled()
    with pytest.raises(JobCancelled):
        run_pipeline(TOP, (), works.functions, memory=record)
    file = tmp_path / ".threadx" / "pipeline.json"
    file.write_text(file.read_text().replace('"X"', "7"))
    works.outcomes[Step.VERIFY] = Outcome()

    assert not run_pipeline(TOP, (), works.functions, memory=record).resumed


def test_progress_tells_percent_of_the_whole_and_each_part_under_its_name(works):
    heard: list[ProgressEvent] = []
    works.reports = {
        Step.DOWNLOAD: [
            ("A", 50, 100, "bars"),
            ("A", 1, 3, "months"),
            ("A", 100, 100, "bars"),
            ("B", 100, 100, "bars"),
        ],
        Step.VERIFY: [("", 1, 2, "symbols"), ("", 2, 2, "symbols")],
    }
    run_pipeline(NAMED, ("A", "B"), works.functions, progress=Progress(heard.append))

    percent = [event.done for event in heard if event.unit == "percent"]
    assert percent == sorted(percent)
    assert {0, 17, 35, 71} <= set(percent), "70 of 98 parts are the download, A a quarter after half of it"
    assert {event.subject for event in heard} == {"", "A", "B", "verify"}


def test_a_cancel_is_heard_between_steps(works):
    progress = Progress()
    functions = works.functions | {Step.DOWNLOAD: lambda _task, _progress: (progress.cancel(), Outcome())[1]}

    with pytest.raises(JobCancelled):
        run_pipeline(NAMED, ("A", "B"), functions, progress=progress)
    assert Step.VERIFY not in works.tasks
