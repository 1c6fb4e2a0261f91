"""Bars that other tools left in files: looked at, taken into the bank, or just read.

JSON (objects, lists, the exchange's own rows), CSV, Parquet and Feather are recognised by what is in them, also packed
with gzip or alone in a zip; whose bars they are and of which timeframe is read from the name (`BTCUSDT_1m.json`,
`BTC_USDT-1m.feather`) or the content. What cannot be told for sure is refused with the reason; a source file is never
changed.
"""

from __future__ import annotations

import hashlib
import logging
import os
import traceback
import uuid
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import closing, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path

import pandas as pd

from threadx.bars.dates import ms_of
from threadx.bars.intervals import subtract
from threadx.bars.merge import merge
from threadx.bars.schema import frame_from_columns
from threadx.bars.timeframe import Timeframe
from threadx.config import Settings, get_settings
from threadx.data.job_end import job_ended
from threadx.data.legacy.finding import Found, files_in
from threadx.data.legacy.names import read_name
from threadx.data.legacy.preview import LegacyPreview
from threadx.data.legacy.reading import LegacyBars, read_bars
from threadx.data.legacy.report import ConvertReport, FileReport, FileState
from threadx.data.legacy.taking import Taken, Target, record_of, take
from threadx.data.sturdy import sturdy_map
from threadx.errors import ConfigError, DataNotFoundError, ThreadXError
from threadx.progress import NULL_PROGRESS, Progress
from threadx.store import Store
from threadx.store.bank import utc_now
from threadx.store.encoding import COMPRESSIONS
from threadx.store.foreign import load
from threadx.store.imported import Imports
from threadx.store.layout import check_provider
from threadx.store.write import IMPORT_PROVIDER
from threadx.workers import cpu_pool, ordered_map, thread_pool

__all__ = ["ConvertReport", "FileReport", "FileState", "LegacyFiles", "LegacyPreview", "Taken"]

log = logging.getLogger(__name__)

_AHEAD = 3
"""Files read while one is being stored; each may hold a year of minutes."""
_FAR_BYTES = 4 << 20
"""From this much on, files are read in processes of their own: parsing JSON holds up every thread of one."""
_THREADS = 2

Paths = Iterable[str | os.PathLike[str]]


