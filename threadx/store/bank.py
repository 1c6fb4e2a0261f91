"""The parts that every operation on a bank shares, put together once."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from threadx import __version__
from threadx.bars.schema import Columns
from threadx.errors import CorruptPartitionError
from threadx.progress import NULL_PROGRESS, Progress
from threadx.store.fsio import Fs
from threadx.store.generations import Generations
from threadx.store.layout import Layout, Series
from threadx.store.lock import exclusive
from threadx.store.manifest import FileEntry, Manifest
from threadx.store.objects import decode_checked
from threadx.store.recent import Recent

__all__ = ["Bank", "utc_now", "writer_name"]

log = logging.getLogger(__name__)


def utc_now() -> datetime:
    """Return the wall clock, in UTC."""
    return datetime.now(UTC)


def writer_name() -> str:
    """Return who writes: version, process and host."""
    return f"threadx {__version__}, process {os.getpid()} on {socket.gethostname()}"


@dataclass(frozen=True)
class Bank:
    """File system, names, generations, clock and limits of one bank. Any thread may use it."""

    fs: Fs
    layout: Layout
    generations: Generations
    keep_operations: int
    clock: Callable[[], datetime] = utc_now
    on_commit: list[Callable[[Manifest], object]] = field(default_factory=list)
    """Told of every published generation, under the lock of its series: the registry. Must not raise."""
    recent: Recent = field(default_factory=Recent)

    def locked(
        self, series: Series, *, timeout_s: float, progress: Progress = NULL_PROGRESS
    ) -> AbstractContextManager[None]:
        """Hold the lock of a series inside the block; raises as `threadx.store.lock.exclusive` does."""
        return exclusive(self.fs, self.layout.lock(series), str(series), timeout_s=timeout_s, progress=progress)

    def rows(self, series: Series, key: str, entry: FileEntry, columns: Sequence[str] | None = None) -> Columns:
        """Return the rows of one object.

        Raises:
            FileNotFoundError: the object is gone.
            CorruptPartitionError: it is not what was written; names the visible file and the object.
        """
        path = self.layout.object(series, entry.sha256)
        data = self.fs.read(path)
        try:
            return decode_checked(data, entry, columns)
        except CorruptPartitionError as error:
            raise CorruptPartitionError(
                "{series} {key}: {path}: {reason}",
                hint="run: threadx verify --level full --repair --symbols {symbol}",
                series=series,
                key=key,
                path=path,
                reason=error.message,
                symbol=series.symbol,
            ) from error

    def committed(self, manifest: Manifest) -> None:
        """Tell the registry. It is rebuilt from manifests at any time, so it can never fail a write."""
        for listener in self.on_commit:
            listener(manifest)
