"""Where the keyboard goes when a tab comes to the front."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

__all__ = ["take_keyboard"]


def take_keyboard(page: tk.Misc, take: Callable[[], object]) -> None:
    """Call `take` where the keyboard is nowhere, or in a tab that went; who walks the tabs by keys keeps it there."""
    try:
        holder = page.focus_get()
    except KeyError:  # a menu has it, which is no widget of Python's
        return
    if holder is None or holder is page.winfo_toplevel() or not holder.winfo_viewable():
        take()
