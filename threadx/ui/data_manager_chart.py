"""The chart of the preview. Loads matplotlib; imported on a worker thread."""

from __future__ import annotations

import dataclasses
import tkinter as tk

from threadx.ui.chart_header import ChartHeader
from threadx.ui.chart_look import chart_look
from threadx.ui.chart_view import ChartEvents, ChartView
from threadx.ui.context import PageContext
from threadx.ui.presenters.chart_loader import Loaded
from threadx.ui.presenters.chart_texts import Header, header_of
from threadx.ui.theme import ttk

__all__ = ["PreviewChart"]

_WIDE, _NARROW = 640, 400
"""Logical pixels; where the chart is narrower, its header shows the close only, or not even that."""


class PreviewChart(ttk.Frame):
    """Header and candles. Tk thread only."""

    def __init__(self, parent: tk.Misc, context: PageContext) -> None:
        super().__init__(parent)
        look = chart_look(
            context.theme,
            hollow_up=bool(context.state.get("charts.hollow", default=False)),
            colour_blind=bool(context.state.get("charts.colour_blind", default=False)),
        )
        self._loaded: Loaded | None = None
        self._title = ""
        self._wide, self._narrow = context.theme.px(_WIDE), context.theme.px(_NARROW)
        self.header = ChartHeader(self, context.theme, look)
        self.header.pack(fill="x", pady=(0, context.theme.px(4)))
        self.view = ChartView(self, look, ChartEvents(hovered=self._hovered))
        self.view.pack(fill="both", expand=True)
        self.bind("<Configure>", lambda _event: self._hovered(None))

    def show(self, symbol: str, timeframe: str, loaded: Loaded, *, same: bool) -> None:
        """Show bars; with `same` the view stays where it is, or follows the newest."""
        self._loaded = loaded
        self._title = f"{symbol} · {timeframe}"
        if same and self.view.series is not None:
            self.view.update_bars(loaded.series)
        else:
            self.view.show(loaded.series, digits=loaded.digits)
        self._hovered(None)

    def _hovered(self, ms: float | None) -> None:
        """Show the bar under the crosshair in the header, or the latest."""
        if self._loaded is not None:
            series = self._loaded.series
            bar = series.last if ms is None else series.bar_at(ms)
            header = Header(self._title) if bar is None else header_of(self._title, bar, self._loaded.digits)
            if self.winfo_width() < self._wide:
                narrow = self.winfo_width() < self._narrow
                title = self._title.partition(" ")[0] if narrow else self._title
                header = dataclasses.replace(header, title=title, values=() if narrow else header.values[3:4])
            self.header.show(header)
