"""The Charts tab. Light to import: what draws (matplotlib, pandas) is loaded on a worker thread when it is needed."""

from __future__ import annotations

import importlib
import sys
import tkinter as tk
from types import ModuleType
from typing import TYPE_CHECKING, Any

from threadx.i18n import _
from threadx.ui.context import Page, PageContext
from threadx.ui.theme import ttk

if TYPE_CHECKING:
    from threadx.ui.chart_panel import ChartPanel
    from threadx.ui.presenters.charts import ChartsPresenter

__all__ = ["ChartsPage"]

_PANEL = "threadx.ui.chart_panel"


class ChartsPage(Page):
    """Shows bars. Tk thread only."""

    def __init__(self, parent: tk.Misc, context: PageContext) -> None:
        super().__init__(parent, context)
        self.panel: ChartPanel | None = None
        loaded = sys.modules.get(_PANEL)
        if loaded is not None and hasattr(loaded, "ChartPanel"):
            self._build(loaded)
            return
        self._waiting = ttk.Label(self, text=_("Loading charts…"), style="Muted.TLabel")
        self._waiting.place(relx=0.5, rely=0.45, anchor="center")
        context.pump.ask(lambda _progress: importlib.import_module(_PANEL), self._loaded)

    def _loaded(self, module: ModuleType) -> None:
        self._waiting.destroy()
        self._build(module)

    def _build(self, module: Any) -> None:  # noqa: ANN401 - a module, whose names mypy cannot know
        presenter: ChartsPresenter = self.context.presenter("charts", lambda: module.presenter_for(self.context))
        self.panel = module.ChartPanel(self, self.context, presenter)
        self.panel.pack(fill="both", expand=True)
        self.context.pump.on_jobs(presenter.on_jobs, owner=self)

    def refresh(self) -> None:
        """F5: read again what is shown."""
        if self.panel is not None:
            self.panel.refresh()

    def find(self) -> None:
        """Ctrl+F: the symbol search."""
        if self.panel is not None:
            self.panel.search()

    def escape(self) -> None:
        """Esc: close the search, or take the measure away."""
        if self.panel is not None:
            self.panel.escape()

    def shown(self) -> None:
        """The keyboard belongs to the chart."""
        if self.panel is not None:
            self.panel.view.take_focus()
