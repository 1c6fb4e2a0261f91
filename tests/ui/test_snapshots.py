"""The Snapshots tab under real clicks and keys, on a real bank."""

from __future__ import annotations

import pandas as pd
import pytest

pytest.importorskip("tkinter", reason="needs Tk")

from tests.ui.bank import BTC, ETH, exchange, on_exchange, write
from tests.ui.person import Person
from threadx.bridge import ThreadXBridge
from threadx.data.snapshots import SnapshotStore
from threadx.ui.snapshot_dialogs import ArchiveDialog, ChangesDialog, CreateDialog
from threadx.ui.tabs import Tab

TABS = (
    Tab("snapshots", "Snapshots", "threadx.ui.snapshots:SnapshotsPage"),
    Tab("charts", "Charts", "tests.ui.test_inventory:EmptyPage"),
)


@pytest.fixture
def make_page(make_app, english_settings, wait_until):
    """Return a function that opens the window on the tab, with these dates of `selection`, and waits for the tables."""
    with exchange() as running:
        settings = on_exchange(english_settings, running)

        def make(*stamps: str, symbols=()):
            for symbol in symbols:
                write(settings, symbol)
            store = SnapshotStore(settings)
            for number, stamp in enumerate(stamps):
                table = pd.DataFrame({"symbol": ["A", "B"], "rank": [1, 2 + number]})
                store.publish("selection", {"t.parquet": table, "m.json": {"rows": [{"n": number}]}}, stamp=stamp)
            app = make_app(TABS, bridge=ThreadXBridge(settings, remember=False), settings=settings)
            app.root.geometry("1200x760")
            page = app.book.page("snapshots")
            page.app, page.person, page.store = app, Person(app, wait_until), store
            wait_until(lambda: page.presenter.read is not None and page.domains.winfo_viewable() == 1)
            return page

        yield make


def dialog_of(page, kind):
    page.update()
    return next(each for each in page.dialogs if isinstance(each, kind) and each.winfo_exists())


def read_anew(page, wait_until) -> None:
    wait_until(lambda: not page.app.bridge.jobs.busy and not page.presenter._mine)
    wait_until(lambda: not page.presenter._dirty and not page.presenter._busy)


def test_an_empty_bank_shows_what_to_do_instead_of_an_error(make_page):
    page = make_page()
    assert page._empty is not None
    assert all(page._buttons[name].instate(["disabled"]) for name in ("create", "archive", "diff", "restore"))


def test_a_click_on_domain_date_and_file_shows_what_it_holds(make_page, wait_until):
    page = make_page("20240101", "20240102", symbols=[BTC])
    person = page.person
    assert page.domains.chosen == ("selection",)
    person.click_row(page.table, "20240101")
    wait_until(lambda: "2024-01-01" in page.contents.title.cget("text"))
    person.click_row(page.contents.files, "t.parquet")
    wait_until(lambda: page.contents.table is not None and len(page.contents.table.shown) == 2)
    assert page.contents.table.tsv().splitlines()[0] == "symbol\trank"
    person.click_row(page.contents.files, "m.json")
    wait_until(lambda: page.contents.looks.winfo_viewable() == 1)
    person.click(page.contents.looks.buttons["text"])
    assert '"n": 0' in page.contents.text.get("1.0", "end")
    person.click(page.views.buttons["datasets"])
    assert len(page.datasets.shown) == 2
    person.click_row(page.datasets, f"demo {BTC} 1h")
    person.press("Return")
    assert (page.context.selection.choice.symbols, page.app.book.current) == ((BTC,), "charts")


def test_a_right_click_where_no_dataset_is_chosen_offers_nothing_to_do(make_page):
    """It ended in an error: the menu asked for the first of no rows."""
    page = make_page("20240101", symbols=[BTC])
    page.person.click(page.views.buttons["datasets"])
    assert [entry.enabled for entry in page._fresh_menu(())] == [False, False]


def test_the_bank_is_pinned_from_the_dialog(make_page, wait_until):
    page = make_page(symbols=[BTC, ETH])
    person = page.person
    person.click(page._buttons["create"])
    dialog = dialog_of(page, CreateDialog)
    wait_until(lambda: dialog.winfo_viewable() == 1)
    person.write(dialog.date, "2024-02-30")
    person.press("Return")
    assert "write a day" in dialog.reason.cget("text")
    person.write(dialog.date, "2024-02-29")
    person.answer(dialog, "Create")
    read_anew(page, wait_until)
    assert page.domains.shown == ("bank",)
    assert page.table.shown == ("20240229",)
    assert "2 series pinned" in page.app.status.message


def test_two_dates_are_compared_and_the_words_copied(make_page, wait_until):
    page = make_page("20240101", "20240102")
    page.person.click_row(page.table, "20240102")
    page.person.press("Return")
    wait_until(lambda: any(isinstance(each, ChangesDialog) for each in page.dialogs))
    dialog = dialog_of(page, ChangesDialog)
    words = dialog.text.get("1.0", "end")
    assert "t.parquet" in words
    page.person.answer(dialog, "Copy")
    assert "t.parquet" in page.clipboard_get()
    page.person.answer(dialog, "Close")


def test_old_dates_are_archived_after_a_look_and_brought_back(make_page, wait_until):
    page = make_page("20240101", "20240102")
    person = page.person
    person.click(page._buttons["archive"])
    dialog = dialog_of(page, ArchiveDialog)
    wait_until(lambda: dialog.winfo_viewable() == 1 and dialog.table.shown == ("selection 202401",))
    assert "2 dates would go" in dialog.word.cget("text")
    person.write(dialog.age, "x")
    assert dialog.buttons[0].instate(["disabled"])
    person.write(dialog.age, "99")
    wait_until(lambda: dialog.buttons[0].instate(["!disabled"]))
    person.answer(dialog, "Archive")
    read_anew(page, wait_until)
    assert [row.complete for row in page.store.list("selection")] == []
    wait_until(lambda: page.contents.bring_back.winfo_viewable() == 1)
    person.click(page.contents.bring_back)
    read_anew(page, wait_until)
    assert len(page.store.list("selection")) >= 1


def test_the_menu_opens_by_keys_f5_reads_anew_and_the_page_is_rebuilt_as_it_was(make_page, wait_until):
    page = make_page("20240101", "20240102")
    person = page.person
    person.click_row(page.table, "20240101")
    person.press("Shift-F10")
    menus = [child for child in page.table.tree.winfo_children() if child.winfo_class() == "Menu"]
    assert menus[0].entrycget(0, "label") == "Compare…"
    menus[0].unpost()
    page.update()
    page.store.publish("selection", {"m.json": {}}, stamp="20240103")
    page.app.commands["refresh"]()
    wait_until(lambda: len(page.table.shown) == 3)
    assert page.table.chosen == ("20240101",)
    app = page.app
    app.set_language("fr")
    wait_until(lambda: app.book.page("snapshots") is not page)
    again = app.book.page("snapshots")
    wait_until(lambda: again.table.chosen == ("20240101",))
    assert str(again.contents.title.cget("text")).startswith("Contenu")
