"""A row of tools that goes on in a second line where the window is narrow: nothing is cut off at 150 %."""

from __future__ import annotations

import tkinter as tk
from typing import Literal

from threadx.ui.theme import Theme, ttk

__all__ = ["FlowRow"]

Side = Literal["left", "right"]


class FlowRow(ttk.Frame):
    """Make widgets with it as parent and `add` them, from the left; those of the right come last. Tk thread only."""

    def __init__(self, parent: tk.Misc, theme: Theme) -> None:
        super().__init__(parent, height=1)
        self._gap = theme.unit // 2
        self._widgets: dict[tk.Widget, tuple[Side, int]] = {}
        self._hidden: set[tk.Widget] = set()
        self.bind("<Configure>", lambda _event: self.arrange())

    def add(self, widget: tk.Widget, side: Side = "left", *, space: int = 0) -> None:
        """Take a widget in; `space`: logical gaps more to its left than usual."""
        self._widgets[widget] = (side, space)
        widget.bind("<Configure>", lambda _event: self.arrange(), add="+")

    def show(self, widget: tk.Widget, *, shown: bool) -> None:
        """Show or hide a widget of the row."""
        (self._hidden.discard if shown else self._hidden.add)(widget)
        self.arrange()

    def arrange(self) -> None:
        """Place everything for the width there is."""
        width = self.winfo_width()
        for widget in self._hidden:
            widget.place_forget()
        shown = [widget for widget in self._widgets if widget not in self._hidden]
        if width <= 1 or not shown:
            return
        lines = self._lines(shown, width)
        top = 0
        for line in lines:
            height = max(widget.winfo_reqheight() for widget in line)
            self._place(line, top, height, width)
            top += height + self._gap
        if int(self.cget("height")) != top - self._gap:
            self.configure(height=top - self._gap)

    def _lines(self, shown: list[tk.Widget], width: int) -> list[list[tk.Widget]]:
        lines: list[list[tk.Widget]] = [[]]
        used = 0
        for widget in shown:
            need = widget.winfo_reqwidth() + self._before(widget, first=not lines[-1])
            if lines[-1] and used + need > width:
                lines.append([])
                used, need = 0, widget.winfo_reqwidth()
            lines[-1].append(widget)
            used += need
        return lines

    def _place(self, line: list[tk.Widget], top: int, height: int, width: int) -> None:
        left = 0
        for widget in (each for each in line if self._widgets[each][0] == "left"):
            left += self._before(widget, first=left == 0)
            self._put(widget, left, top, height, width)
            left += widget.winfo_reqwidth()
        right = width
        for widget in reversed([each for each in line if self._widgets[each][0] == "right"]):
            right -= widget.winfo_reqwidth()
            self._put(widget, right, top, height, width)
            right -= self._before(widget, first=False)

    def _put(self, widget: tk.Widget, left: int, top: int, height: int, width: int) -> None:
        own = widget.winfo_reqheight()
        widget.place(x=max(left, 0), y=top + (height - own) // 2, width=min(widget.winfo_reqwidth(), width), height=own)

    def _before(self, widget: tk.Widget, *, first: bool) -> int:
        return 0 if first else self._gap * (1 + self._widgets[widget][1])
