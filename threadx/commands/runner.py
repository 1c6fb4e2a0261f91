"""Runs one command attended: it works on a worker thread while the main thread draws progress and hears Ctrl+C."""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from pathlib import Path
from typing import Protocol

from threadx import logs
from threadx.bridge import ThreadXBridge
from threadx.commands import streams
from threadx.commands.display import Display, display_for
from threadx.commands.modes import Mode
from threadx.commands.next_step import completed_result
from threadx.commands.output import as_json, printable, show
from threadx.commands.request import Request, apply_flags
from threadx.commands.results import Result
from threadx.config import Settings
from threadx.errors import ConfigError, JobCancelled, StoreError, ThreadXError
from threadx.i18n import _, translate_error
from threadx.progress import Progress
from threadx.workers import thread_pool

__all__ = ["attend", "run"]

log = logging.getLogger(__name__)

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
        ThreadXError: the command failed; a fault of ThreadX itself is one too, its traceback being in the log file.
        JobCancelled: Ctrl+C, or the question was not answered with yes.
    """
    applied = apply_flags(settings, flags)
    if not vars(flags).get("dry_run"):  # a dry run writes nothing, not even that it ran
        _start_log(applied)
    try:
        with ThreadXBridge(applied, remember=False, log_lines=False) as bridge:
            return _run(mode, Request(flags, bridge))
    except ThreadXError as error:
        log.warning("%s failed: %s", mode.name, error)
        raise
    except JobCancelled:
        log.info("%s: cancelled", mode.name)
        raise
    except Exception as error:
        file = _start_log(applied)
        log.exception("%s: unexpected error", mode.name)
        raise ThreadXError(
            "unexpected error: {kind}: {error}",
            hint="this is a fault of ThreadX; the details are in {file}",
            kind=type(error).__name__,
            error=error,
            file=file,
        ) from error
    finally:
        logs.tear_down()


def _run(mode: Mode, request: Request) -> int:
    flags = request.flags
    command: Command = importlib.import_module(mode.module)
    if mode.asks and not flags.yes:
        _ask(mode, command.question(request), as_json=flags.json)
    display = display_for(sys.stderr, quiet=flags.quiet)
    progress = Progress(display.report)
    result = completed_result(attend(lambda: command.run(request, progress), progress, display), flags)
    with streams.answering():
        if flags.json:
            sys.stdout.write(as_json({"ok": result.exit_code == 0, "mode": mode.name, **result.document}) + "\n")
        else:
            show(result, sys.stdout)
    for line in result.errors:
        streams.tell(printable(line))
    return result.exit_code


def _start_log(settings: Settings) -> Path:
    """Write the log file from now on, or say why that cannot be: no reason to refuse the work itself."""
    try:
        return logs.set_up(settings)
    except StoreError as error:
        streams.tell(printable(translate_error(error)[0]))
        return settings.paths.logs / logs.FILE_NAME


def attend(work: Callable[[], Result], progress: Progress, display: Display) -> Result:
    """Run `work` on a worker thread and return its result; on Ctrl+C cancel `progress` and wait for `work` to stop.

    A second Ctrl+C ends the process on the spot: files are complete or absent, so that is safe.
    """
    watched = threading.Event()

    def attended() -> Result:
        watched.wait()  # what it then tells may be answered with Ctrl+C at once
        return work()

    with thread_pool(1, "command") as pool:
        try:
            return _watched(pool.submit(attended), watched, progress, display)
        except KeyboardInterrupt:  # the second, also one that comes while the first is answered; or before the start
            display.close()  # a terminal without its cursor would stay so
            os._exit(JobCancelled.exit_code)
        finally:
            display.close()


def _watched(future: Future[Result], watched: threading.Event, progress: Progress, display: Display) -> Result:
    while True:
        try:
            watched.set()
            ended, _pending = wait((future,), timeout=REFRESH_S)
            display.refresh()
            if ended:
                return future.result()
        except KeyboardInterrupt:
            if progress.cancelled:
                raise
            progress.cancel()
            streams.tell(_("stopping at the next safe point; Ctrl+C again quits at once"))


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
