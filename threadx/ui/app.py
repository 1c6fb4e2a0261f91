"""The application: one root window that composes theme, pump, notebook and status bar.

Nothing heavy is imported before the window is visible: the engine (pandas, pyarrow, matplotlib) is loaded on a worker
thread by `ThreadXBridge.warm_up`.
"""

from __future__ import annotations

import logging
import tkinter as tk
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from threadx import i18n
from threadx.config import Settings, get_settings
from threadx.errors import ThreadXError
from threadx.i18n import translate_error
from threadx.ui.context import PageContext, Shell
from threadx.ui.notebook import Book
from threadx.ui.pump import Pump
from threadx.ui.selection import Selection
from threadx.ui.state import WindowState
from threadx.ui.tabs import TABS, Tab
from threadx.ui.theme import Theme, ttk

if TYPE_CHECKING:
    from threadx.bridge import ThreadXBridge

__all__ = ["App", "main"]

log = logging.getLogger(__name__)


class App:
    """The window. Tk thread only."""

    def __init__(
        self, settings: Settings, bridge: ThreadXBridge, *, tabs: Sequence[Tab] = TABS, theme: Theme | None = None
    ) -> None:
        """Make the window, hidden until `open`."""
        self.settings = settings
        self.bridge = bridge
        self.tabs = tuple(tabs)
        self.state = WindowState.load(settings.paths.data_root)
        self.theme = (
            Theme(choice=settings.ui.theme, zoom=float(self.state.get("window.zoom", 1.0))) if theme is None else theme
        )
        self.root: tk.Tk = self.theme.root
        self.root.title("ThreadX")
        self.selection = Selection()
        self.presenters: dict[str, Any] = {}
        self.pump = Pump(self.root, bridge, report=self.report, on_failure=self.show_failure)
        self.book: Book | None = None
        self._build()

    @property
    def context(self) -> PageContext:
        """What every page gets."""
        return PageContext(
            bridge=self.bridge, selection=self.selection, state=self.state, pump=self.pump, theme=self.theme,
            notify=self.notify, open_tab=self.open_tab, presenters=self.presenters,
            shell=Shell(
                set_theme=lambda _choice: None, set_language=lambda _name: None, set_zoom=lambda _zoom: None,
                restart_notice=lambda: None, start_demo=lambda: None,
            ),
        )  # fmt: skip

    def open(self) -> None:
        """Show the window and start to drain the queue."""
        self.root.protocol("WM_DELETE_WINDOW", self.close)
        self.root.geometry(f"{self.theme.px(1280)}x{self.theme.px(800)}")
        self.root.deiconify()
        self.pump.start()

    def run(self) -> None:
        """Open the window and serve it until it is closed."""
        self.open()
        self.root.mainloop()

    def close(self) -> None:
        """Close the window."""
        self.pump.stop()
        if self.book is not None:
            self.book.destroy()
        self.state.save()
        self.bridge.close()
        self.theme.close()

    def open_tab(self, name: str) -> None:
        """Show the tab of this name."""
        if self.book is not None:
            self.book.show(name)

    def notify(self, text: str) -> None:
        """Say the result of an action in the status bar."""
        log.info("%s", text)

    def report(self, error: BaseException) -> None:
        """Tell the user of a fault of ThreadX; the app lives on."""
        log.error("unexpected error", exc_info=error)

    def show_failure(self, failure: ThreadXError) -> None:
        """Say an expected failure in the status bar."""
        self.notify(" ".join(filter(None, translate_error(failure))))

    def _build(self) -> None:
        self._body = ttk.Frame(self.root)
        self._body.pack(fill="both", expand=True)
        self.book = Book(self._body, self.context, self.tabs, copy=self.copy, on_change=lambda _name: None)
        self.book.widget.pack(fill="both", expand=True, padx=self.theme.unit, pady=self.theme.unit)
        if self.tabs:
            self.book.show(self.tabs[0].name)

    def copy(self, text: str) -> None:
        """Put a text on the clipboard."""
        self.root.clipboard_clear()
        self.root.clipboard_append(text)


def main(argv: Sequence[str] | None = None) -> int:
    """Open the window and return its exit code when it is closed."""
    from threadx.bridge import ThreadXBridge  # noqa: PLC0415 - read where it is used, so that tests need no engine

    given = list(argv or ())
    settings = get_settings()
    if "--demo" in given:
        import dataclasses  # noqa: PLC0415

        settings = dataclasses.replace(settings, source=dataclasses.replace(settings.source, name="demo"))
    i18n.activate(settings.ui.language)
    App(settings, ThreadXBridge(settings)).run()
    return 0
