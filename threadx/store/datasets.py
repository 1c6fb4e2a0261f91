"""What the registry says about one dataset (provider, symbol, timeframe), computed from its manifest alone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

from threadx.bars.dates import ms_of
from threadx.bars.gaps import GapCause
from threadx.bars.intervals import Interval, intersect, subtract, total_minutes
from threadx.bars.timeframe import ONE_MINUTE, Timeframe
from threadx.store.manifest import Manifest

__all__ = ["DatasetRow", "dataset_checksum", "datasets_of", "quality"]

NOT_EXPLAINED = frozenset({GapCause.NOT_FETCHED, GapCause.SOURCE_DEFECT})
"""Causes that leave a minute missing: it existed. Every other entry of the ledger was asked for and is not there."""


class DatasetRow(NamedTuple):
    """One dataset of one generation. Times are milliseconds UTC; the field order is the index's column order.

    A tuple rather than a dataclass: a list may have 30,000 of them, and a frozen dataclass costs ten times as much.
    """

    provider: str
    symbol: str
    timeframe: str
    generation: int
    first_ms: int
    """Open time of the first stored bar."""
    last_ms: int
    """Open time of the last stored bar."""
    rows: int
    partitions: int
    size_bytes: int
    checksum: str
    updated_ms: int
    """When the generation that the row describes was committed."""
    missing_minutes: int
    """Minutes between the first and the end of the last stored bar that are neither stored nor confirmed empty."""
    quality: float

    def fits(self, provider: str | None, symbol: str | None, timeframe: str | None) -> bool:
        """Return whether it has the names that are given."""
        wanted = ((provider, self.provider), (symbol, self.symbol), (timeframe, self.timeframe))
        return all(name in (None, own) for name, own in wanted)


def datasets_of(manifest: Manifest) -> list[DatasetRow]:
    """Return one row per timeframe of a generation; none for a deleted series."""
    return [_dataset(manifest, Timeframe.parse(name)) for name in manifest.timeframes]


def _dataset(manifest: Manifest, timeframe: Timeframe) -> DatasetRow:
    entries = manifest.of(timeframe.name)
    files = list(entries.values())
    expected, missing = _minutes(manifest, ONE_MINUTE if manifest.is_derived(timeframe.name) else timeframe)
    return DatasetRow(
        provider=manifest.series.provider,
        symbol=manifest.series.symbol,
        timeframe=timeframe.name,
        generation=manifest.gen,
        first_ms=min(entry.first_ms for entry in files),
        last_ms=max(entry.last_ms for entry in files),
        rows=sum(entry.rows for entry in files),
        partitions=len(files),
        size_bytes=sum(entry.size_bytes for entry in files),
        checksum=dataset_checksum((f"{timeframe.name}/{month}", entry.sha256) for month, entry in entries.items()),
        updated_ms=ms_of(manifest.utc),
        missing_minutes=missing,
        quality=quality(expected, missing),
    )


def _minutes(manifest: Manifest, timeframe: Timeframe) -> tuple[int, int]:
    """Return (minutes that could exist, those of them that are missing) between the first and the last stored bar."""
    coverage = manifest.coverage(timeframe)
    if not coverage.stored:
        return 0, 0
    whole = Interval(coverage.stored[0].start_ms, coverage.stored[-1].end_ms)
    explained = [gap.interval for gap in coverage.ledger if gap.cause not in NOT_EXPLAINED]
    holes = subtract([whole], coverage.stored)
    confirmed_empty = total_minutes(intersect(holes, explained))
    return whole.minutes - confirmed_empty, total_minutes(holes) - confirmed_empty


def dataset_checksum(hashes: Iterable[tuple[str, str]]) -> str:
    """Return the checksum of a dataset: the SHA-256 over its sorted "key sha256" lines.

    `hashes` are (manifest key, SHA-256 of the file), keys as in "1m/2024-03"; each line ends in a newline, so that
    `sha256sum` over such a text gives the same.
    """
    lines = "".join(f"{key} {digest}\n" for key, digest in sorted(hashes))
    return hashlib.sha256(lines.encode()).hexdigest()


def quality(expected_minutes: int, missing_minutes: int) -> float:
    """Return the share, in [0, 1], of the minutes that could exist and do.

    `expected_minutes` lie between the first and the end of the last stored bar, without those the source confirmed
    to be empty: 1.0 means no unexplained gap. A derived timeframe has the quality of the 1m minutes behind it.
    """
    if expected_minutes <= 0:
        return 1.0
    return min(max(1.0 - missing_minutes / expected_minutes, 0.0), 1.0)
