"""The preview: bars of the first chosen symbol that has some, followed as months arrive. No Tk.

What reads and prepares bars loads pandas, so it is imported by the worker that needs it.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Protocol

from threadx.bridge.events import JobEvent, JobKind, JobState
from threadx.i18n import error_text
from threadx.progress import Progress
from threadx.ui.presenters.asking import Asking, Latest
from threadx.ui.presenters.viewed import Viewed
from threadx.ui.selection import Selection

if TYPE_CHECKING:
    from threadx.bridge import ThreadXBridge
    from threadx.ui.presenters.chart_loader import Loaded

__all__ = ["TIMEFRAMES", "Preview", "PreviewView"]

TIMEFRAMES = ("15m", "1h", "4h", "1d")
_BARS = 1_000
_TRIED = 20
"""How many chosen symbols without known bars are looked at."""
_EVERY_S = 1.0
"""While bars arrive, the preview is read again at most so often."""


class PreviewView(Protocol):
    """What the presenter asks of its view. Tk thread."""

    def show_preview(self, symbol: str, loaded: Loaded, *, same: bool) -> None:
        """Show bars; `same`: of the same symbol and timeframe as before, with more of them."""

    def clear_preview(self, reason: str) -> None:
        """Show no bars; `reason`: what went wrong, "" where there are just none."""


class Preview(Viewed[PreviewView]):
    """Outlives its view. Tk thread only."""

    def __init__(self, bridge: ThreadXBridge, asking: Asking, selection: Selection) -> None:
        self._bridge = bridge
        self._read = Latest(asking, bridge.drop)
        self._chosen: tuple[str, ...] = ()
        self._stored: frozenset[str] = frozenset()
        self._shown: tuple[str, str] | None = None
        self._asked: tuple[tuple[str, ...], str] | None = None
        self._read_s = 0.0
        first = selection.choice.timeframe
        self.timeframe = first if first in TIMEFRAMES else "1h"

    def attach(self, view: PreviewView) -> None:
        """Take a (new) view and fill it."""
        super().attach(view)
        self._shown = self._asked = None
        self._load()

    def set_symbols(self, chosen: Sequence[str], stored: Collection[str]) -> None:
        """Other symbols are chosen, or some have got bars."""
        self._chosen, self._stored = tuple(chosen), frozenset(stored)
        self._load()

    def set_timeframe(self, name: str) -> None:
        """Show other bars of the symbol."""
        self.timeframe = name
        self._load()

    def on_jobs(self, events: Sequence[JobEvent]) -> None:
        """Read again while bars of a chosen symbol arrive, and once when they have come."""
        mine = [event for event in events if event.spec.kind is not JobKind.EXPORT and self._concerns(event)]
        ended = any(event.final for event in mine)
        arriving = any(event.state is JobState.RUNNING and event.done for event in mine)
        due = time.monotonic() - self._read_s >= _EVERY_S and not self._read.waiting
        if ended or (arriving and due):
            self._asked = None
            self._load()

    def _concerns(self, event: JobEvent) -> bool:
        shown = None if self._shown is None else self._shown[0]
        return event.spec.subject in (shown, "") or (shown is None and event.spec.subject in self._chosen[:_TRIED])

    def _load(self) -> None:
        if self._view is None:
            return
        stored = [symbol for symbol in self._chosen if symbol in self._stored]
        asked = (tuple(stored[:1] or self._chosen[:_TRIED]), self.timeframe)
        if asked == self._asked:
            return
        self._asked = asked
        self._read_s = time.monotonic()
        symbols, timeframe, bridge = *asked, self._bridge
        if not symbols:
            self._read.cancel()
            self._clear("")
            return
        self._read.ask(
            lambda progress: _first_with_bars(bridge, symbols, timeframe, progress),
            lambda found: self._show(found, timeframe),
            lambda failure: self._clear(error_text(failure)),
        )

    def _show(self, found: tuple[str, Loaded] | None, timeframe: str) -> None:
        if found is None:
            self._clear("")
        elif self._view is not None:
            symbol, loaded = found
            same, self._shown = self._shown == (symbol, timeframe), (symbol, timeframe)
            self._view.show_preview(symbol, loaded, same=same)

    def _clear(self, reason: str) -> None:
        self._shown = None
        if self._view is not None:
            self._view.clear_preview(reason)


def _first_with_bars(
    bridge: ThreadXBridge, symbols: Sequence[str], timeframe: str, progress: Progress
) -> tuple[str, Loaded] | None:
    """Runs on a worker thread."""
    from threadx.bars.timeframe import Timeframe  # noqa: PLC0415 - these load pandas
    from threadx.ui.presenters.chart_loader import ChartReader  # noqa: PLC0415 - likewise

    for symbol in symbols:
        loaded = ChartReader(bridge, bridge.provider, symbol, Timeframe.parse(timeframe)).latest(
            _BARS, progress=progress
        )
        if loaded is not None:
            return symbol, loaded
    return None
