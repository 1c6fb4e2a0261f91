"""One more day at the end of a month that is stored: a daily update."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pandas as pd

from benchmarks.bank import PROVIDER, open_bank
from benchmarks.harness import OURS, UNSYNCED, Bench, Row, compared
from benchmarks.market import SYMBOL, bars
from threadx.store import Store

DAY = 1440
MONTH = 28


def rows(bench: Bench) -> Iterator[Row]:
    frame = bars(1)
    base = frame.loc[: frame.index[0] + pd.Timedelta(days=MONTH)].iloc[:-1]
    day = frame.loc[base.index[-1] + pd.Timedelta(minutes=1) :].head(DAY)
    with bench.fresh_folder() as folder:
        store, unsynced = open_bank(folder / "ours"), open_bank(folder / "unsynced", durable=False)
        for bank in (store, unsynced):
            bank.write(PROVIDER, SYMBOL, base, derive=())
        path = folder / "month.parquet"
        base.to_parquet(path)
        turn = itertools.count(1)

        def ours(bank: Store) -> None:
            bank.write(PROVIDER, SYMBOL, _moved(day, next(turn)), derive=())

        def by_pandas() -> None:
            stored = pd.read_parquet(path)
            joined = pd.concat([stored, _moved(day, next(turn))])
            joined[~joined.index.duplicated(keep="last")].sort_index().to_parquet(path)

        candidates: dict[str, Callable[[], object]] = {
            OURS: lambda: ours(store),
            UNSYNCED: lambda: ours(unsynced),
            "pandas month rewrite": by_pandas,
        }
        timings = bench.measure(candidates, bench.rounds(15, 41))
    note = "ours with fsync, hashes, re-read and a kept generation; pandas without"
    yield compared("upsert a day", timings, "pandas month rewrite", gate=3.5, note=note)
    yield compared("upsert a day", timings, "pandas month rewrite", ours=UNSYNCED, note="neither with fsync")


def _moved(day: pd.DataFrame, turn: int) -> pd.DataFrame:
    """Return the day with other volumes, so that every turn has something to write."""
    return day.assign(volume=day["volume"] + turn)
