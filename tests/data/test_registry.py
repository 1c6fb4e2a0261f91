from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import time

import pandas as pd
import pytest

from tests.store.bank_maker import bars, filled, minutes, store_in
from threadx.bars.gaps import Gap, GapCause
from threadx.bars.intervals import Interval
from threadx.data import registry
from threadx.data.io import read_frame_partitioned, write_frame_partitioned
from threadx.data.registry import RegistryManager, file_checksum
from threadx.errors import (
    DataError,
    DataNotFoundError,
    FileValidationError,
    JobCancelled,
    UDFIValueError,
    UnsupportedTimeframeError,
)
from threadx.progress import Progress
from threadx.store.datasets import DatasetRow
from threadx.store.index import Index

SYMBOL = "BTCUSDT"


@pytest.fixture
def manager(tmp_path):
    filled(tmp_path, "BTCUSDT", "ETHUSDT")
    return RegistryManager(tmp_path)


def names(infos):
    return [(info.symbol, info.timeframe) for info in infos]


def test_datasets_are_listed_by_symbol_and_length_of_timeframe(manager):
    assert names(manager.list_datasets()) == [(s, t) for s in ("BTCUSDT", "ETHUSDT") for t in ("1m", "5m", "1h")]


def test_datasets_are_filtered_by_every_name_and_alias(manager):
    assert names(manager.list_datasets(symbol="ETHUSDT", timeframe="H1")) == [("ETHUSDT", "1h")]
    assert manager.list_datasets(provider="demo") == []
    with pytest.raises(UnsupportedTimeframeError):
        manager.list_datasets(timeframe="7m")


def test_a_dataset_says_what_there_is(manager, tmp_path):
    (info,) = manager.list_datasets("BTCUSDT", "binance", "1h")
    assert (info.first_date, info.last_date) == (
        pd.Timestamp("2024-01-31", tz="UTC"),
        pd.Timestamp("2024-02-01 23:00", tz="UTC"),
    )
    assert (info.total_rows, info.total_partitions, info.data_quality) == (48, 2, 1.0)
    files = sorted((tmp_path / "processed" / "binance" / "BTCUSDT" / "1h").rglob("*.parquet"))
    assert info.file_size_bytes == sum(path.stat().st_size for path in files)
    lines = "".join(f"1h/2024-0{month} {file_checksum(path)}\n" for month, path in enumerate(files, 1))
    assert info.checksum == hashlib.sha256(lines.encode()).hexdigest()
    assert abs(pd.Timestamp.now("UTC") - info.last_updated) < pd.Timedelta(hours=1)


def test_quality_falls_with_an_unexplained_gap_and_rises_when_it_is_confirmed_empty(tmp_path):
    frame = bars(1000)
    store = store_in(tmp_path)
    store.write("binance", SYMBOL, frame.drop(frame.index[100:200]))
    manager = RegistryManager(tmp_path)
    assert {info.data_quality for info in manager.list_datasets()} == {0.9}
    start = int(frame.index[100].timestamp() * 1000)
    gap = Gap(Interval(start, start + minutes(100)), GapCause.UNKNOWN)
    store.write("binance", SYMBOL, frame.iloc[:0], empty=[gap])
    assert {info.data_quality for info in manager.list_datasets()} == {1.0}


def test_an_empty_data_root_lists_nothing_and_stays_empty(tmp_path):
    manager = RegistryManager(tmp_path / "none")
    assert manager.list_datasets() == []
    assert manager.quick_inventory() == {"total_datasets": 0, "total_rows": 0, "total_size_mb": 0}
    assert manager.refresh_all() == []
    assert list(tmp_path.iterdir()) == []


def test_quick_inventory_adds_everything_up(manager):
    every = manager.list_datasets()
    assert manager.quick_inventory() == {
        "total_datasets": 6,
        "total_rows": sum(info.total_rows for info in every),
        "total_size_mb": sum(info.file_size_bytes for info in every) / 1e6,
    }


