"""The Logs tab: the stream of the log as it happens, filtered by job, symbol, level and words."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence

from threadx.bridge.events import LogLine
from threadx.i18n import _, counted
from threadx.ui.context import Page, PageContext
from threadx.ui.keyboard import take_keyboard
from threadx.ui.presenters.logs import LogsPresenter
from threadx.ui.shortcuts import label, readable
from threadx.ui.theme import ttk
from threadx.ui.widgets.card import Card
from threadx.ui.widgets.filter_field import FilterField
from threadx.ui.widgets.flow_row import FlowRow
from threadx.ui.widgets.log_pane import LogPane
from threadx.ui.widgets.tooltip import Tooltip

__all__ = ["LogsPage"]


class LogsPage(Page):
    """Draws what the presenter says. Tk thread only."""

    def __init__(self, parent: tk.Misc, context: PageContext) -> None:
        super().__init__(parent, context)
        self.presenter = context.presenter("logs", LogsPresenter)
        level = context.state.get("logs.level", "DEBUG")
        self.presenter.buffer.set_level_name(str(level))
        self._old = False
        self._build()
        self.attach(self.presenter, self)
        context.pump.on_logs(self.presenter.on_lines, owner=self)
        context.pump.on_jobs(self.presenter.on_jobs, owner=self)

    def _build(self) -> None:
        theme, gap = self.context.theme, self.context.theme.unit
        row = FlowRow(self, theme)
        row.pack(fill="x", pady=(0, gap))
        prompt = _("Search ({key})").format(key=label(self, "find"))
        self.filter = FilterField(row, theme, prompt, self.presenter.search, text=self.presenter.text)
        row.add(self.filter)
        self.job = self._chooser(row, _("Job"), 22, self.presenter.choose_job)
        self.symbol = self._chooser(row, _("Symbol"), 14, self.presenter.choose_symbol)
        self._reset = ttk.Button(row, text=_("Show all"), style="Ghost.TButton", command=self.escape)
        Tooltip(self._reset, theme, _("Every job, symbol and level again"), readable(self, "Esc"))
        row.add(self._reset, space=1)
        folder = ttk.Button(row, text=_("Log folder"), command=self._open_folder)
        row.add(folder, "right")
        Tooltip(folder, theme, _("Open it: the file threadx.log holds everything, also what was cleared here"))
        card = Card(self, theme, _("Log"))
        card.pack(fill="both", expand=True)
        self._count = ttk.Label(card.header, style="Small.TLabel")
        self._count.pack(side="left", padx=(gap * 2, 0))
        self.pane = LogPane(card.body, theme, self.presenter.buffer, notify=self.context.notify)
        self.pane.pack(fill="both", expand=True)
        self.pane.build_tools(card.tools)
        Tooltip(self.pane.level, theme, _("Lines of this level and above. Times are UTC."))
        self.pane.level.bind("<<ComboboxSelected>>", lambda _event: self._show_count(), add="+")

    def _chooser(self, row: FlowRow, text: str, width: int, chosen: Callable[[str], None]) -> ttk.Combobox:
        both = ttk.Frame(row)
        ttk.Label(both, text=text).pack(side="left", padx=(0, self.context.theme.unit // 2))
        box = ttk.Combobox(both, state="readonly", width=width)
        box.pack(side="left")
        row.add(both, space=2)
        box.bind("<<ComboboxSelected>>", lambda _event: chosen(box.get()))
        return box

    # -- what the shell asks --------------------------------------------------------------------------------------

    def shown(self) -> None:
        """The tab came to the front: draw what came meanwhile."""
        if self._old:
            self.redraw()
        take_keyboard(self, self.pane.text.focus_set)

    def refresh(self) -> None:
        """F5: draw again."""
        self.redraw()

    def find(self) -> None:
        """Ctrl+F."""
        self.filter.take_focus()

    def escape(self) -> None:
        """Esc: show all lines of the level."""
        self.filter.clear()
        self.presenter.choose_job("")
        self.presenter.choose_symbol("")
        self.show_choices()

    def remember(self) -> None:
        """Keep the level."""
        self.context.state.set("logs.level", self.presenter.buffer.level_name)

    # -- what the presenter asks ----------------------------------------------------------------------------------

    def add_lines(self, lines: Sequence[LogLine]) -> None:
        """Keep new lines; draw them only while somebody can see them."""
        if self.winfo_viewable():
            self.pane.append(lines)
            self._show_count()
        else:
            self.presenter.buffer.add(lines)
            self._old = True

    def redraw(self) -> None:
        """Draw the lines that are wanted now."""
        self._old = False
        self.pane.redraw()
        self._show_count()

    def show_choices(self) -> None:
        """Offer the jobs and symbols there are."""
        every = _("all")
        self.job.configure(values=(every, *self.presenter.jobs))
        self.job.set(self.presenter.job_label or every)
        self.symbol.configure(values=(every, *self.presenter.symbols))
        self.symbol.set(self.presenter.symbol or every)
        self._reset.configure(state="normal" if self.presenter.narrowed else "disabled")

    # -- what the user does ---------------------------------------------------------------------------------------

    def _show_count(self) -> None:
        shown = int(self.pane.text.index("end-1c").partition(".")[0]) - 1
        words = counted("{count} line", "{count} lines", shown)
        self._count.configure(text=words)
        self._reset.configure(state="normal" if self.presenter.narrowed else "disabled")

    def _open_folder(self) -> None:
        self.context.shell.open_folder(self.context.bridge.settings.paths.logs)
