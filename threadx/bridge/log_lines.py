"""The log as events: what ThreadX logs goes to the window too, with the job and the symbol it is about."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime

from threadx.bridge.events import LogLine
from threadx.bridge.jobs import job_of_this_thread

__all__ = ["LogLines"]

_MAX_SYMBOL = 40


class LogLines(logging.Handler):
    """Turns records of the `threadx` logger into `LogLine`s. Runs on the thread that logs; never touches Tk."""

    def __init__(self, emit: Callable[[LogLine], None]) -> None:
        """`emit` is called on any thread; it must be quick and must not log."""
        super().__init__()
        self._emit = emit

    def emit(self, record: logging.LogRecord) -> None:
        """Pass a record on."""
        try:
            self._emit(self._line(record))
        except Exception:  # noqa: BLE001 - as logging's own handlers: a line that cannot be made must stop nobody
            self.handleError(record)

    def _line(self, record: logging.LogRecord) -> LogLine:
        own = job_of_this_thread()
        text = record.getMessage()
        if record.exc_info:
            text = f"{text}\n{logging.Formatter().formatException(record.exc_info)}"
        return LogLine(
            datetime.fromtimestamp(record.created, UTC),
            record.levelno,
            record.name,
            text,
            job_id=own[0] if own is not None else None,
            symbol=own[1] if own is not None and own[1] else _symbol_of(record),
        )


def _symbol_of(record: logging.LogRecord) -> str:
    """Return the symbol that a message of the engine begins with: they are written "%s: ..." throughout."""
    if not isinstance(record.args, tuple) or not record.args or not record.msg.startswith("%s"):
        return ""
    words = str(record.args[0]).split()
    last = words[-1] if words else ""  # "binance BTCUSDC" names the series
    fits = 1 < len(last) <= _MAX_SYMBOL and last.isalnum() and last == last.upper() and not last.isdigit()
    return last if fits else ""
