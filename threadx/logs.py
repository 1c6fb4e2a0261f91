"""The log file: `logs/threadx.log`, rotating, in English, with UTC times and thread names.

Programs call `set_up` once at start; importing ThreadX sets up nothing. Only what ThreadX itself logs goes there.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from logging.handlers import RotatingFileHandler
from pathlib import Path

from threadx.config import Settings
from threadx.errors import StoreError

__all__ = ["FILE_NAME", "set_up", "tear_down"]

FILE_NAME = "threadx.log"

_logger = logging.getLogger("threadx")
_lock = threading.Lock()


def set_up(settings: Settings) -> Path:
    """Write what ThreadX logs to the file of `settings`, from `[logging] level` upwards; return the file's path.

    Called again, it changes level, file, size and count to what `settings` say and adds nothing. Safe from any thread.

    Raises:
        StoreError: the folder or the file cannot be written.
    """
    path = settings.paths.logs / FILE_NAME
    with _lock:
        handler = _open(path, max_bytes=settings.logging.max_size_mb * 1_000_000, files=settings.logging.max_files)
        _remove_ours()
        _logger.addHandler(handler)
        _logger.setLevel(settings.logging.level)
    return path


def tear_down() -> None:
    """Close the log file. ThreadX logs nowhere of its own afterwards."""
    with _lock:
        _remove_ours()
        _logger.setLevel(logging.NOTSET)


def _remove_ours() -> None:
    for handler in [each for each in _logger.handlers if isinstance(each, _LogFile)]:
        _logger.removeHandler(handler)
        handler.close()


def _open(path: Path, *, max_bytes: int, files: int) -> _LogFile:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = _LogFile(path, maxBytes=max_bytes, backupCount=files - 1, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise StoreError(
            "{path}: the log cannot be written ({reason})",
            hint="set [paths] logs to a folder that can be written",
            path=path,
            reason=error.strerror,
        ) from error
    handler.setFormatter(_OneLine("%(asctime)s %(levelname)-7s [%(threadName)s] %(name)s: %(message)s"))
    return handler


class _LogFile(RotatingFileHandler):
    """A rotating file that keeps writing where it cannot rotate."""

    def rotate(self, source: str, dest: str) -> None:
        """Rename, unless another program has the file open: Windows refuses then, and the next turn tries again."""
        with contextlib.suppress(PermissionError):
            super().rotate(source, dest)


class _OneLine(logging.Formatter):
    """Keeps a record on one line: what a server sent must not forge lines or steer the reader's terminal."""

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's own name
        record.message = _escaped(record.message)
        record.threadName = _escaped(record.threadName or "")
        return super().formatMessage(record)

    def formatException(self, ei: logging._SysExcInfoType) -> str:  # noqa: N802 - logging's own name
        """Keep the lines of a traceback, indented so that none looks like a record of its own."""
        return "\n".join("    " + _escaped(line) for line in super().formatException(ei).split("\n"))


def _escaped(text: str) -> str:
    """Write every character that does not print (controls, line ends, direction marks) as its escape."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)
