"""A field to filter by: says what it is for while it is empty, tells each key, Esc empties it."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

from threadx.ui.theme import Theme, ttk

__all__ = ["FilterField"]


class FilterField(ttk.Frame):
    """An entry with a prompt in it. Tk thread only."""

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        prompt: str,
        on_change: Callable[[str], object],
        *,
        width: int = 24,
        text: str = "",
    ) -> None:
        """`on_change` gets the text at every change of it; `text` is what stands there at first, not told."""
        super().__init__(parent)
        self.entry = ttk.Entry(self, width=width)
        self.entry.insert(0, text)
        self.entry.pack(fill="x", expand=True)
        self._prompt = ttk.Label(self.entry, text=prompt, style="Muted.TLabel", cursor="xterm")
        self._prompt.configure(background=theme.tokens.input_bg)
        self._prompt.bind("<Button-1>", lambda _event: self.entry.focus_set())
        self._inset = theme.px(8)
        self._on_change = on_change
        # no Tk variable: one that the garbage collector frees on a worker thread raises there
        self.entry.configure(validate="key", validatecommand=(self.register(self._changed), "%P"))
        self.entry.bind("<Escape>", lambda _event: self._escape())
        self._show_prompt(text)

    @property
    def text(self) -> str:
        """What stands there."""
        return self.entry.get()

    def take_focus(self) -> None:
        """Put the keyboard here, with what stands there marked."""
        self.entry.focus_set()
        self.entry.selection_range(0, "end")

    def clear(self) -> bool:
        """Empty it; return whether there was anything."""
        had = bool(self.entry.get())
        self.entry.delete(0, "end")
        return had

    def _escape(self) -> str | None:
        return "break" if self.clear() else None

    def _changed(self, text: str) -> bool:
        self._show_prompt(text)
        self._on_change(text)
        return True

    def _show_prompt(self, text: str) -> None:
        if text:
            self._prompt.place_forget()
        else:
            self._prompt.place(x=self._inset, rely=0.5, anchor="w")
