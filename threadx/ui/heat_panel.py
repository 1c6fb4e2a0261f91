"""The second view of the Inventory tab: the map, and below it what the chosen cell lacks."""

from __future__ import annotations

import tkinter as tk

from threadx.i18n import _
from threadx.ui.context import PageContext
from threadx.ui.heat_map import HeatMapView
from threadx.ui.presenters.heat_map import CellDetails, HeatGrid, HeatPresenter
from threadx.ui.theme import ttk
from threadx.ui.widgets.flow_row import FlowRow
from threadx.ui.widgets.table import Column, DataTable
from threadx.ui.widgets.tooltip import Tooltip

__all__ = ["HeatPanel"]

LOW, WIDE = 420, 1_100
"""Logical pixels of height below which, and of width above which, the details stand beside the map."""
DETAILS_WIDTH = 480


class HeatPanel(ttk.Frame):
    """Draws what the presenter says. Tk thread only."""

    def __init__(self, parent: tk.Misc, context: PageContext, presenter: HeatPresenter) -> None:
        super().__init__(parent)
        self._context = context
        self.presenter = presenter
        self._attached = False
        self._stale = False
        """Whether something changed while nobody saw the map."""
        theme = context.theme
        self.map = HeatMapView(self, theme, on_choose=presenter.choose, on_caption=self._say, label_of=self._label)
        self._details = ttk.Frame(self)
        self.caption = ttk.Label(self._details, style="Muted.TLabel", justify="left")
        self.caption.pack(fill="x", pady=(theme.unit, 0))
        tools = FlowRow(self._details, theme)
        tools.pack(fill="x", pady=theme.unit)
        self.charts = ttk.Button(
            tools, text=_("Open in Charts"), style="Primary.TButton", command=presenter.open_in_charts
        )
        Tooltip(self.charts, theme, _("Show this month"))
        self.repair = ttk.Button(tools, text=_("Repair"), style="Outline.TButton", command=presenter.repair)
        Tooltip(self.repair, theme, _("Fetch what this month lacks"))
        tools.add(self.charts)
        tools.add(self.repair)
        columns = (
            Column("from", _("From (UTC)"), 132),
            Column("to", _("To (UTC)"), 132),
            Column("minutes", _("Minutes"), 72, "right"),
            Column("cause", _("Cause"), 130, stretch=True),
        )
        self.gaps = DataTable(self._details, theme, columns, height=5)
        self.gaps.pack(fill="both", expand=True)
        self.bind("<Configure>", lambda event: self._arrange(event.width, event.height))
        self.bind("<Destroy>", lambda event: presenter.detach(self) if event.widget is self else None)
        self.show_details(None)

    def _arrange(self, width: int, height: int) -> None:
        """Put the details below the map, or beside it where the window is low or wide."""
        px, gap = self._context.theme.px, self._context.theme.unit * 2
        beside = height < px(LOW) or width > px(WIDE)
        room = min(px(DETAILS_WIDTH), width // 2) if beside else width
        self.caption.configure(wraplength=max(room - gap, 1))
        if beside:
            self.map.place(x=0, y=0, width=max(width - room - gap, 1), height=height)
            self._details.place(x=width - room, y=0, width=room, height=height)
        else:
            below = min(self._details.winfo_reqheight(), height // 2)
            self.map.place(x=0, y=0, width=width, height=height - below)
            self._details.place(x=0, y=height - below, width=width, height=below)

    def begin(self) -> None:
        """Show the map; read it where that was not done yet."""
        if not self._attached:
            self._attached = True
            self.presenter.attach(self)
        elif self._stale:
            self.presenter.refresh()
        self._stale = False

    def old(self) -> None:
        """What is stored has changed."""
        self._stale = self._attached and not self.winfo_viewable()
        if self._attached and not self._stale:
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
            self._say(f"{details.title} · {details.summary}")
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
