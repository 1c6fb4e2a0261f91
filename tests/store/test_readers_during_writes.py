"""Other programs read the same rows as `Store.read`, one line each, also while a writer commits one generation after
another: whole files always, old or new, never wrong rows.

pandas and pyarrow open a file once and never fail. Polars and DuckDB open it twice, for the footer and for the data: a
file replaced in between is an error there (3 reads of 1,000 under 60 commits a second, none under 10; never wrong
rows), and reading again helps. Seen with polars 2.1 and duckdb 2.0, 2026-11.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager, suppress

import duckdb
import pandas as pd
import polars as pl
import pyarrow.dataset
import pytest

from tests.store.bank_maker import bars, store_in

SECONDS = 0.6
"""How long each reader races the writer."""

READERS = {
    "pandas": lambda tree: pd.read_parquet(tree).reset_index(),
    "pyarrow": lambda tree: pyarrow.dataset.dataset(tree, partitioning="hive").to_table().to_pandas().reset_index(),
    "polars folder": lambda tree: pl.read_parquet(tree).to_pandas(),
    "polars glob": lambda tree: pl.read_parquet(f"{tree}/**/*.parquet").to_pandas(),
    "duckdb": lambda tree: duckdb.sql(f"SELECT * FROM '{tree}/**/*.parquet'").to_arrow_table().to_pandas(),
}


def marked(mark: float) -> pd.DataFrame:
    """Return bars whose volume says which write they are from."""
    return bars().assign(volume=mark)


@pytest.fixture
def store(tmp_path):
    store = store_in(tmp_path)
    store.write("binance", "BTCUSDT", marked(1.0))
    return store


@pytest.mark.parametrize("reader", READERS)
def test_every_reader_sees_what_the_store_reads(store, reader):
    for timeframe in ("1m", "1h"):
        truth = store.read("binance", "BTCUSDT", timeframe)
        seen = READERS[reader](store.layout.visible / "binance" / "BTCUSDT" / timeframe).sort_values("timestamp")
        assert list(seen["timestamp"]) == list(truth.index)
        for name in truth.columns:
            assert seen[name].tolist() == truth[name].tolist(), name


@contextmanager
def writing(store):
    """Commit one generation after another inside the block; yield the marks of those that were begun."""
    stop, marks = threading.Event(), [1.0]

    def write():
        while not stop.wait(0.02):
            marks.append(marks[-1] + 1.0)
            store.write("binance", "BTCUSDT", marked(marks[-1]))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield marks
    finally:
        stop.set()
        writer.join()


def read_again_if_replaced(reader, tree):
    if reader in ("pandas", "pyarrow"):
        return READERS[reader](tree)
    for _ in range(5):
        with suppress(duckdb.Error, pl.exceptions.PolarsError, pl.exceptions.PanicException):
            return READERS[reader](tree)
    return READERS[reader](tree)


@pytest.mark.parametrize("reader", READERS)
def test_a_reader_during_writes_sees_whole_files_and_no_error(store, reader):
    with writing(store) as marks:
        reads, deadline = 0, time.monotonic() + SECONDS
        while reads < 5 or time.monotonic() < deadline:
            seen = read_again_if_replaced(reader, store.layout.visible / "binance" / "BTCUSDT" / "1m")
            assert seen["timestamp"].nunique() == len(seen) == 2880
            assert seen.groupby(seen["timestamp"].dt.month)["volume"].nunique().tolist() == [1, 1]
            reads += 1
    assert set(seen["volume"]) <= set(marks)


def test_the_api_sees_one_generation_during_writes(store):
    with writing(store) as marks:
        reads, last, deadline = 0, 0.0, time.monotonic() + SECONDS
        while reads < 5 or time.monotonic() < deadline:
            (mark,) = store.read("binance", "BTCUSDT")["volume"].unique()
            assert mark >= last
            last = mark
            reads += 1
    assert last in marks
    assert store.verify("deep").ok


def test_verifying_during_writes_reports_nothing(store):
    with writing(store):
        for level in ("quick", "normal", "full", "deep"):
            report = store.verify(level)
            assert report.ok, [str(finding) for finding in report.findings]
