"""Other programs read the tree with one line each, and see plain columns."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow.dataset
import pytest

from tests.store.bank_maker import bars, store_in

CLOSE = bars()["close"].to_numpy()
TIMES = bars().index


@pytest.fixture(scope="module")
def tree(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("bank")
    store = store_in(root)
    for end in (1000, 2000, 2880):
        store.write("binance", "BTCUSDT", bars().iloc[:end])
    return root / "processed/binance/BTCUSDT/1m"


def test_pandas_reads_the_folder(tree: Path):
    frame = pd.read_parquet(tree)
    assert frame.index.equals(TIMES)
    assert np.array_equal(frame["close"], CLOSE)
    assert set(frame.columns) == {*bars().columns, "symbol", "year", "month"}


def test_pandas_reads_one_file(tree: Path):
    frame = pd.read_parquet(tree / "year=2024/month=02/BTCUSDT.parquet", partitioning=None)
    assert frame.drop(columns="symbol").equals(bars().iloc[1440:])


def test_pyarrow_reads_the_folder(tree: Path):
    table = pyarrow.dataset.dataset(tree, partitioning="hive").to_table()
    assert np.array_equal(table["close"].to_numpy(), CLOSE)
    assert table["timestamp"].type == pyarrow.timestamp("ms", "UTC")
    assert table["symbol"].type == pyarrow.string()


@pytest.mark.parametrize("pattern", ["", "/**/*.parquet"], ids=["folder", "glob"])
def test_polars_reads_folder_and_glob(tree: Path, pattern: str):
    frame = pl.read_parquet(f"{tree}{pattern}").sort("timestamp")
    assert frame["close"].to_list() == CLOSE.tolist()
    assert frame["timestamp"].dtype == pl.Datetime("ms", "UTC")
    assert frame["symbol"].unique().to_list() == ["BTCUSDT"]


def test_duckdb_reads_the_glob(tree: Path):
    query = f"SELECT count(*), sum(close), min(symbol), min(epoch_ms(timestamp)) FROM '{tree}/**/*.parquet'"
    count, total, symbol, first = duckdb.sql(query).fetchall()[0]
    assert (count, symbol, first) == (2880, "BTCUSDT", int(TIMES.asi8[0]))
    assert total == pytest.approx(CLOSE.sum())


def test_the_whole_bank_reads_as_one_table(tree: Path):
    query = f"SELECT symbol, count(*) FROM '{tree.parents[2]}/**/*.parquet' GROUP BY symbol"
    assert duckdb.sql(query).fetchall() == [("BTCUSDT", 2880 + 576 + 48)]


def test_there_is_nothing_but_bars_in_the_tree(tree: Path):
    files = [path for path in tree.parents[2].rglob("*") if path.is_file()]
    assert {path.name for path in files} == {"BTCUSDT.parquet"}
