"""The card at the left of the Indicators tab: which symbols, timeframes and indicators are kept up to date."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Sequence

from threadx.i18n import _
from threadx.ui.context import PageContext
from threadx.ui.presenters.indicator_form import Draft, Judged, fields_of
from threadx.ui.presenters.indicator_jobs import Running
from threadx.ui.presenters.indicator_picks import Pick
from threadx.ui.presenters.indicator_words import short, title
from threadx.ui.presenters.indicators import IndicatorsPresenter
from threadx.ui.presenters.table_rows import Row
from threadx.ui.theme import ttk
from threadx.ui.widgets.card import Card
from threadx.ui.widgets.check_box import CheckBox
from threadx.ui.widgets.parameter_fields import ParameterFields
from threadx.ui.widgets.scroll_area import ScrollArea
from threadx.ui.widgets.table import Column, DataTable, TableEvents
from threadx.ui.widgets.tooltip import Tooltip

__all__ = ["IndicatorForm"]

_TIMEFRAME_COLUMNS = 4
_PICK_COLUMNS = 2
_SYMBOL_ROWS = 4
_STEPS = 1000


class IndicatorForm(Card):
    """Fields in a column that scrolls where it must; what is wanted and the buttons stay in view. Tk thread only."""

    def __init__(self, parent: tk.Misc, context: PageContext, presenter: IndicatorsPresenter) -> None:
        super().__init__(parent, context.theme, _("Keep up to date"))
        self._presenter = presenter
        self._theme = context.theme
        self._filling = False
        self._judged = Judged({})
        footer = ttk.Frame(self.body)
        footer.pack(side="bottom", fill="x")
        self._area = ScrollArea(self.body, context.theme)
        self._area.pack(fill="both", expand=True)
        self._build_symbols(self._area.body)
        self._build_timeframes(self._area.body)
        self._build_picks(self._area.body)
        self._build_adding(self._area.body)
        self._build_footer(footer)
        self._area.ready()
        self._area.lower()  # before the footer in the order of Tab, which goes from the lowest up

    # -- building -------------------------------------------------------------------------------------------------

    def _build_symbols(self, parent: ttk.Frame) -> None:
        ttk.Label(parent, text=_("Symbols")).pack(anchor="w")
        columns = (Column("symbol", _("Symbol"), 104), Column("bars", _("Timeframes"), 150, stretch=True))
        events = TableEvents(chosen=self._symbols_chosen)
        self.symbols = DataTable(parent, self._theme, columns, events, height=_SYMBOL_ROWS)
        self.symbols.pack(fill="x", pady=(self._theme.px(4), self._theme.unit))

    def _build_timeframes(self, parent: ttk.Frame) -> None:
        ttk.Label(parent, text=_("Timeframes")).pack(anchor="w")
        self._frames = ttk.Frame(parent)
        self._frames.pack(fill="x", pady=(0, self._theme.unit))
        for column in range(_TIMEFRAME_COLUMNS):
            self._frames.columnconfigure(column, weight=1, uniform="timeframes")
        self.timeframes: dict[str, CheckBox] = {}

    def _build_picks(self, parent: ttk.Frame) -> None:
        theme = self._theme
        row = ttk.Frame(parent)
        row.pack(fill="x")
        ttk.Label(row, text=_("Indicators")).pack(side="left")
        for text, on, tip in (
            (_("None"), False, _("Tick no indicator")), (_("All"), True, _("Tick every indicator that is listed")),
        ):  # fmt: skip
            button = ttk.Button(
                row, text=text, style="Chip.TButton", width=-1,
                command=lambda on=on: self._tick_all(on=on),  # type: ignore[misc]
            )  # fmt: skip
            button.pack(side="right", padx=(theme.px(4), 0))
            Tooltip(button, theme, tip)
        self.core = CheckBox(parent, _("With the core"), value=self._presenter.core, changed=self._core_changed)
        self.core.pack(anchor="w")
        Tooltip(self.core, theme, _("RSI, MACD, VWAP, OBV and SMA too, as the settings have them"))
        self._list = ttk.Frame(parent)
        self._list.pack(fill="x", pady=(0, theme.unit))
        self.picks: dict[str, CheckBox] = {}
        self.removers: dict[str, ttk.Button] = {}
        self._shown: tuple[Pick, ...] | None = None

    def _build_adding(self, parent: ttk.Frame) -> None:
        theme = self._theme
        ttk.Label(parent, text=_("Add an indicator")).pack(anchor="w")
        self.name = ttk.Combobox(parent, state="readonly", values=())
        self.name.pack(fill="x", pady=(theme.px(4), theme.px(4)))
        self.name.bind("<<ComboboxSelected>>", lambda _event: self._name_chosen())
        self.fields = ParameterFields(
            parent, theme, judge=lambda texts: self._presenter.judge(self._indicator, texts), changed=self._typed,
            entered=self.add,
        )  # fmt: skip
        self.fields.pack(fill="x")
        self.add_button = ttk.Button(parent, text=_("Add"), style="Outline.TButton", command=self.add)
        self.add_button.pack(fill="x", pady=(theme.px(4), 0))
        self.add_button.state(["disabled"])
        Tooltip(self.add_button, theme, _("List this indicator with these parameters, ticked"))
        self._names: list[str] = []

    def _build_footer(self, footer: ttk.Frame) -> None:
        theme, gap = self._theme, self._theme.px(6)
        self.wanted = ttk.Label(footer, style="Small.TLabel", wraplength=theme.px(270), justify="left")
        self.wanted.grid(row=0, column=0, columnspan=2, sticky="w", pady=(gap, 0))
        self.bar = ttk.Progressbar(footer, maximum=_STEPS)
        self.bar.grid(row=1, column=0, columnspan=2, sticky="ew", pady=(gap, 0))
        self.bar.grid_remove()
        self.update_button = ttk.Button(
            footer, text=_("Update"), style="Primary.TButton", command=self._presenter.update, width=-1
        )
        self.update_button.grid(row=2, column=0, sticky="ew", pady=(gap, 0))
        Tooltip(self.update_button, theme, _("Calculate what is missing or stale; what is fresh is only looked at"))
        self.cancel = ttk.Button(
            footer, text=_("Cancel"), style="Danger.TButton", command=self._presenter.jobs.cancel, width=-1
        )
        self.cancel.grid(row=2, column=1, sticky="ew", padx=(gap, 0), pady=(gap, 0))
        Tooltip(self.cancel, theme, _("Stop the jobs on indicators; files that are done stay"))
        footer.columnconfigure(0, weight=2)
        footer.columnconfigure(1, weight=1)

    # -- what the presenter says ----------------------------------------------------------------------------------

    def show_symbols(self, rows: Sequence[Row], chosen: Sequence[str]) -> None:
        """Show the symbols that have bars, and which are chosen."""
        self._filling = True
        self.symbols.set_rows(rows)
        self.symbols.choose(chosen)
        self._filling = False

    def show_timeframes(self, there: Sequence[str], ticked: Sequence[str]) -> None:
        """Show the timeframes that have bars, and which are ticked."""
        if tuple(self.timeframes) != tuple(there):
            for box in self.timeframes.values():
                box.destroy()
            self.timeframes = {name: self._timeframe_box(place, name) for place, name in enumerate(there)}
            self._area.ready()
        for name, box in self.timeframes.items():
            box.set(name in ticked)

    def _timeframe_box(self, place: int, name: str) -> CheckBox:
        def changed() -> None:
            self._presenter.tick_timeframe(name, on=self.timeframes[name].get())

        box = CheckBox(self._frames, name, changed=changed)
        box.grid(row=place // _TIMEFRAME_COLUMNS, column=place % _TIMEFRAME_COLUMNS, sticky="w")
        return box

    def show_picks(self, picks: Sequence[Pick], ticked: frozenset[str], *, core: bool) -> None:
        """Show the indicators that can be ticked, and which are."""
        self.core.set(core)
        if self._shown != tuple(picks):
            self._shown = tuple(picks)
            self._fill_list(picks)
        for word, box in self.picks.items():
            box.set(word in ticked)
        if not self._names:
            self._fill_names()

    def _fill_list(self, picks: Sequence[Pick]) -> None:
        for child in self._list.winfo_children():
            child.destroy()
        self.picks, self.removers = {}, {}
        for column in range(_PICK_COLUMNS):
            self._list.columnconfigure(column, weight=1, uniform="picks")
        for place, pick in enumerate(picks):
            cell = ttk.Frame(self._list)
            cell.grid(row=place // _PICK_COLUMNS, column=place % _PICK_COLUMNS, sticky="ew")
            self._fill_cell(cell, pick)
        self._area.ready()

    def _fill_cell(self, cell: ttk.Frame, pick: Pick) -> None:
        def changed() -> None:
            self._presenter.tick_pick(pick.word, on=self.picks[pick.word].get())

        box = self.picks[pick.word] = CheckBox(cell, pick.label, changed=changed)
        box.pack(side="left")
        Tooltip(box, self._theme, title(pick.name))
        if pick.own:
            gone = self.removers[pick.word] = ttk.Button(
                cell, text="\u2715", style="Ghost.TButton", width=-1, command=lambda: self._presenter.remove(pick.word)
            )
            gone.pack(side="left")
            Tooltip(gone, self._theme, _("List it no more; its files stay"))

    def show_wanted(self, text: str, *, ready: bool) -> None:
        """Say how many files are wanted, and whether there is anything to do."""
        self.wanted.configure(text=text)
        self.update_button.state(["!disabled" if ready else "disabled"])

    def show_running(self, running: Running) -> None:
        """Show how far the jobs are."""
        active = bool(running.text)
        self.cancel.state(["!disabled" if active and not running.cancelling else "disabled"])
        if not active:
            self.bar.grid_remove()
            return
        self.bar.grid()
        self.bar.configure(value=round((running.share or 0.0) * _STEPS))
        self.wanted.configure(text=running.text)

    # -- what the user does ---------------------------------------------------------------------------------------

    def add(self) -> None:
        """Add the indicator with the parameters that stand there."""
        if self._names and self.fields.entries and self._judged.ok:
            word = self._presenter.add(self._indicator, self._judged.params)
            if word in self.picks:
                self._area.see(self.picks[word])

    @property
    def _indicator(self) -> str:
        return self._names[max(self.name.current(), 0)]

    def _fill_names(self) -> None:
        read = self._presenter.read
        if read is None:
            return
        self._names = sorted(read.indicators, key=lambda name: short(name).casefold())
        self.name.configure(values=[f"{short(name)} · {title(name)}" for name in self._names])
        draft = self._presenter.draft
        first = next((name for name in (draft.indicator, "ema") if name in self._names), self._names[0])
        self.name.current(self._names.index(first))
        self._name_chosen()

    def _name_chosen(self) -> None:
        read = self._presenter.read
        if read is not None:
            self.name.selection_clear()
            fields = fields_of(read.indicators[self._indicator], gap=read.gap)
            draft = self._presenter.draft.of(self._indicator, fields)
            self.fields.show(draft, {field.name: field.text for field in fields})
            self._area.ready()

    def _typed(self, judged: Judged) -> None:
        self._judged = judged
        if self._names and self.fields.entries:
            self._presenter.draft = Draft(self._indicator, self.fields.typed)
        self.add_button.state(["!disabled" if judged.ok else "disabled"])

    def _symbols_chosen(self, keys: tuple[str, ...]) -> None:
        if not self._filling:
            self._presenter.choose(keys)

    def _core_changed(self) -> None:
        self._presenter.set_core(on=self.core.get())

    def _tick_all(self, *, on: bool) -> None:
        self._presenter.tick_picks(list(self.picks), on=on)
        for box in self.picks.values():
            box.set(on)
