"""The newest lines of the log, and which of them are shown. No Tk."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from threadx.bridge.events import LogLine

__all__ = ["CAP", "LEVELS", "LogBuffer", "Piece", "pieces", "text_of"]

CAP = 5_000
"""Lines kept and shown."""
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text in one look: "time", "debug", "info", "warning" or "error"."""

    text: str
    look: str


class LogBuffer:
    """At most `cap` entries, the newest; a level and a condition of the owner's say which are shown."""

    def __init__(self, *, cap: int = CAP, level: int = logging.INFO) -> None:
        self._lines: deque[LogLine] = deque(maxlen=cap)
        self.cap = cap
        self.level = level
        self.wanted: Callable[[LogLine], bool] | None = None
        """Besides the level; None: every line."""
        self.follow = True

    def add(self, lines: Iterable[LogLine]) -> list[LogLine]:
        """Keep `lines`; return those of them that are shown."""
        new = list(lines)[-self.cap :]
        self._lines.extend(new)
        return [line for line in new if self.shows(line)]

    def shown(self) -> list[LogLine]:
        """Return the kept lines that are shown, oldest first."""
        return [line for line in self._lines if self.shows(line)]

    def shows(self, line: LogLine) -> bool:
        """Return whether a line is of the level, and wanted."""
        return line.level >= self.level and (self.wanted is None or self.wanted(line))

    def clear(self) -> None:
        """Forget all lines; the log file keeps them."""
        self._lines.clear()

    @property
    def level_name(self) -> str:
        """The level as people choose it."""
        return max((name for name in LEVELS if getattr(logging, name) <= self.level), key=LEVELS.index, default="DEBUG")

    def set_level_name(self, name: str) -> None:
        """Show lines from this level upwards."""
        self.level = int(getattr(logging, name)) if name in LEVELS else logging.INFO


def pieces(line: LogLine) -> tuple[Piece, Piece]:
    """Return a line as it is drawn: UTC time, then level and text."""
    level = logging.getLevelName(line.level)
    return Piece(f"{line.created:%H:%M:%S} ", "time"), Piece(f"{level:<8}{line.text}\n", _look(line.level))


def text_of(lines: Iterable[LogLine]) -> str:
    """Return lines as plain text with full UTC times, for files and the clipboard."""
    return "".join(
        f"{line.created:%Y-%m-%d %H:%M:%S}Z {logging.getLevelName(line.level):<8}{line.text}\n" for line in lines
    )


def _look(level: int) -> str:
    if level >= logging.ERROR:
        return "error"
    if level >= logging.WARNING:
        return "warning"
    return "info" if level >= logging.INFO else "debug"
