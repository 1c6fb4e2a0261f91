"""Small files that are replaced whole: a reader sees the old content or the new one, after a power cut too."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from threadx.store.fsio import Fs

__all__ = ["write_whole"]


def write_whole(path: Path, data: bytes, fs: Fs | None = None) -> None:
    """Write `data` beside `path`, durably, and give it that name in one step. Folders are made.

    Any number of threads and processes may do so at once; the last one's content stays.

    Raises:
        OSError: the disk refused; what was there before still is.
    """
    files = Fs() if fs is None else fs
    files.make_dirs(path.parent)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        files.create(fresh, data)
        files.replace(fresh, path)
    finally:
        files.unlink(fresh)
    files.fsync_dir(path.parent)
