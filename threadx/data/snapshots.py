"""Snapshots: the dated, immutable memory of what was decided and found.

    store = SnapshotStore()
    store.publish("forecast", {"btc.parquet": frame, "model.json": {"name": "arima"}})
    store.read("forecast", "btc.parquet", as_of="2026-01-31")

A partition is `data/<domain>/dt=YYYYMMDD` or `dt=YYYYMMDDHH` (UTC). It appears whole, with a `.SUCCESS` inside, and
never changes; a date that is there already raises SnapshotExistsError.
"""

from __future__ import annotations

import builtins
import os
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd

from threadx.bars.dates import Moment, as_of_moment
from threadx.config import Settings, get_settings
from threadx.data.snapshot_compare import compare
from threadx.data.snapshot_diff import Change
from threadx.errors import DataError, DataNotFoundError, FileValidationError
from threadx.progress import NULL_PROGRESS, Progress
from threadx.store.archived import Archived
from threadx.store.bank import utc_now
from threadx.store.contents import Content, decoded, encoded
from threadx.store.dated import Dated, Partition, is_flagged, put, stamps_in
from threadx.store.fsio import Fs
from threadx.store.refusal import as_store_error
from threadx.store.retention import (
    Packed,
    archive,
    archived,
    check_partition,
    old_partitions,
    only_archived,
    planned,
    restorable,
    restore,
)
from threadx.store.single import read_single
from threadx.store.stamps import CHECKSUMS, FLAG, Stamp, check_file_name, check_file_names

__all__ = ["BANK", "Partition", "SnapshotStore", "age_of", "latest_partition", "read_parquet_latest"]

BANK = "bank"
"""The domain of the bank's own snapshots; `BankSnapshots` makes them."""

_AGE = re.compile(r"(\d{1,5})([dhw])", re.ASCII)
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


