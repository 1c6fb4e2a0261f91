"""A month of days to pick from, by mouse or keyboard."""

from __future__ import annotations

import calendar
import tkinter as tk
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial

from threadx.i18n import N_, _
from threadx.ui.theme import Theme, ttk

__all__ = ["CalendarPopup"]

_MONTHS = (
    N_("January"), N_("February"), N_("March"), N_("April"), N_("May"), N_("June"), N_("July"), N_("August"),
    N_("September"), N_("October"), N_("November"), N_("December"),
)  # fmt: skip
_WEEKDAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
_STEPS = {"<Left>": -1, "<Right>": 1, "<Up>": -7, "<Down>": 7}
_ROWS = 6


class CalendarPopup(tk.Toplevel):
    """Opens under `anchor` and goes when a day is picked, at Esc, or at a click elsewhere. Tk thread only."""

    def __init__(self, anchor: tk.Misc, theme: Theme, day: date | None, picked: Callable[[date], None]) -> None:
        """Open at `day`, or at today (UTC)."""
        t = theme.tokens
        super().__init__(anchor, background=t.border, padx=1, pady=1)
        self.withdraw()
        self.wm_overrideredirect(boolean=True)
        self._theme = theme
        self._picked = picked
        self._anchor = anchor
        self.day = datetime.now(UTC).date() if day is None else day
        self._body = ttk.Frame(self, padding=theme.px(6))
        self._body.pack()
        self._title = ttk.Label(self._body, anchor="center", style="TLabel")
        self._buttons = [self._button() for _place in range(_ROWS * 7)]
        self._build()
        self._draw()
        self._listen()
        self._open()

    def close(self) -> None:
        """Go without a choice."""
        self._leave()

    def pick(self, day: date) -> None:
        """Take a day."""
        self._leave()
        self._picked(day)

    def move(self, days: int) -> None:
        """Put the cursor on another day."""
        self.day += timedelta(days=days)
        self._draw()

    def turn(self, months: int) -> None:
        """Go to another month; the day stays where there is one."""
        place = self.day.year * 12 + self.day.month - 1 + months
        year, month = place // 12, place % 12 + 1
        last = calendar.monthrange(year, month)[1]
        self.day = date(year, month, min(self.day.day, last))
        self._draw()

    def _button(self) -> ttk.Button:
        padding = (self._theme.px(6), self._theme.px(2))
        return ttk.Button(self._body, style="Chip.TButton", width=3, padding=padding, takefocus=False)

    def _build(self) -> None:
        for column, (text, months) in ((0, ("\u2039", -1)), (6, ("\u203a", 1))):
            button = ttk.Button(
                self._body,
                text=text,
                width=2,
                style="Chip.TButton",
                takefocus=False,
                command=partial(self.turn, months),
            )
            button.grid(row=0, column=column)
        self._title.grid(row=0, column=1, columnspan=5, sticky="ew")
        for column, name in enumerate(_WEEKDAYS):
            ttk.Label(self._body, text=_(name), style="Small.TLabel", anchor="center").grid(row=1, column=column)
        for place, button in enumerate(self._buttons):
            button.grid(row=2 + place // 7, column=place % 7)

    def _draw(self) -> None:
        self._title.configure(text=f"{_(_MONTHS[self.day.month - 1])} {self.day.year}")
        first = self.day.replace(day=1)
        start = first - timedelta(days=first.weekday())
        for place, button in enumerate(self._buttons):
            day = start + timedelta(days=place)
            chosen, inside = day == self.day, day.month == self.day.month
            button.configure(
                text=str(day.day), command=partial(self.pick, day),
                style="Primary.TButton" if chosen else "Chip.TButton", state="normal" if inside else "disabled",
            )  # fmt: skip

    def _listen(self) -> None:
        for key, days in _STEPS.items():
            self.bind(key, lambda _event, days=days: self.move(days))  # type: ignore[misc]
        for key, months in (("<Prior>", -1), ("<Next>", 1)):
            self.bind(key, lambda _event, months=months: self.turn(months))  # type: ignore[misc]
        for key in ("<Return>", "<KP_Enter>", "<space>"):
            self.bind(key, lambda _event: self.pick(self.day))
        self.bind("<Escape>", lambda _event: self.close())
        self.bind("<ButtonPress>", self._on_press)

    def _open(self) -> None:
        self.update_idletasks()
        x, y = self._anchor.winfo_rootx(), self._anchor.winfo_rooty() + self._anchor.winfo_height()
        width, height = self.winfo_reqwidth(), self.winfo_reqheight()
        x = min(x, self.winfo_screenwidth() - width)
        y = y if y + height <= self.winfo_screenheight() else self._anchor.winfo_rooty() - height
        self.geometry(f"+{max(x, 0)}+{max(y, 0)}")
        self.deiconify()
        self.lift()
        self.bind("<Map>", lambda _event: self._take_input())

    def _take_input(self) -> None:
        self.focus_force()
        self.grab_set()

    def _leave(self) -> None:
        """Go, and give the keyboard back by force: no window manager does it for a window it does not know of."""
        self.destroy()
        self._anchor.focus_force()

    def _on_press(self, event: tk.Event[tk.Misc]) -> None:
        x, y = event.x_root - self.winfo_rootx(), event.y_root - self.winfo_rooty()
        if not (0 <= x < self.winfo_width() and 0 <= y < self.winfo_height()):
            self.close()
