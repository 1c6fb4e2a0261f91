"""The Indicators tab: what is kept up to date at the left, how every file stands at the right."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Sequence

from threadx.i18n import N_, _
from threadx.ui.context import PageContext
from threadx.ui.dialogs import Choice
from threadx.ui.indicator_form import IndicatorForm
from threadx.ui.keyboard import take_keyboard
from threadx.ui.presenters.indicator_jobs import Running
from threadx.ui.presenters.indicator_picks import Pick
from threadx.ui.presenters.indicator_rows import COLUMNS, detail_text
from threadx.ui.presenters.indicators import IndicatorsPresenter
from threadx.ui.presenters.job_results import ResultTable
from threadx.ui.presenters.table_rows import Row
from threadx.ui.presenters.table_tab import Empty
from threadx.ui.result_window import ResultWindow
from threadx.ui.table_page import ListPage, Tool
from threadx.ui.theme import ttk
from threadx.ui.widgets.flow_row import FlowRow

__all__ = ["IndicatorsPage"]

_FORM_WIDTH = 312
"""Logical pixels."""


class IndicatorsPage(ListPage):
    """Draws what the presenter says. Tk thread only."""

    presenter: IndicatorsPresenter
    LAYOUT = "indicators.table"
    DELETE = N_("Delete these files?")

    def __init__(self, parent: tk.Misc, context: PageContext) -> None:
        super().__init__(parent, context)
        self.presenter = context.presenter("indicators", self._make_presenter)
        self.columnconfigure(1, weight=1)
        self.rowconfigure(0, weight=1)
        self.columnconfigure(0, minsize=context.theme.px(_FORM_WIDTH))
        self.form = IndicatorForm(self, context, self.presenter)
        self.form.grid(row=0, column=0, sticky="nsew", padx=(0, context.theme.unit))
        self.form.pack_propagate(flag=False)
        self._build_files()
        self._live()

    def _make_presenter(self) -> IndicatorsPresenter:
        given = self.context
        return IndicatorsPresenter(
            given.bridge, given.pump, given.selection, given.state, notify=given.notify, open_tab=given.open_tab
        )

    # -- what the shell asks --------------------------------------------------------------------------------------

    def shown(self) -> None:
        """The tab came to the front: what is old is read anew."""
        self.presenter.tick()
        take_keyboard(self, self.form.symbols.take_focus)

    # -- what the presenter asks ----------------------------------------------------------------------------------

    def show_symbols(self, rows: Sequence[Row], chosen: Sequence[str]) -> None:
        """Show the symbols that have bars, and which are chosen."""
        self.form.show_symbols(rows, chosen)

    def show_timeframes(self, there: Sequence[str], ticked: Sequence[str]) -> None:
        """Show the timeframes that have bars, and which are ticked."""
        self.form.show_timeframes(there, ticked)

    def show_picks(self, picks: Sequence[Pick], ticked: frozenset[str], *, core: bool) -> None:
        """Show the indicators that can be ticked, and which are."""
        self.form.show_picks(picks, ticked, core=core)

    def show_wanted(self, text: str, *, ready: bool) -> None:
        """Say how many files are wanted."""
        self.form.show_wanted(text, ready=ready)

    def show_running(self, running: Running) -> None:
        """Show how far the jobs are."""
        self.form.show_running(running)

    def show_table(self, table: ResultTable) -> None:
        """Show what could not be calculated."""
        self._keep(ResultWindow(self, self.context.theme, table))

    def _ways_out(self, empty: Empty) -> list[Choice]:
        return super()._ways_out(empty) if empty.problem or not self.presenter.stored else []

    # -- building -------------------------------------------------------------------------------------------------

    def _build_files(self) -> None:
        theme, gap = self.context.theme, self.context.theme.unit
        side = ttk.Frame(self)
        side.grid(row=0, column=1, sticky="nsew")
        row = FlowRow(side, theme)
        row.pack(fill="x", pady=(0, gap))
        self._add_filter(row)
        again = _("Calculate the chosen files anew where they are not fresh")
        self._add_tools(row, (
            Tool("delete", _("Delete…"), _("Delete the chosen files; bars stay"), "Danger.TButton", "Del"),
            Tool("update", _("Update these"), again),
            Tool("charts", _("Open in Charts"), _("Show the chosen indicator in Charts"), "Outline.TButton", "Enter"),
        ))  # fmt: skip
        card = self._build_list(side, _("Files of indicators"), COLUMNS)
        self.detail = ttk.Label(card.body, style="Small.TLabel", justify="left")
        self.detail.pack(side="bottom", fill="x", pady=(theme.px(4), 0), before=self._place)
        self.table.pack(fill="both", expand=True)
        self.detail.bind("<Configure>", lambda event: self.detail.configure(wraplength=event.width))

    # -- what the user does ---------------------------------------------------------------------------------------

    def do(self, name: str) -> None:
        """Do an action of the presenter's list with the chosen rows."""
        keys = self.table.chosen
        match name:
            case "update":
                self.presenter.update_rows(keys)
            case "folder":
                path = self.presenter.path_of(keys[0])
                if path is not None:
                    self.context.shell.open_folder(path)
            case _:
                super().do(name)

    def _enable(self) -> None:
        super()._enable()
        row = self.table.rows.get(self.table.chosen[0]) if len(self.table.chosen) == 1 else None
        self.detail.configure(text="" if row is None else detail_text(row))
