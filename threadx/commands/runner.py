"""Runs one command attended: it works on a worker thread while the main thread draws progress and hears Ctrl+C."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Callable
from concurrent.futures import wait
from typing import Protocol

from threadx.commands.display import Display, display_for
from threadx.commands.modes import Mode
from threadx.commands.output import as_json, show
from threadx.commands.request import Request, apply_flags
from threadx.commands.results import Result
from threadx.config import Settings
from threadx.errors import ConfigError, JobCancelled
from threadx.i18n import _
from threadx.progress import Progress
from threadx.workers import thread_pool

__all__ = ["attend", "run"]

REFRESH_S = 0.1


class Command(Protocol):
    """What a module of `threadx.commands` offers for its mode."""

    def run(self, request: Request, progress: Progress) -> Result:
        """Do the work and answer. Runs on a worker thread."""
        ...

    def question(self, request: Request) -> str:
        """Return what to ask before the work; only where `Mode.asks`."""
        ...


def run(mode: Mode, flags: argparse.Namespace, settings: Settings) -> int:
    """Run `mode` and write its answer; return the exit code.

    Raises:
        ThreadXError: the command failed.
        JobCancelled: Ctrl+C, or the question was not answered with yes.
    """
    request = Request(flags, apply_flags(settings, flags))
    command: Command = importlib.import_module(mode.module)
    if mode.asks and not flags.yes:
        _ask(mode, command.question(request), as_json=flags.json)
    display = display_for(sys.stderr, quiet=flags.quiet)
    progress = Progress(display.report)
    result = attend(lambda: command.run(request, progress), progress, display)
    if flags.json:
        sys.stdout.write(as_json({"ok": result.exit_code == 0, "mode": mode.name, **result.document}) + "\n")
    else:
        show(result, sys.stdout)
    return result.exit_code


def attend(work: Callable[[], Result], progress: Progress, display: Display) -> Result:
    """Run `work` on a worker thread and return its result; on Ctrl+C cancel `progress` and wait for `work` to stop.

    A second Ctrl+C ends the process on the spot: files are complete or absent, so that is safe.
    """
    with thread_pool(1, "command") as pool:
        future = pool.submit(work)
        try:
            while True:
                try:
                    ended, _pending = wait((future,), timeout=REFRESH_S)
                    display.refresh()
                    if ended:
                        return future.result()
                except KeyboardInterrupt:
                    _interrupted(progress, display)
        finally:
            display.close()


def _interrupted(progress: Progress, display: Display) -> None:
    if progress.cancelled:
        display.close()  # a terminal without its cursor would stay so
        os._exit(JobCancelled.exit_code)
    progress.cancel()
    sys.stderr.write(_("stopping at the next safe point; Ctrl+C again quits at once") + "\n")


def _ask(mode: Mode, question: str, *, as_json: bool) -> None:
    someone = sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty() and not as_json
    if not someone:
        raise ConfigError(
            "{mode} needs a yes", hint="look at: {question} Then add --yes", mode=mode.name, question=question
        )
    sys.stderr.write(f"{question} {_('[y/N]')} ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes", "o", "oui"}:
        raise JobCancelled
