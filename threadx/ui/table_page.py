"""What the tabs around a table draw alike: filter, buttons, menu, dialogs, and what stands where no rows are."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from threadx.bridge import JobEvent
from threadx.i18n import _
from threadx.ui.context import Page, PageContext
from threadx.ui.dialogs import Choice, Dialog, confirm
from threadx.ui.presenters.table_rows import Column, Row, in_words
from threadx.ui.presenters.table_tab import Empty, ListPresenter, TablePresenter
from threadx.ui.shortcuts import label, readable
from threadx.ui.theme import ttk
from threadx.ui.widgets.card import Card
from threadx.ui.widgets.empty_state import EmptyState
from threadx.ui.widgets.filter_field import FilterField
from threadx.ui.widgets.flow_row import FlowRow
from threadx.ui.widgets.table import DataTable, MenuEntry, TableEvents
from threadx.ui.widgets.table_menu import menu_of
from threadx.ui.widgets.tooltip import Tooltip

__all__ = ["ListPage", "TablePage", "Tool"]


@dataclass(frozen=True, slots=True)
class Tool:
    """A button above the table, for an action of the presenter's list."""

    name: str
    text: str
    """Translated, as is the tip."""
    tip: str
    style: str = "TButton"
    key: str = ""
    """As `shortcuts.readable` takes it."""


class TablePage(Page):
    """A tab around tables. Tk thread only.

    A page makes its presenter, builds its widgets, which are `filter`, `table` and `_place`, and calls `_live`.
    """

    presenter: TablePresenter[Any]
    filter: FilterField
    table: DataTable
    """The rows that buttons and menu are about."""
    _place: tk.Misc
    """What an empty state covers."""

    def __init__(self, parent: tk.Misc, context: PageContext) -> None:
        super().__init__(parent, context)
        self.dialogs: list[Dialog] = []
        """Those that were opened; closed ones are forgotten when the next opens."""
        self._buttons: dict[str, ttk.Button] = {}
        self._empty: EmptyState | None = None

    def _live(self) -> None:
        """Begin to hear of jobs; whenever one tells something, and every second, look whether what is shown is old."""
        self.context.pump.on_jobs(self._on_jobs, owner=self)
        self.attach(self.presenter, self)
        self.each_second(self._look)

    def _on_jobs(self, events: Sequence[JobEvent]) -> None:
        self.presenter.on_jobs(events)
        self._look()

    def _look(self) -> None:
        if self.winfo_viewable():
            self.presenter.tick()

    # -- what the shell asks --------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """F5."""
        self.presenter.refresh()

    def find(self) -> None:
        """Ctrl+F."""
        self.filter.take_focus()

    def escape(self) -> None:
        """Esc: clear the filter."""
        self.filter.clear()

    # -- building -------------------------------------------------------------------------------------------------

    def _add_filter(self, row: FlowRow, width: int = 24) -> None:
        prompt = _("Filter ({key})").format(key=label(self, "find"))
        self.filter = FilterField(
            row, self.context.theme, prompt, self._on_words, width=width, text=self.presenter.words
        )
        self.filter.entry.bind("<Down>", lambda _event: self._filtered().take_focus())
        row.add(self.filter)

    def _filtered(self) -> DataTable:
        """Return the table below the filter."""
        return self.table

    def _add_tools(self, row: FlowRow, tools: Iterable[Tool]) -> None:
        for tool in tools:
            button = ttk.Button(row, text=tool.text, style=tool.style, command=partial(self.do, tool.name))
            Tooltip(button, self.context.theme, tool.tip, readable(self, tool.key) if tool.key else "")
            self._buttons[tool.name] = button
            row.add(button, "right")

    # -- what the presenter asks ----------------------------------------------------------------------------------

    def _cover(self, empty: Empty | None) -> None:
        """Show what to do where no rows are; None: there are some."""
        if self._empty is not None:
            self._empty.destroy()
            self._empty = None
        if empty is not None:
            self._empty = EmptyState(
                self._place, self.context.theme, title=empty.title, steps=empty.steps, actions=self._ways_out(empty)
            )
        self._lift_empty()

    def _lift_empty(self) -> None:
        if self._empty is not None:
            self._empty.place(relx=0, rely=0, relwidth=1, relheight=1)
            self._empty.lift()

    def _ways_out(self, empty: Empty) -> list[Choice]:
        """Return the buttons of an empty state."""
        if empty.problem:
            return [Choice(_("Try again"), self.refresh)]
        if empty.steps:
            return [Choice(_("Open the Data Manager"), partial(self.context.open_tab, "data_manager"))]
        return []

    # -- what the user does ---------------------------------------------------------------------------------------

    def do(self, name: str) -> None:
        """Do an action of the presenter's list with the chosen rows."""
        if name == "copy":
            self._copy(self.table)

    def _copy(self, table: DataTable) -> None:
        table.copy()
        self.context.notify(_("Copied"))

    def _menu(self, keys: tuple[str, ...]) -> list[MenuEntry | None]:
        return menu_of(self, self.presenter.actions(keys), self.do)

    def _ask(self, title: str, question: str, yes: str, on_yes: Callable[[], object]) -> None:
        """Ask before something grave is done; with no question there is nothing to do."""
        if question:
            self._keep(confirm(
                self, self.context.theme, title=title, message=question, yes=yes, on_yes=on_yes, danger=True
            ))  # fmt: skip

    def _keep(self, dialog: Dialog) -> None:
        self.dialogs = [*(each for each in self.dialogs if each.winfo_exists()), dialog]

    def _on_words(self, text: str) -> None:
        self.presenter.words = text

    def _enable(self) -> None:
        can = {each.name: each.enabled for each in self.presenter.actions(self.table.chosen) if each is not None}
        can |= self._can_always()
        for name, button in self._buttons.items():
            button.state(["!disabled" if can[name] else "disabled"])

    def _can_always(self) -> Mapping[str, bool]:
        """Return which buttons work, or not, whatever rows are chosen."""
        return {}


