"""The jobs half of the Data Manager: what is heard at the end of a run."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from threadx.bridge.events import JobEvent, JobKind, JobSpec, JobState
from threadx.ui.presenters.jobs_desk import JobsDesk
from threadx.ui.selection import Selection


class View:
    """Counts the bells; shows nothing."""

    def __init__(self) -> None:
        self.rung = 0

    def ring(self) -> None:
        self.rung += 1

    def __getattr__(self, _name):
        return lambda *_shown, **_more: None


class NoAnswers:
    """Asks nothing."""

    def ask(self, _function, _then, _failed=None) -> int:
        return 1


def told(job_id: int, state: JobState) -> JobEvent:
    return JobEvent(job_id, JobSpec(JobKind.VERIFY), state)


@pytest.fixture
def make():
    def made(*, rings: bool) -> tuple[JobsDesk, View]:
        bridge = SimpleNamespace(jobs=SimpleNamespace(order=tuple, snapshot=list))
        desk, view = JobsDesk(bridge, NoAnswers(), Selection(), notify=str, rings=lambda: rings), View()
        desk.attach(view)
        return desk, view

    return made


def test_the_bell_is_heard_once_when_the_last_job_has_ended(make):
    desk, view = make(rings=True)
    desk.on_jobs([told(1, JobState.RUNNING), told(2, JobState.QUEUED)])
    desk.on_jobs([told(1, JobState.DONE)])
    assert view.rung == 0
    desk.on_jobs([told(2, JobState.FAILED)])
    assert view.rung == 1


def test_nobody_hears_a_bell_who_does_not_want_it(make):
    desk, view = make(rings=False)
    desk.on_jobs([told(1, JobState.DONE)])
    assert view.rung == 0
