"""What a page shows while it has nothing to show: what to do next, in numbered steps, and buttons for it."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence

from threadx.ui.dialogs import Choice
from threadx.ui.theme import Theme, ttk

__all__ = ["EmptyState"]

WIDTH = 440
"""Logical pixels before a step wraps."""


class EmptyState(ttk.Frame):
    """A title, steps and buttons in the middle of the room it gets."""

    def __init__(
        self, parent: tk.Misc, theme: Theme, *, title: str, steps: Sequence[str] = (), actions: Sequence[Choice] = (),
        clicked: Callable[[], object] = lambda: None,
    ) -> None:  # fmt: skip
        """Draw it; texts come translated. One step alone gets no number. `clicked`: anywhere but on a button."""
        super().__init__(parent)
        unit = theme.unit
        self._theme = theme
        self._steps: list[ttk.Label] = []
        self._inner = inner = ttk.Frame(self)
        inner.place(relx=0.5, y=0, anchor="n")
        ttk.Label(inner, text=title, style="Title.TLabel").grid(row=0, column=0, columnspan=2, pady=(0, unit))
        for number, step in enumerate(steps, start=1):
            if len(steps) > 1:
                ttk.Label(inner, text=f"{number}", style="Primary.TLabel").grid(row=number, column=0, sticky="nw")
            one = len(steps) == 1
            label = ttk.Label(inner, text=step, style="Muted.TLabel", wraplength=theme.px(WIDTH),
                              justify="center" if one else "left")  # fmt: skip
            label.grid(row=number, column=1, sticky="" if one else "w", padx=(0 if one else unit, 0),
                       pady=(0, unit // 2))  # fmt: skip
            self._steps.append(label)
        row = ttk.Frame(inner)
        row.grid(row=len(steps) + 1, column=0, columnspan=2, pady=(unit, 0))
        self.buttons = [ttk.Button(row, text=each.text, style=each.style, command=each.call) for each in actions]
        for button in self.buttons:
            button.pack(side="left", padx=unit // 2)
        for widget in (self, inner, *inner.winfo_children()):
            widget.bind("<Button-1>", lambda _event: clicked(), add="+")
        # placed children ask for no room: ask for it here, so that a small pane grows to fit
        inner.update_idletasks()
        self.configure(width=inner.winfo_reqwidth(), height=inner.winfo_reqheight() + unit * 2)
        self.bind("<Configure>", lambda event: self._wrap(event.width))
        inner.bind("<Configure>", lambda _event: self._settle())

    def _wrap(self, width: int) -> None:
        """Wrap steps earlier where the room is narrow."""
        most = min(self._theme.px(WIDTH), width - self._theme.unit * 6)
        for label in self._steps:
            label.configure(wraplength=max(most, self._theme.px(80)))
        self._settle()

    def _settle(self) -> None:
        """Stand a little above the middle; where the room is too low, tighter, and with the title in sight."""
        room, needed = self.winfo_height(), self._inner.winfo_reqheight()
        if room > 1 and needed > room:
            for label in self._steps:
                label.configure(style="Small.TLabel")
                label.grid_configure(pady=0)
        self._inner.place_configure(y=max(int((room - needed) * 0.45), 0))
