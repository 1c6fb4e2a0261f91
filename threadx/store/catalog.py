"""The registry: what datasets there are, kept beside the bank for fast lists and for other tools.

    registry/catalog.sqlite                     the index, one row per dataset; after every job, and before every list
    registry/catalog.json                       the same for people and other tools; after every job
    registry/checksums/<provider>/<SYMBOL>.sha256    for `sha256sum -c`, run in the data root; after every job
    registry/checksums/registry.sha256          the digest of the two files above

All of it is computed from the manifests and is never the truth: whatever is missing, damaged, locked by another
program or older than a crash is built anew, and no write fails because of it.

A commit only leaves a mark, an empty file named after its series: a job of a hundred commits changes the index once.
Whoever lists takes the marks away first and reads the manifests then, so that no commit falls between the two.

The seal: the digest is withdrawn before the index changes and written afterwards, so that a list that finds the index
sealed, and no marks, may trust it without opening a manifest. A bit that flips in it breaks the seal, and so does a
crash.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Protocol

from threadx.errors import CorruptPartitionError, StoreError
from threadx.progress import NULL_PROGRESS, Progress
from threadx.store.datasets import DatasetRow, datasets_of
from threadx.store.fsio import Fs
from threadx.store.index import BUSY_TIMEOUT_S, Entry, Index, sort_key
from threadx.store.layout import Layout, Series, disk_name, name_of
from threadx.store.listing import catalog_json, checksum_text
from threadx.store.lock import exclusive
from threadx.store.manifest import Manifest, digest

__all__ = ["Catalog", "Manifests", "registry_folder", "tree_root"]

LOCK_TIMEOUT_S = 10.0
"""The registry's lock is held for milliseconds, or for seconds while the index is built anew."""

log = logging.getLogger(__name__)


class Manifests(Protocol):
    """What the registry needs of the store."""

    def all_series(self) -> list[Series]:
        """Return every series that has a manifest."""
        ...

    def current(self, series: Series) -> Manifest | None:
        """Return the newest generation of a series, None where it has none; CorruptPartitionError when damaged."""
        ...


def tree_root(layout: Layout) -> Path:
    """Return the folder that paths in checksum files start from: the data root, or a bank of its own itself."""
    return layout.visible if layout.flat else layout.visible.parent


def registry_folder(layout: Layout) -> Path:
    """Return where the registry's files lie; beside the manifests for a bank of its own."""
    return layout.control / "registry" if layout.flat else tree_root(layout) / "registry"


def _series_of(mark: str) -> Series:
    provider, _, symbol = mark.partition(".")
    return Series(name_of(provider), name_of(symbol))


