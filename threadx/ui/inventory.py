"""The Inventory tab: every dataset in a table, the completeness of every month in a map, and what can be done."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tkinter import filedialog

from threadx.i18n import N_, _, counted
from threadx.ui.context import PageContext
from threadx.ui.dialogs import Choice
from threadx.ui.export_dialog import FORMATS, ExportDialog
from threadx.ui.heat_panel import HeatPanel
from threadx.ui.inventory_dialogs import DeletedDialog, HistoryDialog
from threadx.ui.keyboard import take_keyboard
from threadx.ui.presenters.heat_map import HeatPresenter
from threadx.ui.presenters.inventory import InventoryPresenter, What
from threadx.ui.presenters.inventory_rows import COLUMNS
from threadx.ui.presenters.job_results import ResultTable
from threadx.ui.presenters.period import Period
from threadx.ui.presenters.table_tab import Empty
from threadx.ui.result_window import ResultWindow
from threadx.ui.table_page import ListPage, Tool
from threadx.ui.theme import ttk
from threadx.ui.widgets.check_box import Segments
from threadx.ui.widgets.flow_row import FlowRow
from threadx.ui.widgets.tooltip import Tooltip

__all__ = ["InventoryPage"]


class InventoryPage(ListPage):
    """Draws what the presenter says. Tk thread only."""

    presenter: InventoryPresenter
    LAYOUT = "inventory.table"
    DELETE = N_("Delete these bars?")

    def __init__(self, parent: tk.Misc, context: PageContext) -> None:
        super().__init__(parent, context)
        self.presenter = context.presenter("inventory", self._make_presenter)
        self.heat_presenter = context.presenter("inventory.heat", self._make_heat)
        self.choose_file = filedialog.asksaveasfilename
        self.choose_folder = filedialog.askdirectory
        self._build_tools()
        self._build_body()
        self._show_view(str(context.state.get("inventory.view", "table")))
        self._live()

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

    def remember(self) -> None:
        """Keep sort, columns and view."""
        super().remember()
        self.context.state.set("inventory.view", self.views.get())

    # -- what the presenter asks ----------------------------------------------------------------------------------

    def show_deleted(self, count: int) -> None:
        """Offer to bring back what was deleted."""
        self._deleted.configure(text=counted("{count} deleted", "{count} deleted", count))
        self.tools.show(self._deleted, shown=count > 0)

    def show_table(self, table: ResultTable) -> None:
        """Show what a verification found."""
        self._keep(ResultWindow(self, self.context.theme, table))

    def changed(self) -> None:
        """What is stored has changed."""
        self.heat.old()
        for dialog in self.dialogs:
            if isinstance(dialog, (HistoryDialog, DeletedDialog)) and dialog.winfo_exists():
                dialog.reload()

    def _ways_out(self, empty: Empty) -> list[Choice]:
        return [replace(way, style="Primary.TButton") for way in super()._ways_out(empty)]

    # -- building -------------------------------------------------------------------------------------------------

    def _build_tools(self) -> None:
        theme, gap = self.context.theme, self.context.theme.unit
        row = self.tools = FlowRow(self, theme)
        row.pack(fill="x", pady=(0, gap))
        self._add_filter(row)
        views = (("table", _("Table")), ("heat", _("Completeness")))
        self.views = Segments(row, views, self._show_view)
        Tooltip(self.views.buttons["table"], theme, _("Every dataset with its range, gaps and size"))
        Tooltip(self.views.buttons["heat"], theme, _("How whole the 1m bars are, by symbol and month"))
        row.add(self.views, space=1)
        self._deleted = ttk.Button(row, style="Ghost.TButton", command=self._open_deleted)
        Tooltip(self._deleted, theme, _("Bring back what was deleted"))
        row.add(self._deleted, "right")
        row.show(self._deleted, shown=False)
        formats = _("Write the table, or the bars of the chosen datasets, to CSV, Excel or Parquet")
        checks = _("Compare every file of the chosen symbols with its recorded checksum")
        self._add_tools(row, (
            Tool("delete", _("Delete…"), _("Delete the chosen datasets; it can be undone"), "Danger.TButton", "Del"),
            Tool("update", _("Update"), _("Download what has come since, for the chosen symbols")),
            Tool("verify", _("Verify"), checks),
            Tool("export", _("Export…"), formats, key="Mod+E"),
            Tool("charts", _("Open in Charts"), _("Show the chosen symbol in Charts"), "Primary.TButton", "Enter"),
        ))  # fmt: skip

    def _build_body(self) -> None:
        self._card = self._build_list(self, _("Datasets"), COLUMNS)
        control = "Command" if self.tk.call("tk", "windowingsystem") == "aqua" else "Control"
        self.heat = HeatPanel(self._place, self.context, self.heat_presenter)
        for widget in (self.table.tree, self.heat.map.canvas, self.filter.entry):
            for key in ("e", "E"):
                widget.bind(f"<{control}-{key}>", lambda _event: self._export_by_key())

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

    # -- what the user does ---------------------------------------------------------------------------------------

    def do(self, name: str) -> None:
        """Do an action of the presenter's list with the chosen rows."""
        keys = self.table.chosen
        match name:
            case "folder":
                self.presenter.find_folder(keys[0], self.context.shell.open_folder)
            case "update":
                self.presenter.update(keys)
            case "verify" | "repair":
                self.presenter.verify(keys, repair=name == "repair")
            case "history":
                series = self.presenter.series(keys)[0]
                self._keep(HistoryDialog(self, self.context, self.presenter, series).show())
            case "export":
                self._ask_export(keys)
            case _:
                super().do(name)

    def _export_by_key(self) -> str:
        self.do("export")
        return "break"  # in a field Tk would jump to its end

    def _ask_export(self, keys: Sequence[str]) -> None:
        shown = self.table.shown
        if not shown:
            self.context.notify(_("There is nothing to export"))
            return
        self._keep(ExportDialog(
            self, self.context, whats=self.presenter.exportable(len(shown), len(keys)), dated=What.BARS,
            seen=self.presenter.chosen_period(),
            on_choice=lambda what, kind, period: self._ask_place(
                What(what), kind, shown if what == What.TABLE else keys, period
            ),
        ).show())  # fmt: skip

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
        self._keep(DeletedDialog(self, self.context, self.presenter).show())

    def _on_words(self, text: str) -> None:
        self.heat_presenter.filter(text)
        super()._on_words(text)

    def _can_always(self) -> Mapping[str, bool]:
        return {"export": bool(self.table.shown)}
