"""The Inventory tab under real clicks and keys, on a real bank."""

from __future__ import annotations

import pytest

pytest.importorskip("tkinter", reason="needs Tk")

from tests.ui.bank import BTC, ETH, exchange, on_exchange, write
from threadx.bridge import ThreadXBridge
from threadx.ui.export_dialog import ExportDialog
from threadx.ui.inventory_dialogs import DeletedDialog, HistoryDialog
from threadx.ui.presenters.inventory import What
from threadx.ui.tabs import Tab
from threadx.ui.theme import ttk

TABS = (
    Tab("inventory", "Inventory", "threadx.ui.inventory:InventoryPage"),
    Tab("charts", "Charts", "tests.ui.test_inventory:EmptyPage"),
)
KEY, HOURS = f"demo/{BTC}/1m", f"demo/{BTC}/1h"


def EmptyPage(parent, context):  # noqa: N802 - stands for a class
    from threadx.ui.context import Page

    return Page(parent, context)


@pytest.fixture
def make_page(make_app, english_settings, wait_until):
    """Return a function that opens the window on the tab, with bars of these symbols, and waits for the table."""
    with exchange() as running:
        settings = on_exchange(english_settings, running)

        def make(*symbols: str, hole_minutes: int = 0):
            for symbol in symbols:
                write(settings, symbol, hole_minutes=hole_minutes)
            app = make_app(TABS, bridge=ThreadXBridge(settings, remember=False), settings=settings)
            app.root.geometry("1200x760")
            page = app.book.page("inventory")
            page.app = app
            wait_until(lambda: page.presenter._known and page.table.winfo_viewable() == 1)
            return page

        yield make


