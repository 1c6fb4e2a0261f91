"""Menus have room around their lines where Tk draws them itself."""

from __future__ import annotations

import pytest

pytest.importorskip("tkinter", reason="needs Tk")

import tkinter as tk

from threadx.ui.menu_room import roomy


def test_lines_get_room_and_say_what_they_said(theme):
    menu = tk.Menu(theme.root, tearoff=False)
    menu.add_command(label="Copy", accelerator="Ctrl+C")
    menu.add_separator()
    menu.add_command(label="Open")
    before = menu.yposition(2)
    roomy(roomy(menu))
    theme.root.update_idletasks()
    assert menu.yposition(2) >= before
    assert (menu.entrycget(0, "label"), menu.entrycget(0, "accelerator").strip()) == ("Copy", "Ctrl+C")
    if theme.root.tk.call("tk", "windowingsystem") == "x11":
        assert menu.yposition(1) >= theme.px(26)
        assert menu.entrycget(0, "accelerator") == "Ctrl+C   "  # once, however often it is asked for


def test_an_empty_menu_is_left_alone(theme):
    assert roomy(tk.Menu(theme.root, tearoff=False)).index("end") is None
