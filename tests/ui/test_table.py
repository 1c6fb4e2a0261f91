"""The table under real clicks and keys."""

from __future__ import annotations

import itertools
import time

import pytest

tk = pytest.importorskip("tkinter", reason="needs Tk")

from threadx.ui.theme import Theme  # noqa: E402 - after the check for Tk
from threadx.ui.widgets.table import Column, DataTable, MenuEntry, Row, TableEvents  # noqa: E402 - likewise

TIMES = itertools.count(10_000, 5_000)
"""Of clicks, in ms: far enough apart not to be double clicks."""
COLUMNS = (Column("symbol", "Symbol", 120), Column("bars", "Bars", 80, "right"))


class Heard:
    """What the table told its owner."""

    def __init__(self) -> None:
        self.chosen: list[tuple[str, ...]] = []
        self.opened: list[str] = []
        self.deleted: list[tuple[str, ...]] = []

    def events(self, menu=None) -> TableEvents:
        return TableEvents(self.chosen.append, self.opened.append, self.deleted.append, menu)


def table_of(theme: Theme, rows, heard: Heard | None = None, menu=None) -> DataTable:
    table = DataTable(theme.root, theme, COLUMNS, (heard or Heard()).events(menu))
    table.pack(fill="both", expand=True)
    table.set_rows(rows)
    theme.root.update()
    return table


def some(*pairs: tuple[str, int | None]) -> list[Row]:
    return [Row(name, (name, "" if bars is None else f"{bars:,}"), (name, bars)) for name, bars in pairs]


THREE = some(("BTCUSDC", 900), ("ETHUSDC", 20_000), ("SOLUSDC", None))


