"""Indicators of many symbols: the same rows on threads, processes and a cluster, and one failure stops no other."""

from __future__ import annotations

import importlib.util
import multiprocessing
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from tests.patience import PATIENCE_S
from tests.store.bank_maker import bars, settings_of
from threadx.data.indicator_batch import FAILED, Batch, run_batch
from threadx.data.unified_diversity_pipeline import UnifiedDiversityPipeline
from threadx.errors import IndicatorError, JobCancelled, UnsupportedTimeframeError
from threadx.indicators.bank import IndicatorBank
from threadx.indicators.choices import Choice
from threadx.progress import Progress
from threadx.store import Store
from threadx.workers import process_pool

PROJECT = Path(__file__).resolve().parents[2]
SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT")
TIMEFRAMES = ("5m", "1h")


@pytest.fixture
def settings(tmp_path):
    settings = settings_of(tmp_path, timeframes=TIMEFRAMES)
    store = Store(settings.paths.data_root, settings=settings)
    for seed, symbol in enumerate(SYMBOLS):
        store.write("binance", symbol, bars(seed=seed))
    return settings


@pytest.fixture
def pipeline(settings):
    return UnifiedDiversityPipeline(settings)


def told(table):
    return table.drop(columns="seconds")


def test_every_file_has_a_row_in_the_order_asked_for(pipeline):
    table = pipeline.process_batch(SYMBOLS, ["ema:20", "sma:5", "ema:7"], TIMEFRAMES)
    assert table[["symbol", "timeframe", "indicator"]].to_records(index=False).tolist() == [
        (symbol, timeframe, stem)
        for symbol in SYMBOLS
        for timeframe in TIMEFRAMES
        for stem in ("ema_20", "sma_5", "ema_7")
    ]
    assert set(table["outcome"]) == {"computed"}
    assert set(table["error"]) == {""}
    assert table["rows"].tolist() == [576] * 3 + [48] * 3 + [576] * 3 + [48] * 3 + [576] * 3 + [48] * 3
    again = pipeline.process_batch(SYMBOLS, ["ema:20", "sma:5", "ema:7"], TIMEFRAMES)
    assert set(again["outcome"]) == {"reused"}


def test_a_name_that_is_no_symbol_stops_no_other_where_processes_are_thought_of(settings):
    several = replace(settings, cluster=settings.cluster, workers=replace(settings.workers, processes=2))
    table = UnifiedDiversityPipeline(several).process_batch(["BTCUSDT", "../x"], ["ema:20"], ["1h"])
    assert table["outcome"].tolist() == ["computed", FAILED]
    assert "cannot be a symbol's name" in table["error"].iloc[1]


def test_one_failure_stops_no_other(pipeline):
    table = pipeline.process_batch(["BTCUSDT", "NOSUCH"], ["ema:20", "sma:5"], ["1h", "4h"])
    good = table[table["outcome"] == "computed"]
    bad = table[table["outcome"] == FAILED]
    assert good[["symbol", "timeframe"]].drop_duplicates().values.tolist() == [["BTCUSDT", "1h"]]
    assert len(bad) == 6
    assert bad["error"].str.contains("nothing stored").all()
    assert bad["hint"].str.len().gt(0).all()


def test_what_the_settings_name_is_the_usual_answer(pipeline):
    table = pipeline.process_batch("BTCUSDT", None, "1h")
    assert table["indicator"].tolist() == [
        *(f"bollinger_{period}_{width}" for period in (10, 20, 50) for width in (1.5, 2.0, 2.5)),
        *("atr_14", "atr_21", "ema_20", "ema_50", "ema_200", "vortex_14", "vortex_21"),
    ]
    core = pipeline.process_batch("BTCUSDT", None, "1h", include_core=True)
    assert {name.split("_")[0] for name in set(core["indicator"]) - set(table["indicator"])} == {
        *("rsi", "macd", "vwap", "obv", "sma"),
    }
    assert set(core["outcome"]) == {"computed", "reused"}


def test_spawned_processes_do_the_same(pipeline, settings, tmp_path):
    here = pipeline.process_batch(SYMBOLS, ["ema:20"], TIMEFRAMES)
    values = {path: path.read_bytes() for path in tmp_path.rglob("indicators/**/*.parquet")}
    pipeline.bank.delete()
    with process_pool(2) as pool:
        far = pipeline.process_batch(SYMBOLS, ["ema:20"], TIMEFRAMES, executor=pool)
    assert told(far).equals(told(here))
    assert {path: path.read_bytes() for path in values} == values


