"""Where everything uncommitted lies: a folder per commit, owned by a held lock, so that the dead ones can be told.

Objects leave it into `obj/` under their hash; nothing refers to them until a manifest does.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from threadx.errors import CorruptPartitionError, StoreError
from threadx.store.fsio import Fs
from threadx.store.layout import Layout, Series, disk_name
from threadx.store.manifest import FileEntry, Manifest

__all__ = ["Stage", "own_folder", "remove_dead", "staged"]

OWN_LOCK = "own.lock"
_ATTEMPTS = 5


class Stage:
    """One commit's private folder; used by the thread that made it, under the lock of its series."""

    def __init__(self, fs: Fs, layout: Layout, series: Series, folder: Path) -> None:
        self._fs = fs
        self._layout = layout
        self._series = series
        self.folder = folder
        self._new_objects = False

    def put(self, entry: FileEntry, data: bytes, *, check: bool = True) -> None:
        """Make an object of these bytes, durable; an equal one there is reused, a damaged one is put aside.

        Args:
            entry: names the hash.
            data: the bytes.
            check: read back what was written and compare (a full disk's or a driver's lie shows here).

        Raises:
            CorruptPartitionError: what was read back is not what was written.
            OSError: as the system gives it.
        """
        target = self._layout.object(self._series, entry.sha256)
        if self._fs.stat(target) is not None:
            if self._fs.read(target) == data:
                return
            quarantine(self._fs, self._layout, target)
        staged = self.folder / entry.sha256
        self._fs.create(staged, data)
        if check and self._fs.read(staged) != data:
            raise CorruptPartitionError(
                "{path}: what was written does not read back", hint="check the disk", path=staged
            )
        self._fs.protect(staged)
        self._fs.replace(staged, target)
        self._new_objects = True

    def seal(self) -> None:
        """Make the names of the new objects durable."""
        if self._new_objects:
            self._fs.fsync_dir(self._layout.objects(self._series))

    def commit(self, manifest: Manifest) -> None:
        """Make the manifest the newest generation: it is committed when this returns.

        Raises:
            FileExistsError: somebody who did not take the lock committed that number.
        """
        target = self._layout.manifest(self._series, manifest.gen)
        staged = self.folder / target.name
        self._fs.create(staged, manifest.to_bytes())
        self._fs.publish_new(staged, target)
        self._fs.fsync_dir(target.parent)

    def link_over(self, source: Path, target: Path) -> None:
        """Give an object its visible name, replacing in one step what has that name."""
        staged = self.folder / f"link.{uuid.uuid4().hex}"
        self._fs.link(source, staged)
        self._fs.replace(staged, target)

    def write_over(self, target: Path, data: bytes) -> None:
        """Replace a small file in one step; it need not survive a power cut."""
        staged = self.folder / target.name
        self._fs.note(staged, data)
        self._fs.replace(staged, target)


@contextmanager
def staged(fs: Fs, layout: Layout, series: Series) -> Iterator[Stage]:
    """Yield a stage of its own for one commit and remove it afterwards, whatever happens."""
    fs.make_dirs(layout.objects(series))
    with own_folder(fs, layout, f"{disk_name(series.provider)}.{disk_name(series.symbol)}") as folder:
        yield Stage(fs, layout, series, folder)


@contextmanager
def own_folder(fs: Fs, layout: Layout, prefix: str) -> Iterator[Path]:
    """Yield a new folder in staging, held by a lock while the block runs and removed afterwards."""
    fs.make_dirs(layout.staging)
    folder, own = _claimed(fs, layout.staging, prefix)
    try:
        yield folder
    finally:
        with suppress(OSError):  # what cannot be removed now, recovery removes
            for name in fs.names(folder):
                if name != OWN_LOCK:
                    fs.unlink(folder / name)
            own.release()
            fs.unlink(folder / OWN_LOCK)
            fs.rmdir(folder)
        own.release()


def _claimed(fs: Fs, staging: Path, prefix: str) -> tuple[Path, FileLock]:
    for _ in range(_ATTEMPTS):
        folder = staging / f"{prefix}.{uuid.uuid4().hex}"
        fs.mkdir(folder)
        own = FileLock(folder / OWN_LOCK, preserve_lock_file=True, fallback_to_soft=False)
        with suppress(FileNotFoundError, Timeout):  # recovery took the folder for a dead one before it had its lock
            own.acquire(blocking=False)
            return folder, own
    raise StoreError("{path}: no folder to stage in could be kept", path=staging)


def remove_dead(fs: Fs, layout: Layout) -> list[str]:
    """Remove the stages whose owner is dead; return their names. Their locks are free, and only theirs."""
    removed = []
    for name in fs.names(layout.staging):
        folder = layout.staging / name
        if OWN_LOCK not in fs.names(folder):
            if fs.rmdir(folder):  # claimed but not locked yet: an owner that lives makes another
                removed.append(name)
            continue
        own = FileLock(folder / OWN_LOCK, preserve_lock_file=True, fallback_to_soft=False)
        with suppress(Timeout, FileNotFoundError):
            own.acquire(blocking=False)
            own.release()
            fs.remove_tree(folder)
            removed.append(name)
    return removed


def quarantine(fs: Fs, layout: Layout, path: Path) -> Path:
    """Take a file out of service, keeping it; return where it lies now."""
    fs.make_dirs(layout.quarantine)
    target = layout.quarantine / f"{uuid.uuid4().hex[:8]}.{path.name}"
    fs.replace(path, target)
    return target
