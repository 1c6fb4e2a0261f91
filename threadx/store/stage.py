"""Where everything uncommitted lies: a folder per commit, owned by whoever holds its lock, so the dead can be told.

Objects leave it into `obj/` under their hash; nothing refers to them until a manifest does.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from threadx.errors import CorruptPartitionError
from threadx.store.fsio import Fs
from threadx.store.layout import Layout, Series, disk_name
from threadx.store.lock import Busy, try_exclusive
from threadx.store.manifest import FileEntry, Manifest

__all__ = ["Stage", "own_folder", "owner_lock", "remove_dead", "staged"]


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
        self._new_objects = True  # a reused one too: a commit that failed may have left its name not yet durable
        if self._fs.stat(target) is not None:
            if self._fs.holds(target, data):
                return
            quarantine(self._fs, self._layout, target)
        staged = self.folder / entry.sha256
        self._fs.create(staged, data)
        if check and not self._fs.holds(staged, data):
            raise CorruptPartitionError(
                "{path}: what was written does not read back", hint="check the disk", path=staged
            )
        self._fs.protect(staged)
        self._fs.replace(staged, target)

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
def own_folder(fs: Fs, layout: Layout, owner: str) -> Iterator[Path]:
    """Yield a new folder in staging that is removed afterwards. Call under the lock that `owner_lock` names."""
    folder = layout.staging / f"{owner}.{uuid.uuid4().hex}"
    fs.make_dirs(layout.staging)
    try:
        fs.mkdir(folder)
        yield folder
    finally:
        with suppress(OSError):  # what cannot be removed now, recovery removes
            fs.remove_tree(folder)


def owner_lock(layout: Layout, name: str) -> Path:
    """Return the lock that the owner of a stage holds; while that is free, the stage belongs to the dead.

    "binance.BTCUSDT.<id>" belongs to a series, "bank.<id>" to whoever makes the bank.
    """
    *owner, _ = name.split(".")
    return (layout.control / "locks").joinpath(*owner).with_suffix(".lock")


def remove_dead(fs: Fs, layout: Layout) -> list[str]:
    """Remove the stages whose owner is dead; return their names. Call without any lock."""
    removed = []
    for name in fs.names(layout.staging):
        if not (layout.staging / name).is_dir():
            continue  # another program's file, as file managers leave them
        lock = owner_lock(layout, name)
        fs.make_dirs(lock.parent)
        with suppress(Busy), try_exclusive(lock):
            fs.remove_tree(layout.staging / name)
            removed.append(name)
    return removed


def quarantine(fs: Fs, layout: Layout, path: Path) -> Path:
    """Take a file out of service, keeping it; return where it lies now."""
    fs.make_dirs(layout.quarantine)
    target = layout.quarantine / f"{uuid.uuid4().hex[:8]}.{path.name}"
    fs.replace(path, target)
    return target
