"""The line above a chart: title, O H L C V, change. Tk thread only."""

from __future__ import annotations

import tkinter as tk
from typing import Protocol

from threadx.ui.chart_figure import ChartLook
from threadx.ui.theme import FONT_MONO, Theme, ttk

__all__ = ["ChartHeader", "HeaderTexts"]

_GO_FIRST = (4, 0, 1, 2)
"""Places of volume, open, high and low: so they go where there is no room for all; close and change stay."""


class HeaderTexts(Protocol):
    """What it shows: `threadx.ui.presenters.charts.Header`."""

    @property
    def title(self) -> str:
        """Symbol and timeframe."""

    @property
    def values(self) -> tuple[tuple[str, str], ...]:
        """Letter and number, at most five."""

    @property
    def change(self) -> str:
        """With its sign."""

    @property
    def rising(self) -> bool | None:
        """Whether the change is up; None: neither."""

    @property
    def when(self) -> str:
        """The bar's time."""

    @property
    def note(self) -> str:
        """What is special about it."""


class ChartHeader(ttk.Frame):
    """Labels that are filled anew at each move of the crosshair; made once, because making them costs."""

    def __init__(self, parent: tk.Misc, theme: Theme, look: ChartLook) -> None:
        super().__init__(parent)
        self._gap = gap = theme.px(4)
        self._look = look
        self._hidden: tuple[int, ...] = ()
        self._fitted: tuple[int, ...] = ()
        self.title = ttk.Label(self, style="Title.TLabel")
        self.title.pack(side="left", padx=(0, theme.unit))
        self._pairs: list[tuple[ttk.Label, ttk.Label]] = []
        for _number in range(5):
            letter = ttk.Label(self, style="Muted.TLabel", font=FONT_MONO)
            value = ttk.Label(self, font=FONT_MONO)
            self._pairs.append((letter, value))
        self._change = ttk.Label(self, font=FONT_MONO)
        self._change.pack(side="left", padx=gap)
        self._when = ttk.Label(self, style="Small.TLabel")
        self._when.pack(side="left", padx=(theme.unit, gap))
        self._note = ttk.Label(self, style="Warning.Small.TLabel")
        self._note.pack(side="left", padx=gap)
        self._place_pairs()
        self.bind("<Configure>", lambda _event: self._fit())

    def set_look(self, look: ChartLook) -> None:
        """Take other colours; `show` again afterwards."""
        self._look = look

    def show(self, texts: HeaderTexts) -> None:
        """Fill the labels."""
        colors = self._look.colors
        self.title.configure(text=texts.title)
        for number, (letter, value) in enumerate(self._pairs):
            shown = texts.values[number] if number < len(texts.values) else ("", "")
            letter.configure(text=shown[0])
            value.configure(text=shown[1])
        color = colors.muted if texts.rising is None else colors.up_text if texts.rising else colors.down_text
        self._change.configure(text=texts.change, foreground=color)
        self._when.configure(text=texts.when)
        self._note.configure(text=texts.note)
        self._fit()

    def _fit(self) -> None:
        """Show as many of the numbers as there is room for."""
        beside = (self.title, self._change, self._when, self._note)
        sizes = tuple(label.winfo_reqwidth() for label in (*beside, *(each for pair in self._pairs for each in pair)))
        if (self.winfo_width(), *sizes) == self._fitted or self.winfo_width() <= 1:
            return
        self._fitted = (self.winfo_width(), *sizes)
        pairs = [letter + value + 3 * self._gap for letter, value in zip(sizes[4::2], sizes[5::2], strict=True)]
        left = self.winfo_width() - sum(sizes[:4]) - sum(pairs) - 10 * self._gap
        hidden: list[int] = []
        for place in _GO_FIRST if self._pairs[-1][1].cget("text") else ():
            if left < 0:
                left += pairs[place]
                hidden.append(place)
        if tuple(hidden) != self._hidden:
            self._hidden = tuple(hidden)
            self._place_pairs()

    def _place_pairs(self) -> None:
        for place, (letter, value) in enumerate(self._pairs):
            letter.pack_forget()
            value.pack_forget()
            if place not in self._hidden:
                letter.pack(side="left", padx=(self._gap, self._gap // 2), before=self._change)
                value.pack(side="left", padx=(0, self._gap), before=self._change)
