"""Downloads over HTTP that are killed, cancelled or refused half-way, and what the next run does."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from tests.held import Held
from tests.patience import LONG_S, cancelled_when, comes_true
from threadx.bars.schema import ms_from_index
from threadx.config import Settings
from threadx.data.ingest import IngestionManager, ingest_batch, ingest_binance
from threadx.demo import DemoExchange
from threadx.errors import DataError, JobCancelled
from threadx.progress import Progress, ProgressEvent

PROJECT = Path(__file__).resolve().parents[2]
BTC = "BTCUSDC"
START, END = "2024-01-01", "2024-03-31"  # 91 days, three months
BARS = 91 * 1440
MINUTE = 60_000


@pytest.fixture(scope="module")
def exchange():
    with DemoExchange(now=datetime(2024, 6, 1, tzinfo=UTC), weight_limit=1_000_000) as running:
        yield running


@pytest.fixture
def settings(exchange, tmp_path):
    return Settings.under(tmp_path).with_source(exchange.url, "demo")


@pytest.fixture
def manager(settings):
    with IngestionManager(settings) as opened:
        yield opened


def test_killed_download_resumes_and_refetches_at_most_a_month(exchange, settings, tmp_path):
    script = [sys.executable, "-m", "tests.e2e.interrupted_download"]
    arguments = [str(tmp_path), exchange.url, BTC, START, END]
    with subprocess.Popen([*script, *arguments], cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) >= 1000 * 90:  # in March; January and February are committed
                process.kill()
                break
    assert comes_true(lambda: exchange.connections == 0)  # what the killed one had asked for is answered, and noted
    exchange.log.clear()
    with IngestionManager(settings) as manager:
        kept = sum(each.minutes for each in manager.store.coverage("demo", BTC).stored)
        report = manager.update_assets_batch([BTC], START, END)[BTC]
        frame = manager.store.read("demo", BTC, "1m")
    assert kept >= 60 * 1440
    assert (report.success, report.rows) == (True, BARS - kept)
    assert exchange.log.by_path["klines"] <= (BARS - kept) / 1000 + 3
    assert len(frame) == BARS
    assert (np.diff(ms_from_index(frame.index)) == MINUTE).all()


def test_cancelled_download_keeps_its_commits_and_the_rerun_completes(exchange, manager):
    def cancel_in_march(event: ProgressEvent) -> None:
        if event.unit == "bars" and event.done >= 1000 * 90:
            progress.cancel()

    progress = Progress(cancel_in_march)
    with pytest.raises(JobCancelled):
        manager.update_assets_batch([BTC], START, END, progress=progress)
    kept = sum(each.minutes for each in manager.store.coverage("demo", BTC).stored)
    assert 60 * 1440 <= kept < 90 * 1440  # two whole months, and more where ten seconds passed meanwhile
    assert manager.update_assets_batch([BTC], START, END)[BTC].rows == BARS - kept


def test_cancel_is_answered_while_the_exchange_hangs(tmp_path):
    with DemoExchange(now=datetime(2024, 6, 1, tzinfo=UTC)) as slow:
        held, progress = Held(slow, START), Progress()
        settings = Settings.under(tmp_path).with_source(slow.url, "demo")
        patient = dataclasses.replace(settings, limits=dataclasses.replace(settings.limits, read_timeout_s=LONG_S))
        with IngestionManager(patient) as manager, cancelled_when(progress, lambda: held.reached):
            manager.update_assets_batch([BTC, "ETHUSDC"], START, END, progress=progress)


def test_one_failing_symbol_of_three_stops_no_other(exchange, manager):
    reports = manager.update_assets_batch([BTC, "NOSUCHUSDC", "ETHUSDC"], "2024-03-01", "2024-03-02")
    assert [report.success for report in reports.values()] == [True, False, True]
    assert reports["NOSUCHUSDC"].error


def test_start_before_the_listing_is_moved_to_the_first_bar(exchange, manager):
    first = exchange.market.listings["TAOUSDC"].lives[0][0] * MINUTE
    report = manager.update_assets_batch(["TAOUSDC"], first - 30 * 1440 * MINUTE, first + 60 * MINUTE)["TAOUSDC"]
    assert (report.success, report.rows, report.plan.requests) == (True, 60, 1)
    assert report.plan.wanted.start_ms == first
    assert "start moved" in str(report.plan.notes[0])


def test_history_before_the_listing_is_not_asked(manager):
    report = manager.update_assets_batch(["TAOUSDC"], "2020-01-01", "2020-02-01")["TAOUSDC"]
    assert (report.success, report.rows, report.plan.requests) == (True, 0, 0)
    assert [str(gap.cause) for gap in report.gaps] == ["not_listed"]


def test_bank_equals_the_market_bit_for_bit(exchange, manager):
    frame = manager.download_ohlcv_1m(BTC, "2024-03-01", "2024-03-03")
    start = int(ms_from_index(frame.index)[0])
    market = exchange.market.columns(BTC, "1m", start, start + 3 * 1440 * MINUTE)
    for column in ("open", "high", "low", "close", "volume", "quote_volume", "trades"):
        assert list(frame[column]) == list(market[column]), column


def test_ingest_binance_returns_the_bars_of_an_interval(settings):
    frame = ingest_binance(BTC, "4h", "2024-03-01", "2024-03-02", settings=settings)
    assert list(frame["minutes"]) == [240] * 12
    assert set(frame["symbol"]) == {BTC}


def test_ingest_batch_takes_one_a_list_a_group_or_the_largest(settings):
    grouped = dataclasses.replace(settings, groups={"Big": ("BTC", "ETH")})
    days = ("2024-03-01", "2024-03-01")
    assert list(ingest_batch("single", BTC, "1h", *days, settings=grouped)) == [BTC]
    assert list(ingest_batch("list", [BTC, "SOLUSDC"], "1m", *days, settings=grouped)) == [BTC, "SOLUSDC"]
    reports = ingest_batch("group", "Big", "2h", *days, settings=grouped)
    assert [report.timeframes[-1] for report in reports.values()] == ["1d", "1d"]
    assert len(ingest_batch("top", 3, "1m", *days, settings=grouped)) == 3
    with pytest.raises(DataError, match="top"):
        ingest_batch("top", "many", "1m", *days, settings=grouped)
