"""The Snapshots tab's decisions: what is listed when, what can be done with which dates, what jobs said. No tkinter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Protocol

from threadx.bridge.events import JobEvent
from threadx.errors import ThreadXError
from threadx.i18n import _, counted, error_text
from threadx.ui.presenters import snapshot_jobs
from threadx.ui.presenters.asking import Asking
from threadx.ui.presenters.snapshot_contents import Contents, ContentsView
from threadx.ui.presenters.snapshot_jobs import PinChoice
from threadx.ui.presenters.snapshot_rows import (
    change_lines,
    dataset_row,
    date_key,
    date_row,
    domain_row,
    fresh_summary,
    stamp_text,
)
from threadx.ui.presenters.table_rows import Row
from threadx.ui.presenters.table_tab import Action, Empty, TablePresenter
from threadx.ui.selection import Selection

if TYPE_CHECKING:
    from threadx.bridge import ThreadXBridge
    from threadx.bridge.snapshot_views import SnapshotRow, SnapshotsView
    from threadx.data.snapshot_diff import Change
    from threadx.store.retention import Packed

__all__ = ["BANK", "SnapshotsPresenter", "SnapshotsTabView"]

BANK = "bank"
"""The domain of bank snapshots, as `threadx.data.snapshots.BANK`, which loads the engine."""


class SnapshotsTabView(ContentsView, Protocol):
    """What the presenter asks of its view. Tk thread."""

    def show_fresh(self, domains: Sequence[Row], datasets: Sequence[Row], summary: str, domain: str) -> None:
        """Show the status page; `domain` is the chosen one."""

    def show_dates(self, title: str, rows: Sequence[Row], chosen: Sequence[str]) -> None:
        """Show the dates of the chosen domain."""

    def update_date(self, row: Row) -> None:
        """Show what is now known of one of these dates."""

    def show_empty(self, empty: Empty | None) -> None:
        """Show nothing, and what to do; None: there is something to show."""

    def show_changes(self, title: str, lines: Sequence[str]) -> None:
        """Show what differs, in a window of its own."""


class SnapshotsPresenter(TablePresenter[SnapshotsTabView]):
    """Which domains, dates and files are shown, and what can be done with dates. Tk thread only."""

    def __init__(
        self,
        bridge: ThreadXBridge,
        asking: Asking,
        selection: Selection,
        *,
        notify: Callable[[str], None],
        open_tab: Callable[[str], None],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(bridge, asking, selection, notify=notify, open_tab=open_tab)
        self._now = now
        self.read: SnapshotsView | None = None
        self.domain = ""
        self.dates: tuple[str, ...] = ()
        """Keys of the chosen dates of `domain`."""
        self.contents = Contents(bridge, asking, self._on_listed)
        self._sizes: dict[tuple[str, str], tuple[int, int]] = {}

    # -- view and reading -----------------------------------------------------------------------------------------

    def attach(self, view: SnapshotsTabView) -> None:
        """Take a (new) view and fill it with what is known."""
        self.contents.view = view
        super().attach(view)

    def detach(self, view: SnapshotsTabView) -> None:
        """Forget a view that goes."""
        if self._view is view:
            self.contents.view = None
        super().detach(view)

    def _read_anew(self) -> None:
        self.asking.ask(self.bridge.snapshots, self._on_read, self._on_failure)

    def _on_read(self, read: SnapshotsView) -> None:
        self._busy, self._known, self.read = False, True, read
        names = [each.name for each in read.domains]
        if self.domain not in names:
            self.domain, self.dates = (names[0] if names else ""), ()
        there = {date_key(row) for row in self.rows}
        self.dates = tuple(key for key in self.dates if key in there)
        if not self.dates and self.rows:
            self.dates = (date_key(self.rows[0]),)
        self._show_all()

    # -- what is shown --------------------------------------------------------------------------------------------

    @property
    def rows(self) -> tuple[SnapshotRow, ...]:
        """The dates of the chosen domain, the newest first."""
        return () if self.read is None else tuple(row for row in self.read.rows if row.domain == self.domain)

    def _show_all(self) -> None:
        view, read = self._view, self.read
        if view is None or read is None:
            return
        domains = [domain_row(each) for each in read.domains]
        datasets = [dataset_row(each) for each in read.datasets]
        view.show_fresh(domains, datasets, fresh_summary(read.datasets), self.domain)
        self._show_dates()
        view.show_empty(None if read.domains else self._nothing())

    def _nothing(self) -> Empty:
        steps = (
            _("Create pins the bars of the bank as they are now; it takes hardly any room."),
            _("Verify and Pipeline publish how fresh and how whole everything is."),
            _("Your own programs publish theirs with threadx.data.snapshots."),
        )
        return Empty(_("There are no snapshots yet"), steps)

    def _show_dates(self) -> None:
        if self._view is None:
            return
        count = sum(row.complete for row in self.rows)
        dates = counted("{count} date", "{count} dates", count)
        self._view.show_dates(
            f"{self.domain} · {dates}" if self.domain else "", [*map(self._row, self.rows)], self.dates
        )
        self._list_files()

    def _on_listed(self, row: SnapshotRow, sizes: dict[str, int]) -> None:
        """Show number and size of the files of a date that somebody looked into; they never change."""
        self._sizes[row.domain, row.stamp] = len(sizes), sum(sizes.values())
        if self._view is not None and row.domain == self.domain:
            self._view.update_date(self._row(row))

    def _row(self, row: SnapshotRow) -> Row:
        known = None if row.archived else self._sizes.get((row.domain, row.stamp))
        return date_row(row, known)

    def choose_domain(self, name: str) -> None:
        """Show the dates of this domain, and what its newest one holds."""
        if name == self.domain:
            return
        self.domain = name
        self.dates = tuple(date_key(row) for row in self.rows[:1])
        self._show_dates()

    def choose_dates(self, keys: Sequence[str]) -> None:
        """Show what the last chosen of these dates holds."""
        if tuple(keys) != self.dates:
            self.dates = tuple(keys)
            self._list_files()

    def _chosen(self, keys: Sequence[str] | None = None) -> list[SnapshotRow]:
        by_key = {date_key(row): row for row in self.rows}
        return [by_key[key] for key in (self.dates if keys is None else keys) if key in by_key]

    def _list_files(self) -> None:
        self.contents.show(next(iter(self._chosen()[-1:]), None))

    # -- what is done ---------------------------------------------------------------------------------------------

    def actions(self, keys: Sequence[str]) -> list[Action | None]:
        """Return what can be done with these dates; None is a line."""
        rows = self._chosen(keys)
        there = [row for row in rows if row.complete and not row.archived]
        packed = [row for row in rows if row.complete and row.archived]
        own = self.domain == BANK and len(there) == 1 and len(rows) == 1
        return [
            Action("diff", _("Compare…"), len(rows) in (1, 2) and self._partner(rows) is not None),
            Action("restore", _("Bring back from the archive"), bool(packed)),
            Action("put_back", _("Put back into the bank…"), own),
            None,
            Action("folder", _("Show in the file manager"), len(rows) == 1),
            Action("copy", _("Copy as TSV"), bool(rows), "Mod+C"),
        ]

    def _partner(self, rows: Sequence[SnapshotRow]) -> tuple[str, str] | None:
        """Return the stamps to compare, the older first: two chosen dates, or one with the whole one before it."""
        whole = [row.stamp for row in self.rows if row.complete]
        wanted = sorted(row.stamp for row in rows if row.complete)
        if len(wanted) == 2:
            return wanted[0], wanted[1]
        older = [stamp for stamp in whole if wanted and stamp < wanted[0]]
        return (max(older), wanted[0]) if len(wanted) == 1 and older else None

    def compare(self, keys: Sequence[str]) -> None:
        """Say in words what differs: between two dates, or one and the one before it."""
        pair = self._partner(self._chosen(keys))
        if pair is None:
            return
        self._notify(_("Comparing…"))
        read = partial(self.bridge.snapshot_diff, self.domain, *pair)
        self.asking.ask(read, partial(self._on_changes, self.domain, pair), self._on_not_compared)

    def _on_changes(self, domain: str, pair: tuple[str, str], changes: Sequence[Change]) -> None:
        count = counted("{n} difference", "{n} differences", len(changes))
        title = f"{domain}: {stamp_text(pair[0])} → {stamp_text(pair[1])}"
        self._notify(f"{title}: {count}")
        if self._view is not None:
            self._view.show_changes(title, change_lines(changes))

    def _on_not_compared(self, failure: ThreadXError) -> None:
        self._notify(error_text(failure))

    @property
    def domains(self) -> tuple[str, ...]:
        """The names of the domains that have dates."""
        return () if self.read is None else tuple(each.name for each in self.read.domains)

    def open_dataset(self, key: str) -> None:
        """Make a dataset ("binance BTCUSDC 1h") the chart of all tabs, and show it."""
        provider, symbol, timeframe = key.split(" ")
        if provider != self.bridge.provider:
            self._tell_elsewhere()
            return
        self.selection.update(symbols=(symbol,), timeframe=timeframe)
        self._open_tab("charts")

    def path_of(self, key: str) -> object | None:
        """Return the folder or the archive of a date."""
        return next((row.path for row in self._chosen([key])), None)

    def pin_choices(self) -> tuple[PinChoice, ...]:
        """Return what a snapshot of the bank may hold; () while nothing is stored."""
        from threadx.data.symbols import group_symbols  # noqa: PLC0415 - the engine's, loaded by now

        read, settings = self.read, self.bridge.settings
        if read is None or not read.datasets:
            return ()
        groups = [(name, group_symbols(settings, name)) for name in settings.groups]
        stored = snapshot_jobs.series_of(read.datasets)
        return snapshot_jobs.pin_choices(stored, self.bridge.provider, self.selection.choice.symbols, groups)

    def next_stamp(self) -> str:
        """Return the date that a snapshot of the bank made now can take, as it is typed; "" where none is free."""
        taken = () if self.read is None else (row.stamp for row in self.read.rows if row.domain == BANK)
        stamp = snapshot_jobs.first_free_stamp(self._now(), taken)
        return stamp_text(stamp) if stamp else ""

    def why_not_stamp(self, text: str) -> str:
        """Return why a typed date cannot be taken; "" where it can."""
        stamp = snapshot_jobs.stamp_of(text)
        if not stamp:
            return _("write a day as 2026-01-31 or an hour as 2026-01-31 14:00")
        rows = () if self.read is None else self.read.rows
        taken = any(row.domain == BANK and row.stamp == stamp for row in rows)
        return _("there is a snapshot of this date already; snapshots never change") if taken else ""

    def create(self, choice: PinChoice, date: str) -> None:
        """Pin these series under a typed date; the caller has checked it."""
        self.follow([self.bridge.snapshot("create", series=choice.series, stamp=snapshot_jobs.stamp_of(date))])
        self._notify(_("Creating a snapshot of the bank…"))

    def plan_archive(
        self, days: int, domain: str, then: Callable[[list[Packed]], None], failed: Callable[[ThreadXError], None]
    ) -> None:
        """Ask what archiving would pack; `domain` "" is all."""
        self.asking.ask(partial(self.bridge.archive_plan, f"{days}d", domain), then, failed)

    def archive(self, days: int, domain: str) -> None:
        """Pack what is older; the caller has asked."""
        self.follow([self.bridge.snapshot("archive", older_than=f"{days}d", domain=domain)])
        self._notify(_("Archiving…"))

    def restore(self, keys: Sequence[str]) -> None:
        """Bring these dates back from their archives."""
        stamps = [row.stamp for row in self._chosen(keys) if row.archived and row.complete]
        self.follow([self.bridge.snapshot("restore", domain=self.domain, stamp=stamp) for stamp in stamps])
        if stamps:
            self._notify(_("Bringing back…"))

    def put_back_question(self, keys: Sequence[str]) -> str:
        """Return what is asked before the bank becomes what a snapshot has."""
        rows = self._chosen(keys)
        if len(rows) != 1:
            return ""
        return _(
            "The bars of every symbol in the snapshot of {date} become what they were then, in a new generation each. "
            "Other symbols are left alone. History and undo takes it back, symbol by symbol."
        ).format(date=stamp_text(rows[0].stamp))

    def put_back(self, keys: Sequence[str]) -> None:
        """Make the bank what a snapshot of it has; the caller has asked."""
        rows = self._chosen(keys)
        if len(rows) == 1:
            self.follow([self.bridge.snapshot("put_back", stamp=rows[0].stamp)])
            self._notify(_("Putting back…"))

    def _tell(self, event: JobEvent) -> None:
        self._notify(snapshot_jobs.outcome(event))
