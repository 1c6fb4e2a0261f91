"""The second view of the Inventory tab: the map, and below it what the chosen cell lacks."""

from __future__ import annotations

import tkinter as tk

from threadx.i18n import _
from threadx.ui.context import PageContext
from threadx.ui.heat_map import HeatMapView
from threadx.ui.presenters.heat_map import CellDetails, HeatGrid, HeatPresenter
from threadx.ui.theme import ttk
from threadx.ui.widgets.table import Column, DataTable
from threadx.ui.widgets.tooltip import Tooltip

__all__ = ["HeatPanel"]


class HeatPanel(ttk.Frame):
    """Draws what the presenter says. Tk thread only."""

    def __init__(self, parent: tk.Misc, context: PageContext, presenter: HeatPresenter) -> None:
        super().__init__(parent)
        self._context = context
        self.presenter = presenter
        self._attached = False
        theme = context.theme
        self.rowconfigure(0, weight=1)
        self.columnconfigure(0, weight=1)
        self.map = HeatMapView(self, theme, on_choose=presenter.choose, on_caption=self._say, label_of=self._label)
        self.map.grid(row=0, column=0, sticky="nsew")
        row = ttk.Frame(self)
        row.grid(row=1, column=0, sticky="ew", pady=theme.unit)
        self.caption = ttk.Label(row, style="Muted.TLabel")
        self.caption.pack(side="left")
        self.charts = ttk.Button(
            row, text=_("Open in Charts"), style="Primary.TButton", command=presenter.open_in_charts
        )
        self.repair = ttk.Button(row, text=_("Repair"), style="Outline.TButton", command=presenter.repair)
        Tooltip(self.repair, theme, _("Fetch what this month lacks"))
        for button in (self.charts, self.repair):
            button.pack(side="right", padx=(theme.unit // 2, 0))
        columns = (
            Column("from", _("From (UTC)"), 150),
            Column("to", _("To (UTC)"), 150),
            Column("minutes", _("Minutes"), 90, "right"),
            Column("cause", _("Cause"), 200, stretch=True),
        )
        self.gaps = DataTable(self, theme, columns, height=6)
        self.gaps.grid(row=2, column=0, sticky="nsew")
        self.bind("<Destroy>", lambda event: presenter.detach(self) if event.widget is self else None)
        self.show_details(None)

    def begin(self) -> None:
        """Show the map; read it where that was not done yet."""
        if not self._attached:
            self._attached = True
            self.presenter.attach(self)

    def old(self) -> None:
        """What is stored has changed."""
        if self._attached:
            self.presenter.refresh()

    # -- what the presenter asks ----------------------------------------------------------------------------------

    def show_grid(self, grid: HeatGrid) -> None:
        """Draw another map."""
        self.map.show(grid)

    def show_details(self, details: CellDetails | None) -> None:
        """Show a cell's gaps; None: no cell is chosen."""
        if details is None:
            self._say(_("\u2713 complete · a number: per cent stored · click or Enter: gaps and causes"))
            self.gaps.set_rows(())
        else:
            self._say(f"{details.title}: {details.summary}")
            self.gaps.set_rows(details.rows)
        self.repair.configure(state="normal" if details is not None and details.repairable else "disabled")
        self.charts.configure(state="normal" if details is not None and details.chartable else "disabled")

    def show_problem(self, text: str) -> None:
        """Say why there is no map."""
        self._say(text)

    def _say(self, text: str) -> None:
        self.caption.configure(text=text)

    def _label(self, key: tuple[str, str]) -> str:
        """Return a line's name; the provider is said where it is another one."""
        provider, symbol = key
        return symbol if provider == self._context.bridge.provider else f"{symbol} · {provider}"
