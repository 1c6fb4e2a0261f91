"""Keeps the status bar true: clock and source every second, the size of the data after jobs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from threadx.bridge.events import JobEvent
from threadx.errors import ThreadXError
from threadx.i18n import _
from threadx.progress import Progress
from threadx.ui.presenters.status import data_text, source_role, source_text, weight_text
from threadx.ui.pump import Pump
from threadx.ui.widgets.status_bar import StatusBar

if TYPE_CHECKING:
    from threadx.bridge import ThreadXBridge

__all__ = ["StatusFeed"]

TICK_MS = 1000
MEASURE_MS = 1500
"""How long after a job's end the data are measured: two hundred jobs are not measured two hundred times."""


class StatusFeed:
    """Feeds one status bar from `start` to `stop`. Tk thread only."""

    def __init__(self, bar: StatusBar, bridge: ThreadXBridge, pump: Pump) -> None:
        self._bar = bar
        self._bridge = bridge
        self._pump = pump
        self.size_bytes: int | None = None
        """As last measured."""
        self._tick_after: str | None = None
        self._measure_after: str | None = None
        self._end_jobs = pump.on_jobs(self._jobs_moved, owner=bar)

    def start(self) -> None:
        """Show what is known, and go on."""
        self._show_data()
        self._tick()

    def stop(self) -> None:
        """Feed no more."""
        self._end_jobs()
        for after in (self._tick_after, self._measure_after):
            if after is not None:
                self._bar.after_cancel(after)
        self._tick_after = self._measure_after = None

    def measure(self) -> None:
        """Have the data measured on a worker thread, and shown."""
        self._measure_after = None
        self._pump.ask(self._size, self._measured, self._unmeasured, owner=self._bar)

    def _size(self, progress: Progress) -> int:
        """Runs on a worker thread."""
        return sum(row.size_bytes for row in self._bridge.inventory(progress))

    def _measured(self, size_bytes: int) -> None:
        self.size_bytes = size_bytes
        self._show_data()

    def _unmeasured(self, _failure: ThreadXError) -> None:
        """The Inventory tab says why the bank cannot be read; here the size is only left out."""
        self.size_bytes = None
        self._show_data()

    def _jobs_moved(self, events: Sequence[JobEvent]) -> None:
        if self._measure_after is None and any(event.final for event in events):
            self._measure_after = self._bar.after(MEASURE_MS, self.measure)

    def _show_data(self) -> None:
        folder = self._bridge.settings.paths.data_root
        self._bar.show("data", data_text(folder, Path.home(), self.size_bytes), tip=str(folder))

    def _tick(self) -> None:
        try:
            status, now = self._bridge.status(), datetime.now(UTC)
            self._bar.show("source", source_text(status), tip=status.host, role=source_role(status))
            tip = _("Weight of the requests in this minute, as the exchange counts it")
            self._bar.show("weight", weight_text(status), tip=tip)
            self._bar.show("clock", f"UTC {now:%H:%M}", tip=f"{now:%Y-%m-%d} UTC")
        finally:
            self._tick_after = self._bar.after(TICK_MS, self._tick)
