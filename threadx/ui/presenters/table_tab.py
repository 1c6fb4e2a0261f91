"""What the tabs around a table decide alike: when the bank is read again, whose jobs are told, what a failure shows.

No tkinter.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from threadx.bridge.events import JobEvent
from threadx.errors import ThreadXError
from threadx.i18n import _, translate_error
from threadx.ui.presenters.asking import Asking
from threadx.ui.presenters.viewed import Viewed
from threadx.ui.selection import Selection

if TYPE_CHECKING:
    from threadx.bridge import ThreadXBridge

__all__ = ["Action", "Empty", "ListPresenter", "TablePresenter"]

SLOW_S = 4.0
"""How often a table is read again while jobs keep ending."""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that can be done with the chosen rows."""

    name: str
    label: str
    """Translated."""
    enabled: bool = True
    key: str = ""
    """As `shortcuts.readable` takes it."""


@dataclass(frozen=True, slots=True)
class Empty:
    """What stands where no rows are."""

    title: str
    steps: tuple[str, ...] = ()
    problem: bool = False
    """Whether something failed; else there is simply nothing stored yet."""


class TableView(Protocol):
    """What every such presenter asks of its view. Tk thread."""

    def show_empty(self, empty: Empty) -> None:
        """Show no rows, and what to do."""


View = TypeVar("View", bound=TableView)


class TablePresenter(Viewed[View], ABC):
    """The state of a tab that shows what is stored; it outlives its view. Tk thread only."""

    def __init__(
        self,
        bridge: ThreadXBridge,
        asking: Asking,
        selection: Selection,
        *,
        notify: Callable[[str], None],
        open_tab: Callable[[str], None],
    ) -> None:
        self.bridge = bridge
        self.asking = asking
        self.selection = selection
        self._notify = notify
        self._open_tab = open_tab
        self.words = ""
        """What the rows are filtered by; the view keeps it here for the next one."""
        self._known = False
        """Whether everything was read once."""
        self._busy = False
        """Whether a reading is under way."""
        self._dirty = True
        """Whether what was read is old."""
        self._read_at = -SLOW_S
        self._mine: set[int] = set()

    # -- what a tab adds ------------------------------------------------------------------------------------------

    @abstractmethod
    def actions(self, keys: Sequence[str]) -> list[Action | None]:
        """Return what can be done with these rows; None is a line. The first is what Enter does."""

    @abstractmethod
    def _read_anew(self) -> None:
        """Ask for everything; the answer goes to a method that ends `_busy`, a failure to `_on_failure`."""

    @abstractmethod
    def _show_all(self) -> None:
        """Show what was read."""

    def _tell(self, event: JobEvent) -> None:
        """Tell how a job that was followed ended."""

    # -- the view -------------------------------------------------------------------------------------------------

    def attach(self, view: View) -> None:
        """Take a (new) view and fill it with what is known."""
        super().attach(view)
        if self._known:
            self._show_all()
        else:
            view.show_empty(Empty(_("Reading what is stored…")))

    # -- reading --------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read everything anew; once more where a reading is under way."""
        self._dirty = True
        if not self._busy:
            self._busy, self._dirty, self._read_at = True, False, time.monotonic()
            self._read_anew()

    def tick(self) -> None:
        """Read anew where something changed: at once when no job runs, else now and then. Call it while shown."""
        waited_s = time.monotonic() - self._read_at
        if self._dirty and not self._busy and (waited_s >= SLOW_S or not self.bridge.jobs.busy):
            self.refresh()

    def _on_failure(self, failure: ThreadXError) -> None:
        self._busy = False
        if self._view is not None:
            message, hint = translate_error(failure)
            self._view.show_empty(Empty(message, (hint,) if hint else (), problem=True))

    # -- jobs -----------------------------------------------------------------------------------------------------

    def follow(self, job_ids: Sequence[int]) -> None:
        """Tell in the status bar how these jobs end."""
        self._mine.update(job_ids)

    def on_jobs(self, events: Sequence[JobEvent]) -> None:
        """Hear of jobs: those that changed the bank make the table old; followed ones tell how they ended."""
        for event in events:
            if not event.final:
                continue
            self._dirty = self._dirty or event.spec.kind.changes_bars
            if event.job_id in self._mine:
                self._mine.discard(event.job_id)
                self._tell(event)

    # -- words ----------------------------------------------------------------------------------------------------

    def _tell_elsewhere(self) -> None:
        told = _("Charts show the bars of {provider}; these came from elsewhere")
        self._notify(told.format(provider=self.bridge.provider))


class ListPresenter(TablePresenter[View]):
    """The state of a tab whose one table lists everything there is. Tk thread only."""

    @abstractmethod
    def totals(self, shown: Sequence[str]) -> str:
        """Return the sums over the shown rows."""

    @abstractmethod
    def open_in_charts(self, keys: Sequence[str]) -> None:
        """Make the first of these rows the chart of all tabs, and show it."""

    @abstractmethod
    def delete_question(self, keys: Sequence[str]) -> str:
        """Return what is asked before these rows are deleted; "" where there is nothing to delete."""

    @abstractmethod
    def delete(self, keys: Sequence[str]) -> None:
        """Delete these rows; the caller has asked."""
