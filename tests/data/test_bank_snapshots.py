"""Bank snapshots: pinned by link, untouched by what becomes of the bank, plain to read, put back, compared."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from tests.store.bank_maker import bars, settings_of
from threadx.data.bank_snapshots import BankSnapshots
from threadx.data.io import read_frame_partitioned, write_frame_partitioned
from threadx.data.snapshots import SnapshotStore
from threadx.errors import CorruptPartitionError, DataError, DataNotFoundError, FileValidationError, SnapshotExistsError
from threadx.store import Store
from threadx.store.fsio import Fs

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
BTC, ETH = ("binance", "BTCUSDC"), ("binance", "ETHUSDC")


class Bank:
    """A bank that keeps little of its past, its snapshots, and the file system they share."""

    def __init__(self, root: Path, *, links: bool = True) -> None:
        settings = settings_of(root)
        self.settings = replace(settings, store=replace(settings.store, keep_operations=1))
        self.store = Store(self.settings.paths.data_root, settings=self.settings, fs=Fs(links=links))
        self.snapshots = SnapshotStore(self.settings, fs=Fs(links=links), clock=lambda: NOW)
        self.bank = BankSnapshots(self.store, self.snapshots)

    def fill(self, *series, seed=1):
        for number, one in enumerate(series or (BTC, ETH)):
            self.store.write(*one, bars(2880, seed=seed + number))
        return self


@pytest.fixture
def bank(tmp_path: Path) -> Bank:
    return Bank(tmp_path).fill()


def check_sums(folder: Path) -> int:
    command = ["sha256sum", "--strict", "--quiet", "-c", "SHA256SUMS"]
    return subprocess.run(command, check=False, cwd=folder, capture_output=True).returncode


def test_a_snapshot_links_every_month_and_says_which_generation_it_is(bank):
    made = bank.bank.create()
    assert made.partition.path == bank.snapshots.dated.root / "bank" / "dt=20260601"
    assert (made.pinned.linked, made.pinned.copied) == (made.pinned.files, 0)
    said = json.loads((made.partition.path / "manifest.json").read_text())
    assert [(one["symbol"], one["generation"]) for one in said["series"]] == [("BTCUSDC", 1), ("ETHUSDC", 1)]
    key = "1m/2024-01"
    visible = bank.store.layout.file(bank.store.manifest(*BTC).series, key)
    pinned = made.partition.path / visible.relative_to(bank.store.layout.visible.parent)
    assert visible.samefile(pinned)
    assert said["series"][0]["files"][key]["sha256"] == bank.store.manifest(*BTC).files[key].sha256
    assert check_sums(made.partition.path) == 0


def test_a_snapshot_costs_names_and_not_bytes(bank):
    made = bank.bank.create()
    own = [path.stat() for path in made.partition.path.rglob("*") if path.is_file()]
    assert sum(each.st_size for each in own if each.st_nlink == 1) < made.pinned.size_bytes / 4


@pytest.mark.parametrize("change", ["upsert", "replace", "delete", "undo", "repair"])
def test_nothing_that_becomes_of_the_bank_changes_a_snapshot(bank, change):
    """The store never changes an object in place: each change makes new objects, and GC only takes names away."""
    frame = bars(2880)
    made = bank.bank.create()
    before = bank.store.read(*BTC)
    for number in range(3):  # more operations than are kept, so that GC removes the objects that were pinned
        changed = frame.copy()
        changed["volume"] += number + 1.0
        if change == "upsert":
            bank.store.write(*BTC, changed)
        elif change == "replace":
            bank.store.write(*BTC, changed.iloc[: 900 + number], mode="replace")
        elif change == "delete" and number == 0:
            bank.store.delete(*BTC)
        elif change == "undo":
            bank.store.write(*BTC, changed)
            bank.store.undo(*BTC)
        elif change == "repair" and number == 0:
            entry = bank.store.manifest(*BTC).files["1h/2024-01"]
            bank.store.fs.unlink(bank.store.layout.object(bank.store.manifest(*BTC).series, entry.sha256))
            bank.store.verify("full", repair=True)
    if change in ("upsert", "replace"):
        assert any(path.stat().st_nlink == 1 for path in made.partition.path.rglob("BTCUSDC.parquet"))
    assert check_sums(made.partition.path) == 0
    again = pd.read_parquet(made.partition.path / "processed" / "binance" / "BTCUSDC" / "1m")
    assert again["close"].tolist() == before["close"].tolist()


def test_plain_tools_read_a_snapshot_with_one_line(bank):
    duckdb, polars = pytest.importorskip("duckdb"), pytest.importorskip("polars")
    folder = bank.bank.create().partition.path / "processed" / "binance" / "BTCUSDC"
    expected = bank.store.read(*BTC, "1h")["close"].tolist()
    assert pd.read_parquet(folder / "1h")["close"].tolist() == expected
    assert polars.read_parquet(folder / "1h/**/*.parquet").sort("timestamp")["close"].to_list() == expected
    rows = duckdb.sql(f"SELECT close FROM read_parquet('{folder}/1h/**/*.parquet') ORDER BY timestamp").fetchall()
    assert [row[0] for row in rows] == expected


def test_a_snapshot_is_no_bank_to_read_from_or_write_to(bank):
    """A bank is recovered when it is opened: without its control files that would put some into the snapshot."""
    folder = bank.bank.create().partition.path
    before = sorted(folder.rglob("*"))
    place = folder / "processed/binance/BTCUSDC/1m"
    with pytest.raises(DataError, match="never changes"):
        read_frame_partitioned(place, "BTCUSDC", None, None)
    with pytest.raises(DataError, match="never changes"):
        write_frame_partitioned(bars(9), place, "BTCUSDC")
    assert sorted(folder.rglob("*")) == before


def test_without_hard_links_files_are_copied_and_that_is_said(tmp_path):
    bank = Bank(tmp_path, links=False).fill(BTC)
    made = bank.bank.create()
    assert (made.pinned.linked, made.pinned.copied) == (0, made.pinned.files)
    assert check_sums(made.partition.path) == 0


def test_where_a_link_is_refused_the_file_is_copied(tmp_path):
    def another_disk(operation):
        if operation.name == "link" and "bank" in operation.path.as_posix().split("/stage/")[-1].split("/")[0]:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))

    bank = Bank(tmp_path).fill(BTC)
    snapshots = SnapshotStore(bank.settings, fs=Fs(another_disk), clock=lambda: NOW)
    made = BankSnapshots(bank.store, snapshots).create()
    assert made.pinned.linked == 0
    assert made.pinned.copied == made.pinned.files
    assert check_sums(made.partition.path) == 0


def test_a_domain_on_another_disk_is_built_there_and_holds_copies(tmp_path):
    folders = [Path(each) for each in ("/dev/shm", "/var/tmp") if Path(each).is_dir()]
    others = [each for each in folders if each.stat().st_dev != tmp_path.stat().st_dev]
    if not others:
        pytest.skip("needs two disks")
    with tempfile.TemporaryDirectory(dir=others[0]) as elsewhere:
        bank = Bank(tmp_path).fill(BTC)
        (bank.snapshots.dated.root / "bank").symlink_to(elsewhere)
        made = bank.bank.create(stamp="20260101")
        assert (made.pinned.linked, made.pinned.copied) == (0, made.pinned.files)
        assert made.partition.path.stat().st_dev == Path(elsewhere).stat().st_dev
        bank.snapshots.archive("90d")
        assert [each.stamp for each in bank.snapshots.restore()] == ["20260101"]
        assert check_sums(made.partition.path) == 0


def test_one_date_is_pinned_once(bank):
    bank.bank.create([BTC])
    with pytest.raises(SnapshotExistsError):
        bank.bank.create([BTC])
    assert bank.bank.create([BTC], stamp="2026060112").pinned.series == (bank.store.manifest(*BTC).series,)


def test_what_has_no_bars_cannot_be_pinned(bank, tmp_path):
    with pytest.raises(DataNotFoundError, match="SOLUSDC"):
        bank.bank.create([BTC, ("binance", "SOLUSDC")])
    with pytest.raises(DataNotFoundError, match="empty"):
        Bank(tmp_path / "empty").bank.create()
    assert bank.snapshots.list("bank") == []


def test_putting_back_is_one_generation_that_undo_takes_back(bank):
    bank.bank.create()
    before, manifest = bank.store.read(*BTC), bank.store.manifest(*BTC)
    bank.store.write(*BTC, bars(900, seed=9), mode="replace")
    other = bank.store.read(*BTC)
    would = bank.bank.restore("20260601", dry_run=True)
    assert [(each.symbol, each.changed > 0, each.generation) for each in would] == [
        ("BTCUSDC", True, None),
        ("ETHUSDC", False, None),
    ]
    pd.testing.assert_frame_equal(bank.store.read(*BTC), other)
    done = bank.bank.restore("20260601")
    assert [(each.symbol, each.generation) for each in done] == [("BTCUSDC", 3), ("ETHUSDC", None)]
    pd.testing.assert_frame_equal(bank.store.read(*BTC), before)
    now = bank.store.manifest(*BTC)
    assert (now.files, now.ledger) == (manifest.files, manifest.ledger)
    assert bank.store.verify("deep").ok
    assert "restore of snapshot bank 20260601" in bank.store.history(*BTC)[-1].reason
    bank.store.undo(*BTC)
    pd.testing.assert_frame_equal(bank.store.read(*BTC), other)


def test_a_snapshot_fills_an_empty_bank(bank, tmp_path):
    bank.bank.create()
    before = bank.store.read(*ETH, "1h")
    (bank.snapshots.dated.root / "bank").rename(tmp_path / "kept")
    other = Bank(tmp_path / "other")
    (tmp_path / "other" / "data").mkdir(parents=True)
    (tmp_path / "kept").rename(other.snapshots.dated.root / "bank")
    other.bank.restore("20260601", [ETH])
    pd.testing.assert_frame_equal(other.store.read(*ETH, "1h"), before)
    assert other.store.series() == [ETH]
    assert other.store.verify("deep").ok


def test_an_archived_snapshot_can_be_put_back(bank):
    bank.bank.create(stamp="20260101")
    before = bank.store.read(*BTC)
    bank.snapshots.archive("90d")
    assert bank.snapshots.list("bank") == []
    bank.store.delete(*BTC)
    bank.bank.restore("20260101", [BTC])
    pd.testing.assert_frame_equal(bank.store.read(*BTC), before)


def test_a_damaged_snapshot_is_not_put_back(bank):
    made = bank.bank.create()
    bank.store.delete(*BTC)
    path = next(made.partition.path.rglob("1m/**/BTCUSDC.parquet"))
    data = path.read_bytes()
    path.unlink()
    path.write_bytes(data[:-9] + b"x" + data[-8:])
    with pytest.raises(CorruptPartitionError, match="differs"):
        bank.bank.restore("20260601", [BTC])
    assert bank.store.history(*BTC)[-1].reason == "delete"


def test_only_what_is_in_a_snapshot_can_be_put_back(bank):
    bank.bank.create([BTC])
    with pytest.raises(DataNotFoundError, match="ETHUSDC"):
        bank.bank.restore("20260601", [ETH])
    with pytest.raises(DataNotFoundError):
        bank.bank.restore("20260602")


def test_a_partition_of_somebody_else_is_no_bank_snapshot(bank):
    bank.snapshots.publish("bank", {"manifest.json": {"a": 1}}, stamp="20260103")
    with pytest.raises(FileValidationError, match="not a snapshot of the bank"):
        bank.bank.show("20260103")


def test_the_differences_of_two_snapshots_are_words(bank):
    bank.bank.create(stamp="20260101")
    changed = bars(2880).iloc[100:110].copy()
    changed[["open", "high", "low", "close"]] *= 2
    bank.store.write(*BTC, changed)
    bank.store.delete(*ETH)
    bank.store.write("binance", "SOLUSDC", bars(60, seed=5))
    bank.bank.create(stamp="20260102")
    lines = [str(change) for change in bank.snapshots.diff("bank", "20260101", "20260102")]
    assert lines[0].startswith(
        "binance BTCUSDC: 1m 2024-01: bars added 0, removed 0, changed 10; largest price change 1m 2024-01-31"
    )
    assert lines[1:3] == ["binance ETHUSDC: symbol removed", "binance SOLUSDC: symbol added"]
    assert lines[3].startswith("largest price change: binance BTCUSDC 1m 2024-01-31T0")
    assert len(lines) == 4
    assert bank.snapshots.diff("bank", "20260101", "20260101") == []
