"""The Charts tab's view: tool bar, header and chart. Loads matplotlib; `charts.py` imports it when it may take time."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from pathlib import Path
from tkinter import filedialog

from threadx.bars.timeframe import TIMEFRAMES
from threadx.i18n import N_, _
from threadx.ui.chart_figure import ChartLook
from threadx.ui.chart_header import ChartHeader
from threadx.ui.chart_indicators import ChartIndicators
from threadx.ui.chart_look import chart_look
from threadx.ui.chart_view import ChartEvents, ChartView
from threadx.ui.context import PageContext
from threadx.ui.dialogs import Choice
from threadx.ui.export_dialog import FORMATS, ExportDialog
from threadx.ui.menu_room import roomy
from threadx.ui.presenters.chart_loader import Loaded
from threadx.ui.presenters.chart_search import find_timeframes
from threadx.ui.presenters.chart_texts import Empty, Header
from threadx.ui.presenters.charts import ChartsPresenter
from threadx.ui.presenters.period import Period
from threadx.ui.presenters.viewport import Viewport
from threadx.ui.theme import ttk
from threadx.ui.widgets.card import Card
from threadx.ui.widgets.empty_state import EmptyState
from threadx.ui.widgets.flow_row import FlowRow
from threadx.ui.widgets.quick_pick import QuickPick
from threadx.ui.widgets.tooltip import Tooltip

__all__ = ["ChartPanel", "presenter_for"]

_SHOWN_TIMEFRAMES = ("1m", "5m", "15m", "1h", "4h", "1d", "1w")
_BARS = "bars"
_OPTIONS = (
    ("charts.hollow", N_("Hollow rising candles")),
    ("charts.colour_blind", N_("Blue and orange (colour-blind)")),
)


class ChartPanel(ttk.Frame):
    """Draws what the presenter says. Tk thread only."""

    def __init__(self, parent: tk.Misc, context: PageContext, presenter: ChartsPresenter) -> None:
        super().__init__(parent)
        self._context = context
        self.choose_file: Callable[..., str] = filedialog.asksaveasfilename
        """Asks where to write; another one where no person is there to answer."""
        self.presenter = presenter
        self._theme = context.theme
        card = Card(self, context.theme)
        card.pack(fill="both", expand=True)
        self.look = self._make_look()
        self._timeframe = tk.StringVar(self)
        self._log = tk.BooleanVar(self, value=bool(context.state.get("charts.log", default=False)))
        self._auto = tk.BooleanVar(self, value=True)
        self._flags = {key: tk.BooleanVar(self, value=self._kept(key)) for key, _words in _OPTIONS}
        self._tools(card.body).pack(fill="x")
        self.header = ChartHeader(card.body, context.theme, self.look)
        self.header.pack(fill="x", pady=(context.theme.unit, context.theme.px(4)))
        events = ChartEvents(
            presenter.moved, self._hovered, self._scaled, self.typed, arranged=self._arranged, resized=self._resized
        )
        self._room = ttk.Frame(card.body)
        self._room.pack(fill="both", expand=True)
        self.view = ChartView(self._room, self.look, events)
        self.view.log = self._log.get()
        self.view.place(relwidth=1, relheight=1)
        self.indicators = ChartIndicators(self.view, context, self.look, digits=lambda: presenter.digits)
        self.empty: EmptyState | None = None
        self.pick = QuickPick(self._room, context.theme, back=self.view.take_focus)
        self.bind("<Destroy>", self._on_destroy)
        presenter.attach(self)

    # -- tool bar -------------------------------------------------------------------------------------------------

    def _tools(self, parent: tk.Misc) -> FlowRow:
        bar, px = FlowRow(parent, self._theme), self._theme.px
        self.symbol_button = ttk.Button(bar, command=self.search)
        bar.add(self.symbol_button)
        self._tip(self.symbol_button, _("Choose a symbol: or just type its first letters on the chart"))
        frames = ttk.Frame(bar)
        bar.add(frames, space=1)
        for name in _SHOWN_TIMEFRAMES:
            ttk.Radiobutton(
                frames, text=name, value=name, variable=self._timeframe, style="Segment.Toolbutton",
                command=self._timeframe_chosen,
            ).pack(side="left")  # fmt: skip
        self.more = self._menu_button(frames, "▾", self._timeframe_menu(bar), "Segment.Toolbutton")
        self.more.pack(side="left", padx=(px(4), 0))
        self._tip(self.more, _("Other timeframes: or just type the number on the chart, 15 for 15m, 60 for 1h"))
        self._right_tools(bar)
        return bar

    def _right_tools(self, bar: FlowRow) -> None:
        auto_tip = _("Fit prices to the height; drag the price axis to scale by hand")
        for words, tip, variable, command in (
            ("log", _("Logarithmic prices: equal ratios are equally high"), self._log, self._set_log),
            ("auto", auto_tip, self._auto, self._set_auto),
        ):
            toggle = ttk.Checkbutton(bar, text=words, variable=variable, command=command, style="Segment.Toolbutton")
            bar.add(toggle, "right")
            self._tip(toggle, tip)
        for words, tip, key, command in (
            (_("Fit"), _("Show everything that is stored"), "Home", self._fit),
            (_("Latest"), _("Go to the latest bar"), "End", self._latest),
        ):
            button = ttk.Button(bar, text=words, style="Ghost.TButton", command=command)
            bar.add(button, "right")
            self._tip(button, tip, key)
        style = self._menu_button(bar, _("Candles") + " ▾", self._style_menu(bar), "Ghost.TButton")
        bar.add(style, "right")
        self._tip(style, _("How candles are drawn"))
        drawn = self._menu(bar)

        def fill() -> None:
            self.indicators.fill(drawn, self._menu)
            for menu in (drawn, *drawn.winfo_children()):
                roomy(menu)  # type: ignore[arg-type] # a menu has menus for children

        drawn.configure(postcommand=fill)
        self.indicators_button = self._menu_button(bar, _("Indicators") + " ▾", drawn, "Ghost.TButton")
        bar.add(self.indicators_button, "right")
        self._tip(self.indicators_button, _("Add, edit and remove indicators; keep them as a template"), "/")
        save = self._menu_button(bar, _("Save") + " ▾", self._save_menu(bar), "Ghost.TButton")
        bar.add(save, "right")
        self._tip(save, _("Save what is to be seen as a picture, or the bars as a file"))

    def _tip(self, widget: tk.Misc, words: str, key: str = "") -> None:
        Tooltip(widget, self._theme, words, key)

    def _menu_button(self, parent: tk.Misc, words: str, menu: tk.Menu, style: str) -> ttk.Button:
        """Return a button that opens a menu below itself, with the mouse as with the keyboard."""

        def post() -> None:
            menu.tk_popup(button.winfo_rootx(), button.winfo_rooty() + button.winfo_height())

        button = ttk.Button(parent, text=words, style=style, command=post)
        return button

    def _menu(self, parent: tk.Misc) -> tk.Menu:
        t = self._theme.tokens
        return tk.Menu(
            parent, tearoff=False, background=t.input_bg, foreground=t.fg, activebackground=t.select_bg,
            activeforeground=t.select_fg, selectcolor=t.fg, borderwidth=1, relief="raised", activeborderwidth=0,
        )  # fmt: skip

    def _timeframe_menu(self, parent: tk.Misc) -> tk.Menu:
        menu = self._menu(parent)
        for each in TIMEFRAMES:
            menu.add_radiobutton(
                label=each.name, value=each.name, variable=self._timeframe, command=self._timeframe_chosen
            )
        return roomy(menu)

    def _style_menu(self, parent: tk.Misc) -> tk.Menu:
        menu = self._menu(parent)
        for key, words in _OPTIONS:
            menu.add_checkbutton(label=_(words), variable=self._flags[key], command=self._set_flags)
        return roomy(menu)

    def _save_menu(self, parent: tk.Misc) -> tk.Menu:
        menu = self._menu(parent)
        menu.add_command(label=_("Picture (PNG)…"), command=self.save_png)
        menu.add_command(label=_("Bars (CSV, Excel, Parquet)…"), command=self.ask_export)
        return roomy(menu)

    # -- what the user does ---------------------------------------------------------------------------------------

    def search(self, text: str = "") -> None:
        """Open the symbol search."""
        self.pick.open(_("Symbol"), self.presenter.find_symbols, self.presenter.open, text=text)

    def typed(self, char: str) -> None:
        """Letters on the chart look for a symbol, digits for a timeframe, a slash adds an indicator."""
        if char == "/":
            self.indicators.add()
        elif char.isdigit():
            self.pick.open(
                _("Timeframe"), find_timeframes, lambda name: self.presenter.open(timeframe=name),
                text=char,
            )  # fmt: skip
        else:
            self.search(char)

    def refresh(self) -> None:
        """Read again what is shown."""
        self.presenter.refresh()

    def escape(self) -> None:
        """Close the search, else take the measure away."""
        if self.pick.is_open:
            self.pick.close()
        else:
            self.view.measure(None)

    def _timeframe_chosen(self) -> None:
        self.presenter.open(timeframe=self._timeframe.get())

    def _latest(self) -> None:
        self.view.latest()

    def _fit(self) -> None:
        self.view.fit()

    def _set_log(self) -> None:
        self.view.set_log(self._log.get())
        self._context.state.set("charts.log", self._log.get())

    def _set_auto(self) -> None:
        self.view.set_auto(self._auto.get())

    def set_style(self, key: str, *, on: bool) -> None:
        """Switch one way of drawing candles, as the menu does."""
        self._flags[key].set(on)
        self._set_flags()

    def _set_flags(self) -> None:
        for key, variable in self._flags.items():
            self._context.state.set(key, variable.get())
        self.look = self._make_look()
        self.view.set_look(self.look)
        self.header.set_look(self.look)
        self.indicators.legend.set_look(self.look)
        self.indicators.hovered(None)
        self.presenter.hovered(None)

    def _hovered(self, ms: float | None) -> None:
        self.presenter.hovered(ms)
        self.indicators.hovered(ms)

    def _arranged(self) -> None:
        self.indicators.arranged()

    def _resized(self, key: int, height: float) -> None:
        self.indicators.desk.resize(key, height)

    def _scaled(self) -> None:
        self._auto.set(self.view.auto)

    def save_png(self) -> None:
        """Ask where to, and save the chart."""
        if self.view.series is None:
            return
        path = self.choose_file(
            parent=self, defaultextension=".png", initialfile=self.presenter.file_name,
            filetypes=[(_("PNG picture"), "*.png")],
        )  # fmt: skip
        if path:
            self.save_to(Path(path))

    def save_to(self, path: Path) -> None:
        """Save the chart as a PNG file and say so."""
        try:
            self.view.save_png(path, self.presenter.caption)
        except OSError as error:
            self._context.notify(_("{path} cannot be written: {reason}").format(path=path, reason=error.strerror))
            return
        self._context.notify(_("Saved {path}").format(path=path))

    def ask_export(self) -> None:
        """Ask which of the bars to write, as what and where to."""
        if self.presenter.dataset is None:
            self._context.notify(self.presenter.why_no_export)
            return
        view = self.view.viewport
        seen = None if view is None else (_("What is in view"), int(view.start_ms), int(view.end_ms))
        ExportDialog(
            self, self._context, whats={_BARS: ("", True)}, dated=_BARS, seen=seen,
            on_choice=lambda _what, kind, period: self._export(kind, period),
        ).show()  # fmt: skip

    def _export(self, kind: str, period: Period) -> None:
        path = self.choose_file(
            parent=self, defaultextension=f".{kind}", initialfile=f"{Path(self.presenter.file_name).stem}.{kind}",
            filetypes=[(dict(FORMATS)[kind], f"*.{kind}")],
        )  # fmt: skip
        dataset = self.presenter.dataset
        if path and dataset is not None:
            self._context.bridge.export([dataset], path, kind, period.start_ms, period.end_ms)
            self._context.notify(_("Exporting to {path}…").format(path=path))

    # -- what the presenter says ----------------------------------------------------------------------------------

    def show_bars(self, loaded: Loaded, digits: int, viewport: Viewport | None) -> None:
        """Show other bars."""
        self._remove_empty()
        self._auto.set(True)
        self.view.show(loaded.series, digits=digits, extent=loaded.extent, viewport=viewport)
        self.indicators.desk.follow(self.presenter.symbol, loaded)

    def update_bars(self, loaded: Loaded) -> None:
        """Show more bars of the same series."""
        self.view.update_bars(loaded.series, extent=loaded.extent)
        self.indicators.desk.follow(self.presenter.symbol, loaded)

    def show_empty(self, empty: Empty) -> None:
        """Show no bars, and what to do."""
        self._remove_empty()
        self.view.clear()
        self.indicators.desk.follow(None, None)
        self.indicators.arranged()
        actions = [Choice(empty.action, lambda: self._context.open_tab("data_manager"))] if empty.action else []
        self.empty = EmptyState(
            self._room, self._theme, title=empty.title, steps=[empty.step] if empty.step else [], actions=actions,
            clicked=self.view.take_focus,
        )  # fmt: skip
        self.empty.place(relwidth=1, relheight=1)
        self.pick.lift()

    def show_notice(self, words: str) -> None:
        """Say what is going on."""
        self.view.notice(words)

    def show_header(self, header: Header) -> None:
        """Fill the header."""
        self.header.show(header)

    def show_choice(self, symbol: str | None, timeframe: str) -> None:
        """Show what is chosen."""
        self.symbol_button.configure(text=symbol or _("Choose a symbol"))
        self._timeframe.set(timeframe)

    def _remove_empty(self) -> None:
        if self.empty is not None:
            self.empty.destroy()
            self.empty = None

    def _kept(self, key: str) -> bool:
        return bool(self._context.state.get(key, default=False))

    def _make_look(self) -> ChartLook:
        return chart_look(
            self._theme, hollow_up=self._kept("charts.hollow"), colour_blind=self._kept("charts.colour_blind")
        )

    def _on_destroy(self, event: tk.Event[tk.Misc]) -> None:
        if event.widget is self:
            self.presenter.detach(self)
            self.indicators.close()


def presenter_for(context: PageContext) -> ChartsPresenter:
    """Return a new presenter of the Charts tab, which outlives its pages."""
    return ChartsPresenter(context.bridge, context.pump, context.selection)
