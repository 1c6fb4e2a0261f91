"""Every durable operation of the bank, each a single step that a hook sees before it happens.

One object, one seam: the store does nothing to the disk except through an `Fs`. Tests hand in a hook that kills the
process, raises an errno or records what was done (for power-loss states), or ask for the behaviour of another
platform: no hard links, no directory fsync, files that a reader holds.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from threadx.workers import side_by_side

__all__ = ["CHANGES", "Fs", "Hook", "Operation"]

CHANGES = frozenset({
    "chmod", "create", "fsync", "fsync_dir", "link", "mkdir", "note", "rename", "replace", "rmdir", "unlink", "write",
})  # fmt: skip
"""The operations that change the disk; "open", "read", "list" and "stat" only look at it."""

BUSY_WINERRORS = frozenset({5, 32, 33, 1224})
"""Access denied, sharing violation, lock violation, mapped section: a reader holds the file for a moment."""
FIRST_RETRY_S = 0.01
RETRY_LIMIT_S = 2.0
READ_ONLY = 0o444
_PIECE_BYTES = 1 << 16
_EXCLUSIVE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_IN_PLACE = _EXCLUSIVE & ~os.O_EXCL
_F_FULLFSYNC = 51  # <sys/fcntl.h> of macOS: fsync there stops at the drive's cache


@dataclass(frozen=True, slots=True)
class Operation:
    """One step, told to the hook before it is done."""

    name: str
    path: Path
    """What is changed or looked at; the destination of a rename or link."""
    source: Path | None = None
    """Where a rename or link comes from."""
    data: bytes | None = None
    """What a write writes."""


Hook = Callable[[Operation], None]
"""Called before each operation; what it raises happens instead of the operation."""


def _platform_fsync(descriptor: int) -> None:
    if sys.platform == "darwin":  # pragma: no cover - macOS
        import fcntl  # noqa: PLC0415 - there is none on Windows

        fcntl.fcntl(descriptor, _F_FULLFSYNC)
        return
    os.fsync(descriptor)


class Fs:
    """The file system as the store uses it. Holds no state but its settings: any thread may use it.

    Every method raises OSError as the system gives it (Python itself repeats interrupted calls).
    """

    def __init__(
        self,
        hook: Hook | None = None,
        *,
        links: bool = True,
        directory_fsync: bool = os.name != "nt",
        wait: Callable[[float], object] | None = None,
        flush: Callable[[int], None] = _platform_fsync,
    ) -> None:
        self._hook = hook
        self.links = links
        """Whether hard links are used; without them publishing copies."""
        self._directory_fsync = directory_fsync
        self._wait = wait if wait is not None else threading.Event().wait
        self._flush = flush

    # -- looking --------------------------------------------------------------------------------------------------

    def read(self, path: Path) -> bytes:
        """Return the whole content of a file."""
        self._tell("open", path)
        with path.open("rb", buffering=0) as file:
            self._tell("read", path)
            return file.readall()

    def holds(self, path: Path, data: bytes) -> bool:
        """Return whether a file's content is `data`. In pieces: fresh memory costs more than the comparison."""
        self._tell("open", path)
        with path.open("rb", buffering=0) as file:
            self._tell("read", path)
            at = 0
            while piece := file.read(_PIECE_BYTES):
                if not data.startswith(piece, at):
                    return False
                at += len(piece)
        return at == len(data)

    def names(self, folder: Path) -> list[str]:
        """Return the sorted names in a folder; none where it does not exist."""
        self._tell("list", folder)
        try:
            return sorted(os.listdir(folder))  # noqa: PTH208 - names are wanted, not paths
        except (FileNotFoundError, NotADirectoryError):
            return []

    def files(self, folder: Path) -> dict[str, int]:
        """Return every file below a folder with its size in bytes, by its name with `/`; links are not followed."""
        self._tell("list", folder)
        found: dict[str, int] = {}
        for at, _folders, names in os.walk(folder):
            within = os.path.relpath(at, folder).replace(os.sep, "/")
            for name in names:
                size = os.lstat(os.path.join(at, name)).st_size  # noqa: PTH118 - thousands of files
                found[name if within == "." else f"{within}/{name}"] = size
        return dict(sorted(found.items()))

    def holding(self, folder: Path, names: Iterable[str], inner: str) -> set[str]:
        """Return which of the folders `names` hold a file called `inner`; a look at ten thousand takes 30 ms."""
        self._tell("list", folder)
        found = set()
        for name in names:
            try:
                mode = os.stat(f"{folder}{os.sep}{name}{os.sep}{inner}").st_mode  # noqa: PTH116 - as in `stat`
            except (FileNotFoundError, NotADirectoryError):
                continue
            if stat.S_ISREG(mode):
                found.add(name)
        return found

    def stat(self, path: Path) -> os.stat_result | None:
        """Return what the system knows of a file, or None where there is none."""
        self._tell("stat", path)
        try:
            return os.stat(path)  # noqa: PTH116 - half the cost of Path.stat, and reads count
        except (FileNotFoundError, NotADirectoryError):
            return None

    def same(self, first: Path, second: Path) -> bool:
        """Return whether both names exist and are one file (or, without hard links, equal copies)."""
        one, two = self.stat(first), self.stat(second)
        if one is None or two is None:
            return False
        if (one.st_dev, one.st_ino) == (two.st_dev, two.st_ino):
            return True
        return not self.links and one.st_size == two.st_size and self.read(first) == self.read(second)

    def free_bytes(self, folder: Path) -> int:
        """Return how many bytes may still be written under `folder`."""
        self._tell("stat", folder)
        return shutil.disk_usage(folder).free

    # -- changing -------------------------------------------------------------------------------------------------

    def mkdir(self, folder: Path) -> bool:
        """Make one folder; return False where it exists already."""
        self._tell("mkdir", folder)
        try:
            folder.mkdir()
        except FileExistsError:
            return False
        return True

    def make_dirs(self, folder: Path) -> None:
        """Make a folder and the missing ones above it, each durable in its parent."""
        if self.stat(folder) is not None:
            return
        self.make_dirs(folder.parent)
        self.mkdir(folder)
        self.fsync_dir(folder.parent)

    def new_dirs(self, folder: Path) -> list[Path]:
        """Do the same, but leave it to the caller to make the names durable; return the folders that hold them."""
        if self.stat(folder) is not None:
            return []
        parents = self.new_dirs(folder.parent)
        self.mkdir(folder)
        return [*parents, folder.parent]

    def try_write(self, folder: Path) -> None:
        """Open and forget a file without a name (where the system has none: a short-lived one) in a folder."""
        self._tell("create", folder)
        with tempfile.TemporaryFile(dir=folder):
            pass

    def create(self, path: Path, data: bytes) -> None:
        """Write a new file and make its content durable (not its name: that is the folder's fsync).

        Raises:
            FileExistsError: the name is taken.
        """
        self._tell("create", path)
        descriptor = os.open(path, _EXCLUSIVE, 0o644)
        try:
            self._tell("write", path, data=data)
            _write_all(descriptor, data)
            self._tell("fsync", path)
            self._flush(descriptor)
        finally:
            os.close(descriptor)

    @contextmanager
    def creating(self, path: Path) -> Iterator[BinaryIO]:
        """Yield a new file to fill; when the block ends well its content is durable (not its name).

        Raises:
            FileExistsError: the name is taken.
        """
        self._tell("create", path)
        with path.open("x+b") as file:
            yield file
            file.flush()
            self._tell("fsync", path)
            self._flush(file.fileno())

    def note(self, path: Path, data: bytes) -> None:
        """Write a small file that need not survive a power cut, replacing what is there."""
        self._tell("note", path, data=data)
        path.write_bytes(data)

    def scribble(self, path: Path, data: bytes) -> None:
        """Write over the beginning of a small file that nobody relies on, making it where it is missing.

        Not `note`: ext4 sends a file that was cut and written again to the disk as soon as it is closed.
        """
        self._tell("note", path, data=data)
        descriptor = os.open(path, _IN_PLACE, 0o644)
        try:
            _write_all(descriptor, data)
        finally:
            os.close(descriptor)

    def protect(self, path: Path) -> None:
        """Make a file read-only (POSIX; on Windows a read-only file could not be replaced later)."""
        if os.name == "nt":  # pragma: no cover - Windows
            return
        self._tell("chmod", path)
        path.chmod(READ_ONLY)

    def link(self, source: Path, target: Path) -> None:
        """Give a file a second name; copy it where there are no hard links.

        Raises:
            FileExistsError: `target` is taken.
        """
        if not self.links:
            self.create(target, self.read(source))
            return
        self._tell("link", target, source)
        os.link(source, target)

    def publish_new(self, source: Path, target: Path) -> None:
        """Give a file a name that must be free: by link (the old name stays) or, without links, by renaming.

        Raises:
            FileExistsError: `target` is taken.
        """
        if self.links:
            self.link(source, target)
            return
        if self.stat(target) is not None:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
        self._retrying("rename", source, target)

    def replace(self, source: Path, target: Path) -> None:
        """Give a file another name, replacing what has it; retried while a Windows reader holds that."""
        self._retrying("replace", source, target)

    def unlink(self, path: Path) -> None:
        """Remove a name; no error where it is gone already."""
        self._tell("unlink", path)
        with suppress(FileNotFoundError):
            os.unlink(path)  # noqa: PTH108 - the same call, named as the hook names it

    def rmdir(self, folder: Path) -> bool:
        """Remove an empty folder; return False where it is not empty or not there."""
        self._tell("rmdir", folder)
        try:
            folder.rmdir()
        except FileNotFoundError:
            return False
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
                return False
            raise
        return True

    def remove_tree(self, folder: Path) -> None:
        """Remove a folder and all it holds, name by name."""
        for name in self.names(folder):
            path = folder / name
            if path.is_dir() and not path.is_symlink():
                self.remove_tree(path)
            else:
                self.unlink(path)
        self.rmdir(folder)

    def fsync_dir(self, folder: Path) -> None:
        """Make the names in a folder durable; nothing to do on Windows, which has no such call."""
        if not self._directory_fsync:
            return
        self._tell("fsync_dir", folder)
        descriptor = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
        try:
            self._flush(descriptor)
        finally:
            os.close(descriptor)

    def fsync_dirs(self, folders: Sequence[Path]) -> None:
        """Do so for several folders, two at once: asked together, a file system writes once for both."""
        try:
            for _ in side_by_side(self.fsync_dir, folders):
                pass
        except RuntimeError:  # the program is ending, or the system has no thread left: one by one
            for folder in folders:
                self.fsync_dir(folder)

    def can_link(self, folder: Path) -> bool:
        """Try out whether the file system under `folder` has hard links."""
        source, target = folder / "link.a", folder / "link.b"
        self.note(source, b"")
        try:
            self.link(source, target)
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EINVAL):
                raise
            return False
        else:
            return self.links
        finally:
            self.unlink(target)
            self.unlink(source)

    # -- the seam -------------------------------------------------------------------------------------------------

    def _tell(self, name: str, path: Path, source: Path | None = None, data: bytes | None = None) -> None:
        if self._hook is not None:
            self._hook(Operation(name, path, source, data))

    def _retrying(self, name: str, source: Path, target: Path) -> None:
        pause_s = FIRST_RETRY_S
        while True:
            try:
                self._tell(name, target, source)
                os.replace(source, target)  # noqa: PTH105 - the same call, named as the hook names it
            except PermissionError as error:
                if getattr(error, "winerror", None) not in BUSY_WINERRORS or pause_s > RETRY_LIMIT_S:
                    raise
                self._wait(pause_s)
                pause_s *= 2
            else:
                return

    @contextmanager
    def removing(self, folder: Path) -> Iterator[Path]:
        """Yield a folder that is removed on the way out, whatever happens; a failure to do so is left to recovery."""
        try:
            yield folder
        finally:
            with suppress(OSError):
                self.remove_tree(folder)


def _write_all(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
