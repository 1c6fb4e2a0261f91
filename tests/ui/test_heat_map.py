"""The map of months, the tools that wrap, the field to filter by: widgets of their own."""

from __future__ import annotations

import time

import pytest

pytest.importorskip("tkinter", reason="needs Tk")

from threadx.ui.heat_map import HeatMapView, blend
from threadx.ui.presenters.heat_map import Cell, HeatGrid
from threadx.ui.theme import ttk
from threadx.ui.widgets.filter_field import FilterField
from threadx.ui.widgets.flow_row import FlowRow


def grid(lines: int, months: int = 24) -> HeatGrid:
    names = tuple(("demo", f"A{n}USDC") for n in range(lines))
    columns = tuple(f"{2020 + n // 12}-{n % 12 + 1:02d}" for n in range(months))
    row = tuple((100, 97, 0, -1)[n % 4] for n in range(months))
    return HeatGrid(names, columns, (row,) * lines, ((3,) * months,) * lines)


@pytest.fixture
def heard():
    return {"cells": [], "captions": []}


@pytest.fixture
def view(theme, heard):
    made = HeatMapView(theme.root, theme, on_choose=heard["cells"].append, on_caption=heard["captions"].append)
    made.pack(fill="both", expand=True)
    theme.root.update()
    return made


def press(view: HeatMapView, key: str) -> None:
    view.canvas.focus_force()
    view.update()
    view.canvas.event_generate(key)
    view.update()


def test_it_starts_at_the_newest_month_and_keys_walk_it(view, heard):
    view.show(grid(3))
    press(view, "<Up>")
    assert view.cursor == (0, 23)
    press(view, "<Left>")
    press(view, "<Down>")
    press(view, "<Return>")
    assert heard["cells"] == [Cell("demo", "A1USDC", "2021-11")]
    assert heard["captions"][-1].startswith("A1USDC (demo) · 2021-11")
    for key, place in (("<Control-Home>", (0, 22)), ("<Home>", (0, 0)), ("<Control-End>", (2, 0)), ("<End>", (2, 23))):
        press(view, key)
        assert view.cursor == place


def test_the_cursor_is_always_in_view(view):
    view.show(grid(500, 120))
    for key in ("<Control-End>", "<End>", "<Prior>", "<Home>", "<Control-Home>"):
        press(view, key)
        left, top, right, bottom = view.cell_box(*view.cursor)
        assert 0 <= left < right <= view.canvas.winfo_width()
        assert 0 <= top < bottom <= view.canvas.winfo_height()


def test_the_wheel_scrolls_and_an_update_stays_in_place(view):
    view.show(grid(500))
    view.canvas.event_generate("<Button-5>", x=50, y=90)
    view.update()
    assert view._first[0] == 3
    view.choose(10, 2)
    view.show(grid(499))
    assert view._first[0] == 3
    assert view.cursor == (10, 2)
    view.show(HeatGrid())
    assert view.cursor is None


def test_only_what_is_in_view_is_drawn(view):
    view.show(grid(3_000, 120))
    assert len(view.canvas.find_all()) < 2_000
    begun = time.thread_time()
    view.redraw()
    assert time.thread_time() - begun < 0.5  # of this thread's own time, some 10 ms


def test_colours_blend():
    assert blend("#ffffff", "#000000", 0.5) == "#808080"
    assert blend("#102030", "#ffffff", 1.0) == "#102030"


def test_tools_wrap_into_lines_and_none_is_cut_off(theme):
    row = FlowRow(theme.root, theme)
    row.pack(fill="x")
    buttons = [ttk.Button(row, text=f"Button number {n}") for n in range(6)]
    for place, button in enumerate(buttons):
        row.add(button, "left" if place < 3 else "right")
    heights = {}
    for width in (1200, 400):
        theme.root.geometry(f"{width}x300")
        theme.root.update()
        heights[width] = row.winfo_height()
        for button in buttons:
            assert button.winfo_x() >= 0
            assert button.winfo_x() + button.winfo_width() <= row.winfo_width()
            assert button.winfo_y() + button.winfo_height() <= row.winfo_height()
    assert heights[400] > heights[1200]
    row.show(buttons[0], shown=False)
    theme.root.update()
    assert not buttons[0].winfo_viewable()


def test_the_filter_field_tells_each_change_and_escape_empties_it(theme):
    told = []
    field = FilterField(theme.root, theme, "Filter", told.append)
    field.pack()
    field.take_focus()
    field.entry.focus_force()
    theme.root.update()
    field.entry.event_generate("<Key>", keysym="b")
    field.entry.event_generate("<Key>", keysym="t")
    theme.root.update()
    assert told == ["b", "bt"]
    assert not field._prompt.winfo_viewable()
    field.entry.event_generate("<Escape>")
    theme.root.update()
    assert told[-1] == ""
    assert field._prompt.winfo_viewable()
