"""The download card of the Data Manager: period, timeframes, options, estimate, buttons."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

from threadx.config_rules import TIMEFRAME_NAMES
from threadx.i18n import N_, _
from threadx.ui.context import PageContext
from threadx.ui.presenters.data_manager import Actions, DataManagerPresenter
from threadx.ui.presenters.period import PRESETS
from threadx.ui.shortcuts import label
from threadx.ui.theme import ttk
from threadx.ui.widgets.card import Card
from threadx.ui.widgets.check_box import CheckBox
from threadx.ui.widgets.date_field import DateField
from threadx.ui.widgets.scroll_area import ScrollArea
from threadx.ui.widgets.tooltip import Tooltip

__all__ = ["FormCard"]

_MAX_WORKERS = 64
_TIMEFRAME_COLUMNS = 5
_SETS_BOTH = N_("Set both dates, up to today")
_TIPS = {
    "Max": N_("From the first day of the exchange; a later listing moves the start"),
    "YTD": N_("Since 1 January"),
}


class FormCard(Card):
    """Fields in a column that scrolls where it must; estimate and buttons stay in view. Tk thread only."""

    def __init__(self, parent: tk.Misc, context: PageContext, presenter: DataManagerPresenter) -> None:
        super().__init__(parent, context.theme, _("Download"))
        self._context = context
        self._presenter = presenter
        self._theme = context.theme
        self._actions: Actions | None = None
        footer = ttk.Frame(self.body)
        footer.pack(side="bottom", fill="x")
        area = ScrollArea(self.body, context.theme)
        area.pack(fill="both", expand=True)
        area.body.columnconfigure(1, weight=1)
        self._build_period(area.body)
        self._build_timeframes(area.body)
        self._build_options(area.body)
        self._build_footer(footer)
        area.ready()
        area.lower()  # before the footer in the order of Tab, which goes from the lowest up

    # -- building -------------------------------------------------------------------------------------------------

    def _build_period(self, parent: ttk.Frame) -> None:
        theme = self._theme
        self.start = DateField(parent, theme, lambda text: self._presenter.set_period(text, self.end.get()))
        self.end = DateField(parent, theme, lambda text: self._presenter.set_period(self.start.get(), text))
        for row, (text, field) in enumerate(((_("From"), self.start), (_("To"), self.end))):
            self._label(parent, row, text)
            field.grid(row=row, column=1, sticky="ew", pady=(0, theme.px(6)))
            ttk.Label(parent, text="UTC", style="Small.TLabel").grid(
                row=row, column=2, sticky="nw", padx=(theme.px(6), 0), pady=(theme.px(6), 0)
            )
        presets = ttk.Frame(parent)
        presets.grid(row=2, column=0, columnspan=3, sticky="ew", pady=(0, theme.unit))
        self.presets: dict[str, ttk.Button] = {}
        for column, name in enumerate(PRESETS):
            chip = ttk.Button(
                presets, text=_(name), style="Chip.TButton", width=-1,
                command=lambda name=name: self._presenter.set_preset(name),  # type: ignore[misc]
            )  # fmt: skip
            chip.grid(row=0, column=column, sticky="ew")
            presets.columnconfigure(column, weight=1)
            self.presets[name] = chip
        for name, chip in self.presets.items():
            Tooltip(chip, theme, _(_TIPS.get(name, _SETS_BOTH)))

    def _build_timeframes(self, parent: ttk.Frame) -> None:
        theme, presenter = self._theme, self._presenter
        self._label(parent, 3, _("Timeframes"), columnspan=3)
        grid = ttk.Frame(parent)
        grid.grid(row=4, column=0, columnspan=3, sticky="ew", pady=(0, theme.px(6)))
        self.timeframes: dict[str, CheckBox] = {}
        for place, name in enumerate(TIMEFRAME_NAMES):
            box = CheckBox(
                grid, name, value=name == TIMEFRAME_NAMES[0] or name in presenter.timeframes,
                changed=lambda name=name: self._timeframe_changed(name),  # type: ignore[misc]
            )  # fmt: skip
            box.grid(row=place // _TIMEFRAME_COLUMNS, column=place % _TIMEFRAME_COLUMNS, sticky="w")
            grid.columnconfigure(place % _TIMEFRAME_COLUMNS, weight=1, uniform="timeframes")
            if name == TIMEFRAME_NAMES[0]:
                box.state(["disabled"])
                Tooltip(box, theme, _("1m bars are what everything is made of"))
            else:
                Tooltip(box, theme, _("Derived where it is ticked; what a symbol has already is kept up to date anyway."
                                      " Settings, Download, Timeframes: what is ticked at first"))  # fmt: skip
            self.timeframes[name] = box

    def _build_options(self, parent: ttk.Frame) -> None:
        theme = self._theme
        row = ttk.Frame(parent)
        row.grid(row=5, column=0, columnspan=3, sticky="w", pady=(0, theme.px(6)))
        ttk.Label(row, text=_("Workers")).pack(side="left", padx=(0, theme.unit))
        self.workers = ttk.Spinbox(
            row, from_=1, to=_MAX_WORKERS, width=5, validate="key", command=self._workers_changed
        )
        self.workers.set(self._presenter.workers)
        self.workers.configure(validatecommand=(self.register(_is_workers), "%P"))
        self.workers.pack(side="left")
        for event in ("<KeyRelease>", "<FocusOut>"):
            self.workers.bind(event, lambda _event: self._workers_changed())
        Tooltip(self.workers, theme, _("Symbols worked on at once, 1 to 64; changes at once"))
        self.refetch = CheckBox(
            parent, _("Download stored bars again"), value=self._presenter.refetch, changed=self._refetch_changed
        )
        self.refetch.grid(row=6, column=0, columnspan=3, sticky="w")
        Tooltip(self.refetch, theme, _("Asks first, and says which stored bars would be replaced"))

    def _build_footer(self, footer: ttk.Frame) -> None:
        theme, presenter = self._theme, self._presenter
        gap = theme.px(6)
        wrap = theme.px(310)
        self.estimate = ttk.Label(footer, style="Small.TLabel", wraplength=wrap, justify="left")
        self.estimate.grid(row=0, column=0, columnspan=3, sticky="w", pady=(gap, 0))
        self.notes = ttk.Label(footer, style="Warning.Small.TLabel", wraplength=wrap, justify="left")
        self.notes.grid(row=1, column=0, columnspan=3, sticky="w")
        self.notes.grid_remove()
        make = self._button
        self.download = make(footer, _("Download"), presenter.download, "Primary.TButton",
                             _("Fetch what is missing of the chosen symbols"), "download")  # fmt: skip
        self.dry_run = make(footer, _("Dry run"), presenter.dry_run, "Outline.TButton",
                            _("List what would be fetched; writes nothing"), "dry_run")  # fmt: skip
        self.cancel = make(footer, _("Cancel"), presenter.desk.cancel_all, "Danger.TButton",
                           _("Stop all jobs; what was saved stays"))  # fmt: skip
        self.update_all = make(footer, _("Update all"), presenter.update_all, "TButton",
                               _("Bring every stored symbol up to now"))  # fmt: skip
        self.verify = make(footer, _("Verify"), presenter.verify, "TButton",
                           _("Check the files of the chosen symbols; of all, where none is stored"))  # fmt: skip
        self.download.grid(row=2, column=0, columnspan=2, sticky="ew", pady=(gap, 0))
        self.dry_run.grid(row=2, column=2, sticky="ew", padx=(gap, 0), pady=(gap, 0))
        for column, button in enumerate((self.cancel, self.update_all, self.verify)):
            button.grid(row=3, column=column, sticky="ew", padx=(0 if column == 0 else gap, 0), pady=(gap, 0))
            footer.columnconfigure(column, weight=1)

    def _button(
        self, parent: tk.Misc, text: str, command: Callable[[], None], style: str, tip: str, shortcut: str = ""
    ) -> ttk.Button:
        button = ttk.Button(parent, text=text, command=command, style=style, width=-1)
        for key in ("<Return>", "<KP_Enter>"):
            button.bind(key, lambda _event: button.invoke())
        Tooltip(button, self._theme, tip, label(self, shortcut) if shortcut else "")
        return button

    def _label(self, parent: tk.Misc, row: int, text: str, columnspan: int = 1) -> None:
        ttk.Label(parent, text=text).grid(
            row=row, column=0, columnspan=columnspan, sticky="nw", padx=(0, self._theme.unit),
            pady=(self._theme.px(5), self._theme.px(2)),
        )  # fmt: skip

    # -- what the user does ---------------------------------------------------------------------------------------

    def _timeframe_changed(self, name: str) -> None:
        self._presenter.set_timeframe(name, wanted=self.timeframes[name].get())

    def _refetch_changed(self) -> None:
        self._presenter.set_refetch(wanted=self.refetch.get())

    def _workers_changed(self) -> None:
        text = self.workers.get()
        if text.isdecimal() and 1 <= int(text) <= _MAX_WORKERS and int(text) != self._presenter.workers:
            self._presenter.set_workers(int(text))

    # -- what the presenter says ----------------------------------------------------------------------------------

    def show_period(self, start: str, end: str) -> None:
        """Fill both fields."""
        self.start.set(start)
        self.end.set(end)

    def show_period_errors(self, start: str, end: str) -> None:
        """Mark the fields that are wrong and say why."""
        self.start.show_error(start)
        self.end.show_error(end)

    def show_estimate(self, text: str, notes: str) -> None:
        """Say what the download costs."""
        self.estimate.configure(text=text)
        self.notes.configure(text=notes)
        if notes:
            self.notes.grid()
        else:
            self.notes.grid_remove()

    def show_actions(self, actions: Actions) -> None:
        """Enable what may be done."""
        if actions == self._actions:
            return
        self._actions = actions
        for button, on in (
            (self.download, actions.download), (self.dry_run, actions.download), (self.cancel, actions.cancel),
            (self.update_all, actions.bank), (self.verify, actions.bank),
        ):  # fmt: skip
            button.state(["!disabled" if on else "disabled"])


def _is_workers(text: str) -> bool:
    """Let only numbers of workers into the field."""
    return not text or (text.isdecimal() and int(text) <= _MAX_WORKERS)