def click(table: DataTable, key: str, *, state: int = 0, button: int = 1) -> None:
    x, y, width, height = table.tree.bbox(key)
    at = {"x": x + width // 4, "y": y + height // 2, "time": next(TIMES)}
    table.tree.event_generate(f"<ButtonPress-{button}>", state=state, **at)
    table.tree.event_generate(f"<ButtonRelease-{button}>", state=state, **at)
    table.update()


def click_heading(table: DataTable, column: str) -> None:
    x, _y, width, _height = table.tree.bbox(table.shown[0], column)
    at = {"x": x + width // 2, "y": 8, "time": next(TIMES)}
    table.tree.event_generate("<Motion>", **at)
    table.tree.event_generate("<ButtonPress-1>", **at)
    table.tree.event_generate("<ButtonRelease-1>", **at)
    table.update()


def press(table: DataTable, key: str) -> None:
    table.tree.focus_force()
    table.update()
    table.tree.event_generate(key)
    table.update()


CONTROL, SHIFT = 0x4, 0x1


def test_numbers_sort_as_numbers_and_the_second_click_turns_it_round(theme):
    table = table_of(theme, THREE)
    click_heading(table, "bars")
    assert table.shown == ("BTCUSDC", "ETHUSDC", "SOLUSDC")
    click_heading(table, "bars")
    assert table.shown == ("ETHUSDC", "BTCUSDC", "SOLUSDC"), "rows without a value come last both ways"
    assert table.sorted_by == ("bars", True)


def test_control_and_shift_clicks_choose_several(theme):
    heard = Heard()
    table = table_of(theme, THREE, heard)
    click(table, "BTCUSDC")
    click(table, "SOLUSDC", state=CONTROL)
    assert table.chosen == ("BTCUSDC", "SOLUSDC")
    click(table, "BTCUSDC")
    click(table, "SOLUSDC", state=SHIFT)
    assert set(table.chosen) == {"BTCUSDC", "ETHUSDC", "SOLUSDC"}
    assert heard.chosen[-1] == table.chosen


def test_a_filter_hides_chosen_rows_without_losing_them(theme):
    table = table_of(theme, THREE)
    click(table, "BTCUSDC")
    table.filter("sol")
    table.update()
    assert table.shown == ("SOLUSDC",)
    assert table.chosen == ("BTCUSDC",)
    click(table, "SOLUSDC")
    assert table.chosen == ("BTCUSDC", "SOLUSDC"), "a click among the shown leaves the hidden chosen"
    table.filter("")
    table.update()
    assert table.tree.selection() == ("BTCUSDC", "SOLUSDC")


def test_a_filter_looks_into_the_named_columns_only(theme):
    table = DataTable(theme.root, theme, COLUMNS, searched=("symbol",))
    table.set_rows(THREE)
    table.filter("900")
    assert table.shown == ()
    table.filter("btc")
    assert table.shown == ("BTCUSDC",)


def test_control_a_chooses_the_shown_rows_only(theme):
    table = table_of(theme, THREE)
    table.filter("c")
    table.filter("th usdc")
    press(table, "<Control-a>")
    assert table.chosen == ("ETHUSDC",)


def test_shift_arrows_extend_and_space_toggles(theme):
    table = table_of(theme, THREE)
    click(table, "BTCUSDC")
    press(table, "<Shift-Down>")
    press(table, "<Shift-Down>")
    assert table.chosen == ("BTCUSDC", "ETHUSDC", "SOLUSDC")
    press(table, "<Shift-Up>")
    assert table.chosen == ("BTCUSDC", "ETHUSDC")
    press(table, "<space>")
    assert table.chosen == ("BTCUSDC",)


def test_new_rows_keep_choice_and_place(theme):
    table = table_of(theme, THREE)
    click(table, "ETHUSDC")
    table.set_rows(some(("ADAUSDC", 1), ("ETHUSDC", 2)))
    table.update()
    assert table.shown == ("ADAUSDC", "ETHUSDC")
    assert table.chosen == ("ETHUSDC",)
    table.set_rows(some(("ADAUSDC", 1)))
    assert table.chosen == ()


def test_the_cursor_goes_to_the_row_that_takes_the_place_of_one_that_went(theme):
    table = table_of(theme, THREE)
    table.tree.focus_force()
    table.choose_only("ETHUSDC")
    table.set_rows([THREE[0], THREE[2]])
    assert (table.tree.focus(), table.chosen) == ("SOLUSDC", ())
    table.set_rows(THREE[:1])
    assert table.tree.focus() == "BTCUSDC"
    table.set_rows([])
    assert table.tree.focus() == ""


def test_a_changed_row_moves_where_the_sort_wants_it(theme):
    table = table_of(theme, THREE)
    table.sort("bars")
    table.update_rows(some(("BTCUSDC", 30_000), ("XRPUSDC", 5)))
    assert table.shown == ("XRPUSDC", "ETHUSDC", "BTCUSDC", "SOLUSDC")


def test_copy_gives_tab_separated_rows_with_headings(theme):
    table = table_of(theme, THREE)
    click(table, "ETHUSDC")
    press(table, "<Control-c>")
    assert table.clipboard_get() == "Symbol\tBars\nETHUSDC\t20,000\n"


def test_return_double_click_and_delete_reach_the_owner(theme):
    heard = Heard()
    table = table_of(theme, THREE, heard)
    click(table, "ETHUSDC")
    press(table, "<Return>")
    press(table, "<Delete>")
    x, y, width, height = table.tree.bbox("SOLUSDC")
    for ms in (0, 50):
        table.tree.event_generate("<ButtonPress-1>", x=x + width // 2, y=y + height // 2, time=1_000 + ms)
        table.tree.event_generate("<ButtonRelease-1>", x=x + width // 2, y=y + height // 2, time=1_020 + ms)
    assert heard.opened == ["ETHUSDC", "SOLUSDC"]
    assert heard.deleted == [("ETHUSDC",)]


def test_the_context_menu_opens_by_keyboard_for_the_chosen_rows(theme):
    asked = []

    def menu(keys: tuple[str, ...]) -> list[MenuEntry | None]:
        asked.append(keys)
        return []

    table = table_of(theme, THREE, menu=menu)
    click(table, "ETHUSDC")
    press(table, "<Shift-F10>")
    click(table, "SOLUSDC", button=3)
    assert asked == [("ETHUSDC",), ("SOLUSDC",)]


def test_the_menu_key_takes_the_row_of_the_cursor_where_none_is_chosen(theme):
    asked = []
    table = table_of(theme, THREE, menu=lambda keys: asked.append(keys) or ())
    table.tree.focus_force()
    table.tree.focus("ETHUSDC")
    table.tree.event_generate("<Shift-F10>")
    table.update()
    assert asked == [("ETHUSDC",)]


def test_sort_and_widths_are_remembered(theme):
    table = table_of(theme, THREE)
    table.sort("bars", descending=True)
    table.tree.column("symbol", width=theme.px(222))
    layout = table.layout()
    other = DataTable(theme.root, theme, COLUMNS)
    other.restore(layout)
    assert other.sorted_by == ("bars", True)
    assert other.tree.column("symbol", "width") == theme.px(222)
    other.restore({"sort": ["nothing", 7], "widths": {"symbol": "wide"}})
    assert other.sorted_by is None


def test_a_filter_over_3000_rows_takes_less_than_50_ms(theme):
    rows = [Row(f"A{n}USDC", (f"A{n}USDC", "x"), (f"A{n}USDC", n)) for n in range(3_000)]
    table = table_of(theme, rows)
    table.choose(table.shown[:500])
    took = []
    for text in ("1", "12", "123", "12", "1", ""):
        begun = time.thread_time()
        table.filter(text)
        took.append(time.thread_time() - begun)
        table.update()
    assert sorted(took)[len(took) // 2] < 0.05  # of this thread's own time, some 1 ms


def test_5000_rows_open_and_sort_quickly(theme):
    columns = [Column(f"c{n}", f"C{n}", 60) for n in range(10)]
    rows = [Row(str(n), tuple(f"{n} {c}" for c in range(10)), tuple([n] * 10)) for n in range(5_000)]
    table = DataTable(theme.root, theme, columns)
    table.pack(fill="both", expand=True)
    begun = time.thread_time()
    table.set_rows(rows)
    table.update_idletasks()
    assert time.thread_time() - begun < 1.0  # of this thread's own time, some 20 ms
    begun = time.thread_time()
    table.sort("c3", descending=True)
    table.update_idletasks()
    assert time.thread_time() - begun < 0.3  # some 4 ms


def test_a_row_with_too_few_cells_is_a_mistake_of_the_programmer(theme):
    table = DataTable(theme.root, theme, COLUMNS)
    with pytest.raises(ValueError, match="not a row"):
        table.set_rows([Row("x", ("only one",))])


def test_images_stand_in_the_first_column(theme):
    table = DataTable(theme.root, theme, COLUMNS, image_title="Progress")
    table.pack()
    image = tk.PhotoImage(master=theme.root, width=8, height=8)
    table.set_rows([Row("x", ("x", "1"), image=image)])
    assert str(image) in str(table.tree.item("x", "image"))
