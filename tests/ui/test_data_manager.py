"""The Data Manager with real clicks and keys, on the embedded exchange."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

pytest.importorskip("tkinter", reason="needs Tk")

from tests.held import Held
from tests.patience import SOON_S
from threadx.bridge import JobState, ThreadXBridge
from threadx.demo import DemoExchange, Fault
from threadx.ui.data_manager import DataManagerPage
from threadx.ui.presenters.job_lines import JobLine
from threadx.ui.presenters.symbol_book import Mode
from threadx.ui.tabs import Tab

TABS = (Tab("data_manager", "Data Manager", "threadx.ui.data_manager:DataManagerPage"),)
THREE = ("BTCUSDC", "ETHUSDC", "SOLUSDC")


@pytest.fixture
def exchange() -> Iterator[DemoExchange]:
    """Its clock stands still, so that no bar is finished meanwhile, and half a day ahead: today always has bars."""
    with DemoExchange(now=datetime.now(UTC) + timedelta(hours=12), weight_limit=10**6) as made:
        yield made


@pytest.fixture
def info_logged() -> Iterator[None]:
    """What is logged as INFO reaches the window, as `threadx.logs.set_up` has it."""
    logger = logging.getLogger("threadx")
    before = logger.level
    logger.setLevel(logging.INFO)
    yield
    logger.setLevel(before)


@pytest.fixture
def app(make_app, english_settings, exchange, info_logged):
    settings = english_settings.with_source(exchange.url, "demo")
    made = make_app(TABS, bridge=ThreadXBridge(settings), settings=settings)
    made.root.geometry("1280x800")
    return made


@pytest.fixture
def page(app, wait_until) -> DataManagerPage:
    """The page with the symbols of the exchange, and the keyboard."""
    page = app.book.page("data_manager")
    wait_until(lambda: page.presenter.symbols.book.online and page.presenter.symbols.bank_empty)
    page.focus_force()
    page.update()
    return page


def key(page: DataManagerPage, name: str) -> None:
    """Press a key where the keyboard is."""
    (page.focus_get() or page).event_generate(name)
    page.update()


def type_text(page: DataManagerPage, text: str) -> None:
    for sign in text:
        key(page, {"-": "<minus>", " ": "<space>", ":": "<colon>", "/": "<slash>"}.get(sign, f"<Key-{sign}>"))


def write(page: DataManagerPage, field, text: str) -> None:
    """Type a date over what stands there."""
    field.entry.focus_force()
    page.update()
    field.entry.select_range(0, "end")
    key(page, "<BackSpace>")
    type_text(page, text)


def click(page: DataManagerPage, symbol: str, *, state: int = 0) -> None:
    tree = page.symbols.table.tree
    tree.see(symbol)
    page.update()
    x, y, width, height = tree.bbox(symbol)
    at = {"x": x + width // 4, "y": y + height // 2, "state": state, "time": click.time}
    click.time += 5_000
    tree.event_generate("<ButtonPress-1>", **at)
    tree.event_generate("<ButtonRelease-1>", **at)
    page.update()


click.time = 1_000


def is_on(button) -> bool:
    return not button.instate(["disabled"])


def states(app) -> dict[str, JobState]:
    return {event.spec.subject: event.state for event in app.bridge.jobs.snapshot() if event.spec.subject}


def files(root: Path) -> dict[str, int]:
    """Everything under the data root but the window's own state."""
    found = (path for path in root.rglob("*") if path.is_file() and path.name != "window.json")
    return {str(path): path.stat().st_size for path in found}


def prepare(page: DataManagerPage, wait_until, *symbols: str, days: str = "7d") -> None:
    page.symbols.table.choose(symbols)
    page.form.presets[days].invoke()
    wait_until(lambda: "bars" in page.form.estimate.cget("text"))


def test_filter_and_multi_select(page, wait_until):
    assert page.symbols.count.cget("text").startswith("0 / ")
    click(page, "BTCUSDC")
    page.find()
    type_text(page, "eth")
    shown = page.symbols.table.shown
    assert all("ETH" in symbol for symbol in shown)
    assert "ETHUSDC" in shown
    assert "BTCUSDC" not in shown
    click(page, "ETHUSDC", state=0x4)
    assert page.presenter.symbols.book.chosen == ("BTCUSDC", "ETHUSDC")
    page.escape()
    assert page.symbols.filter.get() == ""
    assert set(page.symbols.table.tree.selection()) == {"BTCUSDC", "ETHUSDC"}
    assert page.symbols.count.cget("text").startswith("2 / ")
    assert page.context.selection.choice.symbols == ("BTCUSDC", "ETHUSDC")


