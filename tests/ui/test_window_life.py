"""From tab to tab in the whole window: chart, export, a tab that fails, and the close while jobs run."""

from __future__ import annotations

import csv
import time

import pytest

pytest.importorskip("tkinter", reason="needs Tk")

from tests.held import Held
from tests.patience import PATIENCE_S
from tests.ui.person import BTC, ETH, NOW, SOL, Person, make_market, on_market
from threadx.bars.schema import frame_from_columns
from threadx.bridge import JobState, ThreadXBridge
from threadx.store import Store
from threadx.ui.tabs import TABS, Tab
from threadx.ui.widgets.error_panel import ErrorPanel

DAYS = 3
HOUR_MS = 3_600_000
CLOSE_S = 30.0
"""5 s is the promise, on an idle machine."""


@pytest.fixture
def market():
    with make_market() as running:
        yield running


@pytest.fixture
def open_window(market, make_app, english_settings, wait_until):
    """Return a function that opens the window on a bank that holds these symbols, and waits for all its tabs."""
    settings = on_market(english_settings, market)

    def open_it(*symbols, tabs=TABS, tab="data_manager"):
        end_ms = int(NOW.timestamp() * 1000) // HOUR_MS * HOUR_MS
        store = Store(settings.paths.data_root, settings=settings)
        for symbol in symbols:
            columns = market.market.columns(symbol, "1m", end_ms - DAYS * 24 * HOUR_MS, end_ms)
            store.write("demo", symbol, frame_from_columns(columns), derive=["1h"])
        app = make_app(tabs, bridge=ThreadXBridge(settings), settings=settings)
        wait_until(lambda: all(map(app.book.tried, app.book.names)))
        app.open_tab(tab)
        return Person(app, wait_until)

    return open_it


# -- from the inventory ------------------------------------------------------------------------------------------------


def chart_panel(person):
    """Wait until matplotlib is loaded, and return the panel."""
    page = person.app.book.page("charts")
    person.wait_until(lambda: page.panel is not None)
    return page.panel


def test_enter_on_a_row_of_the_inventory_shows_its_bars(open_window):
    person = open_window(BTC, ETH, tab="inventory")
    table = person.app.book.page("inventory").table
    person.wait_until(lambda: len(table.shown) == 4)
    person.click_row(table, next(key for key in table.shown if ETH in key and "1h" in key))
    person.press("Return")

    assert person.app.book.current == "charts"
    panel = chart_panel(person)
    person.wait_until(lambda: panel.view.chart.place is not None)
    assert panel.header.title.cget("text") == f"{ETH} · 1h"
    assert len(panel.view.series) == DAYS * 24


