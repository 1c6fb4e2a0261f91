"""Ten thousand dated partitions listed and searched, and the bars of twenty symbols pinned."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.harness import Bench, Better, Row
from benchmarks.market import bars
from threadx.config import Settings
from threadx.data.bank_snapshots import BankSnapshots
from threadx.data.snapshots import SnapshotStore, latest_partition
from threadx.store import Store

PARTITIONS = 10_000
LIMIT_S = 0.2
SYMBOLS = 20
DAYS = 90


def rows(bench: Bench) -> Iterator[Row]:
    with bench.fresh_folder() as root:
        yield _listing(bench, root)
    with bench.fresh_folder() as root:
        yield _pinning(bench, root)


def _listing(bench: Bench, root: Path) -> Row:
    domain = root / "forecast"
    first = datetime(2025, 1, 1, tzinfo=UTC)
    for hour in range(PARTITIONS):
        folder = domain / f"dt={first + timedelta(hours=hour):%Y%m%d%H}"
        folder.mkdir(parents=True)
        (folder / "m.json").write_text("{}")
        (folder / ".SUCCESS").touch()
    snapshots = SnapshotStore(Settings.under(root), data_root=root)
    listed = snapshots.list("forecast")
    if len(listed) != PARTITIONS or not all(each.complete for each in listed):
        raise AssertionError("the list does not hold what was published")
    middle = first + timedelta(hours=PARTITIONS // 2)
    timings = bench.measure(
        {
            "list": lambda: snapshots.list("forecast"),
            "newest": lambda: str(latest_partition(domain)),
            "as of": lambda: snapshots.read("forecast", "m.json", as_of=middle),
        },
        5,
    )
    note = ", ".join(f"{name}: {timings[name].median * 1e3:,.0f} ms" for name in ("newest", "as of"))
    stage = f"list {PARTITIONS:,} snapshots"
    return Row(stage, timings["list"].median, "s", "", LIMIT_S, Better.LESS, note=note)


def _pinning(bench: Bench, root: Path) -> Row:
    settings = Settings.under(root)
    settings = dataclasses.replace(settings, ingest=dataclasses.replace(settings.ingest, timeframes=("1h", "1d")))
    store = Store(settings.paths.data_root, settings=settings)
    frame = bars(DAYS / 365)
    for number in range(SYMBOLS):
        store.write("demo", f"S{number}USDC", frame)
    bank = BankSnapshots(store, SnapshotStore(settings))
    stamps = iter(f"2026{month:02d}{day:02d}" for month in range(1, 13) for day in range(1, 29))
    made = bank.create(stamp=next(stamps))
    timings = bench.measure({"pin": lambda: bank.create(stamp=next(stamps)).partition.path}, 5)
    note = f"{made.pinned.files} files, {made.pinned.size_bytes / 1e6:,.0f} MB, {made.pinned.copied} copied"
    return Row(f"pin {SYMBOLS} symbols", timings["pin"].median, "s", note=note)
