"""The Inventory tab: every dataset in a table, the completeness of every month in a map, and what can be done."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tkinter import filedialog

from threadx.i18n import _, ngettext, number
from threadx.ui.context import Page, PageContext
from threadx.ui.dialogs import Dialog, confirm
from threadx.ui.export_dialog import FORMATS, ExportDialog
from threadx.ui.heat_panel import HeatPanel
from threadx.ui.inventory_dialogs import DeletedDialog, HistoryDialog
from threadx.ui.keyboard import take_keyboard
from threadx.ui.presenters.heat_map import HeatPresenter
from threadx.ui.presenters.inventory import InventoryPresenter, What
from threadx.ui.presenters.inventory_rows import COLUMNS
from threadx.ui.presenters.job_results import ResultTable
from threadx.ui.presenters.period import Period
from threadx.ui.presenters.table_rows import Row, in_words
from threadx.ui.presenters.table_tab import Empty
from threadx.ui.result_window import ResultWindow
from threadx.ui.shortcuts import label, readable
from threadx.ui.theme import ttk
from threadx.ui.widgets.card import Card
from threadx.ui.widgets.check_box import Segments
from threadx.ui.widgets.empty_state import Action, EmptyState
from threadx.ui.widgets.filter_field import FilterField
from threadx.ui.widgets.flow_row import FlowRow
from threadx.ui.widgets.table import DataTable, MenuEntry, TableEvents
from threadx.ui.widgets.table_menu import menu_of
from threadx.ui.widgets.tooltip import Tooltip

__all__ = ["InventoryPage"]

TICK_MS = 1_000
"""How often the page looks whether what it shows is old."""


class InventoryPage(Page):
    """Draws what the presenter says. Tk thread only."""

    def __init__(self, parent: tk.Misc, context: PageContext) -> None:
        super().__init__(parent, context)
        self.presenter = context.presenter("inventory", self._make_presenter)
        self.heat_presenter = context.presenter("inventory.heat", self._make_heat)
        self.choose_file = filedialog.asksaveasfilename
        self.choose_folder = filedialog.askdirectory
        self._dialogs: list[Dialog] = []
        self._after: str | None = None
        self._build_tools()
        self._build_body()
        self._show_view(str(context.state.get("inventory.view", "table")))
        context.pump.on_jobs(self._jobs_moved, owner=self)
        self.presenter.attach(self)
        self.bind("<Destroy>", lambda event: self._gone() if event.widget is self else None)
        self._tick()

    def _make_presenter(self) -> InventoryPresenter:
        given = self.context
        return InventoryPresenter(
            given.bridge, given.pump, given.selection, notify=given.notify, open_tab=given.open_tab
        )

    def _make_heat(self) -> HeatPresenter:
        given, mine = self.context, self.presenter
        return HeatPresenter(
            given.bridge, given.pump, follow=mine.follow, open_symbol=mine.open_symbol, notify=given.notify
        )

    # -- what the shell asks --------------------------------------------------------------------------------------

    def shown(self) -> None:
        """The tab came to the front: what is old is read anew."""
        self.presenter.tick()
        if self.views.get() == "heat":
            self.heat.begin()
        take_keyboard(self, self.heat.map.canvas.focus_set if self.views.get() == "heat" else self.table.take_focus)

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
        """Keep sort, columns and view."""
        self.context.state.set("inventory.table", self.table.layout())
        self.context.state.set("inventory.view", self.views.get())

    # -- what the presenter asks ----------------------------------------------------------------------------------

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show these datasets."""
        self._show_empty_state(None)
        if {row.key for row in rows} == set(self.table.rows):
            self.table.update_rows(rows)
        else:
            self.table.set_rows(rows)
        self._count()

    def show_empty(self, empty: Empty) -> None:
        """Show no datasets, and what to do."""
        self.table.set_rows(())
        if empty.problem:
            actions = [Action(_("Try again"), self.refresh, "Primary.TButton")]
        elif empty.steps:
            actions = [Action(_("Open the Data Manager"), self._open_data_manager, "Primary.TButton")]
        else:
            actions = []
        self._show_empty_state(
            EmptyState(self._place, self.context.theme, title=empty.title, steps=empty.steps, actions=actions)
        )
        self._count()

    def show_deleted(self, count: int) -> None:
        """Offer to bring back what was deleted."""
        self._deleted.configure(text=ngettext("{count} deleted", "{count} deleted", count).format(count=number(count)))
        self.tools.show(self._deleted, shown=count > 0)

    def show_table(self, table: ResultTable) -> None:
        """Show what a verification found."""
        ResultWindow(self, self.context.theme, table)

    def changed(self) -> None:
        """What is stored has changed."""
        self.heat.old()
        for dialog in self._open_dialogs():
            if isinstance(dialog, (HistoryDialog, DeletedDialog)):
                dialog.reload()

    # -- building -------------------------------------------------------------------------------------------------

    def _build_tools(self) -> None:
        theme, gap = self.context.theme, self.context.theme.unit
        row = self.tools = FlowRow(self, theme)
        row.pack(fill="x", pady=(0, gap))
        prompt = _("Filter ({key})").format(key=label(self, "find"))
        self.filter = FilterField(row, theme, prompt, self._filtered, text=self.presenter.words)
        row.add(self.filter)
        self.filter.entry.bind("<Down>", lambda _event: self.table.take_focus())
        views = (("table", _("Table")), ("heat", _("Completeness")))
        self.views = Segments(row, views, self._show_view)
        Tooltip(self.views.buttons["table"], theme, _("Every dataset with its range, gaps and size"))
        Tooltip(self.views.buttons["heat"], theme, _("How whole the 1m bars are, by symbol and month"))
        row.add(self.views, space=1)
        self._deleted = ttk.Button(row, style="Ghost.TButton", command=self._open_deleted)
        Tooltip(self._deleted, theme, _("Bring back what was deleted"))
        row.add(self._deleted, "right")
        row.show(self._deleted, shown=False)
        buttons = (
            ("delete", _("Delete …"), "Danger.TButton", "Del"),
            ("update", _("Update"), "TButton", ""),
            ("verify", _("Verify"), "TButton", ""),
            ("export", _("Export …"), "TButton", "Mod+E"),
            ("charts", _("Open in Charts"), "Primary.TButton", "Enter"),
        )
        self._buttons: dict[str, ttk.Button] = {}
        for name, text, style, key in buttons:
            button = ttk.Button(row, text=text, style=style, command=partial(self.do, name))
            Tooltip(button, theme, self._tip(name), readable(self, key) if key else "")
            self._buttons[name] = button
            row.add(button, "right")

    @staticmethod
    def _tip(name: str) -> str:
        return {
            "charts": _("Show the chosen symbol in Charts"),
            "export": _("Write the table, or the bars of the chosen datasets, to CSV, Excel or Parquet"),
            "verify": _("Compare every file of the chosen symbols with its recorded checksum"),
            "update": _("Download what has come since, for the chosen symbols"),
            "delete": _("Delete the chosen datasets; it can be undone"),
        }[name]

    def _build_body(self) -> None:
        theme = self.context.theme
        self._card = Card(self, theme, _("Datasets"))
        self._card.pack(fill="both", expand=True)
        self._totals = ttk.Label(self._card.tools, style="Small.TLabel")
        self._totals.pack(side="right")
        self._place = ttk.Frame(self._card.body)
        self._place.pack(fill="both", expand=True)
        events = TableEvents(
            chosen=lambda _keys: self._enable(), opened=lambda key: self.presenter.open_in_charts([key]),
            deleted=lambda _keys: self.do("delete"), menu=self._menu,
        )  # fmt: skip
        self.table = DataTable(self._place, theme, in_words(COLUMNS), events)
        self.table.restore(self.context.state.get("inventory.table", {}))
        self.table.filter(self.filter.text)
        control = "Command" if self.tk.call("tk", "windowingsystem") == "aqua" else "Control"
        self.heat = HeatPanel(self._place, self.context, self.heat_presenter)
        for widget in (self.table.tree, self.heat.map.canvas, self.filter.entry):
            for key in ("e", "E"):
                widget.bind(f"<{control}-{key}>", lambda _event: self._export_by_key())
        self._empty: EmptyState | None = None

    def _show_view(self, name: str) -> None:
        heat = name == "heat"
        self.views.set("heat" if heat else "table")
        for key, button in self._buttons.items():  # the others work on rows of the table
            self.tools.show(button, shown=not heat or key == "export")
        self._card.title.configure(text=_("Completeness by month") if heat else _("Datasets"))
        (self.table if heat else self.heat).pack_forget()
        (self.heat if heat else self.table).pack(fill="both", expand=True)
        if heat:
            self.heat_presenter.filter(self.filter.text)
            self.heat.begin()
        self._lift_empty()

    def _show_empty_state(self, state: EmptyState | None) -> None:
        if self._empty is not None:
            self._empty.destroy()
        self._empty = state
        self._lift_empty()

    def _lift_empty(self) -> None:
        if self._empty is not None:
            self._empty.place(relx=0, rely=0, relwidth=1, relheight=1)
            self._empty.lift()

    # -- what the user does ---------------------------------------------------------------------------------------

    def do(self, name: str) -> None:
        """Do an action of the presenter's list with the chosen rows."""
        keys = self.table.chosen
        match name:
            case "charts":
                self.presenter.open_in_charts(keys)
            case "folder":
                self.presenter.find_folder(keys[0], self.context.shell.open_folder)
            case "copy":
                self.table.copy()
                self.context.notify(_("Copied"))
            case "update":
                self.presenter.update(keys)
            case "verify" | "repair":
                self.presenter.verify(keys, repair=name == "repair")
            case "history":
                self._opened(HistoryDialog(self, self.context, self.presenter, self.presenter.series(keys)[0]))
            case "export":
                self._ask_export(keys)
            case "delete":
                self._ask_delete(keys)

    def _export_by_key(self) -> str:
        self.do("export")
        return "break"  # in a field Tk would jump to its end

    def _menu(self, keys: tuple[str, ...]) -> list[MenuEntry | None]:
        return menu_of(self, self.presenter.actions(keys), self.do)

    def _ask_delete(self, keys: Sequence[str]) -> None:
        question = self.presenter.delete_question(keys)
        if question:
            dialog = confirm(
                self, self.context.theme, title=_("Delete these bars?"), message=question, yes=_("Delete"),
                on_yes=lambda: self.presenter.delete(keys), danger=True,
            )  # fmt: skip
            self._dialogs.append(dialog)

    def _ask_export(self, keys: Sequence[str]) -> None:
        shown = self.table.shown
        if not shown:
            self.context.notify(_("There is nothing to export"))
            return
        self._opened(ExportDialog(
            self, self.context, whats=self.presenter.exportable(len(shown), len(keys)), dated=What.BARS,
            seen=self.presenter.chosen_period(),
            on_choice=lambda what, kind, period: self._ask_place(
                What(what), kind, shown if what == What.TABLE else keys, period
            ),
        ))  # fmt: skip

    def _ask_place(self, what: What, kind: str, keys: Sequence[str], period: Period) -> None:
        state = self.context.state
        folder = str(state.get("inventory.export_folder", "")) or None
        if what is What.BARS and len(keys) > 1 and kind != "xlsx":
            path = self.choose_folder(parent=self, title=_("Export to a folder"), initialdir=folder)
        else:
            name = self.presenter.suggested_name(what, kind, keys)
            path = self.choose_file(
                parent=self, title=_("Export"), initialdir=folder, initialfile=name, defaultextension=f".{kind}",
                filetypes=[(dict(FORMATS)[kind], f"*.{kind}")],
            )  # fmt: skip
        if path:
            chosen = Path(path)
            state.set("inventory.export_folder", str(chosen.parent))
            self.presenter.export(what, kind, str(chosen), keys, period)

    def _open_deleted(self) -> None:
        self._opened(DeletedDialog(self, self.context, self.presenter))

    def _opened(self, dialog: Dialog) -> None:
        self._dialogs = [*self._open_dialogs(), dialog]
        dialog.show()

    def _open_dialogs(self) -> list[Dialog]:
        return [dialog for dialog in self._dialogs if dialog.winfo_exists()]

    def _open_data_manager(self) -> None:
        self.context.open_tab("data_manager")

    def _filtered(self, text: str) -> None:
        self.presenter.words = text
        self.table.filter(text)
        self.heat_presenter.filter(text)
        self._count()

    def _count(self) -> None:
        self._totals.configure(text=self.presenter.totals(self.table.shown))
        self._enable()

    def _enable(self) -> None:
        state = {
            each.name: "normal" if each.enabled else "disabled"
            for each in self.presenter.actions(self.table.chosen)
            if each is not None
        }
        state["export"] = "normal" if self.table.shown else "disabled"
        for name, button in self._buttons.items():
            button.configure(state=state[name])

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
