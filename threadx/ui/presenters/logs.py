"""The Logs tab's decisions: which lines of the stream are shown. No tkinter."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Protocol

from threadx.bridge.events import JobEvent, LogLine
from threadx.i18n import _
from threadx.ui.presenters.job_lines import KIND_WORDS
from threadx.ui.presenters.log_buffer import LogBuffer
from threadx.ui.presenters.viewed import Viewed

__all__ = ["ALL", "LogsPresenter", "LogsView"]

ALL = ""
"""Stands for every job, and for every symbol."""
MAX_CHOICES = 500
"""Jobs and symbols offered, the newest."""


class LogsView(Protocol):
    """What the presenter asks of its view. Tk thread."""

    def add_lines(self, lines: Sequence[LogLine]) -> None:
        """Keep new lines, and show those that are wanted."""

    def redraw(self) -> None:
        """Draw again: other lines are wanted."""

    def show_choices(self) -> None:
        """Other jobs or symbols can be chosen."""


class LogsPresenter(Viewed[LogsView]):
    """The tab's state; it outlives its view. Tk thread only."""

    def __init__(self, buffer: LogBuffer | None = None) -> None:
        self.buffer = LogBuffer(level=logging.DEBUG) if buffer is None else buffer
        self.buffer.wanted = self.wants
        self.job: int | None = None
        """Only lines of this job; None: of all."""
        self.symbol = ALL
        self.text = ""
        """What is searched for, as it was typed."""
        self._words: tuple[str, ...] = ()
        self._jobs: dict[int, str] = {}
        self._symbols: dict[str, None] = {}

    def attach(self, view: LogsView) -> None:
        """Take a (new) view and fill it."""
        super().attach(view)
        view.show_choices()
        view.redraw()

    # -- what is shown --------------------------------------------------------------------------------------------

    def wants(self, line: LogLine) -> bool:
        """Return whether a line is of the chosen job and symbol and holds every word of the search."""
        if self.job is not None and line.job_id != self.job:
            return False
        if self.symbol and line.symbol != self.symbol and self.symbol not in line.text:
            return False
        if not self._words:
            return True
        text = f"{logging.getLevelName(line.level)} {line.logger} {line.text}".casefold()
        return all(word in text for word in self._words)

    def search(self, text: str) -> None:
        """Show only lines that hold all words of `text`, whatever the case."""
        self.text, self._words = text, tuple(text.casefold().split())
        self._redraw()

    def choose_job(self, label: str) -> None:
        """Show only the lines of the job with this label; any other text: of all."""
        self.job = next((job for job, known in self._jobs.items() if known == label), None)
        self._redraw()

    def choose_symbol(self, symbol: str) -> None:
        """Show only the lines about a symbol; a text that is none known: about all."""
        self.symbol = symbol if symbol in self._symbols else ALL
        self._redraw()

    @property
    def narrowed(self) -> bool:
        """Whether job, symbol or search hide lines."""
        return bool(self.job is not None or self.symbol or self._words)

    def _redraw(self) -> None:
        if self._view is not None:
            self._view.redraw()

    # -- what can be chosen ---------------------------------------------------------------------------------------

    @property
    def jobs(self) -> tuple[str, ...]:
        """Labels of the jobs that logged something or moved, newest first."""
        return tuple(self._jobs[job] for job in sorted(self._jobs, reverse=True))

    @property
    def job_label(self) -> str:
        """The label of the chosen job; "" for all."""
        return self._jobs.get(self.job, "") if self.job is not None else ""

    @property
    def symbols(self) -> tuple[str, ...]:
        """Symbols that were logged about, by name."""
        return tuple(sorted(self._symbols))

    def on_lines(self, lines: Sequence[LogLine]) -> None:
        """Take new lines of the stream."""
        new = False
        for line in lines:
            if line.symbol and line.symbol not in self._symbols:
                self._symbols[line.symbol] = None
                new = True
            if line.job_id is not None and line.job_id not in self._jobs:
                self._jobs[line.job_id] = self._label(line.job_id, "", line.symbol)
                new = True
        self._trim()
        if self._view is None:
            self.buffer.add(lines)
            return
        self._view.add_lines(lines)
        if new:
            self._offer()

    def on_jobs(self, events: Iterable[JobEvent]) -> None:
        """Learn the names of jobs."""
        new = False
        for event in events:
            label = self._label(event.job_id, _(KIND_WORDS[event.spec.kind]), event.spec.subject)
            if self._jobs.get(event.job_id) != label:
                self._jobs[event.job_id] = label
                new = True
        self._trim()
        if new:
            self._offer()

    def _trim(self) -> None:
        for old in list(self._jobs)[:-MAX_CHOICES]:
            del self._jobs[old]
        for name in list(self._symbols)[:-MAX_CHOICES]:
            del self._symbols[name]

    def _offer(self) -> None:
        if self._view is not None:
            self._view.show_choices()

    @staticmethod
    def _label(job_id: int, kind: str, symbol: str) -> str:
        return " ".join(filter(None, (f"#{job_id}", kind, symbol)))
