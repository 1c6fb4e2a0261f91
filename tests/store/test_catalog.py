from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import subprocess
import threading
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from threadx.errors import CorruptPartitionError, JobCancelled
from threadx.progress import Progress
from threadx.store.catalog import Catalog
from threadx.store.fsio import Fs
from threadx.store.layout import Layout, Series
from threadx.store.manifest import FileEntry, Manifest

DAY_MS = 86_400_000


class Bank:
    """Manifests in memory, their visible files on disk: what the registry sees of a store."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.manifests: dict[Series, Manifest] = {}
        self.damaged: set[Series] = set()
        self.opened = 0

    def all_series(self):
        return sorted(self.manifests)

    def current(self, series):
        self.opened += 1
        if series in self.damaged:
            raise CorruptPartitionError("the manifest is damaged")
        return self.manifests.get(series)

    def commit(self, symbol, *keys, provider="binance"):
        series = Series(provider, symbol)
        before = self.manifests.get(series, Manifest.nothing(series))
        files = {}
        for day, key in enumerate(keys):
            path = self.layout.file(series, key)
            path.parent.mkdir(parents=True, exist_ok=True)
            data = f"{symbol} {key} {before.gen}".encode()
            path.write_bytes(data)
            sha = hashlib.sha256(data).hexdigest()
            files[key] = FileEntry(sha, len(data), 1, day * DAY_MS, day * DAY_MS, ("open",), 0)
        self.manifests[series] = replace(before, gen=before.gen + 1, utc=datetime(2024, 2, 1, tzinfo=UTC), files=files)
        return self.manifests[series]


@pytest.fixture
def bank(tmp_path):
    return Bank(Layout.of_data_root(tmp_path))


@pytest.fixture
def catalog(bank):
    return Catalog(bank.layout, Fs(), bank)


def symbols(catalog):
    return [row.symbol for row in catalog.rows()]


def listed(catalog, bank, symbol, *keys):
    """Commit, and bring the index up to it."""
    catalog.note(bank.commit(symbol, *keys or ("1m/2024-01",)))
    catalog.rows()


def test_commits_only_leave_a_mark_and_a_list_opens_the_marked_manifests_once(bank, catalog):
    listed(catalog, bank, "BTCUSDT")
    listed(catalog, bank, "ETHUSDT")
    before, bank.opened = catalog.index.path.read_bytes(), 0
    for _ in range(3):
        assert catalog.note(bank.commit("BTCUSDT", "1m/2024-01", "1m/2024-02", "1h/2024-01"))
    assert (bank.opened, catalog.index.path.read_bytes()) == (0, before)
    rows = catalog.rows(symbol="BTCUSDT")
    assert [(row.timeframe, row.partitions, row.generation) for row in rows] == [("1m", 2, 4), ("1h", 1, 4)]
    assert len(catalog.rows()) == 3
    assert bank.opened == 1


def test_a_commit_that_comes_while_a_list_catches_up_is_in_the_next_list(bank, catalog):
    listed(catalog, bank, "BTCUSDT")
    catalog.note(bank.commit("BTCUSDT", "1m/2024-01"))
    late = []

    def commit_late(operation):
        if operation.path == catalog.seal and operation.name == "note" and not late:
            late.append(catalog.note(bank.commit("BTCUSDT", "1m/2024-01")))

    other = Catalog(bank.layout, Fs(commit_late), bank)
    assert [row.generation for row in other.rows()] == [2]
    assert [row.generation for row in other.rows()] == [3]


@pytest.mark.parametrize("stop", range(12))
def test_a_list_that_dies_while_it_catches_up_loses_no_commit(bank, catalog, stop):
    listed(catalog, bank, "BTCUSDT")
    catalog.note(bank.commit("BTCUSDT", "1m/2024-01"))
    steps = []

    def die(operation):
        if "unlisted" in operation.path.parts or catalog.folder in operation.path.parents:
            steps.append(operation)
            if len(steps) > stop:
                raise KeyboardInterrupt

    with suppress(KeyboardInterrupt):
        Catalog(bank.layout, Fs(die), bank).rows()
    assert [row.generation for row in catalog.rows()] == [2]


def test_the_last_commit_of_a_series_that_is_gone_leaves_no_row(bank, catalog):
    listed(catalog, bank, "BTCUSDT")
    catalog.note(bank.commit("BTCUSDT", "1m/2024-01"))
    bank.damaged.add(Series("binance", "BTCUSDT"))
    assert catalog.rows() == []
    assert catalog.index.generations() == {}


@pytest.mark.parametrize("damage", ["deleted", "empty", "garbage", "flipped bit", "longer", "no seal", "other schema"])
def test_a_damaged_index_is_rebuilt_by_the_next_list_and_by_the_next_write(bank, catalog, damage):
    for write_first in (False, True):
        for symbol in ("BTCUSDT", "ETHUSDT"):
            listed(catalog, bank, symbol)
        ruin(catalog, damage)
        if write_first:
            assert catalog.note(bank.commit("SOLUSDT", "1m/2024-01"))
        assert symbols(catalog) == sorted(series.symbol for series in bank.manifests)


def ruin(catalog, damage):
    path = catalog.index.path
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    match damage:
        case "deleted":
            shutil.rmtree(catalog.folder)
        case "empty":
            path.write_bytes(b"")
        case "garbage":
            path.write_bytes(b"garbage" * 1000)
        case "flipped bit":
            path.write_bytes(data)
        case "longer":
            path.write_bytes(path.read_bytes() + b"\0")
        case "no seal":
            catalog.seal.unlink()
        case "other schema":
            with closing(sqlite3.connect(path)) as other:
                other.execute("PRAGMA user_version = 99")


def test_a_foreign_lock_costs_the_write_nothing_and_the_next_list_catches_up(bank, catalog):
    listed(catalog, bank, "BTCUSDT")
    catalog = Catalog(bank.layout, Fs(), bank, busy_timeout_s=0.05)
    with closing(sqlite3.connect(catalog.index.path, isolation_level=None)) as browser:
        browser.execute("BEGIN EXCLUSIVE")
        catalog.note(bank.commit("ETHUSDT", "1m/2024-01"))
        assert symbols(catalog) == ["BTCUSDT", "ETHUSDT"]


def test_a_disk_that_refuses_costs_the_write_nothing_and_lists_come_from_the_manifests(bank, tmp_path):
    def refuse(operation):
        changes = operation.name in ("create", "note", "replace", "unlink", "mkdir")
        if changes and {"registry", "unlisted"}.intersection(operation.path.parts):
            raise OSError(28, "No space left on device")

    catalog = Catalog(bank.layout, Fs(refuse), bank)
    assert catalog.note(bank.commit("BTCUSDT", "1m/2024-01")) is False
    assert symbols(catalog) == ["BTCUSDT"]
    assert [row.symbol for row in catalog.rows(timeframe="1h")] == []


def test_what_could_not_be_noted_is_listed_once_the_disk_takes_writes_again(bank, catalog):
    listed(catalog, bank, "BTCUSDT")
    full = [True]

    def refuse(operation):
        if full[0] and operation.name in ("note", "create", "mkdir", "write"):
            raise OSError(28, "No space left on device")

    ailing = Catalog(bank.layout, Fs(refuse), bank)
    assert ailing.note(bank.commit("ETHUSDT", "1m/2024-01")) is False
    full[0] = False
    assert symbols(ailing) == ["BTCUSDT", "ETHUSDT"]


def test_a_journal_left_by_a_killed_writer_is_not_rolled_back_into_the_new_file(bank, catalog):
    listed(catalog, bank, "BTCUSDT")
    journal = catalog.index.path.with_name("catalog.sqlite-journal")
    journal.write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + b"\1" * 5000)
    catalog.seal.unlink()
    assert symbols(catalog) == ["BTCUSDT"]
    assert not journal.exists()


def test_a_damaged_manifest_leaves_its_series_out_and_the_others_in(bank, catalog):
    bank.commit("BTCUSDT", "1m/2024-01")
    bank.commit("ETHUSDT", "1m/2024-01")
    bank.damaged.add(Series("binance", "BTCUSDT"))
    catalog.rebuild()
    assert symbols(catalog) == ["ETHUSDT"]


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="no sha256sum on this system")
def test_sha256sum_accepts_every_checksum_file_from_the_data_root(bank, catalog, tmp_path):
    for symbol in ("BTCUSDT", "币安人生USDT"):
        catalog.note(bank.commit(symbol, "1m/2024-01", "1m/2024-02", "1h/2024-01"))
    catalog.export()
    files = sorted((tmp_path / "registry" / "checksums").rglob("*.sha256"))
    assert [path.name for path in files] == ["BTCUSDT.sha256", "币安人生USDT.sha256", "registry.sha256"]
    for path in files:
        done = subprocess.run(
            ["sha256sum", "-c", "--strict", path], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="no sha256sum on this system")
def test_sha256sum_sees_a_changed_bar_file(bank, catalog, tmp_path):
    catalog.note(bank.commit("BTCUSDT", "1m/2024-01"))
    catalog.export()
    next(bank.layout.visible.rglob("*.parquet")).write_bytes(b"changed")
    path = catalog.checksum_file(Series("binance", "BTCUSDT"))
    done = subprocess.run(["sha256sum", "-c", "--quiet", path], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 1


def test_export_writes_only_the_checksum_files_of_series_that_changed(bank, catalog):
    for symbol in ("BTCUSDT", "ETHUSDT"):
        catalog.note(bank.commit(symbol, "1m/2024-01"))
    catalog.export()
    listed(catalog, bank, "ETHUSDT")
    bank.opened = 0
    catalog.export()
    assert bank.opened == 1
    assert catalog.checksum_file(Series("binance", "ETHUSDT")).read_bytes() == catalog.checksums(
        bank.manifests[Series("binance", "ETHUSDT")]
    )


def test_export_remembers_what_is_listed_over_a_rebuild(bank, catalog):
    catalog.note(bank.commit("BTCUSDT", "1m/2024-01"))
    catalog.export()
    catalog.rebuild()
    assert catalog.index.unlisted() == []


def test_a_deleted_series_vanishes_from_lists_and_checksums(bank, catalog):
    catalog.note(bank.commit("BTCUSDT", "1m/2024-01"))
    catalog.export()
    catalog.note(bank.commit("BTCUSDT"))
    catalog.export()
    assert catalog.rows() == []
    assert not catalog.checksum_file(Series("binance", "BTCUSDT")).exists()
    assert json.loads(catalog.listing.read_bytes())["datasets"] == []


def test_catalog_json_says_the_same_as_the_index_with_times_as_text(bank, catalog):
    catalog.note(bank.commit("BTCUSDT", "1m/2024-01", "1m/2024-02"))
    catalog.export()
    said = json.loads(catalog.listing.read_bytes())
    assert said["totals"] == {"datasets": 1, "rows": 2, "size_bytes": catalog.rows()[0].size_bytes}
    assert said["datasets"][0]["first"] == "1970-01-01T00:00:00Z"
    assert said["datasets"][0]["last_updated"] == "2024-02-01T00:00:00Z"


def test_cancel_ends_a_rebuild_and_leaves_the_index_as_it_was(bank, catalog):
    listed(catalog, bank, "BTCUSDT")
    before = catalog.index.path.read_bytes()
    progress = Progress()
    progress.cancel()
    with pytest.raises(JobCancelled):
        catalog.rebuild(progress=progress)
    assert catalog.index.path.read_bytes() == before


def test_progress_counts_the_series_of_a_rebuild(bank, catalog):
    for symbol in ("BTCUSDT", "ETHUSDT"):
        bank.commit(symbol, "1m/2024-01")
    events = []
    catalog.rebuild(progress=Progress(events.append))
    assert [(event.done, event.total, event.unit) for event in events] == [(0, 2, "series"), (1, 2, "series")]


def test_notes_from_many_threads_are_all_kept(bank, catalog):
    manifests = [bank.commit(f"S{n}USDT", "1m/2024-01") for n in range(8)]
    threads = [threading.Thread(target=catalog.note, args=(manifest,)) for manifest in manifests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(catalog.rows()) == 8


def test_a_bank_of_its_own_keeps_its_registry_out_of_the_visible_folder(tmp_path):
    bank = Bank(Layout.of_folder(tmp_path / "mine"))
    catalog = Catalog(bank.layout, Fs(), bank)
    manifest = bank.commit("BTCUSDT", "1m/2024-01", provider="local")
    catalog.note(manifest)
    catalog.export()
    assert catalog.folder == tmp_path / "mine.threadx" / "registry"
    assert catalog.checksums(manifest).decode().split()[1] == "year=2024/month=01/BTCUSDT.parquet"


def test_a_list_that_waited_for_a_writer_does_not_build_anew_what_that_one_wrote(bank, catalog):
    listed(catalog, bank, "BTCUSDT")
    sealed = catalog.seal.read_bytes()
    catalog.seal.unlink()  # a change is under way

    def change_ends(operation):
        if operation.name == "stat" and operation.path.name == "locks":
            catalog.seal.write_bytes(sealed)

    bank.opened = 0
    assert [row.symbol for row in Catalog(bank.layout, Fs(change_ends), bank).rows()] == ["BTCUSDT"]
    assert bank.opened == 0
