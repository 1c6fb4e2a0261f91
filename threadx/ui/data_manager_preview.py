"""The preview card of the Data Manager: candles of the first chosen symbol with bars, or what to do first.

The chart's modules load matplotlib, so they are imported on a worker thread when there is something to show.
"""

from __future__ import annotations

import importlib
import sys
import tkinter as tk
from typing import TYPE_CHECKING, Any

from threadx.i18n import _
from threadx.ui.context import PageContext
from threadx.ui.dialogs import Choice
from threadx.ui.presenters.preview import TIMEFRAMES, Preview
from threadx.ui.theme import ttk
from threadx.ui.widgets.card import Card
from threadx.ui.widgets.check_box import Segments
from threadx.ui.widgets.empty_state import EmptyState

if TYPE_CHECKING:
    from threadx.ui.presenters.chart_loader import Loaded

__all__ = ["PreviewCard"]

_MODULE = "threadx.ui.data_manager_chart"


class PreviewCard(Card):
    """Draws what `Preview` says. Tk thread only."""

    def __init__(self, parent: tk.Misc, context: PageContext, presenter: Preview) -> None:
        super().__init__(parent, context.theme, _("Preview"))
        self._context = context
        self._presenter = presenter
        self._chart: Any = None
        self._asked = False
        self._waiting: tuple[str, Loaded] | None = None
        self._empty: EmptyState | None = None
        self._first_steps = False
        options = [(name, name) for name in TIMEFRAMES]
        self.timeframes = Segments(self.tools, options, presenter.set_timeframe)
        self.timeframes.set(presenter.timeframe)
        self.timeframes.pack(side="right")
        self.room = ttk.Frame(self.body)
        self.room.pack(fill="both", expand=True)
        self._nothing = ttk.Label(self.room, style="Muted.TLabel", justify="center", wraplength=context.theme.px(300))
        self.clear_preview("")

    def show_preview(self, symbol: str, loaded: Loaded, *, same: bool) -> None:
        """Show bars, as soon as the chart's modules are there."""
        if self._chart is None:
            self._waiting = (symbol, loaded)
            self._load()
            return
        self._nothing.place_forget()
        self._chart.show(symbol, self._presenter.timeframe, loaded, same=same)
        self._chart.place(relwidth=1, relheight=1)

    def clear_preview(self, reason: str) -> None:
        """Show no bars."""
        self._waiting = None
        if self._chart is not None:
            self._chart.place_forget()
        words = reason or _("The chart of the first chosen symbol stands here as soon as it has bars.")
        self._nothing.configure(text=words, style="Danger.TLabel" if reason else "Muted.TLabel")
        if not self._first_steps:
            self._nothing.place(relx=0.5, rely=0.45, anchor="center")

    def show_first_steps(self, *, on: bool) -> None:
        """Show or hide what to do first, while nothing is stored."""
        if on == self._first_steps:
            return
        self._first_steps = on
        if not on:
            if self._empty is not None:
                self._empty.destroy()
                self._empty = None
            if self._chart is None or not self._chart.winfo_ismapped():
                self._nothing.place(relx=0.5, rely=0.45, anchor="center")
            return
        self._nothing.place_forget()
        self._empty = self._make_empty()
        self._empty.place(relwidth=1, relheight=1)

    def _make_empty(self) -> EmptyState:
        context, settings = self._context, self._context.bridge.settings
        steps = (
            _("Bars are kept in {folder}: keep it, or choose another one in Settings.").format(
                folder=settings.paths.data_root
            ),
            _("Choose symbols in the list at the left, or a group."),
            _("Choose a period and press Download."),
        )
        actions = [Choice(_("Open Settings"), lambda: context.open_tab("settings"))]
        if context.bridge.provider != "demo":
            actions.append(Choice(_("Try the offline demo"), context.shell.start_demo, "Outline.TButton"))
        return EmptyState(self.room, context.theme, title=_("No bars yet"), steps=steps, actions=actions)

    # -- the chart's modules --------------------------------------------------------------------------------------

    def _load(self) -> None:
        if _MODULE in sys.modules and hasattr(sys.modules[_MODULE], "PreviewChart"):
            self._loaded(sys.modules[_MODULE])
        elif not self._asked:
            self._asked = True
            self._context.pump.ask(lambda _progress: importlib.import_module(_MODULE), self._loaded)

    def _loaded(self, module: Any) -> None:  # noqa: ANN401 - a module, whose names mypy cannot know
        if self._chart is None:
            self._chart = module.PreviewChart(self.room, self._context)
        if self._waiting is not None:
            (symbol, loaded), self._waiting = self._waiting, None
            self.show_preview(symbol, loaded, same=False)
