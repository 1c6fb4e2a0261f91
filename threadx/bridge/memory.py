"""What was still to do when the program ended: a small file beside the data, read at the next start.

Two programs on one data root share the file: the last one to change its jobs writes it. It is an offer, not a record:
a file that cannot be read is an empty offer, and one that cannot be written is logged.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from threadx.bridge.events import JobSpec

__all__ = ["JobMemory"]

log = logging.getLogger(__name__)

VERSION = 1


class JobMemory:
    """The file of unfinished jobs. Any thread; `save` writes and belongs on a worker thread."""

    def __init__(self, file: Path, current: Callable[[], Sequence[JobSpec]]) -> None:
        """Remember in `file` what `current` returns; nothing is read or written yet."""
        self._file = file
        self._current = current
        self._offered: list[JobSpec] | None = None
        self._frozen: list[JobSpec] | None = None
        self._off = False
        self._lock = threading.Lock()
        self._writing = threading.Lock()

    def offered(self) -> list[JobSpec]:
        """Return what an earlier run left to do and nobody has taken up or refused yet. Reads one small file, once."""
        with self._lock:
            if self._offered is None:
                self._offered = _read(self._file)
            return list(self._offered)

    def settle(self) -> None:
        """Forget what was offered: it was taken up, or is not wanted."""
        with self._lock:
            self._offered = []

    def switch_off(self) -> None:
        """Offer and write nothing from now on: the file belongs to another window that is open."""
        with self._lock:
            self._off = True
            self._offered = []

    def freeze(self) -> None:
        """Keep what is unfinished now, whatever becomes of it: the program closes and will cancel it."""
        with self._lock:
            if self._frozen is None:
                self._frozen = list(self._current())

    def save(self) -> None:
        """Write what is to be offered next time; remove the file when that is nothing."""
        if self._off:
            return
        with self._writing:
            offered = self.offered()
            with self._lock:
                now = list(self._current()) if self._frozen is None else self._frozen
            specs = list(dict.fromkeys([*offered, *(spec for spec in now if spec.remembered)]))
            try:
                _write(self._file, specs)
            except OSError as error:
                log.warning("%s: the unfinished jobs could not be remembered: %s", self._file, error)


def _read(file: Path) -> list[JobSpec]:
    try:
        said = json.loads(file.read_bytes())
        if said["version"] != VERSION:
            return []
        return [spec for spec in map(JobSpec.from_json, said["jobs"]) if spec.remembered]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.warning("%s: the unfinished jobs of the last run cannot be read: %s", file, error)
        return []


def _write(file: Path, specs: Sequence[JobSpec]) -> None:
    from threadx.store.whole import write_whole  # noqa: PLC0415 - the package of the bank loads pandas

    if not specs:
        file.unlink(missing_ok=True)
        return
    data = json.dumps({"version": VERSION, "jobs": [spec.to_json() for spec in specs]}, indent=1).encode()
    write_whole(file, data)