def test_existence_and_checksum_are_asked_by_name(manager):
    assert manager.dataset_exists("BTCUSDT", "1h")
    assert not manager.dataset_exists("BTCUSDT", "1h", "demo")
    assert not manager.dataset_exists("DOGEUSDT", "1h")
    assert manager.get_checksum("BTCUSDT", "M1") == manager.list_datasets("BTCUSDT", None, "1m")[0].checksum
    with pytest.raises(DataNotFoundError, match="DOGEUSDT"):
        manager.get_checksum("DOGEUSDT", "1h")


def test_a_checksum_that_two_providers_have_asks_for_one(manager, tmp_path):
    store_in(tmp_path).write("demo", "BTCUSDT", bars(10))
    with pytest.raises(DataError, match="binance, demo"):
        manager.get_checksum("BTCUSDT", "1m")


def test_the_functions_of_the_module_take_the_configured_data_root(manager, tmp_path):
    assert registry.quick_inventory(tmp_path) == manager.quick_inventory()
    assert registry.dataset_exists("BTCUSDT", "1h", "binance", data_root=tmp_path)
    assert registry.get_checksum("BTCUSDT", "1h", data_root=tmp_path) == manager.get_checksum("BTCUSDT", "1h")


def test_a_file_checksum_is_its_sha256(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"a" * 3_000_000)
    assert (
        file_checksum(path) == RegistryManager.file_checksum(str(path)) == hashlib.sha256(b"a" * 3_000_000).hexdigest()
    )
    with pytest.raises(DataNotFoundError):
        file_checksum(tmp_path / "y")


def test_thirty_thousand_datasets_list_in_under_half_a_second(tmp_path):
    store = store_in(tmp_path)
    store.write("binance", SYMBOL, bars(10))
    store.catalog.rows()
    timeframes = ("1m", "5m", "15m", "1h", "4h", "1d")

    def entry(number):
        symbol = f"S{number:04d}USDC"
        row = ("binance", symbol, "", 1, 0, 60_000, 2, 1, 999, "ab" * 32, 5, 0, 1.0)
        return "binance", symbol, 1, [DatasetRow(*row[:2], timeframe, *row[3:]) for timeframe in timeframes]

    store.catalog.index.path.write_bytes(Index.build(map(entry, range(5000))))
    digest = hashlib.sha256(store.catalog.index.path.read_bytes()).hexdigest()
    store.catalog.seal.write_text(f"{digest}  registry/catalog.sqlite\n")
    manager = RegistryManager(tmp_path)
    started = time.thread_time()  # a busy machine does not count
    assert len(manager.list_datasets()) == 30_000
    assert time.thread_time() - started < 0.5


# -- refresh_all -----------------------------------------------------------------------------------------------------


def test_refresh_all_builds_every_file_of_the_registry_anew(manager, tmp_path):
    shutil.rmtree(tmp_path / "registry")
    refreshed = manager.refresh_all("binance")
    assert names(refreshed) == names(manager.list_datasets())
    assert manager.refresh_all(provider_filter="demo") == []
    folder = tmp_path / "registry"
    assert json.loads((folder / "catalog.json").read_bytes())["totals"]["datasets"] == 6
    for path in folder.rglob("*.sha256"):
        subprocess.run(["sha256sum", "-c", "--strict", "--quiet", path], cwd=tmp_path, check=True)


def test_refresh_all_takes_up_the_files_of_a_bank_whose_manifests_are_gone(manager, tmp_path):
    before = names(manager.list_datasets())
    shutil.rmtree(tmp_path / ".threadx")
    assert names(RegistryManager(tmp_path).refresh_all()) == before


def test_refresh_all_can_be_cancelled(manager):
    progress = Progress()
    progress.cancel()
    with pytest.raises(JobCancelled):
        manager.refresh_all(progress=progress)


# -- scan_partitioned_dataset ----------------------------------------------------------------------------------------


def scanned(manager, path, timeframe=None, provider="mine"):
    return manager.scan_partitioned_dataset(path, SYMBOL, provider, timeframe)


def read(tmp_path, timeframe="1m", provider="mine"):
    base = tmp_path / "processed" / provider / SYMBOL / timeframe
    return read_frame_partitioned(base, SYMBOL).drop(columns="symbol")


