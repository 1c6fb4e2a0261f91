"""One window per data folder: a second one is told, and keeps off what the first one remembers."""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

__all__ = ["Instance"]

FILE_NAME = "window.lock"

log = logging.getLogger(__name__)


class Instance:
    """The claim of this process on a data folder. The system releases it when the process ends, however it ends."""

    def __init__(self, data_root: Path) -> None:
        self._lock = FileLock(data_root / ".threadx" / FILE_NAME, timeout=0, thread_local=False)
        self.first = self._claim(data_root)
        """Whether no other window had the folder open; also true where nobody can tell."""

    def release(self) -> None:
        """Give the folder free."""
        with suppress(OSError):
            self._lock.release()

    def _claim(self, data_root: Path) -> bool:
        try:
            (data_root / ".threadx").mkdir(parents=True, exist_ok=True)
            self._lock.acquire()
        except Timeout:
            return False
        except (OSError, NotImplementedError) as error:  # read-only, or a disk without locks: the store will say so
            log.warning("%s: whether another window uses it cannot be told (%s)", data_root, error)
        return True
