"""One month out of years: every candidate in its own stock format, then all of them on our own files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow.parquet as pq

from benchmarks.bank import PROVIDER, open_bank
from benchmarks.harness import OURS, Bench, Row, compared
from benchmarks.market import START, SYMBOL, bars
from benchmarks.stages.writing import by_pandas

FIRST = START + pd.DateOffset(months=5)
LAST = START + pd.DateOffset(months=6)
YEARS = 5


def rows(bench: Bench) -> Iterator[Row]:
    frame = bars(YEARS)
    with bench.fresh_folder() as folder:
        store = open_bank(folder / "ours")
        store.write(PROVIDER, SYMBOL, frame, derive=())
        by_pandas(frame, folder / "pandas")
        _by_polars(frame, folder / "polars")
        start_ms, end_ms = FIRST.value // 10**6, LAST.value // 10**6

        def ours() -> pd.DataFrame:
            return store.read(PROVIDER, SYMBOL, "1m", start_ms, end_ms)

        yield from _stock(bench, folder, ours)
        yield from _same(bench, folder / "ours" / "processed" / PROVIDER / SYMBOL / "1m", ours, list(frame.columns))
        whole = {OURS: ours, "all": lambda: store.read(PROVIDER, SYMBOL, "1m")}
        timings = bench.measure(whole, bench.rounds(5, 11))
        yield compared(f"read a month vs all {YEARS} y", timings, "all", gate=40.0)


def _stock(bench: Bench, folder: Path, ours: Callable[[], pd.DataFrame]) -> Iterator[Row]:
    candidates: dict[str, Callable[[], object]] = {
        OURS: ours,
        "pandas ts filter": lambda: pd.read_parquet(
            folder / "pandas", filters=[("timestamp", ">=", FIRST), ("timestamp", "<", LAST)]
        ),
        "polars scan": lambda: _scan(folder / "polars").collect(),
        "duckdb": lambda: _query(folder / "pandas"),
    }
    _agree(candidates)
    timings = bench.measure(candidates, bench.rounds(9, 25))
    yield compared("read a month, stock", timings, "pandas ts filter", gate=12.0)
    yield compared("read a month, stock", timings, "polars scan", gate=4.0)
    yield compared("read a month, stock", timings, "duckdb")


def _same(bench: Bench, folder: Path, ours: Callable[[], pd.DataFrame], numbers: list[str]) -> Iterator[Row]:
    file = folder / f"year={FIRST.year}" / f"month={FIRST.month:02d}" / f"{SYMBOL}.parquet"
    candidates: dict[str, Callable[[], object]] = {
        OURS: ours,
        "pandas on the file": lambda: pd.read_parquet(file),
        "bare pyarrow": lambda: pq.ParquetFile(file).read(columns=["timestamp", *numbers], use_threads=False),
        "polars scan": lambda: _scan(folder).collect(),
        "duckdb": lambda: _query(folder),
    }
    _agree(candidates)
    timings = bench.measure(candidates, bench.rounds(9, 25))
    yield compared("read a month, same files", timings, "pandas on the file", gate=1.5)
    yield compared(
        "read a month, same files", timings, "bare pyarrow", note="unchecked, no symbol, no frame: the floor"
    )
    yield compared("read a month, same files", timings, "polars scan", gate=2.2)
    yield compared("read a month, same files", timings, "duckdb")


def _by_polars(frame: pd.DataFrame, folder: Path) -> None:
    """Write what Polars writes by itself: its own compression and encodings, one file a month."""
    table = pl.from_pandas(frame.reset_index())
    when = pl.col("timestamp").dt
    for (year, month), part in table.group_by(when.year().alias("year"), when.month().alias("month")):
        target = folder / f"year={year}" / f"month={month:02d}"
        target.mkdir(parents=True)
        part.sort("timestamp").write_parquet(target / f"{SYMBOL}.parquet")


def _scan(folder: Path) -> pl.LazyFrame:
    table = pl.scan_parquet(folder / "**" / "*.parquet", hive_partitioning=False)
    return table.filter(pl.col("timestamp").is_between(FIRST.to_pydatetime(), LAST.to_pydatetime(), closed="left"))


def _query(folder: Path) -> object:
    files = str(folder / "**" / "*.parquet")
    return duckdb.sql(
        "SELECT * FROM read_parquet($files, hive_partitioning = false) "
        "WHERE timestamp >= $first::TIMESTAMPTZ AND timestamp < $last::TIMESTAMPTZ",
        params={"files": files, "first": FIRST.isoformat(), "last": LAST.isoformat()},
    ).to_arrow_table()


def _agree(candidates: dict[str, Callable[[], object]]) -> None:
    counts = {name: len(run()) for name, run in candidates.items()}  # type: ignore[arg-type]  # tables have a length
    if len(set(counts.values())) != 1:
        raise AssertionError(f"candidates disagree: {counts}")