def test_control_a_chooses_what_the_filter_shows(page):
    page.find()
    type_text(page, "sol")
    key(page, "<Down>")
    key(page, "<Control-a>")
    chosen = page.presenter.symbols.book.chosen
    assert chosen
    assert all("SOL" in symbol for symbol in chosen)


def test_wrong_dates_turn_red_say_why_and_stop_the_download(page):
    page.symbols.table.choose(["BTCUSDC"])
    page.update()
    assert is_on(page.form.download)
    write(page, page.form.start, "2026-02-30")
    assert page.form.start.entry.cget("style") == "Invalid.TEntry"
    assert page.form.start.reason.cget("text") == "there is no such date"
    assert not is_on(page.form.download)
    assert not is_on(page.form.dry_run)
    write(page, page.form.start, "01/11/2025")
    assert "not a date" in page.form.start.reason.cget("text")
    write(page, page.form.start, "2025-11-01")
    assert page.form.start.entry.cget("style") == "TEntry"
    write(page, page.form.end, "2025-10-01")
    assert page.form.end.reason.cget("text") == "the end lies before the start"
    write(page, page.form.end, "2025-11-03")
    assert is_on(page.form.download)


def test_a_dry_run_lists_every_symbol_and_writes_nothing(app, page, wait_until):
    prepare(page, wait_until, *THREE)
    before = files(app.settings.paths.data_root)
    page.form.dry_run.invoke()
    windows: list = []

    def shown() -> bool:
        windows[:] = [each for each in page.jobs.winfo_children() if each.winfo_class() == "Toplevel"]
        return bool(windows)

    wait_until(shown)
    assert windows[0].table.shown == THREE
    assert "Nothing was written" in windows[0].message.cget("text")
    windows[0].dismiss()
    assert files(app.settings.paths.data_root) == before


def test_three_symbols_are_downloaded_to_the_end(app, page, wait_until):
    prepare(page, wait_until, *THREE)
    assert "3 jobs" in page.form.estimate.cget("text")
    page.form.download.invoke()
    wait_until(lambda: float(page.jobs.bar.cget("value")) > 0)
    wait_until(lambda: list(states(app).values()) == [JobState.DONE] * 3)
    wait_until(lambda: page.jobs.table.tsv().count("✓ saved, no gaps") == 3)
    wait_until(lambda: float(page.jobs.bar.cget("value")) == 1000.0)
    wait_until(lambda: set(page.presenter.symbols.book.stored()) == set(THREE))
    wait_until(lambda: "now" in page.symbols.table.tsv(["BTCUSDC"]) or "min" in page.symbols.table.tsv(["BTCUSDC"]))
    wait_until(lambda: set(page.context.selection.choice.last_download) == set(THREE))
    wait_until(lambda: page.preview._chart is not None and page.preview._chart.view.series is not None)
    wait_until(lambda: "BTCUSDC" in page.preview._chart.header.title.cget("text"))
    wait_until(lambda: "nothing to fetch" in page.form.estimate.cget("text"))
    wait_until(lambda: is_on(page.form.update_all))
    wait_until(lambda: "BTCUSDC: " in page.log.text.get("1.0", "end"))


def test_cancel_stops_in_the_middle_and_keeps_what_was_saved(app, page, exchange, wait_until):
    Held(exchange, f"{datetime.now(UTC) - timedelta(days=300):%Y-%m-%d}")
    prepare(page, wait_until, *THREE, days="1y")
    page.form.download.invoke()
    wait_until(lambda: any(event.done for event in app.bridge.jobs.snapshot()))
    wait_until(lambda: is_on(page.form.cancel))
    page.form.cancel.invoke()
    wait_until(lambda: set(states(app).values()) == {JobState.CANCELLED})
    wait_until(lambda: not is_on(page.form.cancel))
    wait_until(lambda: "cancelled" in page.jobs.table.tsv())
    assert app.bridge.engine().store.verify("full").ok


def test_a_wait_that_the_server_asked_for_is_said_and_can_be_cancelled(app, page, exchange, wait_until):
    exchange.faults.add(Fault.LIMITED_429, path="klines", times=None, retry_after="60")
    prepare(page, wait_until, "BTCUSDC")
    page.form.download.invoke()
    wait_until(lambda: "waiting" in page.jobs.table.tsv())
    begun = time.monotonic()
    page.form.cancel.invoke()
    wait_until(lambda: states(app) == {"BTCUSDC": JobState.CANCELLED})
    assert time.monotonic() - begun < SOON_S


