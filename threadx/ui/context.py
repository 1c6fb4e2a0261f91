"""What a page gets from the shell, and the few things the shell may ask of a page."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from threadx.config import Settings
from threadx.ui.presenters.viewed import Viewed
from threadx.ui.pump import Pump
from threadx.ui.selection import Selection
from threadx.ui.state import WindowState
from threadx.ui.theme import Theme, ttk

if TYPE_CHECKING:
    from threadx.bridge import ThreadXBridge  # the engine is loaded after the window is there

__all__ = ["Page", "PageContext"]

Presenter = TypeVar("Presenter")
View = TypeVar("View")

SECOND_MS = 1_000


@dataclass(frozen=True, slots=True)
class PageContext:
    """Everything a page may use besides its own widgets. Tk thread only."""

    bridge: ThreadXBridge
    selection: Selection
    state: WindowState
    pump: Pump
    theme: Theme
    notify: Callable[[str], None]
    """Put the result of an action, in the user's language, at the left of the status bar."""
    open_tab: Callable[[str], None]
    """Show the tab of this name, as in `tabs.TABS`."""
    presenters: dict[str, Any]
    """The tabs' presenters by tab name: they outlive their pages. Use `presenter`."""
    shell: Shell
    """What concerns the whole window."""

    def presenter(self, name: str, make: Callable[[], Presenter]) -> Presenter:
        """Return the presenter of the tab `name`, made at the first call.

        A page is destroyed and built again when theme, zoom or language change; its presenter stays and gets the
        new page as its view.
        """
        if name not in self.presenters:
            self.presenters[name] = make()
        kept: Presenter = self.presenters[name]
        return kept


@dataclass(frozen=True, slots=True)
class Shell:
    """What a page (the Settings tab) may ask of the whole window."""

    set_theme: Callable[[str], None]
    """"auto", "light" or "dark", at once and remembered."""
    set_language: Callable[[str], None]
    """"auto", "en" or "fr", at once and remembered."""
    set_zoom: Callable[[float], None]
    """1.0 is 100 %."""
    start_demo: Callable[[], None]
    """Go on with the embedded exchange in place of the configured source; presenters start anew."""
    adopted: Callable[[Settings], None]
    """Changed settings were saved, and the bridge works with what of them can act at once."""
    copy: Callable[[str], None]
    """Put a text on the clipboard."""
    open_folder: Callable[[Path], None]
    """Show a folder, or a file in its folder, in the file manager."""


class Page(ttk.Frame):
    """A tab's page, made as `XPage(parent, context)`. The shell calls these; a page overrides what it can do."""

    def __init__(self, parent: tk.Misc, context: PageContext) -> None:
        super().__init__(parent)
        self.context = context
        self._after: str | None = None
        self._attached: list[tuple[Viewed[Any], Any]] = []
        self.bind("<Destroy>", lambda event: self._ended() if event.widget is self else None)

    def attach(self, presenter: Viewed[View], view: View) -> None:
        """Make `view`, this page or a part of it, the presenter's view until the page is destroyed."""
        self._attached.append((presenter, view))
        presenter.attach(view)

    def each_second(self, call: Callable[[], object]) -> None:
        """Call this now and every second from now on; a page does it once."""
        try:
            call()
        finally:
            self._after = self.after(SECOND_MS, self.each_second, call)

    def _ended(self) -> None:
        if self._after is not None:
            self.after_cancel(self._after)
        for presenter, view in self._attached:
            presenter.detach(view)

    def shown(self) -> None:
        """The tab came to the front."""

    def refresh(self) -> None:
        """F5."""

    def find(self) -> None:
        """Ctrl+F: put the focus into the page's filter."""

    def escape(self) -> None:
        """Esc: clear the filter, or close what is open."""

    def download(self) -> None:
        """Ctrl+D, only asked of the Data Manager."""

    def dry_run(self) -> None:
        """Ctrl+Shift+D, only asked of the Data Manager."""

    def remember(self) -> None:
        """Put sashes, sort and columns into `context.state`: the page is about to go."""