class ListPage(TablePage):
    """A tab whose one table lists everything there is, with the sums over what the filter lets through."""

    presenter: ListPresenter[Any]
    LAYOUT: str
    """What the table's layout is remembered as."""
    DELETE: str
    """Title of the question before rows are deleted, in English."""

    def remember(self) -> None:
        """Keep sort and columns."""
        self.context.state.set(self.LAYOUT, self.table.layout())

    def _build_list(self, parent: tk.Misc, title: str, columns: Iterable[Column]) -> Card:
        theme = self.context.theme
        card = Card(parent, theme, title)
        card.pack(fill="both", expand=True)
        self._totals = ttk.Label(card.tools, style="Small.TLabel")
        self._totals.pack(side="right")
        self._place = ttk.Frame(card.body)
        self._place.pack(fill="both", expand=True)
        events = TableEvents(
            chosen=lambda _keys: self._enable(), opened=lambda key: self.presenter.open_in_charts([key]),
            deleted=lambda _keys: self.do("delete"), menu=self._menu,
        )  # fmt: skip
        self.table = DataTable(self._place, theme, in_words(columns), events)
        self.table.restore(self.context.state.get(self.LAYOUT, {}))
        self.table.filter(self.filter.text)
        return card

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show these rows."""
        if {row.key for row in rows} == set(self.table.rows):
            self.table.update_rows(rows)
        else:
            self.table.set_rows(rows)
        self._cover(None)
        self._count()

    def show_empty(self, empty: Empty) -> None:
        """Show no rows, and what to do."""
        self.table.set_rows(())
        self._cover(empty)
        self._count()

    def do(self, name: str) -> None:
        """Do an action of the presenter's list with the chosen rows."""
        match name:
            case "charts":
                self.presenter.open_in_charts(self.table.chosen)
            case "delete":
                self._ask_delete(self.table.chosen)
            case _:
                super().do(name)

    def _ask_delete(self, keys: Sequence[str]) -> None:
        question = self.presenter.delete_question(keys)
        self._ask(_(self.DELETE), question, _("Delete"), lambda: self.presenter.delete(keys))

    def _on_words(self, text: str) -> None:
        super()._on_words(text)
        self.table.filter(text)
        self._count()

    def _count(self) -> None:
        self._totals.configure(text=self.presenter.totals(self.table.shown))
        self._enable()