def test_the_keyboard_is_in_the_list_of_symbols_when_the_tab_comes_to_the_front(page, wait_until):
    page.shown()
    assert page.focus_get() is not page.symbols.table.tree  # who has it elsewhere on the page keeps it
    page.winfo_toplevel().focus_force()
    page.shown()
    wait_until(lambda: page.focus_get() is page.symbols.table.tree)


def line(job_id: int, role: str) -> JobLine:
    return JobLine(job_id, role, 0.5, f"S{job_id}", None, None, None, "state", "", "")


def test_the_job_that_runs_stays_in_view_until_the_user_looks_elsewhere(page):
    jobs = page.jobs
    jobs.update_jobs([line(job_id, "muted") for job_id in range(1, 61)])
    tree = jobs.table.tree
    page.update()
    jobs.update_jobs([line(40, "primary")])
    page.update()
    assert tree.bbox("40")
    assert not tree.bbox("1")
    tree.yview_moveto(0.0)
    page.update()
    jobs.update_jobs([line(40, "success"), line(41, "primary")])
    page.update()
    assert tree.bbox("1")
    assert not tree.bbox("41")
    tree.see("40")
    page.update()
    jobs.update_jobs([line(59, "primary")])
    page.update()
    assert tree.bbox("59")


def test_a_chosen_job_stays_in_view(page):
    jobs = page.jobs
    jobs.update_jobs([line(job_id, "muted") for job_id in range(1, 61)])
    page.update()
    jobs.table.tree.selection_set("2")
    page.update()
    jobs.update_jobs([line(40, "primary")])
    page.update()
    assert jobs.table.tree.bbox("2")


def test_what_failed_can_be_tried_again(app, page, exchange, wait_until):
    exchange.faults.add(Fault.OBJECT_BODY, path="klines", times=None)
    prepare(page, wait_until, "BTCUSDC")
    page.form.download.invoke()
    wait_until(lambda: states(app).get("BTCUSDC") is JobState.FAILED)
    wait_until(lambda: is_on(page.jobs.retry) and "✗" in page.jobs.table.tsv())
    page.jobs.table.choose(page.jobs.table.shown)
    assert "→" in page.jobs.detail.cget("text")
    exchange.faults.clear()
    page.jobs.retry.invoke()
    wait_until(lambda: states(app).get("BTCUSDC") is JobState.DONE)
    wait_until(lambda: len(page.jobs.table.shown) == 1 and not is_on(page.jobs.retry))


def test_a_whole_download_by_keyboard_alone(app, page, wait_until):
    key(page, "<Control-f>")
    assert page.focus_get() is page.symbols.filter
    type_text(page, "btcusdc")
    key(page, "<Return>")
    key(page, "<space>")
    assert page.presenter.symbols.book.chosen == ("BTCUSDC",)
    for _ in range(60):
        if page.focus_get() is page.form.start.entry:
            break
        key(page, "<Tab>")
    assert page.focus_get() is page.form.start.entry, "Tab goes from the symbols to the form"
    page.form.start.entry.select_range(0, "end")
    key(page, "<BackSpace>")
    type_text(page, page.form.end.get())
    for _ in range(60):
        if page.focus_get() is page.form.download:
            break
        key(page, "<Tab>")
    assert page.focus_get() is page.form.download, "Tab goes from the form to the button"
    key(page, "<Return>")
    wait_until(lambda: states(app) == {"BTCUSDC": JobState.DONE})


def test_fetching_again_asks_first_and_says_what_it_would_replace(app, page, wait_until):
    prepare(page, wait_until, "BTCUSDC")
    page.form.download.invoke()
    wait_until(lambda: states(app) == {"BTCUSDC": JobState.DONE})
    wait_until(lambda: "nothing to fetch" in page.form.estimate.cget("text"))
    page.form.refetch.invoke()
    page.form.download.invoke()
    asked: list = []

    def shown() -> bool:
        asked[:] = [each for each in page.winfo_children() if each.winfo_class() == "Toplevel"]
        return bool(asked)

    wait_until(shown)
    assert "BTCUSDC: " in asked[0].message.cget("text")
    assert len(app.bridge.jobs.snapshot()) == 1
    asked[0].buttons[0].invoke()
    wait_until(lambda: len(app.bridge.jobs.snapshot()) == 2)
    wait_until(lambda: all(event.final for event in app.bridge.jobs.snapshot()))


