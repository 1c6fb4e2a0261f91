"""A person before the whole window: presses keys, clicks what can be seen, types, and reads what stands there."""

from __future__ import annotations

import dataclasses
import tkinter as tk
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from threadx.config import Settings
from threadx.demo import DemoExchange
from threadx.store import Store
from threadx.ui.dialogs import Dialog
from threadx.ui.shell import App
from threadx.ui.widgets.table import DataTable

NOW = datetime(2024, 6, 3, 12, 0, 30, tzinfo=UTC)
BTC, ETH, SOL = "BTCUSDC", "ETHUSDC", "SOLUSDC"
FIRST_DAY, LAST_DAY = "2024-05-30", "2024-06-01"
BARS = 3 * 1440
_NAMES = {"-": "minus", " ": "space", ":": "colon", "/": "slash", ".": "period"}


def make_market(**options: Any) -> DemoExchange:
    """The embedded exchange at a fixed time; use it in a `with`."""
    return DemoExchange(now=NOW, weight_limit=10**6, usdc_pairs=12, **options)


def on_market(settings: Settings, market: DemoExchange) -> Settings:
    """Settings that ask this exchange, derive hours and never wait long to ask again."""
    ingest = dataclasses.replace(settings.ingest, timeframes=("1h",), workers=3, history_days=2)
    limits = dataclasses.replace(settings.limits, max_retries=0, read_timeout_s=120.0, total_timeout_s=240.0)
    return dataclasses.replace(settings, ingest=ingest, limits=limits).with_source(market.url, "demo")


class Person:
    """Uses one window with real events. Whoever waits pumps Tk: `wait_until(condition)`."""

    def __init__(self, app: App, wait_until: Callable[..., None]) -> None:
        self.app = app
        self.wait_until = wait_until

    # -- hands ----------------------------------------------------------------------------------------------------

    def press(self, *keys: str) -> None:
        """Press keys, each as Tk writes it: "Control-d", "Tab"."""
        for key in keys:
            self._keyboard().event_generate(f"<{key}>")
            self.app.root.update()

    def _keyboard(self) -> tk.Misc:
        """Return what has the keyboard. Where no window manager gave it to a window of ours, take it for the front one.

        On a busy machine that is so for a moment after a dialog has opened, and keys are meant for the dialog then too.
        """
        root = self.app.root
        if not str(root.tk.call("focus")):
            front = (self._dialogs() or [root])[-1]
            root.tk.call("focus", "-force", root.tk.call("focus", "-lastfor", front))
            root.update()
        return root.nametowidget(root.tk.call("focus"))

    def type(self, text: str) -> None:
        """Type where the keyboard is."""
        self.press(*(f"KeyPress-{_NAMES.get(sign, sign)}" for sign in text))

    def write(self, entry: tk.Misc, text: str) -> None:
        """Click into a field and type over what stands there."""
        self.click(entry)
        self.press("Home", "Shift-End")
        self.type(text)

    def click(self, widget: tk.Misc, x: int | None = None, y: int | None = None, button: str = "Button-1") -> None:
        """Click a widget that can be seen: in its middle, or at a place in it."""
        self.app.root.update()
        assert widget.winfo_viewable(), f"{widget} cannot be seen"
        place = {
            "x": widget.winfo_width() // 2 if x is None else x,
            "y": widget.winfo_height() // 2 if y is None else y,
        }
        modifier, _dash, name = button.rpartition("Button-")
        for event in ("<Enter>", "<Motion>", f"<{modifier}Button-{name}>", f"<{modifier}ButtonRelease-{name}>"):
            widget.event_generate(event, **place)
        self.app.root.update()

    def click_row(self, table: DataTable, key: str, button: str = "Button-1") -> None:
        """Click a row, after scrolling to it."""
        table.tree.see(key)
        self.app.root.update()
        x, y, width, height = table.tree.bbox(key)
        self.click(table.tree, x + min(width, 60) // 2, y + height // 2, button)

    def answer(self, dialog: Dialog, text: str) -> None:
        """Click the button of a dialog that says so."""
        self.wait_until(lambda: bool(dialog.winfo_viewable()))
        self.click(next(button for button in dialog.buttons if str(button.cget("text")) == text))

    # -- eyes -----------------------------------------------------------------------------------------------------

    @property
    def data_manager(self) -> Any:
        """The page in the first tab."""
        return self.app.book.page("data_manager")

    @property
    def jobs(self) -> dict[str, str]:
        """What the jobs table says: state by subject."""
        return {row.cells[0]: row.cells[-1] for row in self.data_manager.jobs.table.rows.values()}

    def dialog(self) -> Dialog:
        """Wait for a dialog and return the one on top."""
        self.wait_until(lambda: bool(self._dialogs()))
        return self._dialogs()[-1]

    def _dialogs(self) -> list[Dialog]:
        found, left = [], [self.app.root]
        while left:
            children = left.pop().winfo_children()
            left += children
            found += [child for child in children if isinstance(child, Dialog) and child.winfo_viewable()]
        return found

    # -- ways -----------------------------------------------------------------------------------------------------

    def choose(self, *symbols: str) -> None:
        """Click symbols in the list, further ones with Control."""
        table = self.data_manager.symbols.table
        book = self.data_manager.presenter.symbols.book
        self.wait_until(lambda: book.online and set(symbols) <= set(table.shown))  # what is stored was there before
        for number, symbol in enumerate(symbols):
            self.click_row(table, symbol, "Control-Button-1" if number else "Button-1")
        self.wait_until(lambda: table.chosen == symbols)

    def set_period(self, start: str = FIRST_DAY, end: str = LAST_DAY) -> None:
        """Type both dates."""
        self.write(self.data_manager.form.start.entry, start)
        self.write(self.data_manager.form.end.entry, end)

    def download(self, *symbols: str, start: str = FIRST_DAY, end: str = LAST_DAY) -> None:
        """Choose symbols and a period, and click Download."""
        self.choose(*symbols)
        self.set_period(start, end)
        self.click(self.data_manager.form.download)

    def until_ended(self) -> None:
        """Wait until no job is left to do and the window has said so."""
        jobs = self.app.bridge.jobs
        self.wait_until(lambda: not jobs.busy and not self.data_manager.presenter.desk.busy)

    @property
    def store(self) -> Store:
        """The bank of this window."""
        return Store(self.app.settings.paths.data_root, settings=self.app.settings)
