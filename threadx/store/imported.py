"""Which legacy files are in the bank already: known by their content, never by a clock or a name alone.

One small JSON file each in `.threadx/imports/`, so that no lock is needed: two programs that take up one file write
the same thing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from threadx.bars.intervals import Interval
from threadx.store.fsio import Fs
from threadx.store.layout import Layout
from threadx.store.refusal import unwritten
from threadx.store.whole import write_whole

__all__ = ["ImportRecord", "Imports"]

_FOLDER = "imports"
_VERSION = 1
"""Of how files are read: a higher one has all of them read again."""


@dataclass(frozen=True, slots=True)
class ImportRecord:
    """What came of one file."""

    provider: str
    symbol: str
    timeframe: str
    stretches: tuple[Interval, ...]
    """Where bars of that dataset must be stored for the file to be in the bank; UTC ms."""
    source: str
    """Name of the file, for people."""
    bars: int


class Imports:
    """The records of one bank. Any thread may use it."""

    def __init__(self, fs: Fs, layout: Layout) -> None:
        self._fs = fs
        self._folder = layout.control / _FOLDER

    @staticmethod
    def key(sha256: str, name: str, provider: str) -> str:
        """Return what a file is known by: its content, its name (which says whose bars they are) and where they go."""
        return hashlib.sha256(f"{_VERSION}\n{sha256}\n{name}\n{provider}".encode()).hexdigest()[:40]

    def get(self, key: str) -> ImportRecord | None:
        """Return the record of a key; None where there is none, or none that can be read."""
        try:
            values = json.loads(self._fs.read(self._folder / f"{key}.json"))
            return _record(values)
        except (OSError, ValueError, KeyError, TypeError):
            return None  # the worst that follows is that a file is read again

    def put(self, key: str, record: ImportRecord) -> None:
        """Keep a record, in the place of an older one.

        Raises:
            StoreError: the disk refused.
        """
        path = self._folder / f"{key}.json"
        try:
            write_whole(path, json.dumps(_values(record)).encode(), self._fs)
        except OSError as error:
            raise unwritten(path, error) from error


def _values(record: ImportRecord) -> dict[str, Any]:
    return {
        "provider": record.provider,
        "symbol": record.symbol,
        "timeframe": record.timeframe,
        "stretches": [[each.start_ms, each.end_ms] for each in record.stretches],
        "source": record.source,
        "bars": record.bars,
    }


def _record(values: Mapping[str, Any]) -> ImportRecord:
    return ImportRecord(
        provider=str(values["provider"]),
        symbol=str(values["symbol"]),
        timeframe=str(values["timeframe"]),
        stretches=tuple(Interval(int(start), int(end)) for start, end in values["stretches"]),
        source=str(values["source"]),
        bars=int(values["bars"]),
    )