def test_a_failure_comes_back_whole_from_another_process(settings):
    bank = IndicatorBank(settings)
    batch = Batch.of([("binance", "NOSUCH")], [Choice.of("ema", {"period": 20})], ["1h"])
    with process_pool(1) as pool:
        (row,) = run_batch(bank, batch, executor=pool)
    assert row.failure is not None
    assert row.failure.message == row.error


CLUSTER = """
import sys
from distributed import Client, LocalCluster
from threadx.config import Settings
from threadx.data.unified_diversity_pipeline import UnifiedDiversityPipeline

if __name__ == "__main__":
    root, *symbols = sys.argv[1:]
    place = {"host": "127.0.0.1", "dashboard_address": None, "local_directory": root + "/dask"}
    with LocalCluster(n_workers=2, threads_per_worker=1, **place) as cluster, Client(cluster) as client:
        pipeline = UnifiedDiversityPipeline(Settings.under(root).with_data_root(root + "/data"))
        table = pipeline.process_batch(symbols, ["ema:20"], ["5m", "1h"], executor=client)
    print(table.drop(columns="seconds").to_csv(index=False))
"""


@pytest.mark.skipif(importlib.util.find_spec("distributed") is None, reason="the package distributed is not installed")
def test_a_client_of_distributed_takes_the_same_call(pipeline, settings, tmp_path):
    here = pipeline.process_batch(SYMBOLS, ["ema:20"], TIMEFRAMES)
    pipeline.bank.delete()
    script = tmp_path / "cluster.py"
    script.write_text(CLUSTER)
    done = subprocess.run(
        [sys.executable, script, tmp_path, *SYMBOLS],
        check=False,
        capture_output=True,
        text=True,
        cwd=PROJECT,
        env={"PYTHONPATH": "."},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == told(here).to_csv(index=False).strip()
    assert len(pipeline.bank.status()) == 6


class HeldAfterTheFirst(ThreadPoolExecutor):
    """Does one thing; what is submitted later waits until it is let go on."""

    def __init__(self):
        super().__init__(1)
        self.go_on = threading.Event()

    def submit(self, fn, /, *args, **kwargs):
        future = super().submit(fn, *args, **kwargs)
        super().submit(self.go_on.wait, PATIENCE_S)
        return future


def test_progress_counts_files_and_cancel_keeps_what_is_done(pipeline):
    seen = []

    def listen(event):
        seen.append((event.done, event.total, event.unit))
        if event.done == 2:
            progress.cancel()

    progress = Progress(listen)
    with HeldAfterTheFirst() as pool:
        with pytest.raises(JobCancelled):
            pipeline.process_batch(SYMBOLS, ["ema:20"], TIMEFRAMES, executor=pool, progress=progress)
        pool.go_on.set()
    assert seen == [(0, 6, "files"), (2, 6, "files")]
    assert len(pipeline.bank.status()) == 2
    assert set(pipeline.process_batch(SYMBOLS, ["ema:20"], TIMEFRAMES)["outcome"]) == {"reused", "computed"}


def test_what_cannot_be_is_refused_before_any_work(pipeline):
    with pytest.raises(IndicatorError):
        pipeline.process_batch(SYMBOLS, ["ema:0"])
    with pytest.raises(UnsupportedTimeframeError):
        pipeline.process_batch(SYMBOLS, ["ema"], ["7m"])
    assert pipeline.bank.status() == []


def test_a_pool_of_the_caller_stays_open(pipeline):
    with ThreadPoolExecutor(1) as pool:
        pipeline.process_batch(SYMBOLS, ["ema:20"], "1h", executor=pool)
        assert pool.submit(int, "3").result() == 3


def test_much_work_goes_to_the_processes_of_the_settings(settings):
    two = IndicatorBank(replace(settings, workers=replace(settings.workers, processes=2)))
    batch = Batch.of([("binance", "BTCUSDT")], [Choice.of("ema", {"period": 20})], TIMEFRAMES)
    assert {row.outcome for row in run_batch(two, batch, many=1)} == {"computed"}


def test_a_process_that_is_killed_fails_nothing(settings):
    """Whatever is in work then is done once more: at the first news of a file, one of the processes goes."""
    two = IndicatorBank(replace(settings, workers=replace(settings.workers, processes=2)))
    batch = Batch.of([("binance", symbol) for symbol in SYMBOLS], [Choice.of("ema", {"period": 20})], TIMEFRAMES)
    victims = []

    def kill_one(event):
        if event.done and not victims:
            victims.extend(multiprocessing.active_children()[:1])
            victims[0].kill()

    rows = run_batch(two, batch, many=1, progress=Progress(kill_one))
    assert len(victims) == 1
    assert [row.success for row in rows] == [True] * batch.files
