from __future__ import annotations

import sqlite3
import time
from contextlib import closing

import pytest

from threadx.store.datasets import DatasetRow, dataset_checksum, quality
from threadx.store.index import Index


def dataset(symbol="BTCUSDC", timeframe="1m", provider="binance", generation=1):
    return DatasetRow(provider, symbol, timeframe, generation, 0, 60_000, 2, 1, 999, "ab" * 32, 5, 0, 1.0)


def entry(symbol="BTCUSDC", *, generation=1, timeframes=("1m",), provider="binance"):
    return provider, symbol, generation, [dataset(symbol, name, provider, generation) for name in timeframes]


@pytest.fixture
def index(tmp_path):
    path = tmp_path / "catalog.sqlite"
    path.write_bytes(Index.build([]))
    return Index(path)


def test_what_is_put_in_comes_out(index):
    index.replace([entry(timeframes=("1m", "1h"))])
    assert index.rows() == [dataset(), dataset(timeframe="1h")]


def test_a_new_generation_replaces_all_rows_of_its_series_and_no_other(index):
    index.replace([entry(timeframes=("1m", "1h"))])
    index.replace([entry("ETHUSDC")])
    index.replace([entry(generation=2)])
    assert [(row.symbol, row.timeframe, row.generation) for row in index.rows()] == [
        ("BTCUSDC", "1m", 2),
        ("ETHUSDC", "1m", 1),
    ]


def test_rows_are_filtered_and_come_shortest_timeframe_first(index):
    index.replace([entry(timeframes=("1mo", "1d", "1m", "15m", "4h"))])
    index.replace([entry(timeframes=("1h",), provider="demo")])
    assert [row.timeframe for row in index.rows(provider="binance")] == ["1m", "15m", "4h", "1d", "1mo"]
    assert [row.provider for row in index.rows(timeframe="1h")] == ["demo"]
    assert index.rows(symbol="ETHUSDC") == []


def test_a_series_is_unlisted_until_its_checksum_file_of_that_generation_is_written(index):
    index.replace([entry()])
    assert index.unlisted() == [("binance", "BTCUSDC")]
    index.mark_listed([(1, "binance", "BTCUSDC")])
    assert index.unlisted() == []
    index.replace([entry(generation=2)])
    assert index.unlisted() == [("binance", "BTCUSDC")]


def test_the_journal_is_a_rollback_journal_even_after_another_tool_switched_wal_on(index):
    with closing(sqlite3.connect(index.path)) as other:
        other.execute("PRAGMA journal_mode = WAL")
    index.replace([entry()])
    with closing(sqlite3.connect(index.path)) as other:
        assert other.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert index.path.parent.joinpath("catalog.sqlite-wal").exists() is False


@pytest.mark.parametrize("damage", [b"", b"not a database" * 100, None], ids=["empty", "text", "missing"])
def test_an_unusable_file_is_an_sqlite_error(index, damage):
    index.path.unlink() if damage is None else index.path.write_bytes(damage)
    with pytest.raises(sqlite3.Error):
        index.rows()
    assert index.problem()


def test_a_file_that_grew_is_a_problem_though_sqlite_reads_it(index):
    assert index.problem() == ""
    index.path.write_bytes(index.path.read_bytes() + b"\0" * 100)
    assert "longer" in index.problem()


def test_a_foreign_lock_is_an_error_not_a_hang(index):
    with closing(sqlite3.connect(index.path, isolation_level=None)) as browser:
        browser.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError):
            Index(index.path, busy_timeout_s=0.05).replace([entry()])


def test_thirty_thousand_datasets_list_quickly(tmp_path):
    path = tmp_path / "catalog.sqlite"
    path.write_bytes(
        Index.build(entry(f"S{n:04d}USDC", timeframes=("1m", "5m", "15m", "1h", "4h", "1d")) for n in range(5000))
    )
    started = time.thread_time()  # a busy machine does not count
    assert len(Index(path).rows()) == 30_000
    assert time.thread_time() - started < 3.0  # half a second is the promise, on no slow machine


def test_the_checksum_of_a_dataset_is_that_of_its_sorted_key_and_hash_lines():
    assert dataset_checksum([("1m/2024-02", "b"), ("1m/2024-01", "a")]) == dataset_checksum(
        [("1m/2024-01", "a"), ("1m/2024-02", "b")]
    )
    # printf '1m/2024-01 a\n' | sha256sum
    one_line = "4be7628cb00281eb496298a776da608f992969ede95d8599c4e4698674af2564"
    assert dataset_checksum([("1m/2024-01", "a")]) == one_line


@pytest.mark.parametrize(("expected", "missing", "share"), [(100, 0, 1.0), (100, 25, 0.75), (0, 0, 1.0), (10, 99, 0.0)])
def test_quality_is_the_share_of_minutes_that_could_exist_and_do(expected, missing, share):
    assert quality(expected, missing) == share