class LegacyFiles:
    """Reads legacy files and takes them into a bank. Holds nothing open between calls; any thread may call."""

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        store: Store | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        """Compose from the settings (None: `get_settings()`), or on a bank that the caller has open."""
        self._settings = get_settings() if settings is None else settings
        self._store = Store(self._settings.paths.data_root, settings=self._settings) if store is None else store
        self._imports = Imports(self._store.fs, self._store.layout)
        self._clock = clock

    def preview(
        self, paths: Paths | None = None, *, provider: str | None = None, progress: Progress = NULL_PROGRESS
    ) -> tuple[FileReport, ...]:
        """Say what files hold, and why they are read so; write nothing.

        Args:
            paths: files, and folders searched to any depth; None: the folder `[paths] legacy` of the settings.
            provider: as for `convert`: a file may be up to date there.
            progress: hears of files, and cancels.

        Raises:
            DataNotFoundError: there is no file.
            JobCancelled: cancelled.
        """
        return self.convert(paths, provider=provider, dry_run=True, progress=progress).files

    def convert(
        self,
        paths: Paths | None = None,
        *,
        provider: str | None = None,
        compression: str | None = None,
        dry_run: bool = False,
        progress: Progress = NULL_PROGRESS,
    ) -> ConvertReport:
        """Take files into the bank; the ones that are there already, by their content, are passed over.

        1m bars become truth of `provider`: where bars are stored already those stay, and differing ones are counted.
        Longer bars are held against stored 1m bars; what those do not reach is kept under the provider `import`.

        Args:
            paths: files, and folders searched to any depth; None: the folder `[paths] legacy` of the settings.
            provider: of 1m bars; None: that of the source, but never the embedded exchange's, whose bars are
                invented: see `Settings.legacy_provider`.
            compression: of what is written: "lz4", "snappy", "zstd", "gzip" or "auto"; None: as the settings say.
            dry_run: only look: nothing is written.
            progress: hears of files, and cancels; files that were taken stay.

        Returns:
            A report on each file. A bad one is an entry there and stops no other.

        Raises:
            ConfigError: no such compression, or a provider that 1m bars cannot have.
            DataNotFoundError: there is no file.
            JobCancelled: cancelled.
        """
        target = self._target(provider, compression)
        found = self._find(paths)
        reports = [FileReport(path, FileState.FAILED, failure=failure) for path, failure in found.refused]
        total = len(found.files)
        progress.report(0, total, "files")
        try:
            with closing(self._reports(found.files, target, dry_run=dry_run, progress=progress)) as each_file:
                for report in each_file:
                    reports.append(report)
                    progress.report(len(reports) - len(found.refused), total, "files")
        finally:
            if any(each.taken is not None and each.taken.added for each in reports):
                job_ended(self._store)
        return ConvertReport(tuple(reports), dry_run, target.provider)

    def read(self, path: str | os.PathLike[str]) -> pd.DataFrame:
        """Return the bars of one file as a UDFI frame, with `symbol`; touches no bank.

        Raises:
            DataNotFoundError: there is no such file.
            FileValidationError: it holds no bars, or not surely enough.
            UnsupportedTimeframeError: bars of a timeframe that cannot be kept.
        """
        bars = read_bars(load(Path(path)), now_ms=self._now_ms(), known=self._known())
        return frame_from_columns(bars.columns, bars.preview.symbol).copy()  # which may be edited in place

    def find(self, symbol: str, timeframe: str) -> tuple[Path, ...]:
        """Return the files of the legacy folder whose names say that they have these bars; () where there are none.

        `<SYMBOL>_<timeframe>.json` alone where it is there; else all of them by name: dumps come month by month.
        """
        wanted = Timeframe.parse(timeframe)
        fitting = []
        for path in files_in([self._settings.paths.legacy]).files:
            try:
                name = read_name(path)
            except ThreadXError:
                continue
            if name.timeframe == wanted and symbol in (name.symbol, name.spelled):
                fitting.append(path)
        plain = [path for path in fitting if path.name == f"{symbol}_{wanted.name}.json"]
        return tuple(plain[:1] or sorted(fitting, key=lambda path: (path.name, str(path))))

    def read_all(self, symbol: str, timeframe: str) -> pd.DataFrame | None:
        """Return the bars of all files that `find` gives as one UDFI frame; None where there are none.

        Where two files have one open time the later name's bar counts, and the log says if they differ.

        Raises:
            FileValidationError: one of them holds no such bars; the message says why.
            UnsupportedTimeframeError: there is no such timeframe.
        """
        whole: pd.DataFrame | None = None
        for path in self.find(symbol, timeframe):
            bars = self.read(path)
            if whole is None:
                whole = bars
                continue
            merged = merge(whole, bars)
            if len(merged.conflicts):
                log.warning("%s: %s values differ from those of files before it", path, len(merged.conflicts))
            whole = merged.frame.copy()  # as above
        return whole

    # -- inside -------------------------------------------------------------------------------------------------------

    def _target(self, provider: str | None, compression: str | None) -> Target:
        if compression is not None and compression not in COMPRESSIONS:
            raise ConfigError(
                "{compression}: no such compression",
                hint="use one of {known}",
                compression=compression,
                known=", ".join(COMPRESSIONS),
            )
        name = self._settings.legacy_provider if provider is None else check_provider(provider)
        if name == IMPORT_PROVIDER:
            raise ConfigError(
                "{provider}: this name is for bars that do not come from 1m bars",
                hint="choose another provider for 1m bars",
                provider=name,
            )
        return Target(name, compression, uuid.uuid4().hex)

    def _find(self, paths: Paths | None) -> Found:
        wanted = [self._settings.paths.legacy] if paths is None else [Path(path).absolute() for path in paths]
        found = files_in(wanted)
        if not found.files and (paths is None or not found.refused):
            raise DataNotFoundError(
                "{folder}: no JSON, CSV, Parquet or Feather file",
                hint="give the files or the folder that holds them: threadx convert FOLDER",
                folder=", ".join(map(str, wanted)),
            )
        return found

    def _reports(
        self, files: Sequence[Path], target: Target, *, dry_run: bool, progress: Progress
    ) -> Generator[FileReport]:
        """Yield a report on each file, in order: files are read side by side and stored one after the other."""
        current = self._up_to_date(files, target, progress)
        todo = [path for path in files if path not in current]
        read = partial(_inspected, now_ms=self._now_ms(), known=self._known())
        pool = partial(_pool, self._settings)
        with closing(sturdy_map(pool, read, todo, ahead=_AHEAD, progress=progress)) as results:
            for path in files:
                if path in current:
                    yield FileReport(path, FileState.UP_TO_DATE)
                    continue
                bars = next(results) or _died(path)
                yield self._taken(path, bars, target, dry_run=dry_run, progress=progress.about(path.name))

    def _taken(
        self, path: Path, bars: LegacyBars | ThreadXError, target: Target, *, dry_run: bool, progress: Progress
    ) -> FileReport:
        if isinstance(bars, ThreadXError):
            log.warning("%s", "\n".join([str(bars), *getattr(bars, "__notes__", ())]))
            return FileReport(path, FileState.FAILED, failure=bars)
        if dry_run:
            return FileReport(path, FileState.PREVIEWED, bars.preview)
        try:
            taken = take(self._store, bars, target, progress=progress)
            key = Imports.key(bars.preview.sha256, path.name, target.provider)
            self._imports.put(key, record_of(bars, taken))
        except ThreadXError as error:
            log.warning("%s: %s", path, error)
            return FileReport(path, FileState.FAILED, bars.preview, failure=error)
        state = FileState.IMPORTED if taken.stored else FileState.COMPARED
        log.info("%s: %s, %s bars added, %s differ", path, state, taken.added, taken.conflicts + taken.differing)
        return FileReport(path, state, bars.preview, taken)

    def _up_to_date(self, files: Sequence[Path], target: Target, progress: Progress) -> set[Path]:
        """Return the files whose content was taken up before and is still in the bank."""
        current: set[Path] = set()
        with thread_pool(_THREADS, "hash", join=False) as pool:
            for path, digest in zip(files, ordered_map(pool, _digest, files, ahead=8, progress=progress), strict=True):
                record = None if digest is None else self._imports.get(Imports.key(digest, path.name, target.provider))
                if record is None:
                    continue
                stored = self._store.coverage(record.provider, record.symbol, record.timeframe).stored
                if not subtract(record.stretches, stored):
                    current.add(path)
        return current

    def _known(self) -> frozenset[str]:
        """Return the stored symbols that are spelled with a separator: a name that says so means them."""
        names = {series.symbol for series in self._store.bank.generations.all_series()}
        return frozenset(name for name in names if not name.isalnum())

    def _now_ms(self) -> int:
        return ms_of(self._clock())


