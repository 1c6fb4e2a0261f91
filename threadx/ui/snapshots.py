"""The Snapshots tab: how fresh everything is, which dates there are of each domain, what a date holds."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from threadx.i18n import _
from threadx.ui.context import PageContext
from threadx.ui.dialogs import Choice
from threadx.ui.keyboard import take_keyboard
from threadx.ui.presenters.snapshot_contents import Shown
from threadx.ui.presenters.snapshots import SnapshotsPresenter
from threadx.ui.presenters.table_rows import Row
from threadx.ui.presenters.table_tab import Empty
from threadx.ui.shortcuts import readable
from threadx.ui.snapshot_contents import ContentsCard
from threadx.ui.snapshot_dialogs import ArchiveDialog, ChangesDialog, CreateDialog
from threadx.ui.table_page import TablePage, Tool
from threadx.ui.theme import ttk
from threadx.ui.widgets.card import Card
from threadx.ui.widgets.check_box import Segments
from threadx.ui.widgets.flow_row import FlowRow
from threadx.ui.widgets.table import Column, DataTable, MenuEntry, TableEvents
from threadx.ui.widgets.tooltip import Tooltip

__all__ = ["SnapshotsPage"]

_FRESH_WIDTH, _FRESH_LEAST, _SIDE_WIDTH = 344, 264, 560
"""Logical pixels."""


class SnapshotsPage(TablePage):
    """Draws what the presenter says; `table` are the dates of the chosen domain. Tk thread only."""

    presenter: SnapshotsPresenter

    def __init__(self, parent: tk.Misc, context: PageContext) -> None:
        super().__init__(parent, context)
        self.presenter = context.presenter("snapshots", self._make_presenter)
        self._quiet = False
        self._build_tools()
        self._build_body()
        self._show_view(str(context.state.get("snapshots.view", "domains")))
        self._live()

    def _make_presenter(self) -> SnapshotsPresenter:
        given = self.context
        return SnapshotsPresenter(
            given.bridge, given.pump, given.selection, notify=given.notify, open_tab=given.open_tab
        )

    # -- what the shell asks --------------------------------------------------------------------------------------

    def shown(self) -> None:
        """The tab came to the front: what is old is read anew."""
        self.presenter.tick()
        take_keyboard(self, self.domains.take_focus)

    def remember(self) -> None:
        """Keep sort, columns and view."""
        self.context.state.set("snapshots.view", self.views.get())
        for name, table in self._tables.items():
            self.context.state.set(f"snapshots.{name}", table.layout())

    # -- what the presenter asks ----------------------------------------------------------------------------------

    def show_fresh(self, domains: Sequence[Row], datasets: Sequence[Row], summary: str, domain: str) -> None:
        """Show the status page."""
        self._quiet = True
        try:
            self.domains.set_rows(domains)
            self.domains.choose([domain] if domain else [])
            self.datasets.set_rows(datasets)
        finally:
            self._quiet = False
        self._summary.configure(text=summary)
        self._enable()

    def show_dates(self, title: str, rows: Sequence[Row], chosen: Sequence[str]) -> None:
        """Show the dates of the chosen domain."""
        self._dates_card.title.configure(text=title or _("Dates"))
        self._quiet = True
        try:
            self.table.set_rows(rows)
            self.table.choose(chosen)
        finally:
            self._quiet = False
        self._enable()

    def update_date(self, row: Row) -> None:
        """Show what is now known of a date."""
        self.table.update_rows([row])

    def show_files(self, title: str, rows: Sequence[Row], chosen: str) -> None:
        """Show the files of the chosen date."""
        self.contents.show_files(title, rows, chosen)

    def show_content(self, shown: Shown) -> None:
        """Show the beginning of the chosen file."""
        self.contents.show_content(shown)

    def show_empty(self, empty: Empty | None) -> None:
        """Show what to do where nothing is; None: there is something."""
        self._cover(empty)
        self._enable()

    def _ways_out(self, empty: Empty) -> list[Choice]:
        if empty.steps and not empty.problem and self.presenter.pin_choices():
            return [Choice(_("Create…"), partial(self.do, "create"))]
        return super()._ways_out(empty)

    def show_changes(self, title: str, lines: Sequence[str]) -> None:
        """Show what differs between two dates."""
        self._keep(ChangesDialog(self, self.context, title, lines).show())

    # -- building -------------------------------------------------------------------------------------------------

    def _build_tools(self) -> None:
        theme, gap = self.context.theme, self.context.theme.unit
        row = self.tools = FlowRow(self, theme)
        row.pack(fill="x", pady=(0, gap))
        self._add_filter(row, width=20)
        compare = _("Two chosen dates, or one with the one before it, in words")
        pack = _("Pack old dates into one file a month, after a look at which")
        pin = _("Pin the bars of the bank as they are now")
        self._add_tools(row, (
            Tool("archive", _("Archive…"), pack),
            Tool("restore", _("Bring back"), _("Unpack the chosen dates beside their archive, which stays")),
            Tool("put_back", _("Put back…"), _("Make the bars of the bank what the chosen snapshot has")),
            Tool("diff", _("Compare…"), compare, key="Enter"),
            Tool("create", _("Create…"), pin, "Primary.TButton"),
        ))  # fmt: skip

    def _build_body(self) -> None:
        theme, gap = self.context.theme, self.context.theme.unit
        body = ttk.Frame(self)
        body.pack(fill="both", expand=True)
        body.columnconfigure(0, weight=3, minsize=theme.px(_FRESH_LEAST))
        body.columnconfigure(1, weight=7)
        body.rowconfigure(0, weight=1)
        self._build_fresh(body)
        self._place = ttk.Frame(body, width=theme.px(_SIDE_WIDTH))
        self._place.grid_propagate(flag=False)
        self._place.grid(row=0, column=1, sticky="nsew", padx=(gap, 0))
        self._place.columnconfigure(0, weight=1)
        self._place.rowconfigure(0, weight=2, uniform="half")
        self._place.rowconfigure(1, weight=3, uniform="half")
        self._build_dates()
        self.contents = ContentsCard(self._place, self.context, self.presenter.contents, partial(self.do, "restore"))
        self.contents.grid(row=1, column=0, sticky="nsew", pady=(gap, 0))
        self._tables = {
            "domains": self.domains, "datasets": self.datasets, "dates": self.table, "files": self.contents.files,
        }  # fmt: skip
        for name, table in self._tables.items():
            table.restore(self.context.state.get(f"snapshots.{name}", {}))
        self._on_words(self.filter.text)

    def _build_fresh(self, body: ttk.Frame) -> None:
        theme = self.context.theme
        card = Card(body, theme, _("Freshness"))
        card.configure(width=theme.px(_FRESH_WIDTH))
        card.pack_propagate(flag=False)
        card.grid(row=0, column=0, sticky="nsew")
        options = (("domains", _("Domains")), ("datasets", _("Datasets")))
        self.views = Segments(card.body, options, self._show_view)
        self.views.pack(fill="x", pady=(0, theme.px(6)))
        Tooltip(self.views.buttons["domains"], theme, _("What is published under dates, and when it last was"))
        Tooltip(self.views.buttons["datasets"], theme, _("How old the last bar of every dataset is"))
        self._summary = ttk.Label(card.body, style="Small.TLabel")
        self._summary.pack(side="bottom", anchor="w", pady=(theme.unit // 2, 0))
        self._fresh_place = ttk.Frame(card.body)
        self._fresh_place.pack(fill="both", expand=True)
        last = Column("last", _("Last (UTC)"), 138, "right", optional=1)
        fresh = Column("fresh", _("Freshness"), 144)
        self.domains = DataTable(
            self._fresh_place, theme,
            (Column("name", _("Domain"), 84, stretch=True), last, fresh,
             Column("count", _("Dates"), 52, "right", optional=2)),
            TableEvents(chosen=self._domain_chosen, opened=lambda _key: self.table.take_focus(),
                        menu=self._fresh_menu), multiple=False,
        )  # fmt: skip
        self.datasets = DataTable(
            self._fresh_place, theme,
            (Column("name", _("Dataset"), 104, stretch=True), last, fresh,
             Column("count", _("Bars"), 72, "right", optional=2)),
            TableEvents(menu=self._fresh_menu, opened=self.presenter.open_dataset),
        )  # fmt: skip

    def _build_dates(self) -> None:
        theme = self.context.theme
        self._dates_card = Card(self._place, theme, _("Dates"))
        self._dates_card.grid(row=0, column=0, sticky="nsew")
        columns = (
            Column("date", _("Date (UTC)"), 124), Column("where", _("Where it lies"), 150, stretch=True),
            Column("files", _("Files"), 60, "right", optional=2), Column("size", _("Size"), 84, "right", optional=1),
        )  # fmt: skip
        events = TableEvents(
            chosen=self._dates_chosen, opened=lambda key: self.presenter.compare([key]), menu=self._menu
        )
        self.table = DataTable(self._dates_card.body, theme, columns, events, height=2)
        self.table.pack(fill="both", expand=True)

    def _show_view(self, name: str) -> None:
        datasets = name == "datasets"
        self.views.set("datasets" if datasets else "domains")
        (self.domains if datasets else self.datasets).pack_forget()
        (self.datasets if datasets else self.domains).pack(fill="both", expand=True)

    def _filtered(self) -> DataTable:
        return self.datasets if self.views.get() == "datasets" else self.domains

    # -- what the user does ---------------------------------------------------------------------------------------

    def do(self, name: str) -> None:
        """Do an action with the chosen dates."""
        keys = self.table.chosen
        match name:
            case "create":
                self._keep(CreateDialog(self, self.context, self.presenter).show())
            case "archive":
                self._keep(ArchiveDialog(self, self.context, self.presenter).show())
            case "diff":
                self.presenter.compare(keys)
            case "restore":
                self.presenter.restore(keys)
            case "put_back":
                question = self.presenter.put_back_question(keys)
                self._ask(_("Put these bars back?"), question, _("Put back"), lambda: self.presenter.put_back(keys))
            case "folder":
                path = self.presenter.path_of(keys[0])
                if isinstance(path, Path):
                    self.context.shell.open_folder(path)
            case _:
                super().do(name)

    def _fresh_menu(self, keys: tuple[str, ...]) -> list[MenuEntry | None]:
        table = self._filtered()
        copy = MenuEntry(_("Copy as TSV"), partial(self._copy, table), bool(keys), readable(self, "Mod+C"))
        if table is self.domains:
            return [copy]
        return [MenuEntry(_("Open in Charts"), partial(self.presenter.open_dataset, *keys[:1]), bool(keys)), copy]

    def _domain_chosen(self, keys: tuple[str, ...]) -> None:
        if keys and not self._quiet:
            self.presenter.choose_domain(keys[0])

    def _dates_chosen(self, keys: tuple[str, ...]) -> None:
        if not self._quiet:
            self.presenter.choose_dates(keys)
            self._enable()

    def _on_words(self, text: str) -> None:
        super()._on_words(text)
        self.domains.filter(text)
        self.datasets.filter(text)

    def _can_always(self) -> Mapping[str, bool]:
        return {"create": bool(self.presenter.pin_choices()), "archive": bool(self.presenter.domains)}