def test_a_hive_tree_of_another_tool_is_taken_up(manager, tmp_path):
    frame = bars()
    months = frame.groupby(frame.index.month)
    for month, part in months:
        folder = tmp_path / "theirs" / SYMBOL / "year=2024" / f"month={month:02d}"
        folder.mkdir(parents=True)
        part.reset_index().to_parquet(folder / "part-0.parquet")
    info = scanned(manager, tmp_path / "theirs")
    assert (info.timeframe, info.total_rows, info.total_partitions) == ("1m", 2880, 2)
    pd.testing.assert_frame_equal(read(tmp_path), frame)


def test_files_named_by_timeframe_are_taken_up_by_name(manager, tmp_path):
    folder = tmp_path / "theirs" / SYMBOL
    folder.mkdir(parents=True)
    bars(1, timeframe="4h").to_parquet(folder / "4h.parquet")
    bars(10, timeframe="1h").to_parquet(folder / "1h.parquet")
    assert scanned(manager, folder).timeframe == "1h"
    assert len(read(tmp_path, "4h")) == 1


def test_only_the_rows_of_the_symbol_are_taken_from_a_file_of_many(manager, tmp_path):
    mixed = pd.concat([bars(10).assign(symbol=SYMBOL), bars(20, seed=3).assign(symbol="ETHUSDT")])
    mixed.to_parquet(tmp_path / "all.parquet")
    assert scanned(manager, tmp_path / "all.parquet").total_rows == 10
    pd.testing.assert_frame_equal(read(tmp_path), bars(10))


def test_the_banks_own_files_are_passed_over(manager, tmp_path):
    generations = store_in(tmp_path).history("binance", SYMBOL)
    info = scanned(manager, tmp_path / "processed" / "binance" / SYMBOL, provider="binance")
    assert (info.timeframe, info.total_rows) == ("1m", 2880)
    assert store_in(tmp_path).history("binance", SYMBOL) == generations


@pytest.mark.parametrize("in_place", [True, False], ids=["written over", "renamed over"])
def test_a_file_a_user_put_over_the_banks_own_is_taken_up(manager, tmp_path, in_place):
    (path, _) = sorted((tmp_path / "processed" / "binance" / SYMBOL / "1m").rglob("*.parquet"))
    edited = bars(1440)
    edited["volume"] += 1.0
    target = path if in_place else tmp_path / "edited.parquet"
    if in_place:
        path.chmod(0o644)
    edited.to_parquet(target)
    target.replace(path)
    scanned(manager, path.parents[2], "1m", provider="binance")
    pd.testing.assert_frame_equal(read(tmp_path, provider="binance").iloc[:1440], edited)
    assert store_in(tmp_path).verify("deep").ok


def test_files_in_the_place_of_a_bank_without_manifests_are_taken_up(tmp_path):
    base = tmp_path / "processed" / "binance" / SYMBOL / "1m"
    write_frame_partitioned(bars(), base, SYMBOL)
    shutil.rmtree(tmp_path / ".threadx")
    info = RegistryManager(tmp_path).scan_partitioned_dataset(base, SYMBOL, "binance")
    assert info.total_rows == 2880


@pytest.mark.parametrize(
    ("prepare", "error"),
    [
        (lambda folder: None, DataNotFoundError),
        (lambda folder: bars(10).to_parquet(folder / "prices.parquet"), FileValidationError),
        (lambda folder: bars(10).assign(high=0.1).to_parquet(folder / "BTCUSDT.parquet"), UDFIValueError),
        (lambda folder: bars(10).assign(note="x").to_parquet(folder / "BTCUSDT.parquet"), DataError),
        (lambda folder: bars(10).assign(symbol="ETHUSDT").to_parquet(folder / "x.parquet"), DataNotFoundError),
    ],
)
def test_what_cannot_be_taken_up_is_an_error_that_says_why(manager, tmp_path, prepare, error):
    folder = tmp_path / "theirs"
    folder.mkdir()
    prepare(folder)
    with pytest.raises(error):
        scanned(manager, folder)
    assert manager.list_datasets(provider="mine") == []
