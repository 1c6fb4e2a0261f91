"""The Indicators tab: what is kept up to date at the left, how every file stands at the right."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Sequence
from functools import partial

from threadx.i18n import _
from threadx.ui.context import Page, PageContext
from threadx.ui.dialogs import Dialog, confirm
from threadx.ui.indicator_form import IndicatorForm
from threadx.ui.keyboard import take_keyboard
from threadx.ui.presenters.indicator_jobs import Running
from threadx.ui.presenters.indicator_picks import Pick
from threadx.ui.presenters.indicator_rows import COLUMNS, detail_text
from threadx.ui.presenters.indicators import IndicatorsPresenter
from threadx.ui.presenters.job_results import ResultTable
from threadx.ui.presenters.table_rows import Row, in_words
from threadx.ui.presenters.table_tab import Empty
from threadx.ui.result_window import ResultWindow
from threadx.ui.shortcuts import label, readable
from threadx.ui.theme import ttk
from threadx.ui.widgets.card import Card
from threadx.ui.widgets.empty_state import Action, EmptyState
from threadx.ui.widgets.filter_field import FilterField
from threadx.ui.widgets.flow_row import FlowRow
from threadx.ui.widgets.table import DataTable, MenuEntry, TableEvents
from threadx.ui.widgets.table_menu import menu_of
from threadx.ui.widgets.tooltip import Tooltip

__all__ = ["IndicatorsPage"]

TICK_MS = 1_000
"""How often the page looks whether what it shows is old."""
_FORM_WIDTH = 312
"""Logical pixels."""


class IndicatorsPage(Page):
    """Draws what the presenter says. Tk thread only."""

    def __init__(self, parent: tk.Misc, context: PageContext) -> None:
        super().__init__(parent, context)
        self.presenter = context.presenter("indicators", self._make_presenter)
        self.dialogs: list[Dialog] = []
        self._after: str | None = None
        self._empty: EmptyState | None = None
        self.columnconfigure(1, weight=1)
        self.rowconfigure(0, weight=1)
        self.columnconfigure(0, minsize=context.theme.px(_FORM_WIDTH))
        self.form = IndicatorForm(self, context, self.presenter)
        self.form.grid(row=0, column=0, sticky="nsew", padx=(0, context.theme.unit))
        self.form.pack_propagate(flag=False)
        self._build_files()
        context.pump.on_jobs(self._jobs_moved, owner=self)
        self.presenter.attach(self)
        self.bind("<Destroy>", lambda event: self._gone() if event.widget is self else None)
        self._tick()

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

    def refresh(self) -> None:
        """F5."""
        self.presenter.refresh()

    def find(self) -> None:
        """Ctrl+F."""
        self.filter.take_focus()

    def escape(self) -> None:
        """Esc: clear the filter."""
        self.filter.clear()

    def remember(self) -> None:
        """Keep sort and columns."""
        self.context.state.set("indicators.table", self.table.layout())

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

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show these files."""
        self._show_empty_state(None)
        if {row.key for row in rows} == set(self.table.rows):
            self.table.update_rows(rows)
        else:
            self.table.set_rows(rows)
        self._count()

    def show_empty(self, empty: Empty) -> None:
        """Show no files, and what to do."""
        self.table.set_rows(())
        actions = []
        if empty.problem:
            actions = [Action(_("Try again"), self.refresh)]
        elif self.presenter.read is not None and not self.presenter.stored:
            actions = [Action(_("Open the Data Manager"), partial(self.context.open_tab, "data_manager"))]
        self._show_empty_state(
            EmptyState(self._place, self.context.theme, title=empty.title, steps=empty.steps, actions=actions)
        )
        self._count()

    def show_table(self, table: ResultTable) -> None:
        """Show what could not be calculated."""
        self.dialogs.append(ResultWindow(self, self.context.theme, table))

    # -- building -------------------------------------------------------------------------------------------------

    def _build_files(self) -> None:
        theme, gap = self.context.theme, self.context.theme.unit
        side = ttk.Frame(self)
        side.grid(row=0, column=1, sticky="nsew")
        row = FlowRow(side, theme)
        row.pack(fill="x", pady=(0, gap))
        prompt = _("Filter ({key})").format(key=label(self, "find"))
        self.filter = FilterField(row, theme, prompt, self._filtered, text=self.presenter.words)
        row.add(self.filter)
        self.filter.entry.bind("<Down>", lambda _event: self.table.take_focus())
        self.buttons: dict[str, ttk.Button] = {}
        for name, text, style, tip, key in (
            ("delete", _("Delete …"), "Danger.TButton", _("Delete the chosen files; bars stay"), "Del"),
            ("update", _("Update these"), "TButton", _("Calculate the chosen files anew where they are not fresh"), ""),
            ("charts", _("Open in Charts"), "Outline.TButton", _("Show the chosen indicator in Charts"), "Enter"),
        ):
            button = ttk.Button(row, text=text, style=style, command=partial(self.do, name))
            Tooltip(button, theme, tip, readable(self, key) if key else "")
            self.buttons[name] = button
            row.add(button, "right")
        self._build_table(side)

    def _build_table(self, side: ttk.Frame) -> None:
        theme = self.context.theme
        card = Card(side, theme, _("Files of indicators"))
        card.pack(fill="both", expand=True)
        self.totals = ttk.Label(card.tools, style="Small.TLabel")
        self.totals.pack(side="right")
        self.detail = ttk.Label(card.body, style="Small.TLabel", justify="left")
        self.detail.pack(side="bottom", fill="x", pady=(theme.px(4), 0))
        self.detail.bind("<Configure>", lambda event: self.detail.configure(wraplength=event.width))
        self._place = ttk.Frame(card.body)
        self._place.pack(fill="both", expand=True)
        events = TableEvents(
            chosen=lambda _keys: self._enable(), opened=lambda key: self.presenter.open_in_charts([key]),
            deleted=lambda _keys: self.do("delete"), menu=self._menu,
        )  # fmt: skip
        self.table = DataTable(self._place, theme, in_words(COLUMNS), events)
        self.table.pack(fill="both", expand=True)
        self.table.restore(self.context.state.get("indicators.table", {}))
        self.table.filter(self.filter.text)

    def _show_empty_state(self, state: EmptyState | None) -> None:
        if self._empty is not None:
            self._empty.destroy()
        self._empty = state
        if state is not None:
            state.place(relx=0, rely=0, relwidth=1, relheight=1)
            state.lift()

    # -- what the user does ---------------------------------------------------------------------------------------

    def do(self, name: str) -> None:
        """Do an action of the presenter's list with the chosen rows."""
        keys = self.table.chosen
        match name:
            case "charts":
                self.presenter.open_in_charts(keys)
            case "update":
                self.presenter.update_rows(keys)
            case "folder":
                path = self.presenter.path_of(keys[0])
                if path is not None:
                    self.context.shell.open_folder(path)
            case "copy":
                self.table.copy()
                self.context.notify(_("Copied"))
            case "delete":
                self._ask_delete(keys)

    def _menu(self, keys: tuple[str, ...]) -> list[MenuEntry | None]:
        return menu_of(self, self.presenter.actions(keys), self.do)

    def _ask_delete(self, keys: Sequence[str]) -> None:
        question = self.presenter.delete_question(keys)
        if question:
            dialog = confirm(
                self, self.context.theme, title=_("Delete these files?"), message=question, yes=_("Delete"),
                on_yes=lambda: self.presenter.delete(keys), danger=True,
            )  # fmt: skip
            self.dialogs.append(dialog)

    def _filtered(self, text: str) -> None:
        self.presenter.words = text
        self.table.filter(text)
        self._count()

    def _count(self) -> None:
        self.totals.configure(text=self.presenter.totals(self.table.shown))
        self._enable()

    def _enable(self) -> None:
        row = self.table.rows.get(self.table.chosen[0]) if len(self.table.chosen) == 1 else None
        self.detail.configure(text="" if row is None else detail_text(row))
        state = {each.name: each.enabled for each in self.presenter.actions(self.table.chosen) if each is not None}
        for name, button in self.buttons.items():
            button.state(["!disabled" if state[name] else "disabled"])

    # -- time -----------------------------------------------------------------------------------------------------

    def _jobs_moved(self, events: Sequence[object]) -> None:
        self.presenter.on_jobs(events)  # type: ignore[arg-type] # the pump hands on job events

    def _tick(self) -> None:
        try:
            if self.winfo_viewable():
                self.presenter.tick()
        finally:
            self._after = self.after(TICK_MS, self._tick)

    def _gone(self) -> None:
        if self._after is not None:
            self.after_cancel(self._after)
        self.presenter.detach(self)
