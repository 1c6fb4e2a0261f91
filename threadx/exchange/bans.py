"""Bans that outlive the process: asking on while banned makes the exchange ban for longer.

One small JSON file per bank, `<data_root>/.threadx/limits.json`::

    {"banned_until_ms": {"binance": 1790000000000}}

It is a memory aid, not data: a missing or damaged file only means that nothing is remembered.
"""

from __future__ import annotations

import json
import logging
import threading
from pathlib import Path

from threadx.store.whole import write_whole

__all__ = ["BanMemory"]

log = logging.getLogger(__name__)

KEY = "banned_until_ms"
MAX_BYTES = 64_000


class BanMemory:
    """Reads and writes one file of bans. Thread-safe; of two programs that write at once the later one wins."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def until_ms(self, family: str) -> int:
        """Return until when (UTC ms, local wall clock) `family` has banned this address; 0 when it has not."""
        with self._lock:
            return self._read().get(family, 0)

    def remember(self, family: str, until_ms: int) -> None:
        """Write down a ban, durably. A disk that cannot take it is logged: the ban holds in this process anyway."""
        with self._lock:
            bans = self._read() | {family: until_ms}
            try:
                write_whole(self._path, json.dumps({KEY: bans}, sort_keys=True).encode())
            except OSError as error:
                log.warning("cannot remember the exchange's ban in %s: %s", self._path, error)

    def _read(self) -> dict[str, int]:
        try:
            with self._path.open("rb") as file:
                bans = json.loads(file.read(MAX_BYTES))[KEY]
            return {str(family): until for family, until in bans.items() if type(until) is int}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            log.warning("%s cannot be read, no ban is remembered: %r", self._path, error)
            return {}
