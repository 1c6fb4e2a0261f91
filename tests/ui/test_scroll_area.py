"""A column that scrolls only where it must."""

from __future__ import annotations

import pytest

pytest.importorskip("tkinter", reason="needs Tk")

from threadx.ui.theme import ttk
from threadx.ui.widgets.scroll_area import ScrollArea


@pytest.fixture
def area(theme) -> ScrollArea:
    made = ScrollArea(theme.root, theme)
    made.pack(fill="both", expand=True)
    made.entries = [ttk.Entry(made.body) for _ in range(40)]
    for entry in made.entries:
        entry.pack()
    made.ready()
    theme.root.geometry("300x200")
    theme.root.update()
    return made


def in_view(area: ScrollArea, widget) -> bool:
    top = widget.winfo_rooty() - area.winfo_rooty()
    return top >= 0 and top + widget.winfo_height() <= area.winfo_height()


def test_what_gets_the_keyboard_comes_into_view(area):
    assert not in_view(area, area.entries[-1])
    area.entries[-1].focus_force()
    area.update()
    assert in_view(area, area.entries[-1])
    area.entries[0].focus_force()
    area.update()
    assert in_view(area, area.entries[0])


def test_the_wheel_scrolls_over_fields_too(area):
    before = area.entries[5].winfo_rooty()
    area.entries[1].event_generate("<Button-5>")
    area.update()
    assert area.entries[5].winfo_rooty() < before


def test_the_wheel_scrolls_a_table_first_and_the_column_at_its_end(area):
    tree = ttk.Treeview(area.body, height=3)
    tree.pack(before=area.entries[0])
    for row in range(5):
        tree.insert("", "end", text=str(row))
    for _again in range(3):  # as often as something is added; each widget listens once
        area.ready()
    area.update()
    before = tree.winfo_rooty()
    tree.event_generate("<Button-5>")
    area.update()
    assert (tree.yview()[0] > 0, tree.winfo_rooty()) == (True, before)
    tree.yview_moveto(1.0)
    tree.event_generate("<Button-5>")
    area.update()
    assert tree.winfo_rooty() < before
    assert tree.bind("<Button-5>").count("on_wheel") == 1


def test_there_is_no_scroll_bar_where_everything_fits(area, theme):
    assert area._bar.winfo_ismapped()
    theme.root.geometry("300x2000")
    theme.root.update()
    assert not area._bar.winfo_ismapped()