def test_top_100_and_groups_choose_their_symbols(page, wait_until):
    page.symbols.mode.buttons[str(Mode.TOP)].invoke()
    wait_until(lambda: 0 < len(page.presenter.symbols.book.chosen) <= 100)
    assert all(symbol.endswith("USDC") for symbol in page.presenter.symbols.book.chosen)
    page.symbols.mode.buttons[str(Mode.GROUP)].invoke()
    page.symbols.group.set("L1")
    page.symbols.group.event_generate("<<ComboboxSelected>>")
    page.update()
    assert set(page.presenter.symbols.book.chosen) == {"BTCUSDC", "ETHUSDC", "SOLUSDC", "ADAUSDC"}
    page.symbols.mode.buttons[str(Mode.SEVERAL)].invoke()
    assert page.presenter.symbols.book.chosen == ()


def test_a_list_is_saved_renamed_imported_and_deleted(page, tmp_path, wait_until):
    page.symbols.table.choose(["BTCUSDC", "ETHUSDC"])
    dialog = page.symbols.ask_list_name()
    entry = next(each for each in dialog.body.winfo_children() if each.winfo_class() == "TEntry")
    dialog.buttons[0].invoke()
    assert dialog.winfo_exists(), "a list needs a name"
    entry.insert(0, "mine")
    dialog.buttons[0].invoke()
    assert page.presenter.symbols.book.group == "mine"
    assert page.presenter.symbols.book.chosen == ("BTCUSDC", "ETHUSDC")
    assert page.presenter.symbols.rename_list("yours") == ""
    (tmp_path / "coins.txt").write_text("SOL\nnothing-at-all!\n")
    page.presenter.symbols.import_list(tmp_path / "coins.txt")
    assert page.presenter.symbols.book.chosen == ("SOLUSDC",)
    assert page.presenter.symbols.book.lists.names() == ("coins", "yours")
    page.presenter.symbols.delete_list()
    question = next(each for each in page.symbols.winfo_children() if each.winfo_class() == "Toplevel")
    question.buttons[0].invoke()
    assert page.presenter.symbols.book.lists.names() == ("yours",)


def test_an_empty_bank_shows_three_steps_and_the_demo(make_app, english_settings, exchange, wait_until):
    settings = english_settings.with_source(exchange.url, "binance")
    app = make_app(TABS, bridge=ThreadXBridge(settings), settings=settings)
    page = app.book.page("data_manager")
    wait_until(lambda: page.presenter.symbols.bank_empty)
    wait_until(lambda: page.preview._empty is not None)
    assert "Try the offline demo" in [button.cget("text") for button in page.preview._empty.buttons]


def test_the_log_can_be_hidden_and_brought_back(page):
    page.show_log(on=False)
    page.update()
    assert not page.log.winfo_ismapped()
    page.show_log(on=True)
    page.update()
    assert page.log.winfo_ismapped()


def test_lines_that_come_while_nobody_can_see_the_log_are_drawn_when_it_is_back(page, wait_until):
    """They were drawn all the same, which held up whoever worked in another tab while many came."""
    page.show_log(on=False)
    page.update()
    logging.getLogger("threadx").info("BTCUSDC: first")
    wait_until(lambda: any("first" in line.text for line in page._log_buffer.shown()))
    assert "first" not in page.log.text.get("1.0", "end")
    page.show_log(on=True)
    wait_until(lambda: "first" in page.log.text.get("1.0", "end"))
    logging.getLogger("threadx").info("BTCUSDC: second")
    wait_until(lambda: "second" in page.log.text.get("1.0", "end"))
    assert page.log.text.get("1.0", "end").count("first") == 1


def test_form_and_layout_survive_a_change_of_theme_and_language(app, page, wait_until):
    prepare(page, wait_until, "BTCUSDC", "ETHUSDC", days="90d")
    page.form.timeframes["1w"].invoke()
    page.symbols.table.sort("last", descending=True)
    start = page.form.start.get()
    app.set_theme("dark")
    app.set_language("fr")
    wait_until(lambda: app.book.page("data_manager") is not None and app.book.page("data_manager") is not page)
    again = app.book.page("data_manager")
    app.root.update()
    assert again.form.start.get() == start
    assert again.form.timeframes["1w"].get()
    assert again.symbols.table.chosen == ("BTCUSDC", "ETHUSDC")
    assert again.symbols.table.sorted_by == ("last", True)


def test_the_page_fits_a_small_window(app, page, wait_until):
    app.root.geometry("1024x700")
    wait_until(lambda: app.root.winfo_width() == 1024)
    app.root.update()
    bottom = app.root.winfo_rooty() + app.root.winfo_height()
    right = app.root.winfo_rootx() + app.root.winfo_width()
    for widget in (page.form.download, page.form.verify, page.jobs.table, page.log.text, page.symbols.table):
        assert widget.winfo_ismapped()
        assert widget.winfo_rooty() + widget.winfo_height() <= bottom
        assert widget.winfo_rootx() + widget.winfo_width() <= right
