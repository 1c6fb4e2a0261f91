"""Making a bank snapshot: every file of chosen series under a second name, each series as one generation has it.

The store never changes an object in place, so a link costs a name and keeps the bytes, whatever becomes of the bank.
"""

from __future__ import annotations

import errno
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from threadx.errors import CorruptPartitionError, DataNotFoundError
from threadx.progress import Progress
from threadx.store.bank import writer_name
from threadx.store.dated import put
from threadx.store.fsio import Fs
from threadx.store.layout import Series
from threadx.store.manifest import FileEntry, Manifest, digest
from threadx.store.pinned import FORMAT, KIND, MANIFEST, layout_of, manifest_path
from threadx.store.store import Store
from threadx.workers import ordered_map, thread_pool

__all__ = ["pin"]

_TRIES = 5
_FLUSHES = 16
_NO_LINK = frozenset({
    errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL, errno.ENOTSUP,
})  # fmt: skip
"""Another disk, a file system without links, too many links to one file."""


def pin(store: Store, wanted: Sequence[Series], folder: Path, fs: Fs, progress: Progress) -> dict[str, str]:
    """Fill the folder of a partition that is being built; return the SHA-256 of each file in it.

    Each series is as one generation has it; no lock is taken, so writers go on meanwhile.

    Raises:
        DataNotFoundError: a series has no bars.
        CorruptPartitionError: an object is not what its manifest says.
    """
    work = _Pinning(store, folder, fs, progress)
    for number, series in enumerate(wanted):
        progress.report(number, len(wanted), "symbols")
        work.add(series)
    return work.finished()


class _Pinning:
    def __init__(self, store: Store, folder: Path, fs: Fs, progress: Progress) -> None:
        self._store = store
        self._folder = folder
        self._layout = layout_of(folder)
        self._fs = fs
        self._progress = progress
        self._made = {folder}
        self._hashes: dict[str, str] = {}
        self._manifests: list[Manifest] = []
        self._linked = self._copied = 0

    def add(self, series: Series) -> None:
        for last in (*[False] * (_TRIES - 1), True):
            manifest = self._store.manifest(series.provider, series.symbol)
            if manifest is None or not manifest.files:
                raise DataNotFoundError("{series}: nothing stored", hint="see: threadx list", series=series)
            counts = self._linked, self._copied
            try:
                self._take(manifest)
            except FileNotFoundError:  # a newer generation made an object superfluous: pin that one
                if last:
                    raise
                self._linked, self._copied = counts
                self._fs.remove_tree(self._layout.series_tree(series))
                self._made = {each for each in self._made if self._fs.stat(each) is not None}
            else:
                return

    def _take(self, manifest: Manifest) -> None:
        hashes: dict[str, str] = {}
        for key, entry in manifest.files.items():
            self._progress.raise_if_cancelled()
            target = self._layout.file(manifest.series, key)
            self._make(target.parent)
            self._link(self._store.layout.object(manifest.series, entry.sha256), target, entry)
            hashes[target.relative_to(self._folder).as_posix()] = entry.sha256
        path = manifest_path(self._folder, manifest.series)
        self._make(path.parent)
        hashes[path.relative_to(self._folder).as_posix()] = put(self._fs, path, manifest.to_bytes())
        self._hashes |= hashes
        self._manifests.append(manifest)

    def _make(self, folder: Path) -> None:
        """Make a folder; the names become durable all at once, at the end."""
        if folder not in self._made:
            self._make(folder.parent)
            self._fs.mkdir(folder)
            self._made.add(folder)

    def _link(self, source: Path, target: Path, entry: FileEntry) -> None:
        if self._fs.links:
            try:
                self._fs.link(source, target)
            except OSError as error:
                if error.errno not in _NO_LINK:
                    raise
            else:
                found = self._fs.stat(target)
                if found is None or found.st_size != entry.size_bytes:
                    raise _damaged(source)
                self._linked += 1
                return
        data = self._fs.read(source)
        if digest(data) != entry.sha256:
            raise _damaged(source)
        put(self._fs, target, data)
        self._copied += 1

    def finished(self) -> dict[str, str]:
        self._hashes[MANIFEST] = put(self._fs, self._folder / MANIFEST, self._summary())
        # nine in ten of a snapshot's milliseconds: flushes that wait side by side share the disk's journal
        with thread_pool(_FLUSHES, "flush") as pool:
            for _ in ordered_map(pool, self._fs.fsync_dir, sorted(self._made), ahead=4 * _FLUSHES):
                self._progress.raise_if_cancelled()
        return self._hashes

    def _summary(self) -> bytes:
        values = {
            "format": FORMAT,
            "kind": KIND,
            "writer": writer_name(),
            "linked": self._linked,
            "copied": self._copied,
            "series": [_described(manifest) for manifest in self._manifests],
        }
        return json.dumps(values, indent=1, ensure_ascii=False).encode() + b"\n"


def _described(manifest: Manifest) -> dict[str, Any]:
    return {
        "provider": manifest.series.provider,
        "symbol": manifest.series.symbol,
        "generation": manifest.gen,
        "committed": manifest.utc.isoformat(timespec="microseconds"),
        "manifest_sha256": manifest.sha256,
        "files": {
            key: {"sha256": entry.sha256, "bytes": entry.size_bytes, "rows": entry.rows}
            for key, entry in manifest.files.items()
        },
    }


def _damaged(path: Path) -> CorruptPartitionError:
    return CorruptPartitionError(
        "{path}: the file differs from what was written", hint="run: threadx verify --level full --repair", path=path
    )
