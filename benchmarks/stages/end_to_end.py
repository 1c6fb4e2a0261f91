"""A year of replies to a bank of every timeframe: parse, validate, merge, derive, write; page bytes in memory."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.bank import open_bank, settings_for
from benchmarks.harness import OURS, UNSYNCED, Bench, Row, compared
from benchmarks.pages import START_MS, SYMBOL, Body, MemorySource, end_of, fetched
from benchmarks.stages import parsing, resampling, validating, writing
from threadx.data.ingest import IngestionManager

TIMEFRAMES = resampling.ALL


def rows(bench: Bench) -> Iterator[Row]:
    years = 1 if bench.full else 0.25
    bodies = fetched(years)
    end_ms = end_of(years)
    with bench.fresh_folder() as folder:
        numbers = itertools.count()

        def ours(*, durable: bool = True) -> Path:
            root = folder / str(next(numbers))
            _ours(root, bodies, end_ms, durable=durable)
            return root

        def pandas() -> Path:
            root = folder / str(next(numbers))
            by_pandas(root, bodies)
            return root

        _agree(ours(), pandas())
        candidates = {
            OURS: ours,
            UNSYNCED: lambda: ours(durable=False),
            "pandas idiom": pandas,
        }
        timings = bench.measure(candidates, bench.rounds(2, 5))
    note = "page bytes in memory; ours with fsync, hashes and re-read; pandas without"
    yield compared(f"end to end, {years:g} y", timings, "pandas idiom", gate=5.0, note=note)
    yield compared(f"end to end, {years:g} y", timings, "pandas idiom", ours=UNSYNCED, note="neither with fsync")


def by_pandas(root: Path, bodies: list[Body]) -> None:
    """Parse, check, resample and write as one does it in pandas, by the same rules."""
    frame = pd.concat([parsing.by_pandas(body.data) for body in bodies if body.data != b"[]"])
    frame = frame[~frame.index.duplicated(keep="last")].sort_index()
    if not validating.by_pandas(frame):
        raise AssertionError("the exchange's bars must be sound")
    writing.by_pandas(frame, root / "1m")
    for timeframe in TIMEFRAMES:
        writing.by_pandas(resampling.by_pandas(frame, timeframe), root / timeframe)


def _ours(root: Path, bodies: list[Body], end_ms: int, *, durable: bool) -> None:
    settings = settings_for(root, timeframes=TIMEFRAMES)
    store = open_bank(root, settings, durable=durable)
    with IngestionManager(settings, source=MemorySource(bodies), store=store) as manager:
        (report,) = manager.update_assets_batch([SYMBOL], START_MS, end_ms).values()
    if not report.success:
        raise AssertionError(report.error)


def _agree(ours: Path, pandas: Path) -> None:
    for timeframe in ("1m", "1h"):
        mine = pd.read_parquet(ours / "processed" / "demo" / SYMBOL / timeframe)
        theirs = pd.read_parquet(pandas / timeframe).head(len(mine))  # ours leaves an unfinished last bucket out
        for column in ("open", "high", "low", "close", "volume"):
            np.testing.assert_allclose(
                mine[column].to_numpy(), theirs[column].to_numpy(), rtol=1e-12, err_msg=f"{timeframe} {column}"
            )
