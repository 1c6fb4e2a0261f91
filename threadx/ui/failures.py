"""Errors nobody caught: into the log, into one dialog, and the application lives on."""

from __future__ import annotations

import logging
import sys
import threading
import tkinter as tk
import traceback
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from types import TracebackType
from typing import Any

from threadx.i18n import _, counted
from threadx.ui.dialogs import Choice, Dialog
from threadx.ui.pump import Fault
from threadx.ui.theme import Theme

__all__ = ["Failures"]

KEPT = 20
"""Tracebacks kept for copying: a timer that fails ten times a second must not fill the memory."""

log = logging.getLogger(__name__)


class Failures:
    """The end of every uncaught error. `report`: Tk thread only; the hooks may run anywhere."""

    def __init__(
        self,
        theme: Theme,
        events: SimpleQueue[Any],
        *,
        diagnostics: Callable[[], str],
        copy: Callable[[str], None],
        on_interrupt: Callable[[], None],
    ) -> None:
        """Prepare; `install` puts the hooks in place.

        `events` brings errors of worker threads to Tk's; `on_interrupt` is called at Ctrl+C in the terminal.
        """
        self._theme = theme
        self.events = events
        self._diagnostics = diagnostics
        self._copy = copy
        self._on_interrupt = on_interrupt
        self._dialog: Dialog | None = None
        self._tracebacks: deque[str] = deque(maxlen=KEPT)
        self.count = 0
        """Errors since the dialog was last closed."""
        self._before = (threading.excepthook, sys.excepthook)

    def install(self) -> None:
        """Catch what escapes from Tk callbacks, threads and the main program."""
        self._theme.root.report_callback_exception = self._from_tk
        threading.excepthook = self._from_thread
        sys.excepthook = self._from_main

    def remove(self) -> None:
        """Put the hooks back as they were."""
        threading.excepthook, sys.excepthook = self._before

    @property
    def dialog(self) -> Dialog | None:
        """The dialog, while it is open."""
        return self._dialog if self._dialog is not None and self._dialog.winfo_exists() else None

    def report(self, error: BaseException) -> None:
        """Log an error and show it; further ones only count up in the dialog that is open."""
        if isinstance(error, KeyboardInterrupt):
            self._on_interrupt()
            return
        log.error("unexpected error", exc_info=(type(error), error, error.__traceback__))
        self._tracebacks.append("".join(traceback.format_exception(error)))
        self.count += 1
        try:
            self._show(error)
        except tk.TclError:  # the window is going; the log has it
            log.debug("no dialog for it", exc_info=True)

    def details(self) -> str:
        """Return what a bug report needs."""
        return "\n\n".join((self._diagnostics(), *self._tracebacks))

    def _show(self, error: BaseException) -> None:
        text = f"{type(error).__name__}: {error}"
        told = _("ThreadX goes on. What is stored is not touched by this; the details are in the log.")
        if self.count > 1:
            count = counted("{count} error so far.", "{count} errors so far.", self.count)
            told = f"{count} {told}"
        dialog = self.dialog
        if dialog is None:
            self._dialog = dialog = Dialog(
                self._theme.root, self._theme, _("Something went wrong in ThreadX"), " ", on_close=self._closed,
                modal=bool(self._theme.root.tk.call("grab", "current")),  # another dialog would keep the clicks
                choices=(
                    Choice(_("Close"), self._closed, "Primary.TButton"),
                    Choice(_("Copy details"), lambda: self._copy(self.details()), closes=False),
                ),
            )  # fmt: skip
            dialog.show()
        dialog.message.configure(text=f"{text}\n\n{told}")

    def _closed(self) -> None:
        self._dialog = None
        self._tracebacks.clear()
        self.count = 0

    def _from_tk(self, _kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
        self.report(error)

    def _from_thread(self, args: threading.ExceptHookArgs) -> None:
        """Runs on the thread that failed."""
        if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
            self.events.put(Fault(args.exc_value))

    def _from_main(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if not isinstance(error, KeyboardInterrupt):
            log.critical("the program ends with an unexpected error", exc_info=(kind, error, trace))
        self._before[1](kind, error, trace)
