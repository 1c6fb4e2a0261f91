"""Check boxes and segments keep their value in Tk."""

from __future__ import annotations

import pytest

pytest.importorskip("tkinter", reason="needs Tk")

from threadx.ui.widgets.check_box import CheckBox, Segments


def test_a_check_box_is_ticked_by_the_user_and_by_the_program(theme):
    told: list[bool] = []
    box = CheckBox(theme.root, "again", value=True, changed=lambda: told.append(box.get()))
    assert box.get()
    box.invoke()
    box.invoke()
    assert told == [False, True]
    box.set(False)
    assert not box.get()
    box.invoke()
    assert told == [False, True, True], "setting it tells nobody"


def test_one_of_several_is_chosen_by_click_and_arrows(theme):
    told: list[str] = []
    segments = Segments(theme.root, [("a", "A"), ("b", "B"), ("c", "C")], told.append)
    segments.pack()
    segments.set("a")
    theme.root.update()
    segments.buttons["b"].invoke()
    segments.buttons["b"].focus_force()
    theme.root.update()
    segments.buttons["b"].event_generate("<Right>")
    segments.buttons["c"].event_generate("<Right>")
    assert told == ["b", "c", "a"]
    assert segments.get() == "a"


def test_two_rows_of_segments_do_not_disturb_each_other(theme):
    one = Segments(theme.root, [("a", "A")], str)
    two = Segments(theme.root, [("a", "A")], str)
    one.set("a")
    assert (one.get(), two.get()) == ("a", "")
