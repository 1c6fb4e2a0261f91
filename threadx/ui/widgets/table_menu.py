"""Context menus: entries as data, popped up where the pointer or the table's cursor is."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from threadx.ui.menu_room import roomy
from threadx.ui.presenters.table_tab import Action
from threadx.ui.shortcuts import readable

__all__ = ["MenuEntry", "menu_of", "pop_up"]


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One line of a menu."""

    label: str
    """Translated."""
    command: Callable[[], object]
    enabled: bool = True
    accelerator: str = ""
    """The key that does the same, as people read it."""


def menu_of(page: tk.Misc, actions: Sequence[Action | None], do: Callable[[str], object]) -> list[MenuEntry | None]:
    """Return the entries of a presenter's actions; each calls `do` with the name of its action."""
    return [
        None if each is None else MenuEntry(
            each.label, partial(do, each.name), each.enabled, readable(page, each.key) if each.key else ""
        )
        for each in actions
    ]  # fmt: skip


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
