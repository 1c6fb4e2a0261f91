"""A trial of the window for the self-test: opens it on a bank, draws every tab, closes it, and tells how it went.

A program of its own, because a Tk that crashes or hangs must not take the self-test with it. Importable without Tk.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from threadx.bridge import ThreadXBridge
from threadx.config import Settings
from threadx.errors import ThreadXError
from threadx.startup_check import tk_advice

if TYPE_CHECKING:
    from threadx.ui.shell import App

__all__ = ["main"]

PATIENCE_S = 40.0
PAUSE_S = 0.005


class TrialError(Exception):
    """What the window did is not what it must do. In English in any language: it is for a bug report."""


def main(folder: str, source: str, symbol: str, began_s: str) -> int:
    """Try the window and write, as the last line, JSON: {"skip": why}, {"problem": what} or figures in seconds.

    Args:
        folder: under which the bank lies, as `Settings.under` has it.
        source: address of the embedded exchange.
        symbol: one that has bars; the Charts tab shows it.
        began_s: when this program was started, seconds since 1970.
    """
    try:
        told = _tried(Settings.under(Path(folder)).with_source(source, "demo"), symbol, float(began_s))
    except (TrialError, ThreadXError) as error:
        told = {"problem": str(error)}
    sys.stdout.write(json.dumps(told) + "\n")
    return 0


def _tried(settings: Settings, symbol: str, began_s: float) -> dict[str, Any]:
    try:
        import tkinter as tk  # noqa: PLC0415 - often not installed

        from threadx.ui.shell import App  # noqa: PLC0415 - needs it
    except ImportError as error:
        if error.name not in ("tkinter", "_tkinter"):
            raise
        return {"skip": _first_line(error)}
    errors = _Errors()
    logging.getLogger().addHandler(errors)
    try:
        app = App(settings, ThreadXBridge(settings))
    except tk.TclError as error:
        return {"skip": _first_line(error)}
    sys.stdout.write("screen\n")  # what ends this program from here on is no lack of a screen
    sys.stdout.flush()
    figures = _used(app, symbol, began_s)
    if errors.messages:
        raise TrialError(errors.messages[0])
    return figures


def _used(app: App, symbol: str, began_s: float) -> dict[str, Any]:
    app.open()
    _until(app, lambda: bool(app.root.winfo_viewable()), "the window is not to be seen")
    visible_s = time.time() - began_s
    app.selection.update(symbols=(symbol,), timeframe="1h")
    for name in app.book.names:
        app.open_tab(name)
        page_is_drawn = _DRAWN.get(name, lambda _page: True)
        _until(app, lambda: app.book.tried(name), f"the tab {name} was not built")  # noqa: B023 - called at once
        page: Any = app.book.page(name)
        if page is None:
            raise TrialError(f"the tab {name} cannot be shown")
        _until(app, lambda: page_is_drawn(page), f"the tab {name} stays empty")  # noqa: B023 - called at once
    drawn_s = time.time() - began_s - visible_s
    closing = time.perf_counter()
    app.close()
    _until(app, lambda: app.closed, "the window does not close")
    closed_s = time.perf_counter() - closing
    if not app.all_ended(PATIENCE_S):
        raise TrialError("worker threads outlive the window")
    return {"tabs": len(app.tabs), "visible_s": visible_s, "drawn_s": drawn_s, "closed_s": closed_s}


_DRAWN: dict[str, Callable[[Any], bool]] = {
    "data_manager": lambda page: bool(page.symbols.table.shown),
    "charts": lambda page: page.panel is not None and page.panel.view.chart.place is not None,
    "inventory": lambda page: bool(page.table.shown),
}
"""When a page shows what there is; the others do as soon as they are built."""


def _until(app: App, condition: Callable[[], bool], problem: str) -> None:
    """Serve the window until a condition holds."""
    deadline_s, pause = time.monotonic() + PATIENCE_S, threading.Event()
    while True:
        if not app.closed:
            app.root.update()
        if app.failures.count:
            raise TrialError(app.failures.details().strip().splitlines()[-1])
        if condition():
            return
        if time.monotonic() > deadline_s:
            raise TrialError(problem)
        pause.wait(PAUSE_S)


def _first_line(error: Exception) -> str:
    return tk_advice(error).splitlines()[0]


class _Errors(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(f"{record.name}: {record.getMessage()}")
