"""The status bar: the last action's result at the left; data, source, API weight and UTC clock at the right."""

from __future__ import annotations

import tkinter as tk

from threadx.ui.theme import Theme, ttk
from threadx.ui.widgets.tooltip import Tooltip

__all__ = ["StatusBar"]

PARTS = ("data", "source", "weight", "clock")


class StatusBar(ttk.Frame):
    """Draws what it is told. A long message gives way to the parts at the right."""

    def __init__(self, parent: tk.Misc, theme: Theme) -> None:
        super().__init__(parent)
        unit = theme.unit
        tk.Frame(self, height=1, background=theme.tokens.border).pack(fill="x")
        row = ttk.Frame(self, padding=(unit + unit // 2, unit // 2))
        row.pack(fill="x")
        row.columnconfigure(0, weight=1)
        self._message = ttk.Label(row, width=1)  # asks for little: it gets what the others leave
        self._message.grid(row=0, column=0, sticky="ew")
        self._tip = Tooltip(self._message, theme, "")
        self._parts = {name: ttk.Label(row, style="Small.TLabel") for name in PARTS}
        for column, label in enumerate(self._parts.values(), start=1):
            label.grid(row=0, column=column, sticky="e", padx=(unit * 2, 0))
        self._tips = {name: Tooltip(label, theme, "") for name, label in self._parts.items()}

    @property
    def message(self) -> str:
        """What stands at the left."""
        return str(self._message.cget("text"))

    def say(self, text: str, *, role: str = "") -> None:
        """Put a text at the left; `role` is "Danger", "Warning" or "" for its colour. Only its first line is shown."""
        first = text.partition("\n")[0]
        self._message.configure(text=first, style=f"{role}.TLabel" if role else "TLabel")
        self._tip.text = text

    def part(self, name: str) -> str:
        """Return what a part at the right shows."""
        return str(self._parts[name].cget("text"))

    def show(self, name: str, text: str, *, tip: str = "", role: str = "") -> None:
        """Put a text into one of `PARTS`."""
        style = f"{role}.Small.TLabel" if role else "Small.TLabel"
        if self.part(name) != text or str(self._parts[name].cget("style")) != style:
            self._parts[name].configure(text=text, style=style)
        self._tips[name].text = tip
