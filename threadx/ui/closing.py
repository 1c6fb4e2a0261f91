"""Closing the window: asks once while jobs run, never blocks, and a second wish to close quits now."""

from __future__ import annotations

import logging
from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

from threadx.i18n import _, counted
from threadx.ui.dialogs import Choice, Dialog, ask
from threadx.ui.theme import Theme

__all__ = ["Closing", "Phase", "Work"]

POLL_MS = 100
STOP_S = 4.0
"""How long cancelled jobs may take to say so before the window goes all the same; files are whole at any moment."""

log = logging.getLogger(__name__)


class Work(Protocol):
    """What closing needs to know of the jobs."""

    def running(self) -> int:
        """Return how many jobs are queued or running."""

    def close(self) -> None:
        """Remember what is unfinished, cancel it and end all worker threads; returns at once. Called once."""

    def gone(self) -> bool:
        """Return whether all worker threads have ended."""


class Phase(StrEnum):
    """How far the close is."""

    OPEN = "open"
    """Nobody wants to close."""
    ASKING = "asking"
    """The question is on the screen."""
    WAITING = "waiting"
    """The window goes when the jobs are done."""
    STOPPING = "stopping"
    """Jobs are cancelled, threads are ending."""
    CLOSED = "closed"
    """The window is gone."""


class Closing:
    """The close button's logic. Tk thread only."""

    def __init__(
        self,
        theme: Theme,
        work: Work,
        *,
        say: Callable[[str], None],
        before: Callable[[], None],
        end: Callable[[], None],
    ) -> None:
        """Prepare.

        `say` puts a text into the status bar; `before` lets the window remember itself, at its last moment on the
        screen; `end` destroys it.
        """
        self._theme = theme
        self._work = work
        self._say = say
        self._before = before
        self._end = end
        self._after: str | None = None
        self._dialog: Dialog | None = None
        self._left_ms = 0.0
        self.phase = Phase.OPEN

    def request(self) -> None:
        """The user wants to close. While a question, a wait or a stop is under way: quit now."""
        if self.phase in (Phase.ASKING, Phase.WAITING, Phase.STOPPING):
            log.info("closed again: quitting now")
            self._quit_now()
        elif self.phase is Phase.OPEN:
            running = self._work.running()
            if running:
                self._ask(running)
            else:
                self._stop()

    def _ask(self, running: int) -> None:
        self.phase = Phase.ASKING
        message = counted("{count} job is not done.", "{count} jobs are not done.", running)
        hint = _("Finished months stay stored whatever you choose; the rest is offered at the next start.")
        self._dialog = ask(
            self._theme.root,
            self._theme,
            _("Close ThreadX?"),
            f"{message}\n\n{hint}",
            (
                Choice(_("Stay"), self._stay, "Primary.TButton"),
                Choice(_("Cancel jobs and quit"), self._stop, "Danger.TButton"),
                Choice(_("Wait, then quit"), self._wait),
            ),
            on_close=self._stay,
            modal=False,  # a grab would keep the main window's close button from us: the second close
        )

    def _stay(self) -> None:
        self._disarm()
        self.phase = Phase.OPEN

    def _wait(self) -> None:
        self.phase = Phase.WAITING
        running = self._work.running()
        if not running:
            self._stop()
            return
        self._say(counted("Closing when {count} job is done", "Closing when {count} jobs are done", running))
        self._after = self._theme.root.after(POLL_MS, self._wait)

    def _stop(self) -> None:
        self._disarm()
        self.phase = Phase.STOPPING
        self._before()
        self._say(_("Stopping…"))
        self._work.close()
        self._left_ms = STOP_S * 1000
        self._watch()

    def _watch(self) -> None:
        self._after = None
        if self._work.gone() or self._left_ms <= 0:
            self._finish()
            return
        self._left_ms -= POLL_MS
        self._after = self._theme.root.after(POLL_MS, self._watch)

    def _quit_now(self) -> None:
        if self.phase is not Phase.STOPPING:
            self._before()
            self._work.close()
        self._finish()

    def _finish(self) -> None:
        self._disarm()
        self.phase = Phase.CLOSED
        self._end()

    def _disarm(self) -> None:
        if self._after is not None:
            self._theme.root.after_cancel(self._after)
            self._after = None
        if self._dialog is not None and self._dialog.winfo_exists():
            self._dialog.destroy()
        self._dialog = None
