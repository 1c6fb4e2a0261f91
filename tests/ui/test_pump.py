"""The pump: bounded, guarded, never stopped by an error, deaf for those who are gone."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

pytest.importorskip("tkinter", reason="needs Tk")

from tests.ui.fakes import QuietBridge, job_event
from threadx.bridge.events import Answer, JobState, LogLine
from threadx.errors import ThreadXError
from threadx.ui.pump import MAX_EVENTS, Fault, Pump
from threadx.ui.theme import ttk

LINE = LogLine(datetime(2026, 1, 1, tzinfo=UTC), 20, "threadx", "hello")


@pytest.fixture
def bridge(settings):
    return QuietBridge(settings)


@pytest.fixture
def heard():
    return SimpleNamespace(errors=[], failures=[], values=[])


@pytest.fixture
def pump(theme, bridge, heard):
    """For it no time passes, however busy the machine: what is in the queue is taken in one turn."""
    made = Pump(theme.root, bridge, report=heard.errors.append, on_failure=heard.failures.append, clock=lambda: 0.0)
    yield made
    made.stop()


def test_an_answer_reaches_then(pump, heard, wait_until):
    pump.start()
    pump.ask(lambda _progress: 42, heard.values.append)
    wait_until(lambda: heard.values == [42])


def test_a_failure_reaches_failed_or_the_status_bar(pump, heard):
    def fail(_progress):
        raise ThreadXError("no")

    mine = []
    pump.ask(fail, heard.values.append, mine.append)
    pump.ask(fail, heard.values.append)
    pump.drain()
    assert ([str(each) for each in mine], [str(each) for each in heard.failures], heard.values) == (["no"], ["no"], [])


def test_an_answer_for_a_destroyed_widget_is_dropped(pump, theme, heard):
    owner = ttk.Frame(theme.root)
    pump.ask(lambda _progress: 1, heard.values.append, owner=owner)
    owner.destroy()
    pump.drain()
    assert heard.values == []


def test_a_method_of_a_widget_is_owned_by_it(pump, theme, heard):
    class View(ttk.Frame):
        def show(self, value):
            heard.values.append(value)

    view = View(theme.root)
    pump.ask(lambda _progress: 1, view.show)
    view.destroy()
    pump.drain()
    assert heard.values == []


def test_a_forgotten_question_is_not_answered(pump, heard):
    pump.forget(pump.ask(lambda _progress: 1, heard.values.append))
    pump.drain()
    assert heard.values == []


def test_questions_wait_until_the_window_is_there(theme, bridge, heard):
    tell = {"report": heard.errors.append, "on_failure": heard.failures.append}
    pump = Pump(theme.root, bridge, **tell, hold=True, clock=lambda: 0.0)
    asked = []
    first = pump.ask(lambda _progress: asked.append(1) or 1, heard.values.append)
    pump.forget(pump.ask(lambda _progress: asked.append(2), heard.values.append))
    last = pump.ask(lambda _progress: asked.append(3) or 3, heard.values.append)
    assert (asked, first < 0) == ([], True)
    pump.release()
    pump.forget(last)  # by the number it had before
    pump.drain()
    assert (asked, heard.values) == ([1, 3], [1])


def test_an_answer_asked_through_the_bridge_is_delivered(pump, bridge, heard):
    bridge.events.put(Answer(99, "direct", then=heard.values.append))
    pump.drain()
    assert heard.values == ["direct"]


def test_of_a_job_only_the_newest_event_counts(pump, bridge, heard):
    pump.on_jobs(heard.values.append)
    for done in range(5):
        bridge.events.put(job_event(1, JobState.RUNNING, done=done))
    bridge.events.put(job_event(2, JobState.DONE))
    pump.drain()
    assert [(event.job_id, event.done) for event in heard.values[0]] == [(1, 4), (2, 0)]


def test_log_lines_come_as_one_batch(pump, bridge, heard):
    pump.on_logs(heard.values.append)
    for _ in range(100):
        bridge.events.put(LINE)
    pump.drain()
    assert [len(batch) for batch in heard.values] == [100]


def test_a_handler_that_raises_is_reported_and_the_next_one_runs(pump, bridge, heard, wait_until):
    def broken(_batch):
        raise RuntimeError("broken")

    pump.on_jobs(broken)
    pump.on_jobs(heard.values.append)
    pump.start()
    bridge.events.put(job_event(1, JobState.RUNNING))
    wait_until(lambda: len(heard.values) == 1)
    bridge.events.put(job_event(1, JobState.DONE))
    wait_until(lambda: len(heard.values) == 2)  # the pump was armed again
    assert [str(error) for error in heard.errors] == ["broken", "broken"]


def test_handlers_of_destroyed_widgets_are_let_go(pump, bridge, theme, heard):
    class View(ttk.Frame):
        def show(self, events):
            heard.values.append(events)

    view = View(theme.root)
    pump.on_jobs(view.show)
    view.destroy()
    bridge.events.put(job_event(1, JobState.DONE))
    pump.drain()
    assert (heard.values, pump._handlers[type(job_event(1, JobState.DONE))]) == ([], [])


def test_an_ended_subscription_hears_nothing(pump, bridge, heard):
    end = pump.on_jobs(heard.values.append)
    end()
    end()  # twice is fine
    bridge.events.put(job_event(1, JobState.DONE))
    pump.drain()
    assert heard.values == []


def test_one_turn_takes_a_bounded_number_of_events(pump, bridge):
    for _ in range(MAX_EVENTS * 2):
        bridge.events.put(LINE)
    assert pump.drain() == MAX_EVENTS
    assert bridge.events.qsize() == MAX_EVENTS


def test_one_turn_takes_a_bounded_time(theme, bridge, heard):
    four_ms_an_event = itertools.count(0.0, 0.004).__next__
    pump = Pump(
        theme.root, bridge, report=heard.errors.append, on_failure=heard.failures.append, clock=four_ms_an_event
    )
    for _ in range(100):
        bridge.events.put(LINE)
    assert pump.drain() == 3


def test_a_fault_of_a_worker_is_reported(pump, bridge, heard):
    bridge.events.put(Fault(ValueError("in a thread")))
    pump.drain()
    assert [str(error) for error in heard.errors] == ["in a thread"]


def test_a_stopped_pump_takes_nothing(pump, bridge, heard, theme):
    pump.on_jobs(heard.values.append)
    pump.start()
    pump.start()  # twice is one
    pump.stop()
    bridge.events.put(job_event(1, JobState.DONE))
    theme.root.update()
    assert (heard.values, bridge.events.qsize()) == ([], 1)
