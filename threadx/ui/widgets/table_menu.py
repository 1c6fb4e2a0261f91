"""Context menus: entries as data, popped up where the pointer or the table's cursor is."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from threadx.ui.menu_room import roomy

__all__ = ["MenuEntry", "pop_up"]


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One line of a menu."""

    label: str
    """Translated."""
    command: Callable[[], object]
    enabled: bool = True
    accelerator: str = ""
    """The key that does the same, as people read it."""


def pop_up(owner: tk.Misc, entries: Sequence[MenuEntry | None], x: int, y: int) -> tk.Menu | None:
    """Show a menu at a place of the screen; None among the entries is a line. It goes with the next click or Esc."""
    if not any(entries):
        return None
    for child in owner.winfo_children():  # the menu before this one: gone only now, its command may still have run
        if isinstance(child, tk.Menu):
            child.destroy()
    menu = tk.Menu(owner, tearoff=False)
    for entry in entries:
        if entry is None:
            menu.add_separator()
            continue
        menu.add_command(
            label=entry.label, command=entry.command, accelerator=entry.accelerator,
            state="normal" if entry.enabled else "disabled",
        )  # fmt: skip
    roomy(menu)
    try:
        menu.tk_popup(x, y)
    finally:
        menu.grab_release()
    return menu
