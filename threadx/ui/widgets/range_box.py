"""Which part of the bars is meant: everything, what is looked at, or between two dates."""

from __future__ import annotations

import time
import tkinter as tk
from collections.abc import Callable

from threadx.i18n import _
from threadx.ui.presenters.period import Period, ends_of, parse_period
from threadx.ui.theme import Theme, ttk
from threadx.ui.widgets.check_box import Segments
from threadx.ui.widgets.date_field import DateField

__all__ = ["ALL", "DATES", "SEEN", "RangeBox"]

ALL, SEEN, DATES = "all", "seen", "dates"


class RangeBox(ttk.Frame):
    """Three ways to name a range of time; the two dates are UTC and judged as they are typed. Tk thread only."""

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        *,
        seen: tuple[str, int, int] | None,
        everything: str = "",
        changed: Callable[[], object] = lambda: None,
    ) -> None:
        """Begin with everything.

        Args:
            parent: where it stands.
            theme: colours and sizes.
            seen: what the range that is looked at is called, and its ends in UTC ms; None: there is none.
            everything: what it is called to name no range.
            changed: called when the user chooses otherwise.
        """
        super().__init__(parent)
        self._changed: Callable[[], object] = lambda: None
        self.period = Period()
        """What is meant: both ends None for everything; not `ok` where a date is wrong. Stays when the box is gone."""
        self._seen = None if seen is None else (seen[1], seen[2])
        options = [
            (ALL, everything or _("Everything")),
            *([(SEEN, seen[0])] if seen is not None else []),
            (DATES, _("Dates")),
        ]
        self.way = Segments(self, options, self._choose)
        self.way.set(ALL)
        self.way.pack(anchor="w")
        self._dates = ttk.Frame(self)
        self.start = DateField(self._dates, theme, lambda text: self._judge(text, self.end.get()))
        self.end = DateField(self._dates, theme, lambda text: self._judge(self.start.get(), text))
        for column, (words, field) in enumerate(((_("From"), self.start), (_("To"), self.end))):
            ttk.Label(self._dates, text=words).grid(row=0, column=2 * column, sticky="nw", pady=theme.px(5),
                                                    padx=(theme.unit * column, theme.unit))  # fmt: skip
            field.grid(row=0, column=2 * column + 1, sticky="nw")
        ttk.Label(self._dates, text="UTC", style="Small.TLabel").grid(row=0, column=4, padx=(theme.px(6), 0))
        if self._seen is not None:
            for field, text in zip((self.start, self.end), ends_of(*self._seen), strict=True):
                field.set(text)
        self._gap = theme.unit
        self._choose(ALL)
        self._changed = changed

    def choose(self, way: str) -> None:
        """Choose "all", "seen" or "dates", as the user does."""
        self.way.set(way)
        self._choose(way)

    def _choose(self, way: str) -> None:
        if way == DATES:
            self._dates.pack(anchor="w", pady=(self._gap, 0))
            self._judge(self.start.get(), self.end.get())
            return
        self._dates.pack_forget()
        self.period = Period() if self._seen is None or way == ALL else Period(*self._seen)
        self._changed()

    def _judge(self, start: str, end: str) -> None:
        self.period = parse_period(start, end, int(time.time() * 1000))
        self.start.show_error(self.period.start_error)
        self.end.show_error(self.period.end_error)
        self._changed()
