"""The ingestion manager over a source in memory and a real bank in a temporary folder."""

from __future__ import annotations

import dataclasses
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.data.memory_source import DAY_MS, T0, MemorySource, minutes
from threadx.bars.gaps import Gap, GapCause
from threadx.bars.intervals import Interval
from threadx.bars.resample import resample
from threadx.bars.schema import OPEN_TIME, frame_from_columns, ms_from_index
from threadx.config import Settings
from threadx.data.ingest import IngestionManager
from threadx.errors import (
    BadResponseError,
    DataError,
    DataNotFoundError,
    JobCancelled,
    SourceUnavailableError,
    UnknownSymbolError,
    UnsupportedTimeframeError,
)
from threadx.progress import Progress, ProgressEvent

MINUTE = 60_000
HOUR = 60 * MINUTE
BTC, ETH, SOL = "BTCUSDC", "ETHUSDC", "SOLUSDC"
NOW = T0 + 20 * DAY_MS + 90_000  # 90 s after midnight: the minute of midnight is finished, settled 25 s ago
DAY_1, DAY_2, DAY_3 = "2023-03-20", "2023-03-21", "2023-03-22"


@pytest.fixture
def settings(tmp_path):
    defaults = Settings.under(tmp_path)
    return dataclasses.replace(defaults, ingest=dataclasses.replace(defaults.ingest, timeframes=("5m", "1h", "1d")))


@pytest.fixture
def source():
    return MemorySource({name: minutes(T0, 21 * 1440) for name in (BTC, ETH, SOL)}, now_ms=NOW)


@pytest.fixture
def manager(settings, source):
    return IngestionManager(settings, source=source)


def without(columns, first_ms, last_ms):
    keep = (columns[OPEN_TIME] < first_ms) | (columns[OPEN_TIME] >= last_ms)
    return {name: values[keep] for name, values in columns.items()}


def tree(folder: Path):
    return sorted((path.relative_to(folder), path.stat().st_mtime_ns) for path in folder.rglob("*"))


def test_download_stores_and_returns_the_range(manager, source):
    frame = manager.download_ohlcv_1m(BTC, DAY_1, DAY_2)
    expected = frame_from_columns({name: values[:2880] for name, values in source.held[BTC].items()}, BTC)
    pd.testing.assert_frame_equal(frame, expected)
    assert source.minutes_asked(BTC) == 2880


def test_rerun_asks_for_nothing(manager, source):
    manager.download_ohlcv_1m(BTC, DAY_1, DAY_2)
    asked, listings = list(source.asked), list(source.listings_asked)
    report = manager.update_assets_batch([BTC], DAY_1, DAY_2)[BTC]
    assert (source.asked, source.listings_asked) == (asked, listings)
    assert (report.success, report.rows, report.gaps) == (True, 0, ())


def test_only_missing_minutes_are_asked_at_both_ends_and_in_holes(manager, source):
    manager.download_ohlcv_1m(BTC, T0 + 4 * HOUR, T0 + 8 * HOUR)
    manager.download_ohlcv_1m(BTC, T0 + 10 * HOUR, T0 + 20 * HOUR)
    source.asked.clear()
    report = manager.update_assets_batch([BTC], DAY_1, DAY_1)[BTC]
    assert source.asked == [
        (BTC, T0, T0 + 4 * HOUR),
        (BTC, T0 + 8 * HOUR, T0 + 10 * HOUR),
        (BTC, T0 + 20 * HOUR, T0 + 24 * HOUR),
    ]
    assert report.rows == 600


def test_shorter_range_never_shrinks_the_bank(manager):
    manager.download_ohlcv_1m(BTC, DAY_1, DAY_3)
    manager.download_ohlcv_1m(BTC, DAY_2, DAY_2)
    assert len(manager.store.read("memory", BTC, "1m")) == 3 * 1440


