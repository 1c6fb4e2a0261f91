"""Longer bars from 1m bars, by the exchange's rule on every side: minutes without volume do not count for prices."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import polars as pl

from benchmarks.harness import OURS, Bench, Row, compared
from benchmarks.market import bars
from threadx.bars.resample import resample, resample_all

ALL = ("5m", "15m", "1h", "4h", "1d")
PANDAS = {"5m": "5min", "15m": "15min", "1h": "1h", "4h": "4h", "1d": "1D"}
COLUMNS = ("open", "high", "low", "close", "volume", "minutes")


def rows(bench: Bench) -> Iterator[Row]:
    frame = bars(1)
    table = polars_of(frame)
    _agree(frame, table)
    each: dict[str, Callable[[], object]] = {
        OURS: lambda: resample_all(frame, ALL),
        "pandas each": lambda: [by_pandas(frame, name) for name in ALL],
        "polars each": lambda: [by_polars(table, name) for name in ALL],
    }
    timings = bench.measure(each, bench.rounds(5, 15))
    yield compared("resample all 5, 1 y", timings, "pandas each", gate=4.5)
    yield compared("resample all 5, 1 y", timings, "polars each", gate=4.0, on_minima=True)
    one: dict[str, Callable[[], object]] = {
        OURS: lambda: resample(frame, "1h"),
        "pandas": lambda: by_pandas(frame, "1h"),
        "polars": lambda: by_polars(table, "1h"),
    }
    timings = bench.measure(one, bench.rounds(7, 25))
    yield compared("resample 1h, 1 y", timings, "polars", gate=1.4)
    yield compared("resample 1h, 1 y", timings, "pandas")
    if bench.full:
        yield from _five_years(bench)


def by_pandas(frame: pd.DataFrame, timeframe: str) -> pd.DataFrame:
    """Return the bars as one who knows the rule writes it in pandas: hide quiet prices, aggregate once, fill flat."""
    traded = frame["volume"] > 0
    hidden = frame if traded.all() else frame.assign(**{name: frame[name].where(traded) for name in COLUMNS[:4]})
    made = hidden.resample(PANDAS[timeframe]).agg(
        open=("open", "first"),
        high=("high", "max"),
        low=("low", "min"),
        close=("close", "last"),
        volume=("volume", "sum"),
        minutes=("volume", "size"),
    )
    made = made[made["minutes"] > 0]
    quiet = made["close"].isna()
    if quiet.any():
        made["close"] = made["close"].ffill().fillna(frame["open"].iloc[0])
        for name in ("open", "high", "low"):
            made[name] = made[name].fillna(made["close"])
    made["volume"] = made["volume"].round(8)
    return made


def by_polars(table: pl.DataFrame, timeframe: str) -> pl.DataFrame:
    """Return the bars as one who knows the rule writes it in Polars, lazily, with its own engine choosing the plan."""
    traded = pl.col("volume") > 0
    made = (
        table.lazy()
        .with_columns(pl.when(traded).then(pl.col(name)).alias(name) for name in COLUMNS[:4])
        .group_by_dynamic("timestamp", every=timeframe)
        .agg(
            pl.col("open").drop_nulls().first(),
            pl.col("high").max(),
            pl.col("low").min(),
            pl.col("close").drop_nulls().last(),
            pl.col("volume").sum().round(8),
            pl.len().alias("minutes"),
        )
        .with_columns(pl.col("close").forward_fill().fill_null(table["open"][0]))
        .with_columns(pl.col(name).fill_null(pl.col("close")) for name in COLUMNS[:3])
    )
    return made.collect()


def polars_of(frame: pd.DataFrame) -> pl.DataFrame:
    """Return the bars as Polars holds them."""
    columns = {"timestamp": frame.index.astype("int64").to_numpy(), **{name: frame[name].to_numpy() for name in frame}}
    return pl.DataFrame(columns).with_columns(pl.col("timestamp").cast(pl.Datetime("ms", "UTC")).set_sorted())


def _agree(frame: pd.DataFrame, table: pl.DataFrame) -> None:
    ours = resample_all(frame, ALL)
    for name in ALL:
        pandas, polars = by_pandas(frame, name), by_polars(table, name)
        for column in COLUMNS:
            mine = ours[name][column].to_numpy()
            np.testing.assert_allclose(mine, pandas[column].to_numpy(), rtol=1e-12, err_msg=f"{name} {column} pandas")
            np.testing.assert_allclose(mine, polars[column].to_numpy(), rtol=1e-12, err_msg=f"{name} {column} polars")


def _five_years(bench: Bench) -> Iterator[Row]:
    frame = bars(5)
    timings = bench.measure(
        {OURS: lambda: resample_all(frame, ALL), "pandas each": lambda: [by_pandas(frame, name) for name in ALL]}, 7
    )
    yield compared("resample all 5, 5 y", timings, "pandas each")
