"""Opening a bank: which format it has, what the disk under it can do, and making it the first time."""

from __future__ import annotations

import json
import logging
import stat
from contextlib import suppress
from pathlib import Path

from threadx.errors import FileValidationError, StoreError
from threadx.store.fsio import Fs
from threadx.store.layout import Layout, Series
from threadx.store.lock import exclusive
from threadx.store.stage import own_folder, owner_lock

__all__ = ["check_contained", "check_writable", "create", "read_format"]

log = logging.getLogger(__name__)

FORMAT = 1
CREATE_TIMEOUT_S = 30.0
_NETWORK_SYSTEMS = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p"})


def read_format(fs: Fs, layout: Layout) -> bool:
    """Learn what the bank was made as; return False when there is none yet.

    Raises:
        StoreError: a newer ThreadX made it.
        FileValidationError: a file is where its folder should be.
    """
    try:
        said = json.loads(fs.read(layout.format_file))
        version, links = int(said["format"]), bool(said["link"])
    except (FileNotFoundError, NotADirectoryError):
        _existing(fs, layout.control.parent)
        return False
    except (ValueError, KeyError, TypeError):
        return False  # torn when the bank was made: `create` writes it again
    if version > FORMAT:
        raise StoreError(
            "{path}: this bank has format {version}, newer than this ThreadX knows ({known})",
            hint="install the ThreadX that wrote it, or a newer one",
            path=layout.format_file,
            version=version,
            known=FORMAT,
        )
    fs.links = fs.links and links
    return True


def create(fs: Fs, layout: Layout) -> None:
    """Make the control folder and say in it what it is. Safe to call twice, and by two processes at once."""
    lock = owner_lock(layout, "bank.")
    with exclusive(fs, lock, "bank", timeout_s=CREATE_TIMEOUT_S), own_folder(fs, layout, "bank") as folder:
        fs.links = fs.links and fs.can_link(folder)
        staged = folder / layout.format_file.name
        fs.create(staged, json.dumps({"format": FORMAT, "link": fs.links}).encode())
        fs.replace(staged, layout.format_file)
    fs.fsync_dir(layout.control)
    system = _file_system(layout.control)
    if system in _NETWORK_SYSTEMS:
        log.warning("%s is on a network drive (%s): its locks may not hold between computers", layout.control, system)


def check_writable(fs: Fs, layout: Layout, series: Series | None = None) -> None:
    """Try out whether a bank, and a series in it, could be written; leaves nothing behind, makes no folder.

    Raises:
        StoreError: the disk would refuse; names the folder and the reason.
    """
    visible = layout.visible if series is None else layout.series_tree(series)
    for folder in dict.fromkeys(_existing(fs, each) for each in (layout.control, visible)):
        try:
            fs.try_write(folder)
        except OSError as error:
            raise StoreError(
                "{folder}: cannot be written: {reason}",
                hint="give yourself the right to write there, or choose another folder: "
                "--data-root, or [paths] data_root in the settings",
                folder=folder,
                reason=error.strerror or error,
            ) from error


def _existing(fs: Fs, folder: Path) -> Path:
    """Return the folder, or the nearest one above it that there is. FileValidationError where that is a file."""
    for path in (folder, *folder.parents):
        status = fs.stat(path)
        if status is None:
            continue
        if stat.S_ISDIR(status.st_mode):
            return path
        raise FileValidationError(
            "{path}: is a file, not a folder",
            hint="choose another data folder: --data-root, or [paths] data_root in the settings",
            path=path,
        )
    return folder


def check_contained(layout: Layout, series: Series) -> None:
    """Refuse a series whose folder leads out of the bank through a link.

    Raises:
        FileValidationError: it does.
    """
    tree = layout.series_tree(series)
    if not tree.resolve().is_relative_to(layout.visible.resolve()):
        raise FileValidationError("{path}: leads out of the bank", hint="remove the link", path=tree)


def _file_system(folder: Path) -> str:
    """Return the kind of file system a folder is on, where Linux tells."""
    best = ("", "")
    with suppress(OSError):
        for line in Path("/proc/mounts").read_text(encoding="utf-8", errors="replace").splitlines():
            _, mount, kind, *_ = line.split(" ")
            if folder.is_relative_to(mount) and len(mount) >= len(best[0]):
                best = (mount, kind)
    return best[1]