def test_bare_end_day_is_included_and_timestamp_end_is_not(manager):
    assert len(manager.download_ohlcv_1m(BTC, DAY_1, DAY_1)) == 1440
    assert len(manager.download_ohlcv_1m(BTC, DAY_1, f"{DAY_2} 00:00")) == 1440
    assert len(manager.download_ohlcv_1m(BTC, DAY_1, pd.Timestamp(DAY_2))) == 1440
    assert len(manager.download_ohlcv_1m(BTC, DAY_1, DAY_2)) == 2880


def test_unfinished_minute_is_never_stored(manager, source):
    report = manager.update_assets_batch([BTC], "2023-04-08")[BTC]
    assert report.plan.wanted.end_ms == T0 + 20 * DAY_MS + MINUTE
    frame = manager.store.read("memory", BTC, "1m")
    assert frame.index[-1] == pd.Timestamp("2023-04-09 00:00", tz="UTC")


def test_minute_inside_the_settle_delay_waits(manager, source):
    source.now_ms = T0 + DAY_MS + MINUTE + 4_999
    frame = manager.download_ohlcv_1m(BTC, DAY_1, None)
    assert frame.index[-1] == pd.Timestamp("2023-03-20 23:59", tz="UTC")


def test_first_use_takes_the_configured_history_and_later_use_what_is_new(settings, source):
    short = dataclasses.replace(settings, ingest=dataclasses.replace(settings.ingest, history_days=2))
    manager = IngestionManager(short, source=source)
    source.now_ms = NOW - 5 * DAY_MS
    first = manager.update_assets_batch([BTC])[BTC]
    assert first.plan.wanted.start_ms == T0 + 13 * DAY_MS
    source.now_ms = NOW
    source.asked.clear()
    later = manager.update_assets_batch([BTC])[BTC]
    assert later.rows == 5 * 1440
    assert source.asked[0][1] == first.plan.wanted.end_ms


def test_start_before_listing_is_moved_with_a_note_and_remembered(manager, source):
    source.held[BTC] = minutes(T0 + 10 * HOUR, 2000)
    report = manager.update_assets_batch([BTC], "2023-03-01", DAY_1)[BTC]
    assert report.success
    assert "2023-03-20 10:00" in str(report.plan.notes[0])
    assert report.rows == 14 * 60
    assert report.gaps == (Gap(Interval(T0 - 19 * DAY_MS, T0 + 10 * HOUR), GapCause.NOT_LISTED),)
    again = manager.update_assets_batch([BTC], "2023-01-01", DAY_1)[BTC]
    assert (again.plan.requests, source.listings_asked) == (0, [BTC])


def test_range_before_listing_has_no_bars(manager, source):
    source.held[BTC] = minutes(T0 + 10 * HOUR, 2000)
    with pytest.raises(DataNotFoundError) as caught:
        manager.download_ohlcv_1m(BTC, "2023-01-01", "2023-01-31")
    assert "2023-03-20 10:00" in caught.value.message


def test_symbol_without_any_bar_is_said_to_have_none(manager, source):
    source.held[BTC] = minutes(T0, 0)
    report = manager.update_assets_batch([BTC], DAY_1, DAY_2)[BTC]
    assert (report.success, report.rows) == (True, 0)
    assert "no bars" in str(report.plan.notes[0])


def test_old_hole_is_asked_once_and_remembered(manager, source):
    source.held[BTC] = without(source.held[BTC], T0 + 12 * HOUR, T0 + 13 * HOUR)
    report = manager.update_assets_batch([BTC], DAY_1, DAY_2)[BTC]
    assert report.gaps == (Gap(Interval(T0 + 12 * HOUR, T0 + 13 * HOUR), GapCause.UNKNOWN),)
    source.asked.clear()
    assert manager.update_assets_batch([BTC], DAY_1, DAY_2)[BTC].plan.requests == 0
    assert source.asked == []


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


def test_one_symbols_failure_stops_no_other(manager, source):
    def fail(symbol, start_ms):
        if symbol == ETH and start_ms > T0:
            raise SourceUnavailableError("{symbol}: no answer", hint="try later", symbol=symbol)

    source.on_page = fail
    reports = manager.update_assets_batch([BTC, ETH, SOL, BTC], DAY_1, DAY_2)
    assert list(reports) == [BTC, ETH, SOL]
    assert [report.success for report in reports.values()] == [True, False, True]
    assert (reports[ETH].error, reports[ETH].hint) == ("ETHUSDC: no answer", "try later")
    assert json.loads(json.dumps([report.as_dict() for report in reports.values()]))[1]["success"] is False


