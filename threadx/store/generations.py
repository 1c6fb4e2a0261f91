"""Finding generations: HEAD is a hint, numbered manifests are the truth. Lock-free; never lists a folder to read.

"List the folder, take the highest" showed an empty dataset now and then under writers (readdir races), so readers
take the number in HEAD and probe the next ones by name.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from contextlib import suppress
from datetime import date, datetime, timedelta

from threadx.errors import CorruptPartitionError, DataNotFoundError, FileValidationError
from threadx.store.fsio import Fs
from threadx.store.layout import Layout, Series, name_of
from threadx.store.manifest import Manifest

__all__ = ["AsOf", "Generations"]

AsOf = int | datetime | date | None
"""A generation's number; the newest at or before an aware moment; the newest of a UTC day or before; the newest."""

_CACHED = 48
_ATTEMPTS = 20
"""GC may remove a generation between the look at HEAD and the read; each attempt begins with a newer HEAD."""

_Stamp = tuple[int, int, int]


class Generations:
    """The manifests of a bank, cached by number while their file stays the same. Any thread may use it."""

    def __init__(self, fs: Fs, layout: Layout) -> None:
        self._fs = fs
        self._layout = layout
        self._cache: OrderedDict[tuple[Series, int], tuple[_Stamp, Manifest]] = OrderedDict()
        self._guard = threading.Lock()

    def all_series(self) -> list[Series]:
        """Return every series that has a control folder, in order."""
        root = self._layout.all_series
        found = []
        for provider in self._fs.names(root):
            for symbol in self._fs.names(root / provider):
                with suppress(FileValidationError):  # another program's file, as file managers leave them
                    found.append(Series(name_of(provider), name_of(symbol)))
        return sorted(found)

    def numbers(self, series: Series) -> list[int]:
        """Return the generations there are, ascending. Lists the folder: for writers and recovery, under the lock."""
        names = self._fs.names(self._layout.series(series))
        return [int(name[2:-5]) for name in names if name.startswith("g-") and name.endswith(".json")]

    def head(self, series: Series) -> int:
        """Return the generation that was published last, or 0 when HEAD is absent or unreadable."""
        try:
            return int(self._fs.read(self._layout.head(series)))
        except (FileNotFoundError, NotADirectoryError, ValueError):
            return 0

    def newest(self, series: Series) -> Manifest:
        """Return the newest generation; `Manifest.nothing` where there is none.

        Raises:
            CorruptPartitionError: the newest manifest is damaged.
        """
        for _ in range(_ATTEMPTS):
            gen = self.head(series) or max(self.numbers(series), default=0)
            if gen == 0:
                return Manifest.nothing(series)
            while self._fs.stat(self._layout.manifest(series, gen + 1)) is not None:
                gen += 1
            try:
                return self.load(series, gen)
            except FileNotFoundError:
                if self.head(series) == gen:  # HEAD names a lost generation: take what there is
                    gen = max(self.numbers(series), default=0)
                    return self.load(series, gen) if gen else Manifest.nothing(series)
        raise CorruptPartitionError(
            "{series}: no generation could be read", hint="run: threadx verify --repair", series=series
        )

    def last(self, series: Series) -> Manifest:
        """Return the newest generation by listing, whatever HEAD says; for writers and recovery, under the lock.

        A HEAD from an older copy of the folder may be followed by a number that is no longer kept, so that probing
        from it ends too early.

        Raises:
            CorruptPartitionError: the newest manifest is damaged.
        """
        gen = max(self.numbers(series), default=0)
        return self.load(series, gen) if gen else Manifest.nothing(series)

    def current(self, series: Series) -> Manifest | None:
        """Return the newest generation, or None where there is none.

        Raises:
            CorruptPartitionError: the newest manifest is damaged.
        """
        manifest = self.newest(series)
        return manifest if manifest.gen else None

    def load(self, series: Series, gen: int) -> Manifest:
        """Return one generation.

        Raises:
            FileNotFoundError: there is none of that number (any more).
            CorruptPartitionError: its manifest is damaged, or belongs elsewhere.
        """
        stamp = self._stamp(series, gen)
        if stamp is None:
            raise FileNotFoundError(self._layout.manifest(series, gen))
        with self._guard:
            cached = self._cache.get((series, gen))
        if cached is not None and cached[0] == stamp:
            return cached[1]
        path = self._layout.manifest(series, gen)
        manifest = Manifest.from_bytes(self._fs.read(path))
        if (manifest.series, manifest.gen) != (series, gen):
            raise CorruptPartitionError("{path}: this manifest belongs elsewhere", path=path)
        self._keep(manifest, stamp)
        return manifest

    def remember(self, manifest: Manifest) -> None:
        """Take note of a generation that was just committed, so that it need not be parsed."""
        stamp = self._stamp(manifest.series, manifest.gen)
        if stamp is not None:
            self._keep(manifest, stamp)

    def _stamp(self, series: Series, gen: int) -> _Stamp | None:
        known = self._fs.stat(self._layout.manifest(series, gen))
        return None if known is None else (known.st_ino, known.st_mtime_ns, known.st_size)

    def _keep(self, manifest: Manifest, stamp: _Stamp) -> None:
        with self._guard:
            self._cache[manifest.series, manifest.gen] = (stamp, manifest)
            while len(self._cache) > _CACHED:
                self._cache.popitem(last=False)

    def as_of(self, series: Series, when: AsOf) -> Manifest:
        """Return the generation that `when` names.

        Raises:
            DataNotFoundError: there was none yet, or it is no longer kept.
            TypeError: `when` is none of these.
            ValueError: `when` is a datetime without a zone.
        """
        if when is None:
            return self.newest(series)
        if isinstance(when, int):
            return self._numbered(series, when)
        limit = _limit(when)
        for gen in reversed(self.numbers(series)):
            with suppress(FileNotFoundError):  # GC took it meanwhile
                manifest = self.load(series, gen)
                if manifest.utc <= limit:
                    return manifest
        raise DataNotFoundError(
            "{series}: no kept generation is as old as {when}",
            hint="see: threadx history --symbols {symbol}",
            series=series,
            symbol=series.symbol,
            when=limit.isoformat(timespec="seconds"),
        )

    def _numbered(self, series: Series, gen: int) -> Manifest:
        try:
            return self.load(series, gen)
        except FileNotFoundError:
            raise DataNotFoundError(
                "{series}: there is no generation {gen} (any more)",
                hint="see: threadx history --symbols {symbol}",
                series=series,
                symbol=series.symbol,
                gen=gen,
            ) from None


def _limit(when: datetime | date) -> datetime:
    if not isinstance(when, date):
        raise TypeError(f"as_of is a generation's number, a datetime or a date, not {when!r}")
    if not isinstance(when, datetime):
        day = datetime.fromisoformat(f"{when.isoformat()}T00:00:00+00:00")
        return day + timedelta(days=1, microseconds=-1)
    if when.tzinfo is None:
        raise ValueError("as_of needs a datetime with a time zone")
    return when
