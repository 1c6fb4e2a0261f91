"""The Data Manager as a person uses it, in the whole window, with the embedded exchange behind it."""

from __future__ import annotations

import pytest

pytest.importorskip("tkinter", reason="needs Tk")

from tests.held import Held
from tests.ui.person import BARS, BTC, ETH, FIRST_DAY, LAST_DAY, SOL, Person, make_market, on_market
from threadx.bridge import JobState, ThreadXBridge
from threadx.demo.faults import Fault
from threadx.ui.tabs import TABS
from threadx.ui.theme import ttk

MONTHS_AGO, HELD_FROM = "2024-03-01", "2024-04-10"
"""The start of a download that lasts until it is let go on or cancelled, and where it is held."""


@pytest.fixture
def market():
    with make_market() as running:
        yield running


@pytest.fixture
def person(market, make_app, english_settings, wait_until):
    """Somebody before the window of an empty bank, its symbols listed."""
    settings = on_market(english_settings, market)
    app = make_app(TABS[:1], bridge=ThreadXBridge(settings), settings=settings)
    someone = Person(app, wait_until)
    wait_until(lambda: BTC in someone.data_manager.symbols.table.rows)
    return someone


def listing(folder):
    return sorted((str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in folder.rglob("*"))


def test_three_symbols_are_downloaded_to_the_end(person, market):
    person.download(BTC, ETH, SOL)
    person.until_ended()

    page = person.data_manager
    assert set(person.jobs) == {BTC, ETH, SOL}
    assert all(state.startswith("✓") for state in person.jobs.values())
    assert [row.values[1] for row in page.jobs.table.rows.values()] == [BARS] * 3
    assert page.jobs.overall.cget("text").startswith("3 / 3")
    assert float(page.jobs.bar.cget("value")) == 1000
    assert person.app.status.message == "3 jobs done"
    person.wait_until(lambda: page.symbols.table.rows[BTC].cells[1] != "—")
    assert person.store.verify("deep").ok
    assert market.log.by_path["klines"] >= 3 * BARS / 1000


def test_the_preview_shows_what_was_downloaded(person):
    person.download(BTC)
    person.until_ended()

    def drawn():
        chart = person.data_manager.preview._chart
        return chart is not None and chart.view.chart.place is not None

    person.wait_until(drawn)
    assert person.data_manager.preview._chart.header.title.cget("text").startswith(BTC)


def test_cancel_in_the_middle_keeps_what_was_stored_and_the_rest_comes_later(person, market):
    held = Held(market, HELD_FROM)
    person.download(BTC, ETH, start=MONTHS_AGO)
    person.wait_until(lambda: any(event.done > 2_000 for event in person.app.bridge.jobs.snapshot()))
    person.click(person.data_manager.form.cancel)
    person.until_ended()

    assert {event.state for event in person.app.bridge.jobs.snapshot()} == {JobState.CANCELLED}
    assert all(state.startswith("–") for state in person.jobs.values())
    assert "cancelled" in person.app.status.message
    assert person.data_manager.form.cancel.instate(["disabled"])
    assert person.store.verify("deep").ok

    held.let_go()
    person.download(BTC)
    person.until_ended()
    assert len(person.store.read("demo", BTC, "1m").loc[FIRST_DAY:LAST_DAY]) == BARS


def test_a_job_that_failed_says_why_and_succeeds_when_it_is_tried_again(person, market):
    market.faults.add(Fault.CUT_JSON, path="klines", match={"symbol": ETH}, times=None)
    person.download(BTC, ETH)
    person.until_ended()
    page = person.data_manager
    failed = next(row for row in page.jobs.table.rows.values() if row.cells[0] == ETH)
    assert (person.jobs[BTC][0], person.jobs[ETH][0], failed.tags) == ("✓", "✗", ("danger",))
    person.click_row(page.jobs.table, failed.key)
    assert page.jobs.detail.winfo_viewable()
    assert ETH in page.jobs.detail.cget("text")

    market.faults.clear()
    person.click(page.jobs.retry)
    person.until_ended()

    assert (person.jobs[BTC][0], person.jobs[ETH][0]) == ("✓", "✓")
    assert page.jobs.retry.instate(["disabled"])


def test_a_dry_run_lists_what_would_be_fetched_and_leaves_the_folder_identical(person):
    person.download(BTC)
    person.until_ended()
    person.app.bridge.engine().store.catalog.rows()  # takes up what the job noted, as the next list of anybody would
    root = person.app.settings.paths.data_root
    person.choose(BTC, ETH)
    before = listing(root / "processed"), listing(root / "registry")

    person.press("Control-Shift-D")
    result = person.dialog()

    cells = [row.cells for row in result.table.rows.values()]
    assert [row[0] for row in cells] == [BTC, ETH]
    assert any(str(BARS) in cell.replace(",", "") for cell in cells[1])
    assert (listing(root / "processed"), listing(root / "registry")) == before
    person.answer(result, "Close")


def test_a_dry_run_of_an_empty_bank_makes_no_file_at_all(person):
    root = person.app.settings.paths.data_root
    before = listing(root)
    person.choose(BTC)
    person.set_period()
    person.click(person.data_manager.form.dry_run)
    person.answer(person.dialog(), "Close")
    assert listing(root) == before


def test_dates_that_are_wrong_are_red_and_nothing_can_be_downloaded(person):
    page = person.data_manager
    person.choose(BTC)
    person.set_period("2024-02-30", LAST_DAY)
    assert page.form.start.reason.cget("text")
    assert page.form.download.instate(["disabled"])
    person.press("Control-d")
    assert person.app.bridge.jobs.snapshot() == []
    person.set_period(LAST_DAY, FIRST_DAY)
    assert page.form.download.instate(["disabled"])
    person.set_period()
    person.wait_until(lambda: page.form.download.instate(["!disabled"]) and not page.form.start.reason.cget("text"))


def test_what_is_chosen_stays_chosen_while_a_filter_hides_it(person):
    page = person.data_manager
    person.choose(BTC)
    person.press("Control-f")
    person.type("ethusdc")
    assert page.symbols.table.shown == (ETH,)
    person.click_row(page.symbols.table, ETH)
    assert page.symbols.table.chosen == (BTC, ETH)
    assert "2 / " in page.symbols.count.cget("text")
    person.press("Control-f", "Escape")
    assert BTC in page.symbols.table.shown
    assert page.symbols.table.chosen == (BTC, ETH)


def test_theme_and_language_change_under_a_running_job(person, market):
    held = Held(market, HELD_FROM)
    person.download(BTC, ETH, start=MONTHS_AGO)
    person.wait_until(lambda: any(event.done > 0 for event in person.app.bridge.jobs.snapshot()))
    app, before = person.app, person.data_manager

    person.press("Control-Shift-L")
    person.wait_until(lambda: app.theme.mode == "dark" and person.data_manager is not before)
    assert set(person.jobs) == {BTC, ETH}
    app.set_language("fr")  # as the menu does
    person.wait_until(lambda: person.data_manager.form.download.cget("text") == "Télécharger")
    assert app.bridge.jobs.busy, "nobody stopped the jobs"
    held.let_go(until="2024-05-10")
    person.wait_until(lambda: max(event.done for event in app.bridge.jobs.snapshot()) > 41 * 1440)
    assert person.data_manager.symbols.table.chosen == (BTC, ETH)

    person.click(person.data_manager.form.cancel)
    person.until_ended()
    assert all(state.startswith("–") for state in person.jobs.values())


def test_an_error_in_a_callback_disturbs_no_job_and_can_be_copied(person, market, caplog):
    held = Held(market, FIRST_DAY)
    person.download(BTC)
    person.wait_until(lambda: person.app.bridge.jobs.busy)
    broken = ttk.Button(person.data_manager, command=lambda: 1 / 0)  # one that no news of jobs can disable
    broken.place(x=0, y=0)
    person.click(broken)

    dialog = person.dialog()
    assert "ZeroDivisionError" in dialog.message.cget("text")
    person.answer(dialog, "Copy details")
    assert "ZeroDivisionError" in person.app.root.clipboard_get()
    person.answer(dialog, "Close")
    held.let_go()
    person.until_ended()
    assert person.jobs[BTC].startswith("✓")


def test_a_whole_download_by_keyboard_alone(person):
    page, app = person.data_manager, person.app
    person.press("Control-f")
    person.type("solusdc")
    person.press("Return", "space")  # into the list, and choose its first row
    person.wait_until(lambda: page.symbols.table.chosen == (SOL,))
    reached = [app.root.focus_get()]
    for _stop in range(60):  # by Tab alone, as far as the button
        person.press("Tab")
        reached.append(app.root.focus_get())
        if reached[-1] is page.form.start.entry:
            person.press("Home", "Shift-End")
            person.type(FIRST_DAY)
        elif reached[-1] is page.form.end.entry:
            person.press("Home", "Shift-End")
            person.type(LAST_DAY)
        elif reached[-1] is page.form.download:
            break
    assert {page.form.start.entry, page.form.end.entry, page.form.workers, page.form.refetch} <= set(reached)
    assert reached[-1] is page.form.download
    person.press("space")
    person.until_ended()

    assert person.jobs[SOL].startswith("✓")
    person.press("Control-q")
    person.wait_until(lambda: app.closed)
