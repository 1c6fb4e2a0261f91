"""The command line: `threadx MODE ...`, and `python3 run_tkinter.py --mode MODE ...`, which is the same.

The answer goes to stdout, everything else (progress, remarks, errors) to stderr. With `--json` stdout holds one
JSON document in English, also when the command failed. Exit codes are those of `threadx.errors`.
"""

from __future__ import annotations

import logging
import sys
from argparse import Namespace
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from threadx import __version__, i18n
from threadx.commands import streams
from threadx.commands.next_step import completed
from threadx.commands.parser import Words, config_file, help_text, parse
from threadx.errors import ConfigError, JobCancelled, StoreError, ThreadXError
from threadx.i18n import _

if TYPE_CHECKING:
    from threadx.config import Settings

__all__ = ["main"]

CANCELLED = JobCancelled.exit_code


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. `argv` is without the program's name; None: that of the process.

    Call it from the main thread: it listens to Ctrl+C. The first stops the work at the next safe point and keeps
    what was stored, the second quits at once.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    logger = logging.getLogger("threadx")
    if not logger.handlers:  # without any, logging would write warnings to stderr
        logger.addHandler(logging.NullHandler())
    streams.prepare()
    try:
        return _guarded(arguments)
    except BrokenPipeError:  # the self-test writes while it works, and nobody reads its end
        streams.silence(sys.stdout)
        return 1


def _guarded(arguments: list[str]) -> int:
    as_json = "--json" in arguments
    try:
        return _dispatch(arguments)
    except ThreadXError as error:
        return _failed(error, arguments, as_json=as_json)
    except (JobCancelled, KeyboardInterrupt):
        return _cancelled(as_json=as_json)
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - the outermost boundary: a fault before any command is one line too
        return _failed(_as_bug(error), arguments, as_json=as_json)


def _dispatch(arguments: list[str]) -> int:
    settings, broken = _settings(arguments)
    i18n.activate("auto" if settings is None else settings.ui.language)
    words = parse(arguments)
    if words.alone:
        return _alone(words)
    if broken is not None or settings is None or words.mode is None:
        raise broken if broken is not None else AssertionError(words)
    from threadx.commands.runner import run  # noqa: PLC0415 - rich and the engine load only for a mode that works

    return run(words.mode, words.flags, settings)


def _settings(arguments: Sequence[str]) -> tuple[Settings | None, Exception | None]:
    """Return the settings, or why there are none: help and usage errors come through without them."""
    try:
        from threadx.config import get_settings  # noqa: PLC0415 - `--help` works before any package is installed

        return get_settings(config_file(arguments)), None
    except (ConfigError, ImportError) as error:
        return None, error


def _alone(words: Words) -> int:
    if words.alone == "--version":
        return _written(f"threadx {__version__}")
    if words.alone == "--selftest":
        from threadx import selftest  # noqa: PLC0415 - the whole engine

        return selftest.main()
    return _written(help_text(words.mode).rstrip("\n"))


def _written(text: str) -> int:
    with streams.answering():
        print(text)
    return 0


def _failed(error: ThreadXError, arguments: Sequence[str], *, as_json: bool) -> int:
    message, hint = i18n.translate_error(error)
    flags = _flags(arguments)
    streams.tell(_("error: {message}").format(message=_one_line(message)))
    if hint:
        streams.tell(_("next: {hint}").format(hint=_one_line(completed(hint, flags))))
    if as_json:
        _print_failure(type(error).__name__, error.message, completed(error.hint, flags), error.exit_code)
    return error.exit_code


def _flags(arguments: Sequence[str]) -> Namespace:
    """Return the flags of a call, for what is said of its failure; none where the flags are what is wrong."""
    try:
        return parse(arguments).flags
    except ConfigError:
        return Namespace()


def _cancelled(*, as_json: bool) -> int:
    streams.tell(_("cancelled; what was stored stays"))
    if as_json:
        _print_failure("JobCancelled", "cancelled; what was stored stays", "", CANCELLED)
    return CANCELLED


def _print_failure(kind: str, message: str, hint: str, code: int) -> None:
    from threadx.commands.output import as_json  # noqa: PLC0415 - loads rich

    with suppress(StoreError), streams.answering():  # that it failed is told already
        print(as_json({"ok": False, "error": {"type": kind, "message": message, "hint": hint, "exit_code": code}}))


def _as_bug(error: Exception) -> ThreadXError:
    return ThreadXError(
        "unexpected error: {kind}: {error}",
        hint="this is a fault of ThreadX; please report it",
        kind=type(error).__name__,
        error=error,
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())