def test_the_wheel_zooms_and_the_arrows_pan_what_the_inventory_opened(open_window):
    person = open_window(BTC, tab="charts")
    person.app.selection.update(symbols=(BTC,), timeframe="1m")
    view = chart_panel(person).view
    person.wait_until(lambda: view.chart.place is not None and view.viewport is not None)
    before = view.viewport

    canvas = view.canvas.widget
    person.click(canvas)
    canvas.event_generate("<Button-4>", x=canvas.winfo_width() // 2, y=canvas.winfo_height() // 2)
    person.wait_until(lambda: view.viewport.span_ms < before.span_ms)
    zoomed = view.viewport
    canvas.focus_force()
    person.press("Left")
    person.wait_until(lambda: view.viewport.start_ms < zoomed.start_ms)
    person.press("End")
    person.wait_until(lambda: view.viewport.end_ms >= view.series.end_ms)


def test_the_table_is_exported_as_it_is_shown(open_window, tmp_path):
    person = open_window(BTC, ETH, SOL, tab="inventory")
    page = person.app.book.page("inventory")
    person.wait_until(lambda: len(page.table.shown) == 6)
    person.press("Control-f")
    person.type("eth")
    person.wait_until(lambda: len(page.table.shown) == 2)
    target = tmp_path / "shown.csv"
    page.choose_file = lambda **_asked: str(target)  # the desktop's own dialog

    page.table.tree.focus_force()
    person.press("Control-e")
    dialog = person.dialog()
    person.click(dialog.what.buttons["table"])
    person.click(dialog.format.buttons["csv"])
    person.answer(dialog, "Choose the place…")
    person.wait_until(lambda: target.exists() and not person.app.bridge.jobs.busy)

    with target.open(encoding="utf-8-sig", newline="") as file:
        headings, *rows = csv.reader(file)
    assert len(rows) == 2
    assert all(ETH in row for row in rows)
    assert {len(row) for row in rows} == {len(headings)}


# -- a tab that fails --------------------------------------------------------------------------------------------------


def test_with_one_tab_broken_a_download_goes_on_in_the_next(open_window, caplog):
    broken = Tab("broken", "Broken", "threadx.ui.there_is_no_such_page:Page")
    person = open_window(tabs=(TABS[0], broken))
    person.wait_until(lambda: BTC in person.data_manager.symbols.table.rows)
    person.press("Control-Key-2")
    assert [type(child) for child in person.app.book._holders["broken"].winfo_children()] == [ErrorPanel]
    person.press("Control-Key-1")
    person.download(BTC)
    person.until_ended()
    assert person.jobs[BTC].startswith("✓")


# -- closing while jobs run --------------------------------------------------------------------------------------------


@pytest.fixture
def held(market):
    """What holds downloads of May 2024 in their middle."""
    return Held(market, "2024-05-15")


@pytest.fixture
def busy(open_window, held):
    """Somebody whose window is in the middle of two downloads, and wants to close it."""
    person = open_window(tabs=TABS[:1])
    person.wait_until(lambda: BTC in person.data_manager.symbols.table.rows)
    person.download(BTC, ETH, start="2024-05-01", end="2024-05-31")
    person.wait_until(lambda: any(event.done > 0 for event in person.app.bridge.jobs.snapshot()))
    person.press("Control-q")
    return person


def states(person):
    return {event.state for event in person.app.bridge.jobs.snapshot()}


def test_stay_leaves_window_and_jobs_as_they_are(busy, held):
    busy.answer(busy.dialog(), "Stay")
    held.let_go()
    busy.until_ended()
    assert not busy.app.closed
    assert states(busy) == {JobState.DONE}


def test_wait_closes_when_the_jobs_are_done(busy, held):
    busy.answer(busy.dialog(), "Wait, then quit")
    assert not busy.app.closed
    held.let_go()
    busy.wait_until(lambda: busy.app.closed)
    assert states(busy) == {JobState.DONE}
    assert busy.store.verify("deep").ok


def test_cancel_and_quit_is_quick_the_bank_is_whole_and_the_rest_is_offered(busy, make_app, wait_until):
    busy.answer(busy.dialog(), "Cancel jobs and quit")
    began = time.monotonic()
    busy.wait_until(lambda: busy.app.closed)
    assert time.monotonic() - began < CLOSE_S
    assert states(busy) == {JobState.CANCELLED}
    assert busy.app.all_ended(PATIENCE_S)
    assert busy.store.verify("deep").ok

    settings = busy.app.settings
    again = Person(make_app(TABS[:1], bridge=ThreadXBridge(settings), settings=settings), wait_until)
    wait_until(lambda: bool(again.data_manager.jobs._offer.winfo_viewable()))
    offer = again.data_manager.jobs._offer
    again.click(next(child for child in offer.winfo_children() if str(child.cget("text")) == "Go on"))
    wait_until(lambda: set(again.jobs) == {BTC, ETH})


@pytest.mark.faults
@pytest.mark.timeout(900)
def test_closes_in_the_middle_of_jobs_leave_a_whole_bank(open_window, market, fault_scale):
    """Twenty of them at full size; each window goes on with the bank of the one before."""
    for number in range(max(round(20 * fault_scale), 2)):
        person = open_window(tabs=TABS[:1])
        person.wait_until(lambda person=person: BTC in person.data_manager.symbols.table.rows)
        held = Held(market, "2024-05-20")
        person.download(BTC, ETH, SOL, start=f"2024-0{1 + number % 5}-01", end="2024-05-31")
        jobs = person.app.bridge.jobs

        def at_work(held=held, jobs=jobs, enough=500 * number):
            return held.reached or any(event.done > enough for event in jobs.snapshot())

        person.wait_until(at_work)
        person.press("Control-q")
        person.answer(person.dialog(), "Cancel jobs and quit")
        person.wait_until(lambda person=person: person.app.closed)
        assert person.app.all_ended(PATIENCE_S)
        assert person.store.verify("deep").ok
        assert list(person.store.layout.staging.glob("*")) == []
        held.let_go()
        market.faults.clear()


def test_saved_settings_act_at_once_in_the_data_manager(open_window):
    person = open_window(BTC, tab="settings")
    old = person.app.book.page("data_manager")
    old.symbols.table.choose((BTC,))
    settings = person.app.book.page("settings").presenter
    person.wait_until(lambda: settings.form is not None)
    settings.enter(("ingest", "timeframes"), "1h, 8h")
    settings.enter(("ingest", "workers"), "2")
    settings.add_group("Mine")
    settings.enter(("groups", "Mine"), "ETH")
    settings.save()
    person.wait_until(lambda: person.app.book.page("data_manager") is not old)
    page = person.app.book.page("data_manager")
    person.wait_until(lambda: BTC in page.symbols.table.rows)
    assert [name for name, box in page.form.timeframes.items() if box.get()] == ["1m", "1h", "8h"]
    assert page.presenter.workers == 2
    assert "Mine" in page.presenter.symbols.book.group_names()
    person.wait_until(lambda: page.symbols.table.chosen == (BTC,))
