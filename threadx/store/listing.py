"""The registry's files for people and other tools: `catalog.json` and `checksums/*.sha256`. Pure texts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from threadx.bars.dates import utc
from threadx.store.datasets import DatasetRow

__all__ = ["catalog_json", "checksum_text"]

_encode = json.JSONEncoder(ensure_ascii=False).encode


def catalog_json(datasets: Sequence[DatasetRow]) -> bytes:
    """Return `catalog.json`: one object per dataset, times in ISO 8601 UTC, one line each so that it diffs well."""
    lines = ",\n  ".join(json.dumps(_described(dataset), ensure_ascii=False) for dataset in datasets)
    totals = json.dumps(
        {
            "datasets": len(datasets),
            "rows": sum(dataset.rows for dataset in datasets),
            "size_bytes": sum(dataset.size_bytes for dataset in datasets),
        }
    )
    return f'{{\n "format": 1,\n "totals": {totals},\n "datasets": [\n  {lines}\n ]\n}}\n'.encode()


def checksum_text(files: Iterable[tuple[str, str]]) -> bytes:
    """Return what `sha256sum -c` reads, run in the data root, for (path relative to it with slashes, SHA-256)."""
    return "".join(f"{digest}  {path}\n" for path, digest in sorted(files)).encode()


def _described(dataset: DatasetRow) -> Mapping[str, object]:
    return {
        "provider": dataset.provider,
        "symbol": dataset.symbol,
        "timeframe": dataset.timeframe,
        "generation": dataset.generation,
        "first": _iso(dataset.first_ms),
        "last": _iso(dataset.last_ms),
        "rows": dataset.rows,
        "partitions": dataset.partitions,
        "size_bytes": dataset.size_bytes,
        "checksum": dataset.checksum,
        "last_updated": _iso(dataset.updated_ms),
        "missing_minutes": dataset.missing_minutes,
        "quality": round(dataset.quality, 6),
    }


@lru_cache(maxsize=1 << 16)
def _iso(ms: int) -> str:
    return utc(ms).isoformat(timespec="seconds").replace("+00:00", "Z")
