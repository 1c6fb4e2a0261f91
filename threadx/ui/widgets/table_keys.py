"""What mouse and keyboard do to a table, beyond what Tk's own tree view does."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from threadx.ui.theme import ttk
from threadx.ui.widgets.table_menu import pop_up

if TYPE_CHECKING:
    from threadx.ui.widgets.table import DataTable

__all__ = ["TableKeys"]


class TableKeys:
    """Binds them, and calls the table. Tk thread only.

    Return and double click open, Space adds or takes away, Shift+Up/Down extend, Ctrl+A adds what is shown, Ctrl+C
    copies, Delete asks the owner, the right button, Menu and Shift+F10 open the context menu.
    """

    def __init__(self, table: DataTable) -> None:
        self._table = table
        self._tree = table.tree
        self._anchor = ""
        control = "Command" if self._tree.tk.call("tk", "windowingsystem") == "aqua" else "Control"
        self._bind_choosing(control)
        self._bind_acting(control)

    def _bind_choosing(self, control: str) -> None:
        bind, table = self._tree.bind, self._table
        bind("<<TreeviewSelect>>", lambda _event: table.on_marked())
        bind("<FocusIn>", lambda _event: self._cursor())
        bind("<Home>", lambda _event: self._to_row(0))
        bind("<End>", lambda _event: self._to_row(-1))
        bind("<Shift-Up>", lambda _event: self._extend(-1))
        bind("<Shift-Down>", lambda _event: self._extend(1))
        for key in ("<space>", f"<{control}-space>"):
            bind(key, lambda _event: self._toggle())
        for key in ("a", "A"):
            bind(f"<{control}-{key}>", lambda _event: _stop(table.choose_shown))

    def _bind_acting(self, control: str) -> None:
        bind = self._tree.bind
        bind("<Double-1>", self._on_double)
        for key in ("<Return>", "<KP_Enter>"):
            bind(key, lambda _event: self._open(self._cursor()))
        bind("<Delete>", lambda _event: self._delete())
        for key in ("c", "C"):
            bind(f"<{control}-{key}>", lambda _event: _stop(self._table.copy))
        bind("<Button-3>", self._on_right)
        if control == "Command":
            bind("<Button-2>", self._on_right)
            bind("<Control-Button-1>", self._on_right)
        bind("<Shift-F10>", lambda _event: self._menu_at_cursor())
        for key in ("<Menu>", "<App>"):
            try:
                bind(key, lambda _event: self._menu_at_cursor())
            except tk.TclError:  # only some systems have a name for this key
                continue

    # -- choosing -------------------------------------------------------------------------------------------------

    def _cursor(self) -> str:
        """Return the row that has the cursor, putting it on the first one where it is nowhere; "" without rows."""
        shown = self._table.shown
        if shown and self._tree.focus() not in shown:
            self._tree.focus(shown[0])
        return self._tree.focus() if shown else ""

    def _to_row(self, place: int) -> str:
        shown = self._table.shown
        if shown:
            self._table.choose_only(shown[place])
        return "break"

    def _toggle(self) -> str:
        key = self._cursor()
        if key:
            self._table.toggle(key)
        return "break"

    def _extend(self, step: int) -> str:
        """Choose everything from where Shift was first pressed to the row beside the cursor."""
        shown, cursor = self._table.shown, self._cursor()
        if not cursor or str(self._tree.cget("selectmode")) != "extended":
            return "break"
        marked = self._tree.selection()
        if self._anchor not in marked or cursor not in marked:
            self._anchor = cursor
        place = min(max(shown.index(cursor) + step, 0), len(shown) - 1)
        first, last = sorted((shown.index(self._anchor), place))
        self._table.choose_among_shown(shown[first : last + 1])
        self._table.see(shown[place])
        return "break"

    # -- acting ---------------------------------------------------------------------------------------------------

    def _on_double(self, event: tk.Event[ttk.Treeview]) -> None:
        if self._tree.identify_region(event.x, event.y) in ("cell", "tree"):
            self._open(self._tree.identify_row(event.y))

    def _open(self, key: str) -> str:
        if key:
            self._table.events.opened(key)
        return "break"

    def _delete(self) -> None:
        if self._table.chosen:
            self._table.events.deleted(self._table.chosen)

    def _on_right(self, event: tk.Event[Any]) -> str:
        row = self._tree.identify_row(event.y)
        if row and row not in self._table.chosen:
            self._table.choose_only(row)
        self._menu(event.x_root, event.y_root)
        return "break"

    def _menu_at_cursor(self) -> str:
        unit, tree = self._table.theme.unit, self._tree
        cursor = self._cursor()
        if cursor and not tree.selection():  # as the right button does
            self._table.choose_only(cursor)
        box = tree.bbox(cursor) if cursor else ""
        x, y = (box[0] + unit, box[1] + box[3]) if box else (unit, unit)
        self._menu(tree.winfo_rootx() + x, tree.winfo_rooty() + y)
        return "break"

    def _menu(self, x: int, y: int) -> None:
        table = self._table
        if table.events.menu is not None and table.chosen:
            pop_up(self._tree, table.events.menu(table.chosen), x, y)


def _stop(call: Callable[[], None]) -> str:
    """Do it, and keep the key from others."""
    call()
    return "break"
