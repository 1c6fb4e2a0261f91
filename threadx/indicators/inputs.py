"""The bars an indicator is computed from: months of one generation, each by the hash of its file."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from threadx.bars.schema import OPEN_TIME, Columns
from threadx.bars.timeframe import Timeframe
from threadx.errors import UDFIColumnError
from threadx.store import Store
from threadx.store.layout import Series
from threadx.store.manifest import FileEntry
from threadx.store.read import Wanted, nothing_stored

__all__ = ["Bars", "Inputs", "Part"]


@dataclass(frozen=True, slots=True)
class Part:
    """One month of bars."""

    name: str
    """ "2024-03", or "all" where the bars are one file."""
    source: str
    """SHA-256 of the file."""
    rows: int


@dataclass(frozen=True, slots=True)
class Bars:
    """The bars of one timeframe in one generation; nothing of them is read yet."""

    series: Series
    timeframe: Timeframe
    entries: Mapping[str, FileEntry]

    @property
    def parts(self) -> tuple[Part, ...]:
        """The months, in order."""
        return tuple(Part(name, entry.sha256, entry.rows) for name, entry in self.entries.items())


class Inputs:
    """Reads bars, and keeps what it read up to a number of bytes: ten indicators of one symbol read them once.

    A file is known by its hash and never changes, so what is kept cannot be stale. Any thread.
    """

    def __init__(self, store: Store, keep_bytes: int = 0) -> None:
        self._store = store
        self._keep_bytes = keep_bytes
        self._kept: OrderedDict[tuple[str, str], NDArray[np.generic]] = OrderedDict()
        self._size_bytes = 0
        self._guard = threading.Lock()

    def bars(self, series: Series, timeframe: Timeframe) -> Bars:
        """Return what the newest generation has.

        Raises:
            DataNotFoundError: nothing; the hint says what there is.
        """
        manifest = self._store.manifest(series.provider, series.symbol)
        entries: Mapping[str, FileEntry] = {} if manifest is None else manifest.of(timeframe.name)
        if not entries:
            newest = self._store.bank.generations.newest(series)
            raise nothing_stored(self._store.bank, Wanted(series, timeframe), newest)
        return Bars(series, timeframe, entries)

    def load(self, bars: Bars, part: str, needs: Sequence[str]) -> Columns:
        """Return a month's open times and the columns in `needs`; what the month lacks is null.

        Raises:
            FileNotFoundError: the generation is gone.
            CorruptPartitionError: the file is damaged.
        """
        entry = bars.entries[part]
        wanted = [OPEN_TIME, *(name for name in needs if name in entry.columns)]
        found = self._find(entry.sha256, wanted)
        if found is None:
            found = self._store.bank.rows(bars.series, f"{bars.timeframe.name}/{part}", entry, wanted[1:])
            self._keep(entry.sha256, found)
        lacking = {name: np.full(entry.rows, np.nan) for name in needs if name not in entry.columns}
        return {**found, **lacking}

    def check(self, bars: Bars, needs: Sequence[str]) -> None:
        """Refuse bars that lack a column in every month.

        Raises:
            UDFIColumnError: names it.
        """
        there = {name for entry in bars.entries.values() for name in entry.columns}
        lacking = [name for name in needs if name not in there]
        if lacking:
            raise UDFIColumnError(
                "{series} {timeframe}: no column {unknown}",
                hint="these bars came without it; choose an indicator that does not need it",
                series=bars.series,
                timeframe=bars.timeframe.name,
                unknown=", ".join(lacking),
            )

    def _find(self, source: str, names: Sequence[str]) -> Columns | None:
        with self._guard:
            keys = [(source, name) for name in names]
            if any(key not in self._kept for key in keys):
                return None
            for key in keys:
                self._kept.move_to_end(key)
            return {name: self._kept[source, name] for name in names}

    def _keep(self, source: str, columns: Columns) -> None:
        if not self._keep_bytes:
            return
        with self._guard:
            for name, values in columns.items():
                if (source, name) not in self._kept:
                    values.flags.writeable = False  # others will be handed the same array
                    self._kept[source, name] = values
                    self._size_bytes += values.nbytes
            while self._size_bytes > self._keep_bytes:
                _key, values = self._kept.popitem(last=False)
                self._size_bytes -= values.nbytes
