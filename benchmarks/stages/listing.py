"""Thirty thousand datasets in the registry, listed through the door that users know."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.harness import Bench, Better, Row
from threadx.data.registry import RegistryManager
from threadx.store.datasets import DatasetRow
from threadx.store.index import Index
from threadx.store.listing import checksum_text
from threadx.store.manifest import digest

TIMEFRAMES = ("1m", "5m", "15m", "1h", "4h", "1d")
SERIES = 5_000
LIMIT_S = 0.5


def rows(bench: Bench) -> Iterator[Row]:
    with bench.fresh_folder() as root:
        _fill(root)
        registry = RegistryManager(root)
        if len(registry.list_datasets()) != SERIES * len(TIMEFRAMES):
            raise AssertionError("the registry does not list what its index holds")
        timings = bench.measure(
            {"list": registry.list_datasets, "one": lambda: registry.list_datasets(symbol="S42USDC")}, 5
        )
    note = f"one symbol of them: {timings['one'].median * 1e3:,.0f} ms"
    yield Row("list 30,000 datasets", timings["list"].median, "s", "", LIMIT_S, Better.LESS, note=note)


def _fill(root: Path) -> None:
    """Write the index and its seal as the registry does; five thousand real commits would take a minute."""
    entries = [
        ("demo", f"S{number}USDC", 1, [_row(f"S{number}USDC", timeframe) for timeframe in TIMEFRAMES])
        for number in range(SERIES)
    ]
    index = root / "registry" / "catalog.sqlite"
    seal = root / "registry" / "checksums" / "registry.sha256"
    seal.parent.mkdir(parents=True)
    (root / ".threadx").mkdir()
    index.write_bytes(Index.build(entries))
    seal.write_bytes(checksum_text([("registry/catalog.sqlite", digest(index.read_bytes()))]))


def _row(symbol: str, timeframe: str) -> DatasetRow:
    first_ms = 1_609_459_200_000
    return DatasetRow(
        "demo", symbol, timeframe, 1, first_ms, first_ms + 86_400_000 * 365, 525_600, 12, 14_000_000, "0" * 64,
        first_ms, 0, 1.0,
    )  # fmt: skip
