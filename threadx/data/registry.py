"""What the bank holds: datasets with their range, rows, checksum and quality. A fast index over the manifests."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from threadx.bars.timeframe import Timeframe
from threadx.config import get_settings
from threadx.data.adopt import adopt
from threadx.errors import DataError, DataNotFoundError
from threadx.progress import NULL_PROGRESS, Progress
from threadx.store.datasets import DatasetRow
from threadx.store.layout import Series
from threadx.store.store import Store

__all__ = [
    "DatasetInfo",
    "RegistryManager",
    "dataset_exists",
    "file_checksum",
    "get_checksum",
    "quick_inventory",
]

_BYTES_PER_MB = 1_000_000


@dataclass(frozen=True, slots=True)
class DatasetInfo:
    """One dataset: the bars of one symbol, provider and timeframe."""

    symbol: str
    provider: str
    timeframe: str
    first_date: pd.Timestamp
    """Open time of the first bar, UTC."""
    last_date: pd.Timestamp
    """Open time of the last bar, UTC."""
    total_rows: int
    total_partitions: int
    """Files: one a month."""
    file_size_bytes: int
    checksum: str
    """SHA-256 over the sorted lines "<timeframe>/<month> <sha256 of the file>"."""
    last_updated: pd.Timestamp
    """When its newest generation was committed, UTC."""
    data_quality: float
    """In [0, 1]: of the minutes between the first and the end of the last bar that could exist (all but those the
    source confirmed to be empty), the share that is stored. 1.0: no unexplained gap. A derived timeframe has the
    quality of the 1m bars behind it."""


class RegistryManager:
    """Lists the datasets of one data root. Any thread may use it; what it reads is rebuilt whenever it is damaged."""

    def __init__(self, data_root: str | os.PathLike[str] | None = None) -> None:
        """Open the registry of a data root; None: the configured one. Creates nothing."""
        settings = get_settings()
        self.data_root = Path(settings.paths.data_root if data_root is None else data_root)
        self._store = Store(self.data_root, settings=settings)

    def list_datasets(
        self, symbol: str | None = None, provider: str | None = None, timeframe: str | None = None
    ) -> list[DatasetInfo]:
        """Return the datasets that fit, by provider, symbol and length of timeframe; an empty list when none does.

        Raises:
            UnsupportedTimeframeError: there is no such timeframe.
        """
        name = None if timeframe is None else Timeframe.parse(timeframe).name
        return _infos(self._store.catalog.rows(provider=provider, symbol=symbol, timeframe=name))

    def scan_partitioned_dataset(
        self,
        path: str | os.PathLike[str],
        symbol: str,
        provider: str,
        timeframe: str | None = None,
        *,
        progress: Progress = NULL_PROGRESS,
    ) -> DatasetInfo:
        """Take up the Parquet files below `path` that are not the bank's own, and return what is stored now.

        Any tool may have written them; their bars are held to the data contract and upserted, the newest winning. The
        files themselves stay where they are, unless they lie in the place of the bank's own: those go to quarantine.

        Args:
            path: a folder (searched to any depth) or a file.
            symbol: whose bars to take; files that hold others' too are read for this one.
            provider: where the bars shall belong.
            timeframe: of all files; None: each file's by the nearest folder or its name ("1h"), else by its spacing.
            progress: reports files.

        Returns:
            The dataset of `timeframe`, or of the shortest timeframe found.

        Raises:
            DataNotFoundError: no file holds bars of the symbol.
            DataError: a file breaks the contract, or contradicts what 1m bars say; nothing of its timeframe is taken.
            StoreError: the disk refused, or another program keeps writing.
            JobCancelled: cancelled; timeframes that were taken stay.
        """
        series = Series(provider, symbol)
        wanted = None if timeframe is None else Timeframe.parse(timeframe)
        shortest = adopt(self._store, Path(path), series, wanted, progress)
        self._store.export_registry(progress=progress)
        name = shortest.name if wanted is None else wanted.name
        return _the_one(self.list_datasets(symbol, provider, name), symbol, name)

    def refresh_all(
        self, provider_filter: str | None = None, *, progress: Progress = NULL_PROGRESS
    ) -> list[DatasetInfo]:
        """Build the whole registry anew from the manifests (from the files themselves where those are gone).

        Writes `registry/catalog.sqlite`, `catalog.json` and `checksums/`.

        Returns:
            The datasets, of `provider_filter` where it is given.

        Raises:
            StoreError: the disk refused, or another program keeps the registry locked.
            JobCancelled: cancelled; every file that was written is whole.
        """
        self._store.recover(progress=progress)
        self._store.rebuild_registry(progress=progress)
        return self.list_datasets(provider=provider_filter)

    def quick_inventory(self) -> dict[str, int | float]:
        """Return `total_datasets`, `total_rows` (bars of all timeframes) and `total_size_mb` (10^6 bytes)."""
        rows = self._store.catalog.rows()
        return {
            "total_datasets": len(rows),
            "total_rows": sum(row.rows for row in rows),
            "total_size_mb": sum(row.size_bytes for row in rows) / _BYTES_PER_MB,
        }

    def dataset_exists(self, symbol: str, timeframe: str, provider: str | None = None) -> bool:
        """Return whether there are bars of that symbol and timeframe, of any provider or of the one given."""
        return bool(self.list_datasets(symbol, provider, timeframe))

    def get_checksum(self, symbol: str, timeframe: str, provider: str | None = None) -> str:
        """Return the checksum of a dataset (see `DatasetInfo.checksum`).

        Raises:
            DataNotFoundError: there is no such dataset.
            DataError: several providers have it; name one.
        """
        return _the_one(self.list_datasets(symbol, provider, timeframe), symbol, timeframe).checksum

    @staticmethod
    def file_checksum(path: str | os.PathLike[str]) -> str:
        """Return the SHA-256 of a file, as the function of the same name."""
        return file_checksum(path)


def quick_inventory(data_root: str | os.PathLike[str] | None = None) -> dict[str, int | float]:
    """Return what `RegistryManager.quick_inventory` does, of the configured data root unless one is given."""
    return RegistryManager(data_root).quick_inventory()


def dataset_exists(
    symbol: str, timeframe: str, provider: str | None = None, *, data_root: str | os.PathLike[str] | None = None
) -> bool:
    """Return what `RegistryManager.dataset_exists` does, of the configured data root unless one is given."""
    return RegistryManager(data_root).dataset_exists(symbol, timeframe, provider)


def get_checksum(
    symbol: str, timeframe: str, provider: str | None = None, *, data_root: str | os.PathLike[str] | None = None
) -> str:
    """Return what `RegistryManager.get_checksum` does, of the configured data root unless one is given."""
    return RegistryManager(data_root).get_checksum(symbol, timeframe, provider)


def file_checksum(path: str | os.PathLike[str]) -> str:
    """Return the SHA-256 of a file in hex, read in pieces: any size will do.

    Raises:
        DataNotFoundError: there is no such file.
    """
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (FileNotFoundError, IsADirectoryError) as error:
        raise DataNotFoundError("{path}: no such file", path=os.fspath(path)) from error


def _infos(rows: Sequence[DatasetRow]) -> list[DatasetInfo]:
    at = _timestamps({moment for row in rows for moment in (row.first_ms, row.last_ms, row.updated_ms)})
    return [
        DatasetInfo(
            row.symbol,
            row.provider,
            row.timeframe,
            at[row.first_ms],
            at[row.last_ms],
            row.rows,
            row.partitions,
            row.size_bytes,
            row.checksum,
            at[row.updated_ms],
            row.quality,
        )
        for row in rows
    ]


def _timestamps(moments: Collection[int]) -> dict[int, pd.Timestamp]:
    """Convert all at once, each moment once: one by one is most of the time that a long list takes."""
    return dict(zip(moments, pd.to_datetime(list(moments), unit="ms", utc=True), strict=True))


def _the_one(found: Sequence[DatasetInfo], symbol: str, timeframe: str) -> DatasetInfo:
    if not found:
        raise DataNotFoundError(
            "{symbol} {timeframe}: nothing stored",
            hint="see what there is with: threadx list",
            symbol=symbol,
            timeframe=timeframe,
        )
    if len(found) > 1:
        raise DataError(
            "{symbol} {timeframe}: several providers have it: {providers}",
            hint="name the provider",
            symbol=symbol,
            timeframe=timeframe,
            providers=", ".join(info.provider for info in found),
        )
    return found[0]
