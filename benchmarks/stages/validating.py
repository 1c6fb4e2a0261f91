"""Every rule of the data contract on five years of clean bars: the case that is met all the time."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator

import pandas as pd

from benchmarks.harness import OURS, Bench, Row, compared
from benchmarks.market import bars
from threadx.bars.checks import split_valid, strictly_increasing
from threadx.bars.schema import OPEN_TIME, columns_from_frame

PRICES = ("open", "high", "low", "close")


def rows(bench: Bench) -> Iterator[Row]:
    years = 5 if bench.full else 2
    frame = bars(years)
    schema = _schema()
    candidates: dict[str, Callable[[], object]] = {
        OURS: lambda: _ours(frame),
        "pandas": lambda: by_pandas(frame),
        "pandera lazy": lambda: schema.validate(frame, lazy=True),
    }
    if not _ours(frame) or not by_pandas(frame):
        raise AssertionError("the invented bars must be clean")
    timings = bench.measure(candidates, bench.rounds(5, 11))
    yield compared(f"validate, {years} y", timings, "pandera lazy", gate=20.0)
    yield compared(f"validate, {years} y", timings, "pandas", gate=5.0)


def by_pandas(frame: pd.DataFrame) -> bool:
    """Return whether the bars are sound, as one writes it in pandas."""
    prices = frame[list(PRICES)]
    return bool(
        frame.index.is_monotonic_increasing
        and not frame.index.has_duplicates
        and not frame.isna().any().any()
        and (prices > 0).all().all()
        and not frame.isin([float("inf")]).any().any()
        and (frame["high"] >= prices.max(axis=1)).all()
        and (frame["low"] <= prices.min(axis=1)).all()
        and (frame["volume"] >= 0).all()
        and (frame.index.floor("min") == frame.index).all()
    )


def _ours(frame: pd.DataFrame) -> bool:
    columns = columns_from_frame(frame)
    return strictly_increasing(columns[OPEN_TIME]) and len(split_valid(columns)[1]) == 0


def _schema() -> object:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pandera.pandas as pa  # noqa: PLC0415 - warns on import
    return pa.DataFrameSchema(
        {
            **{name: pa.Column("float64", [pa.Check.gt(0), pa.Check.lt(float("inf"))]) for name in PRICES},
            "volume": pa.Column("float64", [pa.Check.ge(0), pa.Check.lt(float("inf"))]),
        },
        index=pa.Index(
            "datetime64[ms, UTC]",
            [
                pa.Check(lambda times: times.is_monotonic_increasing),
                pa.Check(lambda times: times.dt.floor("min") == times),
            ],
            unique=True,
        ),
        checks=[
            pa.Check(lambda frame: frame["high"] >= frame[list(PRICES)].max(axis=1)),
            pa.Check(lambda frame: frame["low"] <= frame[list(PRICES)].min(axis=1)),
        ],
    )
