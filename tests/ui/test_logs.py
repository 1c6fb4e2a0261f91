"""The Logs tab: the stream of the log under filters."""

from __future__ import annotations

import dataclasses
import logging
import time
from datetime import UTC, datetime

import pytest

pytest.importorskip("tkinter", reason="needs Tk")

from threadx.bridge import JobEvent, JobKind, JobSpec, JobState, LogLine, ThreadXBridge
from threadx.ui.tabs import Tab

TABS = (Tab("logs", "Logs", "threadx.ui.logs:LogsPage"), Tab("other", "Other", "tests.ui.test_inventory:EmptyPage"))
AT = datetime(2026, 11, 20, 11, 43, 15, tzinfo=UTC)


@pytest.fixture
def app(make_app, english_settings):
    source = dataclasses.replace(english_settings.source, name="binance")  # never asked here
    settings = dataclasses.replace(english_settings, source=source)
    return make_app(TABS, bridge=ThreadXBridge(settings, remember=False), settings=settings)


@pytest.fixture
def page(app):
    return app.book.page("logs")


def send(app, *texts: str, job: int | None = None, symbol: str = "", level: int = logging.INFO) -> None:
    for text in texts:
        app.bridge.events.put(LogLine(AT, level, "threadx.data", text, job, symbol))


def shown(page) -> list[str]:
    return [line[17:] for line in page.pane.text.get("1.0", "end-1c").splitlines()]


def choose(box, text: str) -> None:
    box.set(text)
    box.event_generate("<<ComboboxSelected>>")
    box.update()


def test_what_threadx_logs_appears_at_once(app, page, wait_until):
    logging.getLogger("threadx.ui").warning("%s: a test", "BTCUSDC")
    wait_until(lambda: "BTCUSDC: a test" in shown(page))
    assert page._count.cget("text") == "1 line"
    assert page.presenter.symbols == ("BTCUSDC",)


def test_job_symbol_level_and_search_narrow_and_show_all_widens(app, page, wait_until):
    app.bridge.events.put(JobEvent(1, JobSpec(JobKind.DOWNLOAD, "BTCUSDC"), JobState.RUNNING))
    send(app, "BTCUSDC: saved", job=1, symbol="BTCUSDC")
    send(app, "ETHUSDC: saved", job=2, symbol="ETHUSDC")
    send(app, "clock wrong", level=logging.ERROR)
    wait_until(lambda: len(shown(page)) == 3)
    choose(page.job, "#1 Download BTCUSDC")
    assert shown(page) == ["BTCUSDC: saved"]
    page._reset.invoke()
    choose(page.symbol, "ETHUSDC")
    assert shown(page) == ["ETHUSDC: saved"]
    page._reset.invoke()
    choose(page.pane.level, "ERROR")
    assert shown(page) == ["clock wrong"]
    choose(page.pane.level, "DEBUG")
    page.find()
    page.filter.entry.insert(0, "SAVED btc")
    page.update()
    assert shown(page) == ["BTCUSDC: saved"]
    page.filter.entry.focus_force()
    page.update()
    page.filter.entry.event_generate("<Escape>")
    page.update()
    assert len(shown(page)) == 3


def test_lines_that_come_while_another_tab_is_shown_are_there_later(app, page, wait_until):
    app.open_tab("other")
    app.root.update()
    send(app, *(f"bar {n}" for n in range(50)))
    wait_until(lambda: len(page.presenter.buffer.shown()) == 50)
    assert shown(page) == []
    app.open_tab("logs")
    wait_until(lambda: len(shown(page)) == 50)


def test_filters_and_lines_survive_a_new_theme(app, page, wait_until):
    send(app, "BTCUSDC: saved", symbol="BTCUSDC")
    send(app, "ETHUSDC: saved", symbol="ETHUSDC")
    wait_until(lambda: len(shown(page)) == 2)
    choose(page.symbol, "ETHUSDC")
    page.filter.entry.insert(0, "saved")
    app.set_theme("dark")
    app.rebuild()
    app.root.update()
    again = app.book.page("logs")
    assert shown(again) == ["ETHUSDC: saved"]
    assert (again.symbol.get(), again.filter.text) == ("ETHUSDC", "saved")


def test_the_folder_of_the_log_is_opened(app, page):
    opened = []
    shell = dataclasses.replace(page.context.shell, open_folder=opened.append)
    page.context = dataclasses.replace(page.context, shell=shell)
    page._open_folder()
    assert opened == [app.settings.paths.logs]


def test_ten_thousand_lines_a_second_leave_the_window_free(app, page, wait_until):
    worst = 0.0
    for turn in range(10):
        send(app, *(f"bar {turn} {n}" for n in range(1_000)))
        begun = time.thread_time()
        app.pump.drain()
        worst = max(worst, time.thread_time() - begun)
        app.root.update()
    wait_until(lambda: app.bridge.events.empty() and len(shown(page)) == 5_000)
    assert worst < 0.5  # of this thread's own time, some 15 ms
