"""Pages on their way into the bank: what is kept, what is committed when, what is remembered as empty."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from tests.data.conftest import BTC, DAY_1, DAY_2, DAY_3, HOUR, MINUTE, NOW
from tests.data.memory_source import T0, minutes, without
from threadx.bars.gaps import Gap, GapCause
from threadx.bars.intervals import Interval
from threadx.data.ingest import IngestionManager
from threadx.errors import (
    BadResponseError,
    DataNotFoundError,
    SourceUnavailableError,
)


def test_old_hole_is_asked_once_and_remembered(manager, source):
    source.held[BTC] = without(source.held[BTC], T0 + 12 * HOUR, T0 + 13 * HOUR)
    report = manager.update_assets_batch([BTC], DAY_1, DAY_2)[BTC]
    assert report.gaps == (Gap(Interval(T0 + 12 * HOUR, T0 + 13 * HOUR), GapCause.UNKNOWN),)
    source.asked.clear()
    assert manager.update_assets_batch([BTC], DAY_1, DAY_2)[BTC].plan.requests == 0
    assert source.asked == []


def test_rows_that_a_reply_lost_are_fetched_by_the_next_run(manager, source):
    real = source.bars

    def lossy(symbol, timeframe, start_ms, end_ms, progress):
        for page in real(symbol, timeframe, start_ms, end_ms, progress):
            yield dataclasses.replace(page, columns=without(page.columns, T0 + 12 * HOUR, T0 + 13 * HOUR))

    source.bars = lossy
    first = manager.update_assets_batch([BTC], DAY_1, DAY_1)[BTC]
    assert first.gaps == (Gap(Interval(T0 + 12 * HOUR, T0 + 13 * HOUR), GapCause.NOT_FETCHED),)
    source.bars = real
    second = manager.update_assets_batch([BTC], DAY_1, DAY_1)[BTC]
    assert (second.rows, second.gaps) == (60, ())


def test_recent_hole_is_asked_again(manager, source):
    source.held[BTC] = without(source.held[BTC], NOW - 3 * HOUR, NOW - 2 * HOUR)
    first = manager.update_assets_batch([BTC], NOW - 5 * HOUR)[BTC]
    assert {gap.cause for gap in first.gaps} == {GapCause.NOT_FETCHED}
    source.held[BTC] = minutes(T0, 21 * 1440)
    second = manager.update_assets_batch([BTC], NOW - 5 * HOUR)[BTC]
    assert (second.rows, second.gaps) == (60, ())


def test_delisted_symbol_is_asked_for_its_silence_once(manager, source):
    source.held[BTC] = minutes(T0, 1440)
    manager.update_assets_batch([BTC], DAY_1, "2023-03-30")
    source.asked.clear()
    manager.update_assets_batch([BTC], DAY_1, "2023-03-30")
    assert source.asked == []


def test_bad_rows_are_kept_out_and_counted(manager, source):
    source.held[BTC]["high"] = source.held[BTC]["high"].copy()
    source.held[BTC]["high"][[100, 200]] = -1.0
    report = manager.update_assets_batch([BTC], DAY_1, DAY_1)[BTC]
    assert (report.success, report.rows, report.quarantined) == (True, 1438, 2)
    assert set(report.violations["rule"]) >= {"positive", "high_is_highest"}
    assert [gap.cause for gap in report.gaps] == [GapCause.NOT_FETCHED] * 2
    assert len(manager.store.read("memory", BTC, "1m")) == 1438
    (kept,) = manager.store.layout.quarantine.iterdir()
    rows = [json.loads(line) for line in kept.read_text().splitlines()]
    assert [row["high"] for row in rows] == [-1.0, -1.0]
    assert "high:positive" in rows[0]["reason"]


def test_bad_rows_are_asked_again_and_mended(manager, source):
    good = source.held[BTC]["close"]
    source.held[BTC]["close"] = np.where(np.arange(len(good)) == 100, np.nan, good)
    manager.update_assets_batch([BTC], DAY_1, DAY_1)
    source.held[BTC]["close"] = good
    report = manager.update_assets_batch([BTC], DAY_1, DAY_1)[BTC]
    assert (report.rows, report.gaps, report.plan.rows) == (1, (), 1)


def test_page_that_strays_from_what_was_asked_is_refused_whole(manager, source):
    real = source.bars

    def stray(symbol, timeframe, start_ms, end_ms, progress):
        for page in real(symbol, timeframe, start_ms, end_ms, progress):
            yield dataclasses.replace(page, columns=minutes(page.start_ms + MINUTE, 1000))

    source.bars = stray
    with pytest.raises(BadResponseError):
        manager.download_ohlcv_1m(BTC, DAY_1, DAY_1)
    assert manager.store.coverage("memory", BTC).stored == ()


def test_what_arrived_before_a_failure_is_committed(manager, source):
    def fail(symbol, start_ms):
        if start_ms >= T0 + 2000 * MINUTE:
            raise SourceUnavailableError("no answer")

    source.on_page = fail
    assert not manager.update_assets_batch([BTC], DAY_1, DAY_3)[BTC].success
    assert manager.store.coverage("memory", BTC).stored == (Interval(T0, T0 + 2000 * MINUTE),)


def test_download_commits_at_each_month_and_every_ten_seconds(bank_settings, source):
    seconds = [0.0]

    def tick(symbol, start_ms):
        seconds[0] += 3.0

    source.on_page = tick
    manager = IngestionManager(bank_settings, source=source, clock=lambda: seconds[0])
    manager.download_ohlcv_1m(BTC, DAY_1, "2023-04-08")
    pages = len(source.asked)
    assert pages == 29
    assert manager.store.history("memory", BTC)[-1].gen == 8  # every 4 pages, and where March ends


def test_commits_of_one_call_are_one_operation(manager):
    manager.download_ohlcv_1m(BTC, DAY_1, "2023-04-08")
    manager.store.undo("memory", BTC)
    with pytest.raises(DataNotFoundError):
        manager.store.read("memory", BTC, "1m")