class SnapshotStore:
    """The snapshots of one data root. Any number of threads and processes may use it at once; every method blocks."""

    def __init__(
        self,
        settings: Settings | str | os.PathLike[str] | None = None,
        *,
        data_root: str | os.PathLike[str] | None = None,
        fs: Fs | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        """Look at nothing yet and make nothing.

        Args:
            settings: None means `get_settings()`; a path is taken as `data_root`.
            data_root: where the snapshots lie; None means `paths.data_root` of the settings.
            fs: file operations; tests hand in their own.
            clock: the time, for the default stamp and the moment of publication.
        """
        self.settings = settings if isinstance(settings, Settings) else get_settings()
        folder = data_root if settings is None or isinstance(settings, Settings) else settings
        root = self.settings.paths.data_root if folder is None else Path(folder)
        self.clock = clock
        self.dated = Dated(root, Fs() if fs is None else fs, timeout_s=self.settings.store.lock_timeout_s, clock=clock)

    def publish(
        self,
        domain: str,
        files: Mapping[str, Content],
        *,
        stamp: str | None = None,
        progress: Progress = NULL_PROGRESS,
    ) -> Partition:
        """Publish files under a date, all of them at once or none.

        Args:
            domain: "selection", or your own such as "macro/forecast"; a-z, 0-9, `_` and `-`.
            files: content by file name: a frame for `.parquet` and `.csv`, a dict or list for `.json`, text or bytes
                for any name.
            stamp: "YYYYMMDD" or "YYYYMMDDHH", UTC; None means today.
            progress: cancels a wait for another writer.

        Raises:
            SnapshotExistsError: that date is taken; snapshots never change.
            FileValidationError: a name cannot become a path, a content does not fit its name, or there are no files.
            StoreLockedError: another writer of the domain took too long.
            StoreError: the disk refused; nothing was published.
        """
        when = Stamp.of_day(self.clock()) if stamp is None else Stamp.parse(stamp)
        if not files:
            raise FileValidationError("{domain}: no files to publish", hint="give at least one", domain=domain)
        names = check_file_names(list(files))
        data = {name: encoded(name, files[name], self.settings.store.compression) for name in names}

        def build(folder: Path) -> dict[str, str]:
            return {name: put(self.dated.fs, folder / name, data[name]) for name in names}

        return self.dated.publish(domain, when, build, progress=progress)

    def read(
        self, domain: str, filename: str, as_of: Moment = None
    ) -> pd.DataFrame | dict[str, object] | builtins.list[object] | str | bytes:
        """Return one file of the newest whole partition, or of the newest that was known at `as_of`.

        Args:
            domain: which.
            filename: `.parquet` and `.csv` come back as frames, `.json` as dict or list, others as text.
            as_of: a day (its end), a time, or a stamp as in "20260131"; None: now. A partition counts from the start of
                the day or hour it is named by, within that only once it was published; so one that was published later
                under a past date counts from that date.

        Raises:
            DataNotFoundError: no whole partition, none as old as that, it lies in an archive, or has no such file.
            CorruptPartitionError: the file differs from what was published.
        """
        check_file_name(filename)
        with as_store_error("{domain}: could not be read", domain=domain):
            partition = self.latest(domain, as_of)
            return decoded(filename, self.dated.read(partition, filename))

    def latest(self, domain: str, as_of: Moment = None) -> Partition:
        """Return the newest whole partition, or the newest that was known at `as_of`.

        Raises:
            DataNotFoundError: there is none, or it lies in an archive.
            CorruptPartitionError: an archive in which it may lie is damaged.
        """
        moment = _as_of(as_of)
        found = self.dated.latest(domain, moment)
        first = "" if found is None else found.moment.month
        last = "999912" if moment is None else f"{_day_of(moment):%Y%m}"
        packed = [stamp for stamp in only_archived(self.dated, domain, first, last) if stamp.may_be_known(moment)]
        if packed and (found is None or packed[-1] > found.moment):
            raise in_archive(domain, packed[-1])
        if found is None:
            raise DataNotFoundError(
                "{domain}: no snapshot" if as_of is None else "{domain}: no snapshot as old as {as_of}",
                hint="see what there is with: threadx snapshot list",
                domain=domain,
                as_of=as_of,
            )
        return found

    def at(self, domain: str, stamp: str) -> Partition:
        """Return the whole partition of one date.

        Raises:
            DataNotFoundError: there is none, or it lies in an archive.
        """
        when = Stamp.parse(stamp)
        try:
            return self.dated.at(domain, when)
        except DataNotFoundError:
            if when in only_archived(self.dated, domain, when.month, when.month):
                raise in_archive(domain, when) from None
            raise

    def list(self, domain: str | None = None) -> builtins.list[Partition]:
        """Return the partitions of a domain, or of all, oldest first; those without the flag say `complete=False`."""
        domains = self.dated.domains() if domain is None else [domain]
        with as_store_error("{path}: could not be read", path=self.dated.root):
            return [partition for name in domains for partition in self.dated.partitions(name)]

    def diff(
        self, domain: str, stamp_a: str, stamp_b: str, *, progress: Progress = NULL_PROGRESS
    ) -> builtins.list[Change]:
        """Return what differs between two dates of a domain; `str()` of each change is a line for people.

        Tables are compared by the column that names their rows, JSON by key, text by line, bank snapshots by bar.

        Raises:
            DataNotFoundError: there is no whole partition of one of the dates.
            CorruptPartitionError: a file differs from what was published.
        """
        before, after = (self.at(domain, stamp) for stamp in (stamp_a, stamp_b))
        with as_store_error("{domain}: could not be read", domain=domain):
            return compare(self.dated, before, after, progress)

    def verify(self, domain: str, stamp: str, *, progress: Progress = NULL_PROGRESS) -> int:
        """Read every file of a partition and hold it against its checksum; return how many there are.

        Raises:
            DataNotFoundError: there is no whole partition of that date.
            CorruptPartitionError: a file differs from what was published, or is gone.
        """
        partition = self.at(domain, stamp)
        with as_store_error("{domain}: could not be read", domain=domain):
            return len(check_partition(self.dated, partition, progress).keys() - {FLAG, CHECKSUMS})

    # -- retention ------------------------------------------------------------------------------------------------

    def archive(
        self,
        older_than: str | timedelta,
        domain: str | None = None,
        *,
        dry_run: bool = False,
        progress: Progress = NULL_PROGRESS,
    ) -> builtins.list[Packed]:
        """Pack old partitions into one archive per domain and month, read it back, and only then remove their folders.

        May be interrupted at any moment and run again: every partition is in its folder or in its archive.

        Args:
            older_than: "90d" (days), "12w", "36h", or a timedelta: what ended longer ago is packed.
            domain: which; None: all.
            dry_run: only say what would be packed.
            progress: cancels; months that were packed stay so.

        Raises:
            DataError: the age cannot be understood.
            CorruptPartitionError: an archive that is there already is damaged; nothing of its month was removed.
            StoreError: the disk refused; what is not in an archive is still in its folder.
        """
        before = self.clock() - (age_of(older_than) if isinstance(older_than, str) else older_than)
        done: builtins.list[Packed] = []
        with as_store_error("{path}: could not be archived", path=self.dated.root):
            for name in self.dated.domains() if domain is None else [domain]:
                old = old_partitions(self.dated, name, before)
                done += planned(self.dated, name, old) if dry_run else archive(self.dated, name, old, progress)
        return done

    def archived(self, domain: str | None = None) -> builtins.list[Archived]:
        """Return the partitions in archives, oldest first.

        Raises:
            CorruptPartitionError: an archive is damaged.
        """
        with as_store_error("{path}: could not be read", path=self.dated.root):
            domains = self.dated.domains() if domain is None else [domain]
            return [each for name in domains for each in archived(self.dated, name)]

    def restore(
        self,
        domain: str | None = None,
        stamps: Iterable[str] | None = None,
        *,
        dry_run: bool = False,
        progress: Progress = NULL_PROGRESS,
    ) -> builtins.list[Partition]:
        """Bring partitions back from their archives; return those that came back, or would.

        What is in its folder already is left alone, and the archives stay as they are.

        Args:
            domain: which; None: all.
            stamps: which dates; None: all.
            dry_run: only say what would come back.
            progress: cancels; what came back stays.

        Raises:
            CorruptPartitionError: an archive is damaged.
            StoreError: the disk refused.
        """
        wanted = None if stamps is None else [Stamp.parse(stamp) for stamp in stamps]
        back: builtins.list[Partition] = []
        with as_store_error("{path}: could not be restored", path=self.dated.root):
            for name in self.dated.domains() if domain is None else [domain]:
                if dry_run:
                    back += restorable(self.dated, name, wanted)
                else:
                    back += restore(self.dated, name, wanted, progress)
        return back


def age_of(text: str) -> timedelta:
    """Return the age that "90d", "12w" or "36h" says.

    Raises:
        DataError: it is none of these.
    """
    match = _AGE.fullmatch(text)
    if match is None:
        raise DataError("not an age: {text!r}", hint="write a number and d, w or h, as in 90d", text=text)
    return int(match[1]) * _UNITS[match[2]]


def in_archive(domain: str, stamp: Stamp) -> DataNotFoundError:
    """Return the error for a partition that would answer, were it not in an archive."""
    return DataNotFoundError(
        "{domain}: the snapshot of {stamp} is in an archive",
        hint="bring it back with: threadx snapshot restore --domain {domain}"  # with a date it goes into the bank
        if domain == BANK
        else "bring it back with: threadx snapshot restore {stamp} --domain {domain}",
        domain=domain,
        stamp=stamp,
    )


def latest_partition(base_dir: str | os.PathLike[str], require_success: bool | None = None) -> Path | None:  # noqa: FBT001 - the signature that users know
    """Return the newest `dt=...` folder in a domain's folder, or None where there is none.

    Args:
        base_dir: the folder of a domain, such as "data/selection".
        require_success: True takes only folders with a `.SUCCESS` inside, False any; None passes over those without
            it once any folder of the domain has one.
    """
    fs, base = Fs(), Path(base_dir)
    newest_first = stamps_in(fs, base)[::-1]
    if require_success is not False:
        flagged = next((stamp for stamp in newest_first if is_flagged(fs, base / stamp.folder)), None)
        if flagged is not None or require_success:
            return None if flagged is None else base / flagged.folder
    return next((base / stamp.folder for stamp in newest_first if (base / stamp.folder).is_dir()), None)


def read_parquet_latest(base_dir: str | os.PathLike[str], filename: str) -> pd.DataFrame | None:
    """Return a table of the newest partition as `latest_partition` finds it; None where there is nothing.

    Raises:
        CorruptPartitionError: the file is damaged.
        FileValidationError: the name is a path.
    """
    check_file_name(filename)
    partition = latest_partition(base_dir)
    if partition is None:
        return None
    try:
        return read_single(partition / filename)
    except DataNotFoundError:
        return None


def _day_of(moment: date) -> date:
    return moment.astimezone(UTC).date() if isinstance(moment, datetime) else moment


def _as_of(value: Moment) -> date | None:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        stamp = Stamp.parse(value)
        return stamp.day if stamp.is_day else stamp.end - timedelta.resolution
    moment = as_of_moment(value)
    if isinstance(moment, int):
        raise DataError("not a date or time: {value}", hint="give a day, a time or a stamp as in 20260131", value=value)
    return moment