def click(page, key: str, *, state: int = 0, button: int = 1) -> None:
    page.update()
    x, y, width, height = page.table.tree.bbox(key)
    at = {"x": x + width // 20, "y": y + height // 2, "state": state}
    page.table.tree.event_generate(f"<ButtonPress-{button}>", **at)
    page.table.tree.event_generate(f"<ButtonRelease-{button}>", **at)
    page.update()


def press(widget, key: str) -> None:
    widget.focus_force()
    widget.update()
    widget.event_generate(key)
    widget.update()


def push(dialog, text: str) -> None:
    page = dialog.master
    next(button for button in dialog.buttons if button.cget("text") == text).invoke()
    page.update()


def said(page) -> str:
    return str(page.app.status.message)


def dialog_of(page, kind):
    return next(dialog for dialog in page.dialogs if isinstance(dialog, kind) and dialog.winfo_exists())


def test_datasets_are_listed_sorted_and_filtered(make_page):
    page = make_page(BTC, ETH)
    assert len(page.table.shown) == 4
    assert page._totals.cget("text").startswith("4 datasets")
    page.find()
    page.filter.entry.insert("end", "eth 1h")
    page.update()
    assert page.table.shown == (f"demo/{ETH}/1h",)
    assert page._totals.cget("text").startswith("1 / 4 shown")
    press(page.filter.entry, "<Escape>")
    page.table.sort("rows", descending=True)
    assert page.table.shown[0].endswith("/1m")


def test_an_empty_bank_shows_the_first_steps(make_page):
    page = make_page()
    assert page._empty is not None
    assert len(page._empty.buttons) == 1
    assert page._buttons["export"].instate(["disabled"])


def test_enter_opens_the_dataset_in_charts(make_page):
    page = make_page(BTC)
    click(page, HOURS)
    press(page.table.tree, "<Return>")
    assert page.context.selection.choice.symbols == (BTC,)
    assert page.context.selection.choice.timeframe == "1h"
    assert page.app.book.current == "charts"


def test_the_menu_opens_by_mouse_and_by_keys_and_names_every_action(make_page):
    page = make_page(BTC)
    click(page, KEY)
    labels = [entry.label for entry in page._menu((KEY,)) if entry is not None]
    assert len(labels) == 9
    for open_menu in (lambda: press(page.table.tree, "<Shift-F10>"), lambda: click(page, KEY, button=3)):
        open_menu()
        menus = [child for child in page.table.tree.winfo_children() if child.winfo_class() == "Menu"]
        assert [menus[0].entrycget(at, "label") for at in (0, 1, 2)] == labels[:3]
        menus[0].unpost()
        page.update()


def test_control_c_copies_the_chosen_rows(make_page):
    page = make_page(BTC)
    click(page, KEY)
    press(page.table.tree, "<Control-c>")
    head, row, *rest = page.clipboard_get().splitlines()
    assert head.startswith("Symbol\tProvider\tTimeframe\t")
    assert row.startswith(f"{BTC}\tdemo\t1m\t2024-05-30 00:00\t")
    assert rest == []


def test_verify_fills_the_checksum_column(make_page, wait_until):
    page = make_page(BTC)
    click(page, KEY)
    page._buttons["verify"].invoke()
    wait_until(lambda: "right" in page.table.rows[KEY].cells[-1])
    wait_until(lambda: "nothing is wrong" in said(page))


def test_delete_asks_and_deleted_brings_back(make_page, wait_until):
    page = make_page(BTC, ETH)
    click(page, KEY)
    press(page.table.tree, "<Delete>")
    question = page.dialogs[-1]
    push(question, "Cancel")
    assert len(page.table.shown) == 4
    press(page.table.tree, "<Delete>")
    push(page.dialogs[-1], "Delete")
    wait_until(lambda: page.table.shown == (f"demo/{ETH}/1m", f"demo/{ETH}/1h"))
    wait_until(lambda: page._deleted.cget("text") == "1 deleted")
    wait_until(lambda: page._deleted.winfo_viewable() == 1)
    page._deleted.invoke()
    push(dialog_of(page, DeletedDialog), "Bring back")
    wait_until(lambda: len(page.table.shown) == 4)
    dialog_of(page, DeletedDialog).dismiss()


def test_history_tells_in_words_and_undoes(make_page, wait_until):
    page = make_page(BTC)
    click(page, KEY)
    page.do("history")
    dialog = dialog_of(page, HistoryDialog)
    wait_until(lambda: "bars added" in dialog.text.get("1.0", "end"))
    assert "4,392 bars added" in dialog.text.get("1.0", "end")
    push(dialog, "Undo the last operation")
    wait_until(lambda: len(dialog.table.shown) == 2)
    wait_until(lambda: "4,392 removed" in dialog.text.get("1.0", "end"))
    wait_until(lambda: len(page.table.shown) == 0)
    push(dialog, "Undo the last operation")
    wait_until(lambda: len(page.table.shown) == 2)
    dialog.dismiss()


@pytest.mark.parametrize(("what", "kind"), [(What.TABLE, "csv"), (What.BARS, "xlsx"), (What.BARS, "parquet")])
def test_export_runs_as_a_job_and_says_where(make_page, wait_until, tmp_path, what, kind):
    page = make_page(BTC)
    page.choose_file = lambda **options: str(tmp_path / options["initialfile"])
    click(page, KEY)
    press(page.table.tree, "<Control-e>")
    dialog = dialog_of(page, ExportDialog)
    dialog.what.buttons[what].invoke()
    dialog.format.buttons[kind].invoke()
    push(dialog, "Choose the place…")
    wait_until(lambda: "exported" in said(page))
    (made,) = tmp_path.glob(f"*.{kind}")
    assert str(made) in said(page)


def test_bars_of_a_period_are_exported_once_its_dates_are_right(make_page, wait_until, tmp_path):
    page = make_page(BTC)
    page.choose_file = lambda **options: str(tmp_path / options["initialfile"])
    click(page, KEY)
    page.do("export")
    dialog = dialog_of(page, ExportDialog)
    dialog.range.way.buttons["dates"].invoke()
    for field, text in ((dialog.range.start, "2024-05-31"), (dialog.range.end, "nonsense")):
        field.entry.delete(0, "end")
        field.entry.insert(0, text)
    page.update()
    assert dialog.buttons[0].instate(["disabled"])
    dialog.range.end.entry.delete(0, "end")
    dialog.range.end.entry.insert(0, "2024-05-31")
    page.update()
    push(dialog, "Choose the place…")
    wait_until(lambda: "exported" in said(page))
    (made,) = tmp_path.glob("*.csv")
    assert len(made.read_text("utf-8").splitlines()) == 1 + 1440


def test_several_datasets_are_exported_to_a_folder(make_page, wait_until, tmp_path):
    page = make_page(BTC)
    page.choose_folder = lambda **_options: str(tmp_path / "out")
    press(page.table.tree, "<Control-a>")
    page.do("export")
    dialog = dialog_of(page, ExportDialog)
    dialog.format.buttons["csv"].invoke()
    push(dialog, "Choose the place…")
    wait_until(lambda: "2 files" in said(page))
    assert len(list((tmp_path / "out").iterdir())) == 2


def test_the_map_is_walked_by_keys_and_a_cell_is_repaired(make_page, wait_until):
    page = make_page(BTC, hole_minutes=30)
    page.views.buttons["heat"].invoke()
    wait_until(lambda: bool(page.heat.map.grid_shown.series))
    canvas = page.heat.map.canvas
    press(canvas, "<Home>")
    assert page.heat.map.cursor == (0, 0)
    assert BTC in page.heat.caption.cget("text")
    press(canvas, "<Return>")
    wait_until(lambda: len(page.heat.gaps.shown) == 2)
    assert page.heat.gaps.rows[page.heat.gaps.shown[-1]].cells[3] == "not fetched"
    page.heat.repair.invoke()
    wait_until(lambda: page.heat.map.grid_shown.percent[0][0] == 100 and not page.heat.gaps.shown)
    wait_until(lambda: page.heat.repair.instate(["disabled"]))


def test_a_click_on_the_map_chooses_that_cell(make_page, wait_until):
    page = make_page(BTC, ETH)
    page.views.buttons["heat"].invoke()
    wait_until(lambda: len(page.heat.map.grid_shown.series) == 2)
    page.update()
    column = len(page.heat.map.grid_shown.months) - 1
    left, top, right, bottom = page.heat.map.cell_box(1, column)
    page.heat.map.canvas.event_generate("<Button-1>", x=(left + right) // 2, y=(top + bottom) // 2)
    assert page.heat.map.cursor == (1, column)
    wait_until(lambda: bool(page.heat.gaps.shown))
    page.heat.charts.invoke()
    assert page.context.selection.choice.symbols == (ETH,)


def test_the_filter_narrows_the_map_too(make_page, wait_until):
    page = make_page(BTC, ETH)
    page.views.buttons["heat"].invoke()
    wait_until(lambda: len(page.heat.map.grid_shown.series) == 2)
    page.filter.entry.insert(0, "eth")
    page.update()
    assert page.heat.map.grid_shown.series == (("demo", ETH),)


def test_a_rebuilt_page_shows_the_same(make_page):
    page = make_page(BTC)
    app = page.app
    page.filter.entry.insert(0, "1h")
    app.rebuild()
    app.root.update()
    again = app.book.page("inventory")
    assert again is not page
    assert again.table.shown == (HOURS,)
    assert isinstance(again.tools.winfo_children()[0].winfo_children()[0], ttk.Entry)


def test_french_and_dark_show_the_same(make_page):
    page = make_page(BTC)
    app = page.app
    app.set_language("fr")
    app.set_theme("dark")
    app.rebuild()
    app.root.update()
    again = app.book.page("inventory")
    assert again.table.tree.heading("symbol", "text") == "Symbole"
    assert again.table.rows[KEY].cells[6] == "4\u202f320"


def reachable(page, start) -> set[str]:
    """The widgets that Tab comes to, from `start` on."""
    page.update()
    found: dict[str, None] = {}
    widget = start
    while str(widget) not in found:
        found[str(widget)] = None
        widget = widget.tk_focusNext()
    return set(found)


def test_everything_is_reached_by_the_tab_key(make_page, wait_until):
    page = make_page(BTC)
    page.table.choose([KEY])
    wanted = {str(button) for button in page._buttons.values()}
    assert wanted | {str(page.table.tree), str(page.filter.entry)} <= reachable(page, page.filter.entry)
    page.views.buttons["heat"].invoke()
    wait_until(lambda: bool(page.heat.map.grid_shown.series))
    press(page.heat.map.canvas, "<Return>")
    wait_until(lambda: bool(page.heat.gaps.shown))
    wanted = {str(each) for each in (page.heat.map.canvas, page.heat.charts, page.heat.repair, page.heat.gaps.tree)}
    assert wanted <= reachable(page, page.filter.entry)


def test_the_keyboard_follows_the_tab(make_page):
    page = make_page(BTC)
    page.app.root.focus_force()
    page.app.root.update()
    page.app.open_tab("charts")
    page.app.root.update()
    page.app.open_tab("inventory")
    page.app.root.update()
    assert page.focus_get() is page.table.tree
