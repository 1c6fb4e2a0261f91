"""The dialog Pipeline: what can be ticked, what is started, what comes of it in words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from threadx.bridge.events import JobEvent, JobKind, JobSpec, JobState
from threadx.data.pipeline import Failure, Outcome, PipelineReport, Step, StepReport, StepState
from threadx.errors import SourceUnavailableError
from threadx.ui.presenters.period import Period
from threadx.ui.presenters.pipeline_form import STEP_TITLES, STEPS, PipelineForm, Whose
from threadx.ui.presenters.pipeline_result import pipeline_table
from threadx.ui.selection import Choice, Selection
from threadx.ui.state import WindowState


@dataclass
class Bridge:
    """Notes the pipelines it is asked for."""

    settings: Any
    provider: str = "demo"
    events: list[JobEvent] = field(default_factory=list)
    asked: list[tuple[Any, ...]] = field(default_factory=list)
    periods: list[tuple[int | None, int | None]] = field(default_factory=list)

    @property
    def jobs(self):
        return self

    def snapshot(self):
        return self.events

    def pipeline(self, steps, symbols, start, end, *, timeframes, group, top, include_core, dry_run, only):
        assert only  # what is not ticked is not derived
        self.periods.append((start, end))
        self.asked.append((tuple(steps), tuple(symbols), timeframes, group, top, include_core, dry_run))
        return 7


@pytest.fixture
def bridge(settings):
    return Bridge(settings)


@pytest.fixture
def make(bridge, tmp_path):
    state = WindowState.load(tmp_path)
    return lambda *symbols: PipelineForm(bridge, Selection(Choice(symbols=symbols)), state)


def test_the_steps_are_those_of_the_engine():
    assert tuple(Step) == STEPS
    assert set(STEP_TITLES) == set(STEPS)


def test_at_first_it_is_everything_for_the_hundred_largest(make, bridge):
    form = make()
    assert form.why_not() == ""
    assert form.start() == 7
    assert bridge.asked == [(STEPS, (), bridge.settings.ingest.timeframes, "", 100, False, False)]
    assert form.summary().endswith("\nthe 100 largest")


def test_it_downloads_the_range_that_is_chosen_in_the_other_tabs(bridge, tmp_path):
    """The range of the Data Manager was left out: a pipeline always went back a year on an empty bank."""
    first, last = 1_792_540_800_000, 1_795_219_200_000
    selection = Selection(Choice(start_ms=first, end_ms=last))
    form = PipelineForm(bridge, selection, WindowState.load(tmp_path))
    assert form.summary().endswith("the 100 largest \u00b7 2026-10-21 to 2026-11-20 UTC")
    form.start()
    form.period = Period(first + 60_000, last)
    assert form.summary().endswith("2026-10-21 00:01 to 2026-11-21 00:00 UTC")
    form.period = Period()
    form.start()
    assert bridge.periods == [(first, last), (None, None)]


def test_a_wrong_date_matters_only_to_a_download(make, bridge):
    form = make("BTCUSDC")
    form.period = Period(1, None, end_error="not a date")
    assert form.why_not() == "Correct the dates first"
    form.tick_step("download", on=False)
    assert form.why_not() == ""
    form.start()
    assert bridge.periods == [(None, None)]


def test_selecting_and_the_largest_go_together(make, bridge):
    form = make("BTCUSDC")
    form.tick_step("select", on=False)
    assert form.whose is Whose.CHOSEN
    form.set_whose(Whose.STORED)
    form.start(dry_run=True)
    assert bridge.asked[-1] == (STEPS[1:], (), bridge.settings.ingest.timeframes, "", None, False, True)
    form.tick_step("select", on=True)
    assert form.whose is Whose.TOP
    form.set_whose(Whose.CHOSEN)
    form.start()
    assert bridge.asked[-1][:2] == (STEPS[1:], ("BTCUSDC",))
    form.tick_all()
    assert (form.whose, form.steps) == (Whose.TOP, set(STEPS))


def test_a_group_of_the_settings_goes_by_its_name_and_a_list_by_its_symbols(make, bridge, tmp_path):
    make()._lists.save("mine", ["AUSDC", "BUSDC"])
    form = make()
    assert form.group_names()[-1] == "mine"
    form.set_whose(Whose.GROUP)
    form.group = "L1"
    form.start()
    form.group = "mine"
    form.start()
    assert [(each[1], each[3]) for each in bridge.asked] == [((), "L1"), (("AUSDC", "BUSDC"), "")]


@pytest.mark.parametrize("text", ["", "0", "-1", "1001", "ten", "\u00b2"])
def test_a_wrong_number_of_the_largest_is_told(make, text):
    form = make()
    form.top = text
    assert form.why_not() == "How many of the largest: 1 to 1,000"


def test_what_is_missing_is_told(make, bridge):
    form = make()
    for name in tuple(form.timeframes):
        form.tick_timeframe(name, on=False)
    assert form.why_not() == "Tick a timeframe"
    form.tick_step("indicators", on=False)
    assert form.why_not() == "Tick a timeframe"  # else a download would derive those of the settings, unseen
    form.tick_step("download", on=False)
    assert form.why_not() == ""
    form.tick_step("download", on=True)
    form.tick_timeframe("1m", on=True)
    assert form.why_not() == ""
    form.set_whose(Whose.CHOSEN)
    assert form.why_not() == "No symbols are chosen"
    form.set_whose(Whose.STORED)
    for step in STEPS:
        form.tick_step(step, on=False)
    assert form.why_not() == "Tick a step"
    running = JobEvent(1, JobSpec(JobKind.PIPELINE, steps=("verify",)), JobState.RUNNING)
    bridge.events = [running]
    assert make().why_not().startswith("A pipeline is running")


def test_what_was_started_is_remembered(make):
    form = make()
    form.set_whose(Whose.GROUP)
    form.tick_step("convert", on=False)
    form.core = True
    form.start()
    again = make()
    assert (again.whose, again.steps, again.core) == (Whose.GROUP, {"download", "verify", "indicators"}, True)


def test_what_came_of_it_is_a_row_per_step_and_per_failure():
    failure = Failure("BTCUSDC", SourceUnavailableError("{host}: no answer", hint="check the network", host="here"))
    report = PipelineReport(
        (
            StepReport(Step.SELECT, StepState.KEPT, Outcome({"symbols": ["BTCUSDC"]})),
            StepReport(Step.DOWNLOAD, StepState.PARTLY, Outcome({"symbols": 1, "rows": 5}, (failure,)), seconds=3.0),
            StepReport(Step.VERIFY, StepState.NOT_REACHED),
        ),
        ("BTCUSDC",),
        resumed=True,
    )
    table = pipeline_table(report)
    assert [row.cells for row in table.rows] == [
        ("select", "\u2713 done before", "", "1 symbol"),
        ("download", "! done in part", "3 s", "1 symbol, 5 new bars, 1 failed"),
        ("", "BTCUSDC", "", "here: no answer \u2192 check the network"),
        ("verify", "\u2013 not reached", "", ""),
    ]
    assert "went on where it was interrupted" in table.message
    assert all(len(row.cells) == len(table.columns) for row in table.rows)
    assert "Nothing was written." in pipeline_table(PipelineReport((), ()), dry_run=True).message
