"""The shell: one root window that composes theme, pump, notebook, menu and status bar.

Nothing heavy is imported before the window is visible: the engine (pandas, pyarrow, matplotlib) is loaded on a worker
thread by `ThreadXBridge.warm_up`.
"""

from __future__ import annotations

import dataclasses
import logging
import time
import tkinter as tk
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from threadx import i18n
from threadx.bridge.adopting import adopted
from threadx.config import Settings
from threadx.errors import ThreadXError
from threadx.i18n import _, error_text
from threadx.ui import desktop
from threadx.ui.closing import Closing
from threadx.ui.commands import make_commands, open_folder
from threadx.ui.context import PageContext, Shell
from threadx.ui.failures import Failures
from threadx.ui.litter import Litter
from threadx.ui.menu import build_menu
from threadx.ui.notebook import Book
from threadx.ui.preferences import Preferences
from threadx.ui.pump import Pump
from threadx.ui.selection import Selection
from threadx.ui.shortcuts import SHORTCUTS, bind, label
from threadx.ui.state import WindowState
from threadx.ui.status_feed import StatusFeed
from threadx.ui.tabs import TABS, Tab, load_pages
from threadx.ui.theme import Mode, Theme, ttk
from threadx.ui.widgets.status_bar import StatusBar
from threadx.ui.widgets.tooltip import Tooltip
from threadx.ui.window import Window, speak

if TYPE_CHECKING:
    from threadx.bridge import ThreadXBridge

__all__ = ["App"]

SYSTEM_EVERY_S = 2.0
SEEN_MS = 2000

log = logging.getLogger(__name__)


