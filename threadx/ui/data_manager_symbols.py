"""The symbols card of the Data Manager: mode, filter, quick choices, table, lists."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from pathlib import Path
from tkinter import filedialog

from threadx.i18n import _
from threadx.ui.context import PageContext
from threadx.ui.dialogs import Choice, Dialog, confirm
from threadx.ui.menu_room import roomy
from threadx.ui.presenters.amounts import age, recent
from threadx.ui.presenters.symbol_book import Mode, SymbolLine
from threadx.ui.presenters.symbols_desk import SymbolsDesk
from threadx.ui.presenters.table_rows import Row
from threadx.ui.shortcuts import label
from threadx.ui.theme import ttk
from threadx.ui.widgets.card import Card
from threadx.ui.widgets.check_box import Segments
from threadx.ui.widgets.table import Column, DataTable, MenuEntry, TableEvents
from threadx.ui.widgets.tooltip import Tooltip

__all__ = ["SymbolsCard"]


class SymbolsCard(Card):
    """Draws what `SymbolsDesk` says. Tk thread only."""

    def __init__(self, parent: tk.Misc, context: PageContext, desk: SymbolsDesk) -> None:
        super().__init__(parent, context.theme, _("Symbols"))
        self._context = context
        self._desk = desk
        self._theme = context.theme
        self._quiet = False
        self._own = False
        self.count = ttk.Label(self.tools, style="Muted.TLabel")
        self.count.pack(side="right")
        self._build_mode()
        self._build_filter()
        self._build_chips()
        self.notice = ttk.Label(
            self.body, style="Warning.Small.TLabel", wraplength=context.theme.px(236), justify="left"
        )
        self.table = self._build_table()

    # -- building -------------------------------------------------------------------------------------------------

    def _build_mode(self) -> None:
        theme = self._theme
        options = (
            (str(Mode.SEVERAL), _("Single / multi")), (str(Mode.TOP), _("Top 100")), (str(Mode.GROUP), _("Group")),
        )  # fmt: skip
        self.mode = Segments(self.body, options, lambda value: self._desk.set_mode(Mode(value)))
        self.mode.pack(fill="x", pady=(0, theme.px(6)))
        tips = (
            _("Every symbol: choose one or several"),
            _("The largest by market capitalisation and volume"),
            _("A group or your own list"),
        )
        for button, tip in zip(self.mode.buttons.values(), tips, strict=True):
            Tooltip(button, theme, tip)
        self._group_row = ttk.Frame(self.body)
        self.group = ttk.Combobox(self._group_row, state="readonly", width=12)
        self.group.pack(side="left", fill="x", expand=True)
        self.group.bind("<<ComboboxSelected>>", lambda _event: self._desk.set_group(self.group.get()))
        self.ranking = ttk.Button(
            self.tools, text=_("Ranking…"), style="Chip.TButton", width=-1, command=self.open_ranking
        )
        Tooltip(self.ranking, theme, _("Why they stand so, and what is left out and why; another quote or day"))
        self.diversity = ttk.Button(
            self.tools, text=_("Diversity…"), style="Chip.TButton", width=-1, command=self.open_diversity
        )
        Tooltip(self.diversity, theme, _("What is stored of the group, and how alike its members move from day to day"))

    def _build_filter(self) -> None:
        theme = self._theme
        row = self._filter_row = ttk.Frame(self.body)
        row.pack(fill="x", pady=(0, theme.px(6)))
        hint = _("Filter") + f" ({label(self, 'find')})"
        self.filter = ttk.Entry(row, validate="key")
        self.filter.configure(validatecommand=(self.register(self._filter_typed), "%P"))
        self.filter.pack(side="left", fill="x", expand=True)
        Tooltip(self.filter, theme, _("Filter as you type; hidden symbols stay chosen"), label(self, "find"))
        self._hint = ttk.Label(row, text=hint, style="Muted.TLabel", background=theme.tokens.input_bg, cursor="xterm")
        self._hint.bind("<Button-1>", lambda _event: self.filter.focus_set())
        self._show_hint("")
        for key in ("<Down>", "<Return>"):
            self.filter.bind(key, lambda _event: self._to_table())
        self.lists = ttk.Menubutton(row, text=_("Lists"), width=len(_("Lists")) + 2)
        self.lists.pack(side="right", padx=(theme.px(6), 0))
        self.lists.configure(menu=self._lists_menu())
        Tooltip(self.lists, theme, _("Save the chosen symbols as a list, import one, rename or delete it"))

    def _build_chips(self) -> None:
        theme, desk = self._theme, self._desk
        row = ttk.Frame(self.body)
        row.pack(fill="x", pady=(0, theme.px(6)))
        chips: tuple[tuple[str, str, Callable[[], None]], ...] = (
            (_("All"), _("Choose every symbol that is shown"), self._choose_shown),
            (_("None"), _("Choose none"), lambda: desk.choose_all(())),
            (desk.quote, _("Choose the pairs against {quote}").format(quote=desk.quote), desk.choose_quote),
            (_("Stale"), _("Choose what is stored and older than a day"), desk.choose_stale),
        )
        for column, (text, tip, command) in enumerate(chips):
            chip = ttk.Button(row, text=text, style="Chip.TButton", command=command, width=-1)
            chip.grid(row=0, column=column, sticky="ew", padx=(0 if column == 0 else theme.px(4), 0))
            row.columnconfigure(column, weight=1, uniform="chips")
            Tooltip(chip, theme, tip)

    def _build_table(self) -> DataTable:
        columns = (
            Column("symbol", _("Symbol"), 116, stretch=True),
            Column("last", _("Last bar (UTC)"), 100, "right"),
            Column("age", _("Age"), 52, "right"),
        )
        events = TableEvents(chosen=self._chosen, opened=self._open_chart, menu=self._menu)
        table = DataTable(self.body, self._theme, columns, events, height=3, searched=("symbol",))
        table.pack(fill="both", expand=True)
        return table

    def _lists_menu(self) -> tk.Menu:
        menu = tk.Menu(self.lists, tearoff=False, postcommand=lambda: self._refresh_menu(menu))
        menu.add_command(label=_("Save the chosen symbols as a list…"), command=self.ask_list_name)
        menu.add_command(label=_("Import from a text file…"), command=self._ask_file)
        menu.add_separator()
        menu.add_command(label=_("Rename this list…"), command=self.ask_new_name)
        menu.add_command(label=_("Delete this list…"), command=self._desk.delete_list)
        return roomy(menu)

    def _refresh_menu(self, menu: tk.Menu) -> None:
        menu.entryconfigure(0, state="normal" if self._desk.book.chosen else "disabled")
        own = self._own and self._desk.book.mode is Mode.GROUP
        for entry in (3, 4):
            menu.entryconfigure(entry, state="normal" if own else "disabled")

    # -- what the user does ---------------------------------------------------------------------------------------

    def _filter_typed(self, text: str) -> bool:
        self.table.filter(text)
        self._show_hint(text)
        return True

    def _show_hint(self, text: str) -> None:
        if text:
            self._hint.place_forget()
        else:
            self._hint.place(in_=self.filter, x=self._theme.px(8), rely=0.5, anchor="w")

    def clear_filter(self) -> None:
        """Show all again."""
        self.filter.delete(0, "end")

    def _to_table(self) -> str:
        self.table.take_focus()
        return "break"

    def _choose_shown(self) -> None:
        self.table.choose_shown()

    def _chosen(self, keys: tuple[str, ...]) -> None:
        if not self._quiet:
            self._desk.choose(keys)

    def _open_chart(self, symbol: str) -> None:
        chosen = self._desk.book.chosen
        if symbol in chosen:
            self._context.selection.update(symbols=(symbol, *(each for each in chosen if each != symbol)))
        self._context.open_tab("charts")

    def _menu(self, keys: tuple[str, ...]) -> Sequence[MenuEntry | None]:
        shown = [key for key in self.table.shown if key in keys] or list(keys)
        return (
            MenuEntry(_("Open in Charts"), lambda: self._open_chart(shown[0]), accelerator=_("Enter")),
            None,
            MenuEntry(_("Copy"), self.table.copy, accelerator=_("Ctrl") + "+C"),
            MenuEntry(_("Save the chosen symbols as a list…"), self.ask_list_name),
        )

    # -- lists ----------------------------------------------------------------------------------------------------

    def open_ranking(self) -> Dialog:
        """Show the ranking with its reasons."""
        from threadx.ui.presenters.ranking import RankingPresenter  # noqa: PLC0415 - the tab must not wait for it
        from threadx.ui.ranking_dialog import RankingDialog  # noqa: PLC0415 - likewise

        presenter = RankingPresenter(self._context.bridge, self._context.pump)
        return RankingDialog(self, self._context, presenter, self._desk.use_ranking).show()

    def open_diversity(self) -> Dialog:
        """Show what is stored of the present group, and how alike its members move."""
        from threadx.ui.diversity_dialog import DiversityDialog  # noqa: PLC0415 - the tab must not wait for it
        from threadx.ui.presenters.diversity import DiversityPresenter  # noqa: PLC0415 - likewise

        book = self._desk.book
        presenter = DiversityPresenter(self._context.bridge, self._context.pump, book.group, book.members())
        return DiversityDialog(self, self._context, presenter, self._desk.choose_all).show()

    def ask_list_name(self) -> Dialog:
        """Ask for a name and save the chosen symbols under it."""
        name = self._desk.book.group if self._own and self._desk.book.mode is Mode.GROUP else ""
        return self._ask_name(_("Save as a list"), name, self._desk.save_list)

    def ask_new_name(self) -> Dialog:
        """Ask for another name of the present list."""
        return self._ask_name(_("Rename the list"), self._desk.book.group, self._desk.rename_list)

    def _ask_name(self, title: str, name: str, then: Callable[[str], str]) -> Dialog:
        def save() -> None:
            why = then(entry.get())
            if why:
                reason.configure(text=why)
            else:
                dialog.destroy()

        choices = (Choice(_("Save"), save, "Primary.TButton", closes=False), Choice(_("Cancel"), lambda: None))
        dialog = Dialog(self, self._theme, title, _("Name of the list"), choices=choices)
        entry = ttk.Entry(dialog.body, width=36)
        entry.insert(0, name)
        entry.select_range(0, "end")
        entry.pack(fill="x")
        reason = ttk.Label(dialog.body, style="Danger.Small.TLabel", wraplength=self._theme.px(300), justify="left")
        reason.pack(anchor="w")
        entry.bind("<Return>", lambda _event: save())
        dialog.show()
        entry.focus_set()
        return dialog

    def _ask_file(self) -> None:
        name = filedialog.askopenfilename(
            parent=self, title=_("Import a list of symbols"),
            filetypes=[(_("Text files"), "*.txt *.csv"), (_("All files"), "*")],
        )  # fmt: skip
        if name:
            self._desk.import_list(Path(name))

    # -- what the presenter says ----------------------------------------------------------------------------------

    def show_symbols(self, lines: Sequence[SymbolLine], chosen: Sequence[str]) -> None:
        """Offer these symbols and no others."""
        self._quiet = True
        try:
            self.table.set_rows(_row(line) for line in lines)
            self.table.choose(chosen)
        finally:
            self._quiet = False

    def update_symbols(self, lines: Sequence[SymbolLine]) -> None:
        """Show what changed about some of them."""
        self.table.update_rows(_row(line) for line in lines)

    def show_chosen(self, chosen: Sequence[str]) -> None:
        """Choose exactly these."""
        self._quiet = True
        try:
            self.table.choose(chosen)
            first = next((key for key in self.table.shown if key in chosen), None)
            if first is not None:
                self.table.see(first)
        finally:
            self._quiet = False

    def show_count(self, text: str) -> None:
        """Say how many are chosen."""
        self.count.configure(text=text)

    def show_mode(self, mode: Mode, groups: Sequence[str], group: str, *, own: bool) -> None:
        """Show mode and group."""
        self._own = own
        self.mode.set(str(mode))
        self.group.configure(values=list(groups))
        self.group.set(group)
        if mode is Mode.GROUP:
            self._group_row.pack(fill="x", pady=(0, self._theme.px(6)), before=self._filter_row)
        else:
            self._group_row.pack_forget()
        for button, shown in ((self.ranking, mode is Mode.TOP), (self.diversity, mode is Mode.GROUP)):
            if shown:
                button.pack(side="left", padx=(0, self._theme.unit))
            else:
                button.pack_forget()
        self.diversity.state(["!disabled" if self._desk.book.members() else "disabled"])

    def show_symbols_notice(self, text: str) -> None:
        """Say why symbols are missing."""
        self.notice.configure(text=text)
        if text:
            self.notice.pack(fill="x", pady=(0, self._theme.px(6)), before=self.table)
        else:
            self.notice.pack_forget()

    def confirm(self, title: str, message: str, yes: str, on_yes: Callable[[], None]) -> None:
        """Ask before something is done."""
        confirm(self, self._theme, title=title, message=message, yes=yes, on_yes=on_yes, danger=True)


def _row(line: SymbolLine) -> Row:
    if line.last_bar_ms is None or line.age_ms is None:
        words = "—" if line.listed else _("not listed")
        return Row(line.symbol, (line.symbol, words, ""), (line.symbol, None, None), () if line.listed else ("muted",))
    cells = (line.symbol, recent(line.last_bar_ms, line.age_ms), age(line.age_ms))
    return Row(line.symbol, cells, (line.symbol, line.last_bar_ms, line.age_ms), ("warning",) if line.stale else ())
