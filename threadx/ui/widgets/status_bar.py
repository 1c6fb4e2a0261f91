"""The status bar: the last action's result at the left; data, source, API weight and UTC clock at the right."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

from threadx.ui.theme import FONT_BODY, Theme, ttk
from threadx.ui.widgets.tooltip import Tooltip

__all__ = ["StatusBar"]

PARTS = ("data", "source", "weight", "clock")


class StatusBar(ttk.Frame):
    """Draws what it is told. A long message gives way to the parts at the right, and they to a short one."""

    def __init__(self, parent: tk.Misc, theme: Theme, *, clicked: Callable[[], object] = lambda: None) -> None:
        """`clicked`: somebody wants to know more about the message."""
        super().__init__(parent)
        self._theme = theme
        unit = theme.unit
        tk.Frame(self, height=1, background=theme.tokens.border).pack(fill="x")
        row = ttk.Frame(self, padding=(unit + unit // 2, unit // 2))
        row.pack(fill="x")
        row.columnconfigure(0, weight=1)
        self._message = ttk.Label(row, width=1, cursor="hand2")  # asks for little: it gets what the others leave
        self._message.grid(row=0, column=0, sticky="ew")
        self._message.bind("<Button-1>", lambda _event: clicked())
        self._tip = Tooltip(self._message, theme, "")
        self._parts = {name: ttk.Label(row, style="Small.TLabel") for name in PARTS}
        for column, label in enumerate(self._parts.values(), start=1):
            label.grid(row=0, column=column, sticky="e", padx=(unit * 2, 0))
        self._tips = {name: Tooltip(label, theme, "") for name, label in self._parts.items()}
        self._row = row
        row.bind("<Configure>", lambda _event: self._fit())

    @property
    def message(self) -> str:
        """What stands at the left."""
        return str(self._message.cget("text"))

    def say(self, text: str, *, role: str = "") -> None:
        """Put a text at the left; `role` is "Danger", "Warning" or "" for its colour. Only its first line is shown."""
        first = text.partition("\n")[0]
        self._message.configure(text=first, style=f"{role}.TLabel" if role else "TLabel")
        self._tip.text = text
        self._fit()

    def part(self, name: str) -> str:
        """Return what a part at the right shows."""
        return str(self._parts[name].cget("text"))

    def show(self, name: str, text: str, *, tip: str = "", role: str = "") -> None:
        """Put a text into one of `PARTS`."""
        style = f"{role}.Small.TLabel" if role else "Small.TLabel"
        if self.part(name) != text or str(self._parts[name].cget("style")) != style:
            self._parts[name].configure(text=text, style=style)
            self._fit()
        self._tips[name].text = tip

    def _fit(self) -> None:
        """Hide parts, from the left, until what just happened can be read: a third of the width is the message's."""
        width = self._row.winfo_width()
        if width <= 1:  # not drawn yet
            return
        gap = self._theme.unit * 2
        wanted = min(self._theme.font(FONT_BODY).measure(self.message) + 2 * gap, width // 3)
        left = width - gap - sum(label.winfo_reqwidth() + gap for label in self._parts.values())
        for name, label in self._parts.items():
            hidden = left < wanted and name != PARTS[-1]
            if hidden:
                left += label.winfo_reqwidth() + gap
            if hidden == bool(label.winfo_manager()):
                (label.grid_remove if hidden else label.grid)()
