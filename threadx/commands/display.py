"""Progress on the screen: bars on a terminal, a line now and then elsewhere, nothing where quiet is asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn
from rich.table import Column
from rich.text import Text

from threadx.bridge.step_words import STEP_WORDS
from threadx.commands.streams import silence
from threadx.commands.tally import Reading, Tally, figures
from threadx.i18n import _
from threadx.progress import ProgressEvent

__all__ = ["Bars", "Display", "Lines", "Silence", "display_for"]

LINE_EVERY_S = 5.0
"""Seconds between two plain lines about one subject."""
STEPS = {str(step): words for step, words in STEP_WORDS.items()}


class Display(Protocol):
    """Shows reports. `report` comes from any thread; the others from the one that made it."""

    def report(self, event: ProgressEvent) -> None:
        """Take one report in; quick."""
        ...

    def refresh(self) -> None:
        """Draw what changed."""
        ...

    def close(self) -> None:
        """Leave the screen as it should stay."""
        ...


def display_for(stream: TextIO, *, quiet: bool) -> Display:
    """Return the display that suits `stream`."""
    if quiet:
        return Silence()
    return Bars(Console(file=stream)) if stream.isatty() else Lines(stream)


def _named(subject: str) -> str:
    """Return a symbol as it is, a step of the pipeline in the language in use."""
    return _(STEPS[subject]) if subject in STEPS else subject


class Silence:
    """Shows nothing."""

    def report(self, event: ProgressEvent) -> None:
        """Ignore it."""

    def refresh(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class Lines:
    """One plain line when a subject starts, every few seconds, when it waits, and when it is done."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._tally = Tally()
        self._lock = threading.Lock()
        self._shown: dict[str, tuple[float, bool, bool]] = {}

    def report(self, event: ProgressEvent) -> None:
        """Write a line if one is due."""
        with self._lock:
            now_s = self._clock()
            reading = self._tally.update(event, now_s)
            if self._due(reading, now_s):
                subject = f"{_named(reading.subject)}  " if reading.subject else ""
                self._write(f"{subject}{figures(reading)}\n")

    def refresh(self) -> None:
        """Do nothing: lines are written as they come."""

    def close(self) -> None:
        """Do nothing: lines stay."""

    def _write(self, line: str) -> None:
        try:
            self._stream.write(line)
            self._stream.flush()
        except OSError:  # nobody reads it: no reason to stop the work that reports
            silence(self._stream)

    def _due(self, reading: Reading, now_s: float) -> bool:
        state = (bool(reading.waiting), reading.finished) if reading.subject else (bool(reading.waiting), False)
        before = self._shown.get(reading.subject)
        if before is None and not reading.subject and not reading.waiting:
            self._shown[""] = (now_s, *state)  # steps of the whole are worth a line only where they take long
            return False
        if before is not None and before[1:] == state and (reading.finished or now_s - before[0] < LINE_EVERY_S):
            return False
        self._shown[reading.subject] = (now_s, *state)
        return True


class _Figures(ProgressColumn):
    """The figures behind a bar: all that is cut where the terminal is narrow, for a column that may wrap goes first."""

    def render(self, task: Task) -> Text:
        """Return them as a line that ends in "…" where there is no room."""
        return Text(task.fields["figures"], no_wrap=True, overflow="ellipsis")


class Bars:
    """One bar for all the work and one for each subject at work. Draws only in `refresh`; takes reports at any time."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._tally = Tally()
        self._lock = threading.Lock()
        self._changed: dict[str, Reading] = {}
        self._tasks: dict[str, TaskID] = {}
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(24, complete_style="cyan", finished_style="green", table_column=Column(width=24, no_wrap=True)),
            TextColumn("{task.percentage:>3.0f} %"),
            _Figures(),
            console=console,
            auto_refresh=False,
            transient=True,
        )
        self._started = False

    def report(self, event: ProgressEvent) -> None:
        """Keep the newest reading of the subject for the next drawing."""
        with self._lock:
            self._changed[event.subject] = self._tally.update(event, self._clock())

    def refresh(self) -> None:
        """Draw the newest readings."""
        with self._lock:
            changed, self._changed = self._changed, {}
            overall = self._tally.overall()
        if overall is None:
            return
        if not self._started:
            self._progress.start()
            self._started = True
        self._draw(_("all"), overall)
        for subject, reading in changed.items():
            if subject:
                self._draw(_named(subject), reading)
        self._progress.refresh()

    def close(self) -> None:
        """Take the bars away: the result says it all."""
        if self._started:
            self._progress.stop()

    def _draw(self, name: str, reading: Reading) -> None:
        visible = not (reading.finished and reading.subject)
        total, text = reading.total or None, figures(reading)
        if name in self._tasks:
            self._progress.update(self._tasks[name], completed=reading.done, total=total, visible=visible, figures=text)
        else:
            self._tasks[name] = self._progress.add_task(
                name, completed=reading.done, total=total, visible=visible, figures=text
            )
