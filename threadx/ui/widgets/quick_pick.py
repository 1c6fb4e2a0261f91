"""A field that finds as you type: letters typed on a chart open it, Enter takes what is marked, Esc closes it."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence

from threadx.i18n import _
from threadx.ui.theme import FONT_SMALL, Theme, ttk

__all__ = ["QuickPick"]

_WIDTH = 220
_ROWS = 8


class QuickPick(ttk.Frame):
    """Lies over a corner of `parent` while it is open. Tk thread only."""

    def __init__(self, parent: tk.Misc, theme: Theme, *, back: Callable[[], object]) -> None:
        """Make it, closed; `back` gives the focus back when it closes."""
        super().__init__(parent, style="Card.TFrame", padding=theme.unit)
        self._theme = theme
        self._back = back
        self._find: Callable[[str], Sequence[str]] = lambda _text: ()
        self._picked: Callable[[str], object] = lambda _choice: None
        self._title = ""
        self._caption = ttk.Label(self, style="Small.TLabel")
        self._caption.pack(fill="x", pady=(0, theme.px(4)))
        self.text = tk.StringVar(self)
        self.entry = ttk.Entry(self, textvariable=self.text, width=1)
        self.entry.pack(fill="x")
        tokens = theme.tokens
        self.list = tk.Listbox(
            self, height=_ROWS, width=1, activestyle="none", exportselection=False, relief="flat", borderwidth=0,
            highlightthickness=0, background=tokens.input_bg, foreground=tokens.fg, font=FONT_SMALL, takefocus=False,
            selectbackground=tokens.select_bg, selectforeground=tokens.select_fg,
        )  # fmt: skip
        self.list.pack(fill="x", pady=(theme.px(4), 0))
        self.list.bind("<ButtonRelease-1>", lambda _event: self.take())
        for key, action in (
            ("<Return>", self.take), ("<KP_Enter>", self.take), ("<Escape>", self.close),
            ("<Down>", lambda: self._mark(1)), ("<Up>", lambda: self._mark(-1)),
        ):  # fmt: skip
            self.entry.bind(key, _breaking(action))
        self.entry.bind("<FocusOut>", lambda _event: self._left())
        self.text.trace_add("write", lambda *_given: self._fill())

    def open(
        self,
        caption: str,
        find: Callable[[str], Sequence[str]],
        picked: Callable[[str], object],
        *,
        text: str = "",
    ) -> None:
        """Show it in the corner, with `text` typed already; `find` gives the choices, `picked` gets the one taken."""
        self._find, self._picked = find, picked
        self._title = caption
        self.place(x=0, y=0, width=self._theme.px(_WIDTH))
        self.lift()
        self.text.set(text)
        self.entry.focus_set()
        self.entry.icursor("end")

    @property
    def is_open(self) -> bool:
        """Whether it is to be seen."""
        return bool(self.winfo_manager())

    def take(self) -> None:
        """Take what is marked; nothing fits: stay open."""
        marked = self.list.curselection()  # type: ignore[no-untyped-call] # typeshed has no types for it
        if marked:
            choice = str(self.list.get(marked[0]))
            self.close()
            self._picked(choice)

    def close(self) -> None:
        """Close it and give the focus back."""
        if self.is_open:
            self.place_forget()
            self._back()

    def _left(self) -> None:
        """The focus went elsewhere by a click or Tab: close without taking it back."""
        if self.focus_displayof() is not self.list:
            self.place_forget()

    def _fill(self) -> None:
        choices = self._find(self.text.get())
        self.list.delete(0, "end")
        self.list.insert("end", *choices)
        self.list.configure(height=min(max(len(choices), 1), _ROWS))
        self._caption.configure(text=self._title if choices else _("{title}: nothing fits").format(title=self._title))
        if choices:
            self.list.selection_set(0)

    def _mark(self, step: int) -> None:
        marked = self.list.curselection()  # type: ignore[no-untyped-call] # as above
        if marked:
            at = min(max(int(marked[0]) + step, 0), self.list.size() - 1)
            self.list.selection_clear(0, "end")
            self.list.selection_set(at)
            self.list.see(at)


def _breaking(action: Callable[[], None]) -> Callable[[object], str]:
    def call(_event: object) -> str:
        action()
        return "break"

    return call
