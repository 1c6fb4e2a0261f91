"""Bars to month files: ours with every fsync, hash and re-read of the commit protocol, peers with a plain write."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd

from benchmarks.bank import PROVIDER, open_bank, settings_for
from benchmarks.harness import OURS, UNSYNCED, Bench, Better, Row, compared
from benchmarks.market import SYMBOL, bars, real_bars

SETTINGS = ("lz4", "zstd", "auto")


def rows(bench: Bench) -> Iterator[Row]:
    yield from _speed(bench)
    yield from _sizes(bench, f"{_years(bench)} y", bars(_years(bench)))
    for name, frame in real_bars():
        yield from _sizes(bench, name, frame)


def by_pandas(frame: pd.DataFrame, folder: Path) -> None:
    """Write one file a month, as one does it in pandas."""
    for (year, month), part in frame.groupby([frame.index.year, frame.index.month]):
        target = folder / f"year={year}" / f"month={month:02d}"
        target.mkdir(parents=True, exist_ok=True)
        part.to_parquet(target / f"{SYMBOL}.parquet")


def _years(bench: Bench) -> int:
    return 5 if bench.full else 2


def _speed(bench: Bench) -> Iterator[Row]:
    years = _years(bench)
    frame = bars(years)
    with bench.fresh_folder() as folder:
        numbers = itertools.count()

        def fresh(write: Callable[[Path], object]) -> Callable[[], Path]:
            def run() -> Path:
                target = folder / str(next(numbers))
                write(target)
                return target

            return run

        candidates = {
            OURS: fresh(lambda target: _ours(target, frame, durable=True)),
            UNSYNCED: fresh(lambda target: _ours(target, frame, durable=False)),
            "pandas groupby + to_parquet": fresh(lambda target: by_pandas(frame, target)),
        }
        timings = bench.measure(candidates, bench.rounds(3, 7))
    yield Row("fsync of a 1 MB file", _fsync_ms(bench), "ms", note="what durability costs here, per file")
    note = "ours with fsync, hashes and re-read; pandas without"
    yield compared(f"write {years} y", timings, "pandas groupby + to_parquet", gate=4.0, note=note)
    yield compared(f"write {years} y", timings, "pandas groupby + to_parquet", ours=UNSYNCED, note="neither with fsync")


def _ours(root: Path, frame: pd.DataFrame, *, durable: bool) -> None:
    open_bank(root, durable=durable).write(PROVIDER, SYMBOL, frame, mode="replace", derive=())


def _fsync_ms(bench: Bench) -> float:
    path, data = bench.folder / "fsync", bytes(1_000_000)

    def run() -> None:
        with path.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())

    return bench.measure({"fsync": run}, 9)["fsync"].median * 1e3


def _sizes(bench: Bench, name: str, frame: pd.DataFrame) -> Iterator[Row]:
    with bench.fresh_folder() as folder:
        by_pandas(frame, folder / "pandas")
        theirs = _size(folder / "pandas")
        for setting in SETTINGS:
            root = folder / setting
            open_bank(root, settings_for(root, compression=setting)).write(PROVIDER, SYMBOL, frame, derive=())
            share = _size(root / "processed") / theirs
            gate = 0.75 if setting == "zstd" else None
            note = f"{theirs / 1e6:.2f} MB by pandas"
            yield Row(f"bytes on disk, {name}", share, "x", f"pandas, ours {setting}", gate, Better.LESS, note=note)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*.parquet"))