def test_what_arrived_before_a_failure_is_committed(manager, source):
    def fail(symbol, start_ms):
        if start_ms >= T0 + 2000 * MINUTE:
            raise SourceUnavailableError("no answer")

    source.on_page = fail
    assert not manager.update_assets_batch([BTC], DAY_1, DAY_3)[BTC].success
    assert manager.store.coverage("memory", BTC).stored == (Interval(T0, T0 + 2000 * MINUTE),)


def test_fault_of_our_own_is_a_report_too(manager, source, caplog):
    def fault(symbol, start_ms):
        raise ZeroDivisionError

    source.on_page = fault
    report = manager.update_assets_batch([BTC], DAY_1, DAY_1)[BTC]
    assert not report.success
    assert "log" in report.hint


def test_unknown_symbol_suggests_near_names(manager):
    with pytest.raises(UnknownSymbolError) as caught:
        manager.download_ohlcv_1m("BTCUSD", DAY_1, DAY_1)
    assert BTC in caught.value.hint
    assert BTC in manager.update_assets_batch(["BTCUSD"], DAY_1, DAY_1)["BTCUSD"].hint
    with pytest.raises(UnknownSymbolError):
        manager.download_ohlcv_1m("ZZZ", DAY_1, DAY_1)


def test_symbol_in_small_letters_is_told_how_to_be_written(manager):
    assert "upper case" in manager.update_assets_batch(["btcusdc"], DAY_1, DAY_1)["btcusdc"].hint


def test_dry_run_plans_and_writes_nothing(manager, source, tmp_path):
    manager.download_ohlcv_1m(BTC, DAY_1, DAY_1)
    source.asked.clear()
    before = tree(tmp_path)
    reports = manager.update_assets_batch([BTC, ETH], DAY_1, DAY_2, ["4h"], None, True)
    assert tree(tmp_path) == before
    assert source.asked == []
    assert [reports[name].plan.rows for name in (BTC, ETH)] == [1440, 2880]
    assert all(report.dry_run and report.success and report.rows == 0 for report in reports.values())


def test_cancel_in_the_middle_keeps_what_was_committed(manager, source):
    progress = Progress()

    def cancel(symbol, start_ms):
        if start_ms >= T0 + 15 * DAY_MS:  # three days into April; March is committed
            progress.cancel()

    source.on_page = cancel
    with pytest.raises(JobCancelled):
        manager.update_assets_batch([BTC, ETH], DAY_1, "2023-04-07", progress=progress)
    assert manager.store.coverage("memory", BTC).stored == (Interval(T0, T0 + 12 * DAY_MS),)
    source.on_page = lambda symbol, start_ms: None
    source.asked.clear()
    manager.update_assets_batch([BTC], DAY_1, "2023-04-07")
    assert source.asked[0][1] == T0 + 12 * DAY_MS


def test_download_commits_at_each_month_and_every_ten_seconds(settings, source):
    seconds = [0.0]

    def tick(symbol, start_ms):
        seconds[0] += 3.0

    source.on_page = tick
    manager = IngestionManager(settings, source=source, clock=lambda: seconds[0])
    manager.download_ohlcv_1m(BTC, DAY_1, "2023-04-08")
    pages = len(source.asked)
    assert pages == 29
    assert manager.store.history("memory", BTC)[-1].gen == 8  # every 4 pages, and where March ends


def test_commits_of_one_call_are_one_operation(manager):
    manager.download_ohlcv_1m(BTC, DAY_1, "2023-04-08")
    manager.store.undo("memory", BTC)
    with pytest.raises(DataNotFoundError):
        manager.store.read("memory", BTC, "1m")


