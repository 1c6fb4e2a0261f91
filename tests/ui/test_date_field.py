"""The date field: typed, stepped, picked."""

from __future__ import annotations

from datetime import date

import pytest

pytest.importorskip("tkinter", reason="needs Tk")

from threadx.ui.widgets.date_field import DateField


@pytest.fixture
def heard() -> list[str]:
    return []


@pytest.fixture
def field(theme, heard) -> DateField:
    made = DateField(theme.root, theme, heard.append)
    made.pack()
    made.set("2026-11-20")
    theme.root.update()
    made.entry.focus_force()
    theme.root.update()
    return made


def press(field: DateField, *keys: str) -> None:
    for key in keys:
        (field.focus_get() or field).event_generate(key)
        field.update()


def test_each_key_is_told_and_nothing_is_corrected(field, heard):
    field.entry.select_range(0, "end")
    press(field, "<BackSpace>", "<Key-3>", "<Key-x>")
    assert heard[-2:] == ["3", "3x"]
    assert field.get() == "3x"


def test_filling_the_field_tells_nobody(field, heard):
    field.set("2026-01-01")
    assert field.get() == "2026-01-01"
    assert heard == []


def test_arrows_change_the_day_and_leave_nonsense_alone(field, heard):
    press(field, "<Up>")
    assert field.get() == "2026-11-21"
    press(field, "<Next>")
    assert field.get() == "2026-10-22"
    assert heard == ["2026-11-21", "2026-10-22"]
    field.set("soon")
    press(field, "<Down>")
    assert field.get() == "soon"


def test_a_wrong_text_is_red_and_says_why(field):
    field.show_error("there is no such date")
    field.update()
    assert field.entry.cget("style") == "Invalid.TEntry"
    assert field.reason.winfo_ismapped()
    field.show_error("")
    field.update()
    assert not field.reason.winfo_ismapped()


def test_a_day_is_picked_in_the_calendar_by_keyboard(field, heard):
    press(field, "<Alt-Down>")
    popup = field._popup
    assert popup is not None
    assert popup.day == date(2026, 11, 20)
    popup.focus_force()
    popup.update()
    for key in ("<Left>", "<Up>", "<Prior>"):
        popup.event_generate(key)
    assert popup.day == date(2026, 10, 12)
    popup.event_generate("<Return>")
    assert field.get() == "2026-10-12"
    assert heard == ["2026-10-12"]
    assert not popup.winfo_exists()


def test_a_click_takes_a_day_and_escape_takes_none(field, heard):
    field.open()
    popup = field._popup
    popup.update()
    next(button for button in popup._buttons if button.cget("text") == "7").invoke()
    assert field.get() == "2026-11-07"
    field.open()
    field._popup.focus_force()
    field._popup.update()
    field._popup.event_generate("<Escape>")
    assert field.get() == "2026-11-07"
    assert heard == ["2026-11-07"]


def test_the_month_is_turned_without_losing_the_end_of_it(field):
    field.set("2026-03-31")
    field.open()
    field._popup.turn(-1)
    assert field._popup.day == date(2026, 2, 28)
    field._popup.turn(-2)
    assert field._popup.day == date(2025, 12, 28)
    field._popup.close()