class App:
    """The window with all that is in it. Tk thread only.

    Pages, menu and status bar are built anew when theme, zoom, language or source change; bridge, presenters,
    selection and state live on.
    """

    def __init__(
        self,
        settings: Settings,
        bridge: ThreadXBridge,
        *,
        tabs: Sequence[Tab] = TABS,
        make_bridge: Callable[[Settings], ThreadXBridge] | None = None,
    ) -> None:
        """Make the window, hidden until `open`. `make_bridge` makes another one when the source changes."""
        self.settings = settings
        self.bridge = bridge
        self.tabs = tuple(tabs)
        self.make_bridge = make_bridge
        self._old_bridges: list[ThreadXBridge] = []
        self.state = WindowState.load(settings.paths.data_root)
        self.preferences = Preferences(settings, self.state)
        i18n.activate(self.preferences.language)
        self.theme = Theme(choice=self.preferences.theme, system=self.preferences.system, zoom=self.preferences.zoom)
        self.root: tk.Tk = self.theme.root
        self.window = Window(self.theme, self.state)
        self.selection = Selection()
        self.window.restore_selection(self.selection)
        self.presenters: dict[str, Any] = {}
        self._afters: set[str] = set()
        self.litter = Litter(self.later, lambda: self.bridge.jobs.busy)
        self.failures = Failures(
            self.theme, bridge.events, diagnostics=self._diagnostics, copy=self.copy,
            on_interrupt=self.close,
        )  # fmt: skip
        self.failures.install()
        self.pump = self._new_pump(hold=True)
        self.commands = make_commands(self)
        self._menu: tk.Menu | None = None
        self._was_seen = False
        self._system_asked = -SYSTEM_EVERY_S
        self._system_asks: Pump | None = None
        self.closing = Closing(self.theme, _Work(self), say=self.notify, before=self._remember, end=self._end)
        self._build(str(self.state.get("window.tab", "")))
        bind(self.root, {each.name: self.commands[each.name] for each in SHORTCUTS})

    # -- life ---------------------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Show the window, start to drain the queue, and load the engine behind it."""
        self.root.protocol("WM_DELETE_WINDOW", self.close)
        self.window.show()
        self.pump.start()
        self.feed.start()
        self.root.bind("<Visibility>", lambda event: self._seen() if event.widget is self.root else None, add="+")
        self.later(SEEN_MS, self._seen)  # a window that starts as an icon is never seen
        self.root.bind("<FocusIn>", lambda event: self.ask_system() if event.widget is self.root else None, add="+")

    def run(self) -> None:
        """Open the window and serve it until it is closed."""
        self.open()
        self.root.mainloop()

    def close(self) -> None:
        """Ask for the window to be closed, as the close button does."""
        self.closing.request()

    @property
    def in_demo(self) -> bool:
        """Whether the embedded exchange is used though the settings name another source."""
        return self.bridge.settings.source.name != self.settings.source.name

    @property
    def closed(self) -> bool:
        """Whether the window is gone."""
        return self.closing.phase == "closed"

    def all_ended(self, timeout_s: float = 0.0) -> bool:
        """Return whether no worker thread is left, after waiting up to `timeout_s`: 0 while there is a window."""
        return all(tuple(bridge.ended(timeout_s) for bridge in (self.bridge, *self._old_bridges)))

    def _seen(self) -> None:
        """The window is on the screen: draw it to the end, then load the engine."""
        if not self._was_seen:
            self._was_seen = True
            self.root.update_idletasks()
            self.pump.release()
            self._warm_up()

    def _warm_up(self) -> None:
        self.bridge.warm_up()
        self.pump.ask(lambda progress: load_pages(self.tabs, progress), lambda _nothing: self._build_next())
        self.ask_system()
        self.feed.measure()

    def _build_next(self) -> None:
        """Build the pages that are not there yet, one a turn, so that none of them holds the window up."""
        name = next((name for name in self.book.names if not self.book.tried(name)), None)
        if name is not None:
            self.book.build(name)
            self.later(10, self._build_next)
        else:
            self.litter.settle()

    def _remember(self) -> None:
        self.window.remember(self.book.current, self.selection)
        self.book.remember()
        self.state.save()

    def _end(self) -> None:
        for after in tuple(self._afters):
            self.root.after_cancel(after)
        self.pump.stop()
        self.litter.stop()
        self._demolish()
        self.failures.remove()
        self.window.release()
        self.presenters.clear()
        self.theme.close()

    def later(self, delay_ms: int, call: Callable[[], object]) -> None:
        """Call once, unless the window is closed before."""

        def due() -> None:
            self._afters.discard(name)
            call()

        name = self.root.after(delay_ms, due)
        self._afters.add(name)

    # -- building -----------------------------------------------------------------------------------------------------

    @property
    def context(self) -> PageContext:
        """What every page gets."""
        shell = Shell(
            set_theme=self.set_theme, set_language=self.set_language, set_zoom=self.set_zoom,
            start_demo=lambda: self.use_demo(demo=True), adopted=self.adopted, copy=self.copy,
            open_folder=lambda path: open_folder(self, path),
        )  # fmt: skip
        return PageContext(
            bridge=self.bridge, selection=self.selection, state=self.state, pump=self.pump, theme=self.theme,
            notify=self.notify, open_tab=self.open_tab, presenters=self.presenters, shell=shell,
        )  # fmt: skip

    def _new_pump(self, *, hold: bool = False) -> Pump:
        return Pump(self.root, self.bridge, report=self.failures.report, on_failure=self.show_failure, hold=hold)

    def _build(self, tab: str, *, message: str = "") -> None:
        theme = self.theme
        speak(self.root, i18n.language())
        self._make_menu()
        self._body = ttk.Frame(self.root)
        self._body.pack(fill="both", expand=True)
        self.status = StatusBar(self._body, theme, clicked=lambda: self.open_tab("logs"))
        self.status.pack(side="bottom", fill="x")
        self.status.say(message or _("Ready"))
        self.feed = StatusFeed(self.status, self.bridge, self.pump)
        self.book = Book(self._body, self.context, self.tabs, copy=self.copy, on_change=self._tab_changed)
        self.book.widget.pack(fill="both", expand=True, padx=theme.unit, pady=(theme.unit // 2, 0))
        self._theme_button()
        self.book.show(tab if tab in self.book.names else next(iter(self.book.names), ""))

    def _make_menu(self) -> None:
        """Put a menu bar on the window; it marks what is in force."""
        if self._menu is not None:
            self._menu.destroy()
        self._menu = build_menu(
            self.root, self.commands, tabs=self.tabs, theme=(self.preferences.theme, self.set_theme),
            language=(self.preferences.language, self.set_language), on=("bell",) if self.preferences.bell else (),
        )  # fmt: skip

    def _theme_button(self) -> None:
        dark = self.theme.mode == "dark"
        button = ttk.Button(
            self._body, text="\u2600" if dark else "\u263e", style="Ghost.TButton", width=2, takefocus=False,
            command=self.toggle_theme,
        )  # fmt: skip
        button.place(relx=1.0, x=-self.theme.unit, y=self.theme.px(2), anchor="ne")
        told = _("Switch to the light theme") if dark else _("Switch to the dark theme")
        Tooltip(button, self.theme, told, label(self.root, "theme"))

    def _demolish(self) -> None:
        self.feed.stop()
        self.book.destroy()
        self._body.destroy()
        self.litter.sweep()  # here, on Tk's thread: cycles of the pages hold Tk's variables and images

    def rebuild(self) -> None:
        """Draw everything anew, from what presenters, selection and state know."""
        tab, message, size = self.book.current or "", self.status.message, self.feed.size_bytes
        self.book.remember()
        self._demolish()
        self.theme.apply()
        self.window.apply_limits()
        self._build(tab, message=message)
        self.feed.size_bytes = size
        self.feed.start()
        self.later(50, self._build_next)

    # -- what pages, menu and keys ask --------------------------------------------------------------------------------

    def open_tab(self, name: str) -> None:
        """Show the tab of this name."""
        self.book.show(name)

    def notify(self, text: str) -> None:
        """Say the result of an action in the status bar."""
        self.status.say(text)

    def show_failure(self, failure: ThreadXError) -> None:
        """Say an expected failure in the status bar."""
        log.warning("%s", failure)
        self.status.say(error_text(failure), role="Danger")

    def copy(self, text: str) -> None:
        """Put a text on the clipboard."""
        self.root.clipboard_clear()
        self.root.clipboard_append(text)
        self.notify(_("Copied"))

    def _diagnostics(self) -> str:
        return self.bridge.diagnostics()

    def set_theme(self, choice: str) -> None:
        """Use "auto", "light" or "dark" from now on."""
        self.preferences.choose("theme", choice)
        before, self.theme.choice = self.theme.mode, choice
        # not now: the widget that asked is one of those that go
        self.later(1, self._make_menu if self.theme.mode == before else self.rebuild)

    def toggle_theme(self) -> None:
        """Use the other look."""
        self.set_theme("light" if self.theme.mode == "dark" else "dark")

    def set_language(self, name: str) -> None:
        """Use "auto", "en" or "fr" from now on."""
        self.preferences.choose("language", name)
        before = i18n.language()
        if i18n.activate(name) == before:
            self.later(1, self._make_menu)
            return
        self.status.say(_("Ready"))  # what stands there is in the other language
        self.later(1, self.rebuild)

    def toggle_bell(self) -> None:
        """Ring when the last job has ended, from now on, or do so no more."""
        self.preferences.bell = not self.preferences.bell
        if self.preferences.bell:
            self.root.bell()  # this is what it sounds like
        self.later(1, self._make_menu)

    def set_zoom(self, zoom: float) -> None:
        """Show everything at this size; 1.0 is normal."""
        self.preferences.set_zoom(zoom)
        if self.preferences.zoom != self.theme.zoom:
            self.theme.zoom = self.preferences.zoom
            self.notify(_("Size {percent} %").format(percent=round(self.theme.zoom * 100)))
            self.later(1, self.rebuild)

    def use_demo(self, *, demo: bool) -> None:
        """Work with the embedded exchange, or with the configured one again; not while jobs run."""
        if self.make_bridge is None or self.bridge.jobs.busy:
            self.status.say(_("Wait for the jobs to end, or cancel them, before the source is changed"), role="Warning")
            return
        source = dataclasses.replace(self.settings.source, name="demo") if demo else self.settings.source
        self.book.remember()
        self.pump.stop()
        self.bridge.close()
        self._old_bridges.append(self.bridge)
        self.bridge = self.make_bridge(dataclasses.replace(self.settings, source=source))
        self.failures.events = self.bridge.events
        self.presenters.clear()
        self.selection = Selection(self.selection.choice)  # the old presenters listen to the old one
        self.pump = self._new_pump()
        self.pump.start()
        self.rebuild()
        self.notify(_("Offline demo: prices are invented, nothing leaves this computer") if demo else _("Ready"))
        self.later(1, self._warm_up)

    def adopted(self, changed: Settings) -> None:
        """Changed settings were saved: the Data Manager begins with them, the next source too."""
        before, self.settings = self.settings, adopted(self.settings, changed)
        same = (before.ingest, before.groups) == (self.settings.ingest, self.settings.groups)
        kept = self.presenters.get("data_manager")
        if not same and kept is not None and "data_manager" in self.book.names:
            self.book.remember()
            kept.retire()
            del self.presenters["data_manager"]
            self.book.rebuild("data_manager")

    def ask_system(self) -> None:
        """Have the desktop asked whether it is dark, and follow it where the user wants that. At most every 2 s.

        It may not answer for long, and holds a worker thread meanwhile: it is not asked again before.
        """
        now = time.monotonic()
        if self._system_asks is not self.pump and now - self._system_asked >= SYSTEM_EVERY_S:
            self._system_asked, self._system_asks = now, self.pump
            self.pump.ask(lambda _progress: desktop.system_mode(), self._system_is)

    def _system_is(self, mode: Mode) -> None:
        self._system_asks = None
        self.preferences.set_system(mode)
        before, self.theme.system = self.theme.mode, mode
        if self.theme.mode != before:
            self.rebuild()

    def _tab_changed(self, name: str) -> None:
        self.state.set("window.tab", name)


class _Work:
    """What closing asks of the jobs of all bridges."""

    def __init__(self, app: App) -> None:
        self._app = app

    def running(self) -> int:
        return sum(not event.final for event in self._app.bridge.jobs.snapshot())

    def close(self) -> None:
        self._app.bridge.close()

    def gone(self) -> bool:
        return self._app.all_ended()
