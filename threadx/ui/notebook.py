"""The notebook: a holder per tab, its page built when it is first needed, an error panel where that fails."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Sequence

from threadx.i18n import _
from threadx.ui.context import Page, PageContext
from threadx.ui.tabs import Tab, page_class
from threadx.ui.theme import ttk
from threadx.ui.widgets.error_panel import ErrorPanel

__all__ = ["Book"]

log = logging.getLogger(__name__)


class Book:
    """The tabs of the window. Tk thread only."""

    def __init__(
        self,
        parent: ttk.Frame,
        context: PageContext,
        tabs: Sequence[Tab],
        *,
        copy: Callable[[str], None],
        on_change: Callable[[str], None],
    ) -> None:
        """Make the notebook in `parent`, without pages yet.

        `copy` puts a text on the clipboard; `on_change` is told the name of the tab that came to the front.
        """
        self._context = context
        self._tabs = tuple(tabs)
        self._copy = copy
        self._on_change = on_change
        self.widget = ttk.Notebook(parent)
        self._holders = {tab.name: self._holder(tab) for tab in self._tabs}
        self._pages: dict[str, Page | None] = {}
        self.widget.bind("<<NotebookTabChanged>>", lambda _event: self._changed())

    @property
    def names(self) -> tuple[str, ...]:
        """The tabs' names, in order."""
        return tuple(self._holders)

    @property
    def current(self) -> str | None:
        """The name of the tab in front."""
        chosen = str(self.widget.select())  # type: ignore[no-untyped-call] # typeshed has no types for it
        return next((name for name, holder in self._holders.items() if str(holder) == chosen), None)

    def page(self, name: str) -> Page | None:
        """Return the page of a tab; None where it is not built, or could not be."""
        return self._pages.get(name)

    def show(self, name: str) -> None:
        """Bring a tab to the front; a name nobody knows changes nothing."""
        if name in self._holders:
            self.widget.select(str(self._holders[name]))  # type: ignore[no-untyped-call] # as above
            self.build(name)

    def show_number(self, number: int) -> None:
        """Bring the tab at a place, from 1, to the front."""
        if 0 < number <= len(self._tabs):
            self.show(self._tabs[number - 1].name)

    def build(self, name: str) -> None:
        """Build a tab's page, unless it is there."""
        if name in self._pages:
            return
        tab = next(tab for tab in self._tabs if tab.name == name)
        holder = self._holders[name]
        try:
            page = page_class(tab)(holder, self._context)
        except Exception as error:
            log.exception("the tab %s cannot be shown", name)
            for child in holder.winfo_children():
                child.destroy()
            self._pages[name] = None
            details = "".join(traceback.format_exception(error))
            ErrorPanel(
                holder, self._context.theme, error=error, details=details, copy=self._copy,
                again=lambda: self.rebuild(name),
            ).pack(fill="both", expand=True)  # fmt: skip
            return
        page.pack(fill="both", expand=True)
        self._pages[name] = page

    def tried(self, name: str) -> bool:
        """Whether a tab's page was built, or failed to be."""
        return name in self._pages

    def remember(self) -> None:
        """Let the pages put what they show into the state."""
        for name, page in self._pages.items():
            if page is not None:
                try:
                    page.remember()
                except Exception:  # one page's slip must not keep the window open
                    log.exception("the tab %s could not remember its state", name)

    def destroy(self) -> None:
        """Remove notebook and pages."""
        self._pages.clear()
        self.widget.destroy()

    def _holder(self, tab: Tab) -> ttk.Frame:
        holder = ttk.Frame(self.widget, padding=self._context.theme.unit)
        self.widget.add(holder, text=_(tab.title))
        return holder

    def rebuild(self, name: str) -> None:
        """Build a tab's page anew."""
        for child in self._holders[name].winfo_children():
            child.destroy()
        self._pages.pop(name, None)
        self.build(name)

    def _changed(self) -> None:
        name = self.current
        if name is None:
            return
        self.build(name)
        page = self._pages.get(name)
        if page is not None:
            page.shown()
        self._on_change(name)
