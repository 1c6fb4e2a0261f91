"""What the registry says about one dataset (provider, symbol, timeframe), computed from its manifest alone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Dataset", "dataset_checksum", "quality"]


@dataclass(frozen=True, slots=True)
class Dataset:
    """One dataset of one generation. Times are milliseconds UTC; the field order is the index's column order."""

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
