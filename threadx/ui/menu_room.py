"""Room around the lines of menus: Tk draws them as tight as text, and pads them on X11 by nothing but a bevel."""

from __future__ import annotations

import tkinter as tk

__all__ = ["make_room", "roomy"]

_IMAGE = "ThreadXMenuRoom"
_MARGIN = "   "


def make_room(root: tk.Misc, width: int, height: int) -> None:
    """Set how much room lines take, in pixels: an empty image before each, which belongs to Tk and goes with it."""
    root.tk.call("image", "create", "photo", _IMAGE, "-width", width, "-height", height)


def roomy(menu: tk.Menu) -> tk.Menu:
    """Give the lines that a menu has now their room; return it. Systems that draw menus themselves do that better."""
    last = menu.index("end")
    if last is None or str(menu.tk.call("tk", "windowingsystem")) != "x11":
        return menu
    for index in range(last + 1):
        if menu.type(index) in ("separator", "tearoff"):
            continue
        menu.entryconfigure(index, image=_IMAGE, compound="left")
        keys = "" if menu.type(index) == "cascade" else str(menu.entrycget(index, "accelerator"))
        if keys and not keys.endswith(_MARGIN):
            menu.entryconfigure(index, accelerator=keys + _MARGIN)
    return menu
