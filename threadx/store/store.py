"""`Store`: the one door to a bank of bars. Everything here composes; the modules beside it do the work."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from os import PathLike
from typing import Unpack

import pandas as pd

from threadx.bars.gaps import Gap, GapCause
from threadx.bars.intervals import Interval, subtract
from threadx.bars.timeframe import ONE_MINUTE, Timeframe
from threadx.config import get_settings
from threadx.config_model import Settings
from threadx.errors import CorruptPartitionError, DataNotFoundError, StoreLockedError
from threadx.progress import NULL_PROGRESS, Progress
from threadx.store import history as past
from threadx.store.bank import Bank, utc_now
from threadx.store.catalog import Catalog
from threadx.store.checkup import Level
from threadx.store.diff import StoreDiff, diff_generations
from threadx.store.findings import Finding, VerifyReport
from threadx.store.fsio import Fs
from threadx.store.generations import AsOf, Generations
from threadx.store.history import Generation
from threadx.store.layout import Layout, Series
from threadx.store.manifest import Coverage, Manifest
from threadx.store.opening import check_contained, create, read_format
from threadx.store.options import Moment, WriteOptions, moment_ms, request_of
from threadx.store.read import Wanted, read
from threadx.store.rebuild import visible_series
from threadx.store.recover import degraded, is_behind, needs, recover_series, recover_stages
from threadx.store.refusal import as_store_error
from threadx.store.verify import Checked, Task, verify
from threadx.store.write import WriteRequest, Written, check, write

__all__ = ["Moment", "Store", "WriteOptions"]

log = logging.getLogger(__name__)


class Store:
    """The bars of one bank: written in generations, read lock-free, with their past.

    Any number of threads and processes may use a bank at once: writers of one series wait for each other, readers
    never wait and always see one whole generation, 1m and every derived timeframe together. Methods that write block:
    call them on a worker thread.
    """

    def __init__(
        self,
        data_root: str | PathLike[str],
        *,
        settings: Settings | None = None,
        fs: Fs | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        """Open the bank of a data root; nothing is created before the first write.

        Raises:
            StoreError: a newer ThreadX made the bank, or a file is in the place of a folder.
        """
        self._open(Layout.of_data_root(str(data_root)), settings, fs, clock)

    @classmethod
    def for_folder(
        cls,
        base: str | PathLike[str],
        *,
        settings: Settings | None = None,
        fs: Fs | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> Store:
        """Open a folder outside any data root as a bank of its own, with the control folder `<base>.threadx/`.

        It holds one timeframe per symbol, provider `local`; nothing is derived in it.
        """
        store = cls.__new__(cls)
        store._open(Layout.of_folder(str(base)), settings, fs, clock)  # noqa: SLF001 - it is our own
        return store

    def _open(self, layout: Layout, settings: Settings | None, fs: Fs | None, clock: Callable[[], datetime]) -> None:
        self.settings = get_settings() if settings is None else settings
        self.layout = layout
        self.fs = Fs() if fs is None else fs
        generations = Generations(self.fs, layout)
        self.catalog = Catalog(layout, self.fs, generations)
        self.bank = Bank(self.fs, layout, generations, self.settings.store.keep_operations, clock, [self.catalog.note])
        self._looked_at: set[Series] = set()
        self._guard = threading.Lock()
        with as_store_error("{path}: the bank cannot be opened", path=layout.control):
            self._exists = read_format(self.fs, layout)
        self._clean_stages()

    def adopt(self, settings: Settings) -> None:
        """Take changed settings, of the same data root, from the next call on."""
        self.settings = settings
        self.bank = replace(self.bank, keep_operations=settings.store.keep_operations)

    # -- writing --------------------------------------------------------------------------------------------------

    def write(self, provider: str, symbol: str, frame: pd.DataFrame, **options: Unpack[WriteOptions]) -> Written:
        """Store bars, and everything derived from them, in one new generation.

        A write that changes nothing commits nothing. When it raises, nothing was acknowledged: the bank is as it was.
        What goes wrong after the commit (a file that a reader holds) does not fail the write: `Written.published`.

        Args:
            provider: where the bars come from: "binance".
            symbol: whose they are: "BTCUSDT".
            frame: a UDFI frame, with or without `symbol`; optional columns may be absent or null.
            options: see `WriteOptions`.

        Raises:
            UDFIError: the frame breaks the data contract; names counts and first rows.
            DataError: the frame holds another symbol's bars.
            ConflictError: the rows contradict what is stored and the mode does not let them win.
            StoreLockedError: another program kept writing for longer than `timeout_s`; names it.
            FileValidationError: the provider or the symbol cannot become a path.
            UnsupportedTimeframeError: there is no such timeframe.
            CorruptPartitionError: a stored file that is needed is damaged.
            StoreError: the disk refused.
            JobCancelled: cancelled before the commit.
        """
        series = Series(provider, symbol)
        request = request_of(options, self.settings)
        incoming = check(series, frame, request)
        with as_store_error("{series}: could not be written", series=series):
            self._prepare(series, request)
            self._look_at(series)
            return write(self.bank, series, incoming, request)

    def _prepare(self, series: Series, request: WriteRequest) -> None:
        if request.single_file and not self.layout.flat:
            raise ValueError("one file for all months: only in a bank of its own, not under processed/")
        check_contained(self.layout, series)
        if not self._exists:
            create(self.fs, self.layout)
            self._exists = True

    def undo(self, provider: str, symbol: str, *, progress: Progress = NULL_PROGRESS) -> int:
        """Go back to the state before the last operation; return the new generation. Undoing that redoes it.

        Raises:
            DataNotFoundError: nothing was ever stored.
            StoreLockedError: another program is writing.
            StoreError: the state before is no longer kept, or the disk refused.
        """
        series = Series(provider, symbol)
        with self._changing(series, progress):
            return past.undo(self.bank, series, progress).manifest.gen

    def delete(
        self, provider: str, symbol: str, timeframe: str | None = None, *, progress: Progress = NULL_PROGRESS
    ) -> int:
        """Delete a series, or one timeframe of it; return the new generation. `undo` brings it back.

        Deleting 1m deletes what was derived from it. A derived timeframe that is configured, or asked for, comes back
        with the next write.

        Raises:
            DataNotFoundError: there is nothing to delete.
            StoreLockedError: another program is writing.
            StoreError: the disk refused.
        """
        series = Series(provider, symbol)
        name = None if timeframe is None else Timeframe.parse(timeframe).name
        with self._changing(series, progress):
            return past.delete(self.bank, series, name, progress).manifest.gen

    def recover(self, *, timeout_s: float = 0.0, progress: Progress = NULL_PROGRESS) -> list[Finding]:
        """Bring every series to its newest whole generation, visible files included; report what was found.

        A series that another program is writing is left to it. A second call does nothing.
        """
        if not self._exists and not visible_series(self.bank):
            return []
        with as_store_error("{path}: recovery failed", path=self.layout.control):
            if not self._exists:
                create(self.fs, self.layout)
                self._exists = True
            recover_stages(self.bank)
            found: list[Finding] = []
            for series in sorted({*self.bank.generations.all_series(), *visible_series(self.bank)}):
                progress.raise_if_cancelled()
                if needs(self.bank, series):
                    found += self._recover(series, timeout_s, thorough=True)
                else:
                    found += degraded(self.bank, series)
        return found

    # -- reading --------------------------------------------------------------------------------------------------

    def read(
        self,
        provider: str,
        symbol: str,
        timeframe: str | Timeframe = ONE_MINUTE,
        start: Moment = None,
        end: Moment = None,
        columns: Sequence[str] | None = None,
        as_of: AsOf = None,
    ) -> pd.DataFrame:
        """Return bars as a UDFI frame. Takes no lock; every bar comes from one generation.

        Args:
            provider: where the bars come from.
            symbol: whose they are.
            timeframe: which bars.
            start: first open time, or None for all.
            end: open time of the first bar not wanted.
            columns: which, in this order (`symbol` only if named); None for all.
            as_of: generation number, aware datetime (newest committed at or before it), or date (end of that UTC day).

        Raises:
            DataNotFoundError: there are no such bars; the hint says what there is.
            UDFIColumnError: there is no such column.
            CorruptPartitionError: a file is damaged.
            ValueError: a datetime has no time zone.
        """
        bounds = Interval(moment_ms(start, -(1 << 62)), max(moment_ms(end, 1 << 62), moment_ms(start, -(1 << 62))))
        chosen = None if columns is None else tuple(columns)
        wanted = Wanted(Series(provider, symbol), Timeframe.parse(timeframe), bounds, chosen)
        self._look_at(wanted.series)
        with as_store_error("{series}: could not be read", series=wanted.series):
            return read(self.bank, wanted, as_of)

    def manifest(self, provider: str, symbol: str, as_of: AsOf = None) -> Manifest | None:
        """Return a generation's manifest, the newest unless said; None where there is none."""
        series = Series(provider, symbol)
        self._look_at(series)
        try:
            manifest = self.bank.generations.as_of(series, as_of)
        except DataNotFoundError:
            return None
        return manifest if manifest.gen else None

    def coverage(self, provider: str, symbol: str, timeframe: str | Timeframe = ONE_MINUTE) -> Coverage:
        """Return where there are bars and what is confirmed empty, from the manifest alone; empty when unknown."""
        manifest = self.manifest(provider, symbol)
        return Coverage() if manifest is None else manifest.coverage(Timeframe.parse(timeframe))

    def gaps(self, provider: str, symbol: str) -> list[Gap]:
        """Return the stretches without 1m bars: each hole with its cause, and all that is confirmed empty, in order.

        A hole that nobody asked about has the cause `not_fetched`.
        """
        coverage = self.coverage(provider, symbol)
        if not coverage.stored:
            return list(coverage.ledger)
        span = Interval(coverage.stored[0].start_ms, coverage.stored[-1].end_ms)
        known = (*coverage.stored, *(gap.interval for gap in coverage.ledger))
        unasked = [Gap(hole, GapCause.NOT_FETCHED) for hole in subtract([span], known)]
        return sorted([*coverage.ledger, *unasked])

    def series(self) -> list[tuple[str, str]]:
        """Return the (provider, symbol) pairs that have bars."""
        found = []
        for series in self.bank.generations.all_series():
            manifest = self.manifest(series.provider, series.symbol)
            if manifest is not None and manifest.files:
                found.append((series.provider, series.symbol))
        return found

    def history(self, provider: str, symbol: str) -> list[Generation]:
        """Return the generations that are kept, oldest first; none for an unknown series."""
        return past.history(self.bank, Series(provider, symbol))

    def diff(
        self, provider: str, symbol: str, before: AsOf, after: AsOf = None, *, progress: Progress = NULL_PROGRESS
    ) -> StoreDiff:
        """Return what differs between two generations; `str()` of it is the text for people.

        Args:
            provider: where the bars come from.
            symbol: whose.
            before: a generation as `as_of` of `read` names it; 0: the empty state before the first.
            after: likewise; None: the newest.
            progress: reports the months that differ; only those are opened.

        Raises:
            DataNotFoundError: a generation is not (or no longer) there.
            CorruptPartitionError: a file that is needed is damaged.
            ValueError: a datetime has no time zone.
        """
        series = Series(provider, symbol)
        self._look_at(series)
        with as_store_error("{series}: could not be read", series=series):
            return diff_generations(self.bank, series, before, after, progress)

    def verify(
        self,
        level: str = "normal",
        provider: str | None = None,
        symbol: str | None = None,
        repair: bool = False,  # noqa: FBT001, FBT002 - the signature that users know
        *,
        progress: Progress = NULL_PROGRESS,
        checked: Checked | None = None,
    ) -> VerifyReport:
        """Look whether the bank is as it was written, and put right what can be if `repair` says so.

        Args:
            level: "quick" (names, sizes), "normal" (manifests, footers), "full" (SHA-256 of every file) or "deep" (the
                bars: rules, and every timeframe derived again and compared). Each includes the ones before.
            provider: only its series; None: of all.
            symbol: only its series; None: of all. With neither, the registry and stray files are looked at too.
            repair: relink visible files, derive again what is damaged, take damaged 1m months out of the bank (the
                next download fetches them), rebuild the registry and lost manifests. Damaged files go to quarantine.
            progress: reports series, and files within one.
            checked: what needs no second look; takes note of what is found right. Not for a repair.

        Raises:
            DataNotFoundError: no series has that provider and symbol.
            StoreError: the disk refused, or a repair had to wait too long for a writer.
            JobCancelled: cancelled; what was repaired stays so.
            ValueError: there is no such level.
        """
        if level.upper() not in Level.__members__:
            raise ValueError(f"no such level: {level!r}")
        task = Task(
            level=Level[level.upper()],
            provider=provider,
            symbol=symbol,
            repair=repair,
            compression=self.settings.store.compression,
            timeout_s=self.settings.store.lock_timeout_s,
            progress=progress,
            checked=checked,
        )
        with as_store_error("{path}: verifying failed", path=self.layout.control):
            return verify(self.bank, self.catalog, task)

    def export_registry(self, *, progress: Progress = NULL_PROGRESS) -> None:
        """Write `catalog.json` and the checksum files of what changed: call it once, when a job ends.

        Raises:
            StoreError: the registry is locked for too long, or the disk refused.
            JobCancelled: cancelled; every file that was written is whole.
        """
        if self._exists:
            with as_store_error("{path}: could not be written", path=self.catalog.folder):
                self.catalog.export(progress=progress)

    def rebuild_registry(self, *, progress: Progress = NULL_PROGRESS) -> None:
        """Build the index anew and write every file of the registry; raises as `export_registry` does."""
        if self._exists:
            with as_store_error("{path}: could not be written", path=self.catalog.folder):
                self.catalog.rebuild(progress=progress)
                self.catalog.export(progress=progress, anew=True)

    # -- recovery -------------------------------------------------------------------------------------------------

    def _clean_stages(self) -> None:
        try:
            for series in recover_stages(self.bank):
                self._look_at(series)
        except OSError as error:
            log.warning("%s: what a dead writer left could not be removed: %s", self.layout.staging, error)

    def _look_at(self, series: Series) -> None:
        """Recover a series before this object uses it for the first time. Cheap when all is well."""
        with self._guard:
            if series in self._looked_at:
                return
            self._looked_at.add(series)
        try:
            if is_behind(self.bank, series) or self._is_damaged(series):
                self._recover(series, timeout_s=0.0)
        except OSError as error:
            log.warning("%s: could not be recovered yet: %s", series, error)

    def _is_damaged(self, series: Series) -> bool:
        try:
            self.bank.generations.newest(series)
        except CorruptPartitionError:
            return True
        return False

    def _recover(self, series: Series, timeout_s: float, *, thorough: bool = False) -> list[Finding]:
        try:
            with self.bank.locked(series, timeout_s=timeout_s):
                return recover_series(self.bank, series, thorough=thorough)
        except StoreLockedError:
            return []  # a writer is at work: it recovers the series before it writes

    @contextmanager
    def _changing(self, series: Series, progress: Progress) -> Iterator[None]:
        with as_store_error("{series}: could not be written", series=series):
            if not self._exists:
                raise DataNotFoundError("{series}: nothing stored", hint="the bank is empty", series=series)
            self._look_at(series)
            with self.bank.locked(series, timeout_s=self.settings.store.lock_timeout_s, progress=progress):
                yield
