"""The Data Manager tab: choose symbols and a period, see what it costs, download, watch. Light to import."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from typing import Any

from threadx.bridge.events import LogLine
from threadx.i18n import _
from threadx.ui.context import Page, PageContext
from threadx.ui.data_manager_form import FormCard
from threadx.ui.data_manager_jobs import JobsCard
from threadx.ui.data_manager_preview import PreviewCard
from threadx.ui.data_manager_symbols import SymbolsCard
from threadx.ui.dialogs import confirm
from threadx.ui.keyboard import take_keyboard
from threadx.ui.presenters.data_manager import DataManagerPresenter
from threadx.ui.presenters.log_buffer import LogBuffer
from threadx.ui.theme import ttk
from threadx.ui.widgets.card import Card
from threadx.ui.widgets.log_pane import LogPane
from threadx.ui.widgets.tooltip import Tooltip

__all__ = ["DataManagerPage"]

_LAYOUT = "data_manager.layout"
_SECONDS_OF_AGES = 60
_SYMBOLS_WIDTH, _FORM_WIDTH, _PREVIEW_LEAST = 304, 336, 240
"""Logical pixels."""
_LOG_LEAST = 760
"""In a narrower window the log is hidden until it is asked for."""
_TOP_SHARE, _JOBS_SHARE = 0.6, 0.55
_TOP_LEAST, _BOTTOM_LEAST = 380, 150
"""Logical pixels: enough for the form without scrolling, and for a few jobs."""


class DataManagerPage(Page):
    """Composes the cards and gives each its presenter. Tk thread only."""

    def __init__(self, parent: tk.Misc, context: PageContext) -> None:
        super().__init__(parent, context)
        self.presenter = context.presenter("data_manager", lambda: make_presenter(context))
        self._log_buffer = context.presenter("data_manager.log", LogBuffer)
        self._layout: dict[str, Any] = dict(context.state.get(_LAYOUT, {}))
        self._sashes = {"rows": self._share("rows", _TOP_SHARE), "columns": self._share("columns", _JOBS_SHARE)}
        wish = self._layout.get("log")
        self._log_wish: bool | None = wish if isinstance(wish, bool) else None
        self._seconds = 0
        self._log_old = False
        self._build()
        presenter = self.presenter
        self.attach(presenter.symbols, self.symbols)
        self.attach(presenter.desk, self.jobs)
        self.attach(presenter.preview, self.preview)
        self.attach(presenter, self)
        context.pump.on_jobs(presenter.on_jobs, owner=self)
        context.pump.on_logs(self._on_lines, owner=self)
        self.each_second(self._tick)

    # -- what the shell asks --------------------------------------------------------------------------------------

    def shown(self) -> None:
        """The tab came to the front."""
        self._draw_log()
        take_keyboard(self, self.symbols.table.take_focus)

    def refresh(self) -> None:
        """F5: ask the exchange and the bank again."""
        self.presenter.symbols.reload()

    def find(self) -> None:
        """Ctrl+F: the filter of the symbols."""
        self.symbols.filter.focus_set()
        self.symbols.filter.select_range(0, "end")

    def escape(self) -> None:
        """Esc: clear the filter."""
        self.symbols.clear_filter()

    def download(self) -> None:
        """Ctrl+D."""
        self.presenter.download()

    def dry_run(self) -> None:
        """Ctrl+Shift+D."""
        self.presenter.dry_run()

    def remember(self) -> None:
        """Put sashes, columns and the form into the window's state."""
        self.presenter.remember()
        self._note_sashes()
        self._layout |= {
            **self._sashes, "symbols": self.symbols.table.layout(), "jobs": self.jobs.table.layout(),
            "log": self._log_wish, "level": self._log_buffer.level_name,
        }  # fmt: skip
        self.context.state.set(_LAYOUT, self._layout)

    # -- building -------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self._rows = ttk.Panedwindow(self, orient="vertical")
        self._rows.pack(fill="both", expand=True)
        self._top = ttk.Frame(self._rows)
        self._columns = ttk.Panedwindow(self._rows, orient="horizontal")
        self._rows.add(self._top, weight=1)
        self._rows.add(self._columns, weight=1)
        self._build_top()
        self._build_bottom()
        self._rows.bind("<Configure>", lambda _event: self._place_sashes(), add="+")
        for paned in (self._rows, self._columns):
            paned.bind("<ButtonRelease-1>", lambda _event: self._note_sashes(), add="+")

    def _build_top(self) -> None:
        theme, context = self.context.theme, self.context
        self.symbols = SymbolsCard(self._top, context, self.presenter.symbols)
        self.form = FormCard(self._top, context, self.presenter)
        self.preview = PreviewCard(self._top, context, self.presenter.preview)
        self.symbols.table.restore(self._layout.get("symbols") or {})
        for card, width in ((self.symbols, _SYMBOLS_WIDTH), (self.form, _FORM_WIDTH), (self.preview, _PREVIEW_LEAST)):
            card.configure(width=theme.px(width), height=theme.px(_TOP_LEAST))
            card.pack_propagate(flag=False)
        self._top.rowconfigure(0, weight=1)
        self.symbols.grid(row=0, column=0, sticky="nsew")
        self.form.grid(row=0, column=1, sticky="nsew", padx=theme.unit)
        self.preview.grid(row=0, column=2, sticky="nsew")
        self._top.bind("<Configure>", self._on_width, add="+")

    def _build_bottom(self) -> None:
        theme, context = self.context.theme, self.context
        self.jobs = JobsCard(self._columns, context, self.presenter, self._log_button)
        self.jobs.table.restore(self._layout.get("jobs") or {})
        self._columns.add(self.jobs, weight=1)
        self._log_card = Card(self._columns, theme, _("Log"))
        if isinstance(self._layout.get("level"), str):
            self._log_buffer.set_level_name(self._layout["level"])
        self.log = LogPane(self._log_card.body, theme, self._log_buffer, notify=context.notify)
        self.log.build_tools(self._log_card.tools)
        hide = ttk.Button(
            self._log_card.header, text="\u00d7", width=2, style="Chip.TButton", command=lambda: self.show_log(on=False)
        )
        hide.pack(side="right", before=self._log_card.tools)
        Tooltip(hide, theme, _("Hide the log; the button Log brings it back"))
        self.log.pack(fill="both", expand=True)
        for part in (self._log_card, self._log_card.tools):
            part.bind("<Configure>", lambda _event: _fold(self._log_card, hide), add="+")
        for part in (self.jobs, self.jobs.tools):
            part.bind("<Configure>", lambda _event: _fold(self.jobs), add="+")
        for card in (self.jobs, self._log_card):
            card.configure(width=theme.px(300), height=theme.px(_BOTTOM_LEAST))
            card.pack_propagate(flag=False)
        self._log_open = False
        self._log_card.bind("<Map>", lambda _event: self._place_again(), add="+")
        self._set_log(on=self._log_wish is not False)

    def _log_button(self, parent: tk.Misc) -> ttk.Button:
        button = ttk.Button(parent, text=_("Log"), style="Ghost.TButton", command=lambda: self.show_log(on=True))
        Tooltip(button, self.context.theme, _("Show the log again"))
        self._show_log_button = button
        return button

    def show_log(self, *, on: bool) -> None:
        """Show or hide the log beside the jobs, as the user wants it from now on."""
        self._log_wish = on
        self._set_log(on=on)

    def _set_log(self, *, on: bool) -> None:
        if on and not self._log_open:
            self._columns.add(self._log_card, weight=1)
            self._show_log_button.pack_forget()
        elif not on:
            self._note_sashes()
            if self._log_open:
                self._columns.forget(self._log_card)
            self._show_log_button.pack(side="right")
        self._log_open = on

    def _on_lines(self, lines: Sequence[LogLine]) -> None:
        """Keep new lines of the log; draw them only while somebody can see them."""
        if self.log.winfo_viewable() and not self._log_old:
            self.log.append(lines)
        else:
            self._log_buffer.add(lines)
            self._log_old = True

    def _draw_log(self) -> None:
        """Draw what came while nobody could see it."""
        if self._log_old and self.log.winfo_viewable():
            self._log_old = False
            self.log.redraw()

    def _place_again(self) -> None:
        """The log has come back: its pane has a sash now."""
        self._draw_log()
        self._placed = ()
        self._place_sashes()

    # -- sizes ----------------------------------------------------------------------------------------------------

    _placed: tuple[int, ...] = ()

    def _share(self, name: str, default: float) -> float:
        value = self._layout.get(name)
        return float(value) if isinstance(value, (int, float)) and 0.1 < value < 0.9 else default

    def _place_sashes(self) -> None:
        """Share the room as remembered; a paned window by itself shares it by what its panes ask for."""
        height, width = self._rows.winfo_height(), self._columns.winfo_width()
        if height <= 1 or width <= 1 or self._placed == (height, width):
            return
        self._placed = (height, width)
        px = self.context.theme.px
        top = max(round(height * self._sashes["rows"]), min(px(_TOP_LEAST), height - px(_BOTTOM_LEAST)))
        _sash(self._rows, top)
        if self._log_open:
            _sash(self._columns, round(width * self._sashes["columns"]))

    def _note_sashes(self) -> None:
        height, width = self._rows.winfo_height(), self._columns.winfo_width()
        if self._placed and height > 1 and width > 1:
            self._sashes["rows"] = _sash(self._rows) / height
            if self._log_open:
                self._sashes["columns"] = _sash(self._columns) / width

    def _on_width(self, event: tk.Event[tk.Misc]) -> None:
        """Give the chart what is left; where that is nothing, give it to the form."""
        px, unit = self.context.theme.px, self.context.theme.unit
        left = event.width - px(_SYMBOLS_WIDTH) - px(_FORM_WIDTH) - 2 * unit
        wide = left >= px(_PREVIEW_LEAST)
        self._top.columnconfigure(2, weight=1 if wide else 0)
        self._top.columnconfigure(1, weight=0 if wide else 1)
        self.form.grid_configure(padx=(unit, unit if wide else 0))
        if wide:
            self.preview.grid()
        else:
            self.preview.grid_remove()
        if self._log_wish is None:
            self._set_log(on=event.width >= px(_LOG_LEAST))

    # -- what the presenter says ----------------------------------------------------------------------------------

    def show_period(self, start: str, end: str) -> None:
        """Fill both fields."""
        self.form.show_period(start, end)

    def show_period_errors(self, start: str, end: str) -> None:
        """Mark the fields that are wrong."""
        self.form.show_period_errors(start, end)

    def show_estimate(self, text: str, notes: str) -> None:
        """Say what the download costs."""
        self.form.show_estimate(text, notes)

    def show_actions(self, actions: Any) -> None:  # noqa: ANN401 - the presenter's Actions
        """Enable what may be done."""
        self.form.show_actions(actions)
        self.jobs.show_retry(on=actions.retry)

    def show_empty(self, *, empty: bool) -> None:
        """Show or hide what to do first."""
        self.preview.show_first_steps(on=empty)

    def confirm(self, title: str, message: str, yes: str, on_yes: Callable[[], None]) -> None:
        """Ask before something is done."""
        confirm(self, self.context.theme, title=title, message=message, yes=yes, on_yes=on_yes)

    # -- time -----------------------------------------------------------------------------------------------------

    def _tick(self) -> None:
        self._seconds += 1
        self._draw_log()
        self.presenter.each_second()
        if self._seconds % _SECONDS_OF_AGES == 0:
            self.presenter.each_minute()


def make_presenter(context: PageContext) -> DataManagerPresenter:
    """Return the presenter of the tab, which outlives its pages."""
    return DataManagerPresenter(context.bridge, context.pump, context.selection, context.state, notify=context.notify)


def _fold(card: Card, last: ttk.Button | None = None) -> None:
    """Put a card's tools under its title where both do not fit on one line; `last` stays at the right of the title."""
    beside = [card.title, card.tools, *([last] if last is not None else [])]
    fits = sum(each.winfo_reqwidth() for each in beside) + 4 * card.theme.unit <= card.winfo_width()
    if fits == (card.tools.pack_info()["side"] == "right"):
        return
    for each in beside:
        each.pack_forget()
    if not fits:
        card.tools.pack(side="bottom", anchor="w")
    if last is not None:
        last.pack(side="right")
    if fits:
        card.tools.pack(side="right")
    card.title.pack(side="left")


def _sash(paned: ttk.Panedwindow, place: int | None = None) -> int:
    """Return where the sash is, after moving it where a place is given."""
    given = () if place is None else (place,)
    return int(paned.tk.call(str(paned), "sashpos", 0, *given))
