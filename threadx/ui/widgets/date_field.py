"""A date that is typed or picked. It judges nothing itself: whoever owns it parses the text and says what is wrong.

(Date pickers of libraries guess: one reads "01/11/2026" as 11 January and "" as today.)
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from datetime import date, timedelta

from threadx.i18n import _
from threadx.ui.presenters.period import day_of
from threadx.ui.theme import Theme, ttk
from threadx.ui.widgets.calendar_popup import CalendarPopup
from threadx.ui.widgets.tooltip import Tooltip

__all__ = ["DateField"]

_WIDTH = 17


class DateField(ttk.Frame):
    """An entry, a button for the calendar, and the reason when the text is wrong. Tk thread only."""

    def __init__(self, parent: tk.Misc, theme: Theme, changed: Callable[[str], None]) -> None:
        """`changed` gets the text at each change by the user."""
        super().__init__(parent)
        self._theme = theme
        self._changed = changed
        self._quiet = False
        self._popup: CalendarPopup | None = None
        self.columnconfigure(0, weight=1)
        self.entry = ttk.Entry(self, width=_WIDTH, validate="key")
        self.entry.configure(validatecommand=(self.register(self._typed), "%P"))
        self.entry.grid(row=0, column=0, sticky="ew")
        self.button = ttk.Button(
            self, text="\u25be", width=1, padding=(theme.px(6), theme.px(3)), command=self.open, takefocus=False
        )
        self.button.grid(row=0, column=1, sticky="ns", padx=(theme.px(2), 0))
        self.reason = ttk.Label(self, style="Danger.Small.TLabel", wraplength=theme.px(210), justify="left")
        Tooltip(
            self.entry, theme, _("UTC. A day as 2026-11-20, a time as 2026-11-20 12:40. Up and Down change the day.")
        )
        Tooltip(self.button, theme, _("Pick a day"), "Alt+\u2193")
        for key, days in (("<Up>", 1), ("<Down>", -1), ("<Prior>", 30), ("<Next>", -30)):
            self.entry.bind(key, lambda _event, days=days: self._move(days))  # type: ignore[misc]
        self.entry.bind("<Alt-Down>", lambda _event: self._open_by_key())
        self.bind("<Destroy>", self._on_destroy)

    def get(self) -> str:
        """Return the text."""
        return self.entry.get()

    def set(self, text: str) -> None:
        """Fill the field; tells nobody."""
        if text == self.get():
            return
        self._quiet = True
        self.entry.delete(0, "end")
        self.entry.insert(0, text)
        self._quiet = False

    def show_error(self, why: str) -> None:
        """Turn red and say why; "" makes it normal again."""
        self.entry.configure(style="Invalid.TEntry" if why else "TEntry")
        self.reason.configure(text=why)
        if why:
            self.reason.grid(row=1, column=0, columnspan=2, sticky="w")
        else:
            self.reason.grid_remove()

    def open(self) -> None:
        """Open the calendar at the field's day."""
        if self._popup is not None and self._popup.winfo_exists():
            self._popup.close()
            return
        self._popup = CalendarPopup(self.entry, self._theme, day_of(self.get()), self._picked)

    def _open_by_key(self) -> str:
        self.open()
        return "break"

    def _picked(self, day: date) -> None:
        self.set(day.isoformat())
        self.entry.focus_set()
        self._changed(self.get())

    def _move(self, days: int) -> str:
        day = day_of(self.get())
        if day is not None:
            self.set((day + timedelta(days=days)).isoformat())
            self._changed(self.get())
        return "break"

    def _typed(self, text: str) -> bool:
        """Tk asks before it changes the entry; nothing is ever refused, only judged."""
        if not self._quiet:
            self._changed(text)
        return True

    def _on_destroy(self, event: tk.Event[tk.Misc]) -> None:
        if event.widget is self and self._popup is not None and self._popup.winfo_exists():
            self._popup.destroy()