class Catalog:
    """The registry of one bank. Any thread, any number of processes: changes are made under the registry's lock.

    That lock is the last one anybody takes: callers may hold locks of series, and nothing here takes one.
    """

    def __init__(
        self, layout: Layout, fs: Fs, generations: Manifests, *, busy_timeout_s: float = BUSY_TIMEOUT_S
    ) -> None:
        self._layout = layout
        self._fs = fs
        self._generations = generations
        self.folder = registry_folder(layout)
        self.index = Index(self.folder / "catalog.sqlite", busy_timeout_s=busy_timeout_s)
        self.listing = self.folder / "catalog.json"
        self.seal = self.folder / "checksums" / "registry.sha256"
        self._scratch = layout.control / "scratch"
        self._marks = layout.control / "unlisted"

    # -- what the store calls ---------------------------------------------------------------------------------------

    def note(self, manifest: Manifest) -> bool:
        """Mark a series whose generation was just committed; return whether that worked.

        Never fails a write: where no mark can be left, the next list builds the index anew.
        """
        series = manifest.series
        mark = self._marks / f"{disk_name(series.provider)}.{disk_name(series.symbol)}"
        try:
            if self._fs.stat(mark) is None:
                self._fs.make_dirs(self._marks)
                self._fs.note(mark, b"")
        except OSError as error:
            log.warning("%s: the registry's index was not updated (%s); the next list does", series, error)
            with suppress(OSError):
                self._fs.unlink(self.seal)
            return False
        return True

    def marked(self) -> list[Series]:
        """Return the series that were committed since the index was last brought up to date."""
        return list(map(_series_of, self._fs.names(self._marks)))

    # -- what lists call --------------------------------------------------------------------------------------------

    def rows(
        self, *, provider: str | None = None, symbol: str | None = None, timeframe: str | None = None
    ) -> list[DatasetRow]:
        """Return the datasets that fit, by provider, symbol and length of timeframe.

        Builds the index anew where it cannot be trusted; where that cannot be written, answers from the manifests.
        """
        if self._fs.stat(self._layout.control) is None:
            return []  # nothing was ever written here: a look must not leave files behind
        try:
            self._follow()
            return self.index.rows(provider=provider, symbol=symbol, timeframe=timeframe)
        except (sqlite3.Error, OSError, StoreError) as error:
            log.warning("the registry's index cannot be used (%s): listing from the manifests", error)
        entries = self._entries(self._generations.all_series(), NULL_PROGRESS)
        rows = [row for *_, datasets in entries for row in datasets]
        return sorted((row for row in rows if row.fits(provider, symbol, timeframe)), key=sort_key)

    def count(self) -> int:
        """Return how many datasets there are.

        Raises:
            sqlite3.Error: another program holds the index.
            StoreLockedError: another program holds the registry for longer than LOCK_TIMEOUT_S.
            OSError: the disk refused.
        """
        self._follow()
        return self.index.count()

    # -- what jobs call when they end -------------------------------------------------------------------------------

    def rebuild(self, *, progress: Progress = NULL_PROGRESS) -> None:
        """Build the index anew from all manifests.

        Raises:
            StoreLockedError: another program holds the registry for longer than LOCK_TIMEOUT_S.
            JobCancelled: cancelled; the index is as it was.
        """
        with self._locked(progress):
            self._rebuild(progress)

    def export(self, *, progress: Progress = NULL_PROGRESS, anew: bool = False) -> None:
        """Write `catalog.json`, and the checksum file of every series that changed since the last time.

        Called once when a job ends, not after each of its commits. `anew` writes those of all series.

        Raises:
            StoreLockedError: another program holds the registry for longer than LOCK_TIMEOUT_S.
            JobCancelled: cancelled; the files that are written are whole.
        """
        with self._locked(progress):
            self._catch_up(progress)
            names = sorted(self.index.generations()) if anew else self.index.unlisted()
            changed = [Series(provider, symbol) for provider, symbol in names]
            if not changed and self._fs.stat(self.listing) is not None and not self.broken_seals():
                return
            self._fs.unlink(self.seal)
            written: list[tuple[int, str, str]] = []
            try:
                for done, series in enumerate(changed):
                    progress.report(done, len(changed), "series")
                    written.append((self._export_one(series), series.provider, series.symbol))
                self._publish(self.listing, catalog_json(self.index.rows()))
            finally:
                self.index.mark_listed(written)
                self._write_seal()

    def checksum_file(self, series: Series) -> Path:
        """Return where the checksum file of a series lies."""
        folder = self.folder / "checksums" / disk_name(series.provider)
        return folder / f"{disk_name(series.symbol)}.sha256"

    def checksums(self, manifest: Manifest) -> bytes:
        """Return what the checksum file of a generation holds; nothing for a deleted series."""
        root = tree_root(self._layout)
        files = ((self._layout.file(manifest.series, key), entry) for key, entry in manifest.files.items())
        return checksum_text((path.relative_to(root).as_posix(), entry.sha256) for path, entry in files)

    def has_checksums(self, manifest: Manifest) -> bool:
        """Return whether the checksum file is that of a generation; none is right for a deleted series."""
        try:
            written = self._fs.read(self.checksum_file(manifest.series))
        except FileNotFoundError:
            return not manifest.files
        return bool(manifest.files) and written == self.checksums(manifest)

    def is_sealed(self) -> bool:
        """Return whether the index is as it was written; what is `marked` may be missing in it."""
        try:
            return self._line(self.index.path) in self._fs.read(self.seal).splitlines()
        except FileNotFoundError:
            return False

    def broken_seals(self) -> list[Path]:
        """Return the files that are not as they were written; none while a change is under way."""
        try:
            seal = self._fs.read(self.seal)
        except FileNotFoundError:
            return []
        lines = self._lines()
        if seal == b"".join(lines.values()):
            return []
        return [path for path, line in lines.items() if line not in seal.splitlines(keepends=True)] or [self.seal]

    # -- inside the lock --------------------------------------------------------------------------------------------

    def _locked(self, progress: Progress = NULL_PROGRESS) -> AbstractContextManager[None]:
        return exclusive(self._fs, self._layout.registry_lock, "registry", timeout_s=LOCK_TIMEOUT_S, progress=progress)

    def _line(self, path: Path) -> bytes:
        name = path.relative_to(tree_root(self._layout)) if not self._layout.flat else path.relative_to(self.folder)
        return checksum_text([(name.as_posix(), digest(self._fs.read(path)))]).rstrip()

    def _write_seal(self) -> None:
        self._fs.make_dirs(self.seal.parent)
        self._fs.note(self.seal, b"".join(self._lines().values()))  # torn, it is no seal: then the index is built anew

    def _lines(self) -> dict[Path, bytes]:
        """Return the line of each file that the seal covers, as it should be now."""
        files = (self.listing, self.index.path)
        return {path: self._line(path) + b"\n" for path in files if self._fs.stat(path) is not None}

    def _follow(self) -> None:
        """Bring the index up to what is committed, taking the lock only if there is something to do."""
        if self.marked() or not self.is_sealed():
            with self._locked():
                self._catch_up(NULL_PROGRESS)

    def _catch_up(self, progress: Progress) -> None:
        if not self.is_sealed():
            self._rebuild(progress)
        elif self.marked():
            marked = self._unseal()
            entries = list(self._entries(marked, progress))
            try:
                self.index.replace(entries)
            except sqlite3.Error as error:
                log.warning("the registry's index is unusable (%s): it is built anew", error)
                self._rebuild(progress)
            else:
                self._write_seal()

    def _unseal(self) -> list[Series]:
        """Withdraw the seal, take the marks away, and return whose they were.

        Manifests are read after this, never before: a commit that comes later leaves a new mark.
        """
        self._fs.unlink(self.seal)
        names = self._fs.names(self._marks)
        for name in names:
            self._fs.unlink(self._marks / name)
        return list(map(_series_of, names))

    def _rebuild(self, progress: Progress) -> None:
        listed: dict[tuple[str, str], int | None] = {}
        with suppress(sqlite3.Error):
            listed = self.index.listed()
        self._unseal()
        entries = list(self._entries(self._generations.all_series(), progress))
        # A journal that a killed writer left would be rolled back into the new file.
        self._fs.unlink(self.index.path.with_name(f"{self.index.path.name}-journal"))
        self._publish(self.index.path, Index.build(entries, listed))
        self._write_seal()

    def _entries(self, wanted: Sequence[Series], progress: Progress) -> Iterator[Entry]:
        for done, series in enumerate(wanted):
            progress.report(done, len(wanted), "series")
            try:
                manifest = self._generations.current(series)
            except CorruptPartitionError as error:
                log.warning("%s: left out of the registry: %s", series, error)
                manifest = None
            if manifest is None:
                yield series.provider, series.symbol, 0, []
            else:
                yield series.provider, series.symbol, manifest.gen, datasets_of(manifest)

    def _export_one(self, series: Series) -> int:
        manifest = self._generations.current(series)
        path = self.checksum_file(series)
        if manifest is None or not manifest.files:
            self._fs.unlink(path)
        else:
            self._publish(path, self.checksums(manifest), durable=False)
        return manifest.gen if manifest is not None else 0

    def _publish(self, path: Path, data: bytes, *, durable: bool = True) -> None:
        """Replace a file whole. What is not `durable` may be lost or empty after a power cut; the seal tells."""
        self._fs.make_dirs(path.parent)
        self._fs.make_dirs(self._scratch)
        staged = self._scratch / path.name
        self._fs.unlink(staged)
        if durable:
            self._fs.create(staged, data)
        else:
            self._fs.note(staged, data)
        self._fs.replace(staged, path)