def test_derived_bars_are_written_with_their_minutes(manager, source):
    report = manager.update_assets_batch([BTC], DAY_1, DAY_3, ["4h", "M15"])[BTC]
    assert report.timeframes == ("1m", "5m", "15m", "1h", "4h", "1d")
    day = frame_from_columns({name: values[: 3 * 1440] for name, values in source.held[BTC].items()}, BTC)
    for name in report.timeframes[1:]:
        stored = manager.store.read("memory", BTC, name)
        pd.testing.assert_frame_equal(stored, resample(day, name), check_freq=False)
        assert manager.verify_resample_consistency(day, stored, name)


def test_new_timeframe_is_derived_though_no_minute_is_missing(manager, source):
    manager.update_assets_batch([BTC], DAY_1, DAY_2)
    source.asked.clear()
    report = manager.update_assets_batch([BTC], DAY_1, DAY_2, ["2h"])[BTC]
    assert "2h" in report.timeframes
    assert len(manager.store.read("memory", BTC, "2h")) == 24
    assert source.asked == []


def test_resample_fetches_whole_buckets_and_returns_those_that_open_in_the_range(manager, source):
    frame = manager.resample_from_1m_api(BTC, "4h", "2023-03-20 01:00", "2023-03-20 09:00")
    assert list(frame.index.hour) == [4, 8]
    assert list(frame["minutes"]) == [240, 240]
    assert source.minutes_asked(BTC) == 8 * 60
    with pytest.raises(DataNotFoundError, match="no bar opens"):
        manager.resample_from_1m_api(BTC, "4h", "2023-03-20 01:00", "2023-03-20 04:00")


def test_unfinished_bucket_is_not_returned(manager, source):
    source.now_ms = T0 + DAY_MS + 90 * MINUTE
    frame = manager.resample_from_1m_api(BTC, "1h", DAY_1, None)
    assert frame.index[-1] == pd.Timestamp("2023-03-21 00:00", tz="UTC")


def test_many_threads_on_one_symbol_leave_each_bar_once(manager):
    with ThreadPoolExecutor(4) as pool:
        frames = list(pool.map(lambda _: manager.download_ohlcv_1m(BTC, DAY_1, DAY_2), range(4)))
    assert all(len(frame) == 2880 for frame in frames)
    opens = ms_from_index(manager.store.read("memory", BTC, "1m").index)
    assert (np.diff(opens) == MINUTE).all()


def test_progress_hears_of_bars_and_symbols(manager):
    heard: list[ProgressEvent] = []
    manager.update_assets_batch([BTC, ETH], DAY_1, DAY_2, progress=Progress(heard.append))
    bars = [event for event in heard if event.unit == "bars" and event.subject == BTC]
    assert [event.done for event in bars] == [0, 1000, 2000, 2880]
    assert bars[-1].total == 2880
    assert [event.done for event in heard if event.unit == "symbols"][-1] == 2


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda m: m.download_ohlcv_1m(BTC, "01/11/2026", None), DataError),
        (lambda m: m.download_ohlcv_1m(BTC, DAY_2, DAY_1), DataError),
        (lambda m: m.update_assets_batch([BTC], DAY_2, DAY_1), DataError),
        (lambda m: m.update_assets_batch([BTC], None, None, ["7m"]), UnsupportedTimeframeError),
        (lambda m: m.resample_from_1m_api(BTC, "3d", DAY_1, DAY_2), UnsupportedTimeframeError),
        (lambda m: m.update_assets_batch([BTC], max_workers=0), ValueError),
    ],
)
def test_wrong_words_are_refused_before_anything_is_asked(manager, source, call, error):
    with pytest.raises(error):
        call(manager)
    assert source.asked == []


def test_future_range_is_told_to_be_unfinished(manager):
    report = manager.update_assets_batch([BTC], "2030-01-01")[BTC]
    assert (report.success, report.rows) == (True, 0)
    assert "finished" in str(report.plan.notes[0])


def test_impossible_symbol_is_a_report(manager):
    report = manager.update_assets_batch(["../BTC"], DAY_1, DAY_1)["../BTC"]
    assert not report.success
    assert report.error
