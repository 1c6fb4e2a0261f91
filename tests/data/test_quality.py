"""What a check of the bank leaves behind as a snapshot."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from tests.store.bank_maker import START_MS, bars, minutes, store_in
from threadx.bars.gaps import Gap, GapCause
from threadx.bars.intervals import Interval
from threadx.bars.schema import MINUTE_MS, OPEN_TIME
from threadx.data.quality import publish_quality, quality_report
from threadx.data.snapshots import SnapshotStore
from threadx.store import Store
from threadx.store.aside import set_aside
from threadx.store.layout import Series

BTC = Series("binance", "BTCUSDC")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Two series: one with two holes, one of them explained; one whole."""
    store = store_in(tmp_path)
    frame = bars(2880)
    outage = Gap(Interval(START_MS + minutes(100), START_MS + minutes(110)), GapCause.OUTAGE)
    holed = frame.drop(frame.index[[*range(100, 110), *range(200, 203)]])
    store.write("binance", "BTCUSDC", holed, empty=[outage])
    store.write("binance", "ETHUSDC", bars(60, seed=2))
    return store


@pytest.fixture
def snapshots(store: Store) -> SnapshotStore:
    now = store.bank.clock()
    return SnapshotStore(store.settings, clock=lambda: now)


def one(store: Store, **given):
    report = quality_report(store, given.get("report"), store.bank.clock(), given.get("series", ()))
    return report["series"][0], report


def test_gaps_are_counted_and_listed_with_their_causes(store):
    btc, report = one(store)
    assert btc["gaps_by_cause"] == {
        "outage": {"gaps": 1, "minutes": 10},
        "not_fetched": {"gaps": 1, "minutes": 3},
    }
    assert [gap["minutes"] for gap in btc["gaps"]] == [10, 3]
    assert btc["datasets"][0]["timeframe"] == "1m"
    assert btc["datasets"][0]["missing_minutes"] == 3
    assert report["totals"]["rows"] == sum(each["rows"] for row in report["series"] for each in row["datasets"])


def test_quarantined_rows_are_counted(store):
    rows = {OPEN_TIME: np.array([START_MS, START_MS + MINUTE_MS]), "open": np.array([1.0, np.nan])}
    set_aside(store.fs, store.layout, BTC, rows, {START_MS: "high < low"})
    btc, report = one(store)
    assert (btc["quarantined_rows"], report["totals"]["quarantined_rows"]) == (2, 2)


def test_checksums_are_verified_only_where_files_were_read(store):
    assert one(store)[0]["checksums"] == "not checked"
    assert one(store, report=store.verify("normal"))[0]["checksums"] == "not read"
    assert one(store, report=store.verify("full"))[0]["checksums"] == "verified"
    only_eth = {"report": store.verify("full", "binance", "ETHUSDC"), "series": [("binance", "ETHUSDC")]}
    assert one(store, **only_eth)[0]["checksums"] == "not checked"


def test_a_damaged_file_is_told(store):
    manifest = store.manifest(BTC.provider, BTC.symbol)
    path = store.layout.object(BTC, manifest.files["1m/2024-01"].sha256)
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    btc, report = one(store, report=store.verify("full"))
    assert (btc["checksums"], report["ok"]) == ("damaged", False)
    assert btc["findings"]


def test_the_first_of_a_day_is_the_day_the_next_its_hour_and_then_none(store, snapshots):
    made = [publish_quality(store, snapshots, store.verify("quick")) for _ in range(3)]
    now = snapshots.clock()
    assert [each and each.stamp for each in made] == [f"{now:%Y%m%d}", f"{now:%Y%m%d%H}", None]
    assert made[0].files == ("freshness.json", "report.json")


def test_what_is_published_is_read_back(store, snapshots):
    publish_quality(store, snapshots, store.verify("full"))
    assert snapshots.read("quality", "report.json")["level"] == "full"
    later = SnapshotStore(store.settings, clock=lambda: snapshots.clock() + timedelta(days=1))
    publish_quality(store, later, None)
    entries = {each["name"]: each for each in later.read("quality", "freshness.json")["entries"]}
    assert entries["quality"]["state"] == "unknown"
    assert entries["binance BTCUSDC 1m"]["state"] == "stale"
    assert entries["binance BTCUSDC 1m"]["last"] == "2024-02-02T00:00:00+00:00"
    lines = [str(each) for each in later.diff("quality", *(each.stamp for each in later.list("quality")))]
    assert any(line.startswith("report.json: level: full -> None") for line in lines)


def test_of_nothing_nothing_is_published_and_no_folder_is_made(tmp_path):
    """`verify` on a mistyped data root had made that folder, to say in it that it holds nothing."""
    store = store_in(tmp_path / "nowhere")
    assert publish_quality(store, SnapshotStore(store.settings), store.verify("quick")) is None
    assert list(tmp_path.iterdir()) == []
    assert quality_report(store, None, store.bank.clock())["totals"]["series"] == 0


def test_a_bank_without_bars_but_with_snapshots_is_published(tmp_path):
    store = store_in(tmp_path)
    snapshots = SnapshotStore(store.settings)
    snapshots.publish("selection", {"tokens.json": {"n": 1}})
    assert publish_quality(store, snapshots, None) is not None