@contextmanager
def _pool(settings: Settings, files: Sequence[Path]) -> Iterator[Executor]:
    """Yield what files are read in: other processes where that is worth their start."""
    if sum(_size(path) for path in files) >= _FAR_BYTES:
        with cpu_pool(settings) as pool:
            yield pool
    else:
        with thread_pool(_THREADS, "legacy", join=False) as pool:
            yield pool


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _digest(path: Path) -> str | None:
    if not path.is_file():  # a pipe would keep who opens it waiting
        return None
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None  # whoever reads it next says why


def _died(path: Path) -> ThreadXError:
    return ThreadXError(
        "{path}: the process that read it ended, twice",
        hint="free memory, or split the file by month or year",
        path=path,
    )


def _inspected(path: Path, *, now_ms: int, known: frozenset[str]) -> LegacyBars | ThreadXError:
    """Return the bars of a file, or what is wrong with it. Runs on a worker: whatever a file holds ends here."""
    try:
        return read_bars(load(path), now_ms=now_ms, known=known)
    except ThreadXError as error:
        return error
    except Exception as error:  # noqa: BLE001 - a worker ends here, maybe in another process, which has no log
        fault = ThreadXError(
            "{path}: unexpected error: {kind}: {error}",
            hint="this is a fault of ThreadX; the log file has the details",
            path=path,
            kind=type(error).__name__,
            error=str(error),
        )
        fault.add_note(traceback.format_exc())
        return fault
