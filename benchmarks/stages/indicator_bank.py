"""The bank of indicators: one day appended to five years, and a batch of symbols on one process and on two."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from concurrent.futures import Executor
from pathlib import Path

import psutil

from benchmarks.bank import PROVIDER, open_bank, settings_for
from benchmarks.harness import Bench, Better, Row
from benchmarks.market import SYMBOL, bars, wide_bars
from threadx.bars.resample import resample_all
from threadx.config import Settings
from threadx.data.indicator_batch import Batch, run_batch
from threadx.indicators.bank import IndicatorBank
from threadx.indicators.choices import wanted
from threadx.store import Store
from threadx.workers import process_pool

DAY = 1440
APPENDED = ("ema:20", "bollinger:20:2.0", "sma:200", "obv")
APPEND_SHARE = 1 / 20
TEN = ("ema:20", "sma:20", "rsi:14", "macd", "bollinger:20:2.0", "atr:14", "vortex:14", "vwap", "obv", "roc")
TIMEFRAMES = ("15m", "1h", "4h")
SYMBOLS = 30


def rows(bench: Bench) -> Iterator[Row]:
    with bench.fresh_folder() as root:
        yield from _append(bench, root)
    with bench.fresh_folder() as root:
        yield from _batch(bench, root)


def _append(bench: Bench, root: Path) -> Iterator[Row]:
    frame = bars(5)
    store = open_bank(root, settings_for(root))
    store.write(PROVIDER, SYMBOL, frame.iloc[:-DAY], derive=())
    bank = IndicatorBank(store)
    full: dict[str, list[float]] = {word: [] for word in APPENDED}
    added: dict[str, list[float]] = {word: [] for word in APPENDED}
    total: list[float] = []
    for _ in range(bench.rounds(3, 5)):
        bank.delete()
        for word in APPENDED:
            full[word].append(_ensured(bank, word).computing_s)
        for step in range(4):  # a day more, a day less, and again: either way it is the month of the day that changed
            if step % 2:
                store.undo(PROVIDER, SYMBOL)
            else:
                store.write(PROVIDER, SYMBOL, frame.iloc[-DAY:], derive=())
            for word in APPENDED:
                done = _ensured(bank, word)
                assert (done.outcome, len(done.months)) == ("extended", 1)
                added[word].append(done.computing_s)
                total.append(done.seconds)
    for word in APPENDED:
        whole, day = statistics.median(full[word]), statistics.median(added[word])
        note = f"{whole * 1e3:.0f} ms for {len(frame):,} bars, {day * 1e3:.1f} ms for the month of the day"
        yield Row(
            f"append a day to 5 y: {word}",
            day / whole,
            "x",
            "a full pass",
            APPEND_SHARE,
            Better.LESS,
            minima=min(added[word]) / min(full[word]),
            on_minima=True,  # two milliseconds are easily disturbed
            note=note,
        )
    note = "reading, checking and writing it too"
    yield Row("append a day to 5 y, with the file", statistics.median(total) * 1e3, "ms", note=note)


def _ensured(bank: IndicatorBank, word: str):
    (choice,) = wanted(bank.settings, [word])
    return bank.ensure(SYMBOL, choice.name, choice.params, "1m", provider=PROVIDER)


def _batch(bench: Bench, root: Path) -> Iterator[Row]:
    settings = settings_for(root)
    store = open_bank(root, settings)
    symbols = _fill(store, 5 if bench.full else 1)
    bank = IndicatorBank(store)
    batch = Batch.of(((PROVIDER, symbol) for symbol in symbols), wanted(settings, TEN), TIMEFRAMES)
    here, _mb = _timed(bank, batch, None)
    seconds: dict[int, list[float]] = {1: [], 2: []}
    memory_mb = 0.0
    for _ in range(bench.rounds(1, 3)):
        for count in bench.chance.sample([1, 2], 2):
            with process_pool(count) as pool:
                _start(pool, settings, count)
                took, used_mb = _timed(bank, batch, pool)
            seconds[count].append(took)
            memory_mb = max(memory_mb, used_mb)
    again, _mb = _timed(bank, batch, None, fresh=True)
    one, two = (statistics.median(seconds[count]) for count in (1, 2))
    values = sum(row.rows for row in run_batch(bank, batch))
    note = f"{batch.files} files, {values:,} bars times indicators; two threads of this process: {here:.1f} s"
    yield Row(f"batch {len(symbols)} x {len(TEN)} x {len(TIMEFRAMES)}", one, "s", "one process", note=note)
    yield Row("batch on two processes", one / two, "x", "one process", note=f"{two:.1f} s, {psutil.cpu_count()} cores")
    yield Row("memory of a batch worker", memory_mb, "MB", note="the larger of two processes, imports included")
    yield Row("the same batch again", again, "s", note="everything is fresh, and every value is proven")


def _fill(store: Store, years: float) -> list[str]:
    minutes = wide_bars(years)
    made = resample_all(minutes, TIMEFRAMES)
    symbols = [f"C{number:02d}USDC" for number in range(SYMBOLS)]
    for symbol in symbols:
        for timeframe in TIMEFRAMES:
            store.write(PROVIDER, symbol, made[timeframe], timeframe=timeframe)
    return symbols


def _timed(bank: IndicatorBank, batch: Batch, pool: Executor | None, *, fresh: bool = False) -> tuple[float, float]:
    """Return seconds, and the resident MB of the largest child at the end."""
    if not fresh:
        bank.delete()
    began = time.perf_counter()
    done = run_batch(bank, batch, executor=pool, many=1 << 60)
    seconds = time.perf_counter() - began
    assert {row.outcome for row in done} == {"reused" if fresh else "computed"}
    sizes = [child.memory_info().rss / 1e6 for child in psutil.Process().children(recursive=True)]
    return seconds, max(sizes, default=0.0)


def _start(pool: Executor, settings: Settings, count: int) -> None:
    """Have the processes load the engine before time is taken."""
    for future in [pool.submit(_load, settings) for _ in range(4 * count)]:
        future.result()


def _load(settings: Settings) -> int:
    IndicatorBank(settings)
    time.sleep(0.2)  # so that each process takes some
    return 0
