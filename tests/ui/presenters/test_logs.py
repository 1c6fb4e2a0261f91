"""Which lines of the log the Logs tab shows."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import pytest

from threadx.bridge.events import JobEvent, JobKind, JobSpec, JobState, LogLine
from threadx.ui.presenters.log_buffer import LogBuffer
from threadx.ui.presenters.logs import LogsPresenter

AT = datetime(2026, 11, 20, 11, 43, 15, tzinfo=UTC)


class View:
    def __init__(self, presenter: LogsPresenter) -> None:
        self.presenter = presenter
        self.choices = 0
        self.redrawn = 0

    def add_lines(self, lines):
        self.presenter.buffer.add(lines)

    def redraw(self):
        self.redrawn += 1

    def show_choices(self):
        self.choices += 1


def line(text: str, *, job: int | None = None, symbol: str = "", level: int = logging.INFO) -> LogLine:
    return LogLine(AT, level, "threadx.data", text, job, symbol)


def presenter_with_lines() -> LogsPresenter:
    presenter = LogsPresenter()
    presenter.on_jobs([JobEvent(1, JobSpec(JobKind.DOWNLOAD, "BTCUSDC"), JobState.RUNNING)])
    presenter.on_lines([
        line("BTCUSDC: 1440 rows", job=1, symbol="BTCUSDC"),
        line("ETHUSDC: 10 rows", job=2, symbol="ETHUSDC"),
        line("the clock of this computer is wrong", level=logging.WARNING),
    ])  # fmt: skip
    return presenter


def shown(presenter: LogsPresenter) -> list[str]:
    return [each.text.split(":")[0] for each in presenter.buffer.shown()]


def test_job_symbol_level_and_words_narrow_the_lines():
    presenter = presenter_with_lines()
    assert len(shown(presenter)) == 3
    presenter.choose_job("#1 Download BTCUSDC")
    assert shown(presenter) == ["BTCUSDC"]
    presenter.choose_job("")
    presenter.choose_symbol("ETHUSDC")
    assert shown(presenter) == ["ETHUSDC"]
    presenter.choose_symbol("")
    presenter.search("ROWS 1440")
    assert shown(presenter) == ["BTCUSDC"]
    assert presenter.narrowed
    presenter.search("warning")
    assert shown(presenter) == ["the clock of this computer is wrong"]
    presenter.search("")
    presenter.buffer.set_level_name("WARNING")
    assert len(shown(presenter)) == 1


def test_jobs_and_symbols_are_offered_as_they_appear():
    presenter = presenter_with_lines()
    view = View(presenter)
    presenter.attach(view)
    assert presenter.jobs == ("#2 ETHUSDC", "#1 Download BTCUSDC")
    assert presenter.symbols == ("BTCUSDC", "ETHUSDC")
    before = view.choices
    presenter.on_lines([line("ETHUSDC: again", job=2, symbol="ETHUSDC")])
    assert view.choices == before, "nothing new to choose"
    presenter.on_lines([line("SOLUSDC: new", job=3, symbol="SOLUSDC")])
    assert view.choices == before + 1


def test_lines_are_kept_without_a_view_and_capped():
    presenter = LogsPresenter(LogBuffer(cap=10))
    presenter.on_lines([line(f"bar {n}") for n in range(25)])
    assert [each.text for each in presenter.buffer.shown()] == [f"bar {n}" for n in range(15, 25)]


def test_offers_do_not_grow_without_end():
    presenter = LogsPresenter()
    presenter.on_lines([line("x", job=n, symbol=f"S{n}") for n in range(1_200)])
    presenter.on_lines([line("x", job=5_000)])
    assert len(presenter.jobs) == len(presenter.symbols) == 500
    assert presenter.jobs[0] == "#5000"


@pytest.mark.parametrize("kind", JobKind)
def test_a_job_of_any_kind_can_be_chosen(kind):
    presenter = LogsPresenter()
    presenter.on_jobs([JobEvent(7, JobSpec(kind), JobState.RUNNING)])
    (label,) = presenter.jobs
    presenter.choose_job(label)
    assert presenter.job == 7
