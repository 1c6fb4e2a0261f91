"""Bank snapshots: the bars of chosen symbols pinned under a date, readable by any tool, and put back when wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from threadx.data.job_end import job_ended
from threadx.data.snapshots import BANK, SnapshotStore
from threadx.errors import DataNotFoundError
from threadx.progress import NULL_PROGRESS, Progress
from threadx.store.dated import Partition
from threadx.store.layout import Series
from threadx.store.pinned import Pinned, changed_by, pinned_in, put_back
from threadx.store.pinning import pin
from threadx.store.stamps import Stamp
from threadx.store.store import Store

__all__ = ["BankSnapshot", "BankSnapshots", "PutBack"]


@dataclass(frozen=True, slots=True)
class BankSnapshot:
    """A snapshot of the bank, and what it holds."""

    partition: Partition
    pinned: Pinned


@dataclass(frozen=True, slots=True)
class PutBack:
    """What became, or in a dry run would become, of one series."""

    provider: str
    symbol: str
    changed: int
    """Files of the bank that change or go."""
    generation: int | None
    """The new generation; None where nothing changes, and in a dry run."""


class BankSnapshots:
    """The bank snapshots of one data root. Every method blocks."""

    def __init__(self, store: Store, snapshots: SnapshotStore) -> None:
        """Pin the series of `store` in `data/bank` of `snapshots`."""
        self._store = store
        self._snapshots = snapshots

    def create(
        self,
        series: Sequence[tuple[str, str]] | None = None,
        *,
        stamp: str | None = None,
        progress: Progress = NULL_PROGRESS,
    ) -> BankSnapshot:
        """Pin series as they are now: every file is linked, so this is quick and takes hardly any room.

        Args:
            series: (provider, symbol) pairs; None: all that have bars.
            stamp: "YYYYMMDD" or "YYYYMMDDHH", UTC; None: today.
            progress: reports symbols; cancels, then nothing is published.

        Raises:
            SnapshotExistsError: that date is taken.
            DataNotFoundError: a series, or the whole bank, has no bars.
            StoreError: the disk refused; nothing was published.
        """
        snapshots = self._snapshots
        when = Stamp.of_day(snapshots.clock()) if stamp is None else Stamp.parse(stamp)
        wanted = sorted({Series(*each) for each in (self._store.series() if series is None else series)})
        if not wanted:
            raise DataNotFoundError("the bank is empty", hint="run: threadx download")

        def build(folder: Path) -> Mapping[str, str]:
            return pin(self._store, wanted, folder, snapshots.dated.fs, progress)

        partition = snapshots.dated.publish(BANK, when, build, progress=progress)
        return BankSnapshot(partition, pinned_in(snapshots.dated, partition))

    def show(self, stamp: str) -> BankSnapshot:
        """Return a snapshot of the bank and what it holds.

        Raises:
            DataNotFoundError: there is none of that date.
            FileValidationError: it is not one that ThreadX made.
        """
        partition = self._snapshots.at(BANK, stamp)
        return BankSnapshot(partition, pinned_in(self._snapshots.dated, partition))

    def restore(
        self,
        stamp: str,
        series: Sequence[tuple[str, str]] | None = None,
        *,
        dry_run: bool = False,
        progress: Progress = NULL_PROGRESS,
    ) -> list[PutBack]:
        """Make series of the bank what a snapshot has, each in a new generation, which `undo` takes back.

        Series that the snapshot does not have are left alone. A snapshot that lies in an archive only is brought back
        to its folder first (not in a dry run).

        Args:
            stamp: which snapshot.
            series: (provider, symbol) pairs; None: all in the snapshot.
            dry_run: only look.
            progress: reports symbols; cancels, and series that are done stay so.

        Raises:
            DataNotFoundError: no such snapshot, or a series is not in it.
            CorruptPartitionError: a file of the snapshot is damaged; that series is as it was.
            StoreLockedError: another program is writing a series.
        """
        if not dry_run:
            self._snapshots.restore(BANK, [stamp], progress=progress)
        partition = self._snapshots.at(BANK, stamp)
        there = pinned_in(self._snapshots.dated, partition).series
        wanted = list(there) if series is None else [Series(*each) for each in series]
        for each in wanted:
            if each not in there:
                raise DataNotFoundError(
                    "{series}: not in the snapshot of {stamp}",
                    hint="it holds {there}",
                    series=each,
                    stamp=stamp,
                    there=", ".join(map(str, there[:20])),
                )
        try:
            return [self._one(partition, each, dry_run=dry_run, progress=progress) for each in wanted]
        finally:
            if not dry_run:
                job_ended(self._store)

    def _one(self, partition: Partition, series: Series, *, dry_run: bool, progress: Progress) -> PutBack:
        progress.raise_if_cancelled()
        dated = self._snapshots.dated
        changed = changed_by(self._store, dated, partition, series)
        committed = None if dry_run else put_back(self._store, dated, partition, series, progress.about(series.symbol))
        generation = None if committed is None else committed.manifest.gen
        return PutBack(series.provider, series.symbol, changed, generation)
