"""The line above a chart: title, O H L C V, change. Tk thread only."""

from __future__ import annotations

import tkinter as tk
from typing import Protocol

from threadx.ui.chart_figure import ChartLook
from threadx.ui.theme import FONT_MONO, Theme, ttk

__all__ = ["ChartHeader", "HeaderTexts"]


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
        gap = theme.px(4)
        self._look = look
        self.title = ttk.Label(self, style="Title.TLabel")
        self.title.pack(side="left", padx=(0, theme.unit))
        self._pairs: list[tuple[ttk.Label, ttk.Label]] = []
        for _number in range(5):
            letter = ttk.Label(self, style="Muted.TLabel", font=FONT_MONO)
            value = ttk.Label(self, font=FONT_MONO)
            letter.pack(side="left", padx=(gap, gap // 2))
            value.pack(side="left", padx=(0, gap))
            self._pairs.append((letter, value))
        self._change = ttk.Label(self, font=FONT_MONO)
        self._change.pack(side="left", padx=gap)
        self._when = ttk.Label(self, style="Small.TLabel")
        self._when.pack(side="left", padx=(theme.unit, gap))
        self._note = ttk.Label(self, style="Warning.Small.TLabel")
        self._note.pack(side="left", padx=gap)

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
