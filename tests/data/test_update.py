"""One symbol from what is asked to a report."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

from tests.data.conftest import BTC, DAY_1, DAY_2, DAY_3, HOUR, MINUTE, NOW
from tests.data.memory_source import DAY_MS, T0, minutes
from threadx.bars.gaps import Gap, GapCause
from threadx.bars.intervals import Interval
from threadx.bars.resample import resample
from threadx.bars.schema import frame_from_columns
from threadx.data.ingest import IngestionManager
from threadx.errors import (
    SourceUnavailableError,
    UnknownSymbolError,
)


def test_unfinished_minute_is_never_stored(manager, source):
    report = manager.update_assets_batch([BTC], "2023-04-08")[BTC]
    assert report.plan.wanted.end_ms == T0 + 20 * DAY_MS + MINUTE
    frame = manager.store.read("memory", BTC, "1m")
    assert frame.index[-1] == pd.Timestamp("2023-04-09 00:00", tz="UTC")


def test_minute_inside_the_settle_delay_waits(manager, source):
    source.now_ms = T0 + DAY_MS + MINUTE + 4_999
    frame = manager.download_ohlcv_1m(BTC, DAY_1, None)
    assert frame.index[-1] == pd.Timestamp("2023-03-20 23:59", tz="UTC")


def test_first_use_takes_the_configured_history_and_later_use_what_is_new(bank_settings, source):
    short = dataclasses.replace(bank_settings, ingest=dataclasses.replace(bank_settings.ingest, history_days=2))
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


def test_symbol_without_any_bar_is_said_to_have_none(manager, source):
    source.held[BTC] = minutes(T0, 0)
    report = manager.update_assets_batch([BTC], DAY_1, DAY_2)[BTC]
    assert (report.success, report.rows) == (True, 0)
    assert "no bars" in str(report.plan.notes[0])


def test_unknown_symbol_suggests_near_names(manager):
    with pytest.raises(UnknownSymbolError) as caught:
        manager.download_ohlcv_1m("BTCUSD", DAY_1, DAY_1)
    assert BTC in caught.value.hint
    assert BTC in manager.update_assets_batch(["BTCUSD"], DAY_1, DAY_1)["BTCUSD"].hint
    with pytest.raises(UnknownSymbolError):
        manager.download_ohlcv_1m("ZZZ", DAY_1, DAY_1)


def test_symbol_in_small_letters_is_told_how_to_be_written(manager):
    assert "upper case" in manager.update_assets_batch(["btcusdc"], DAY_1, DAY_1)["btcusdc"].hint


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


def test_future_range_is_told_to_be_unfinished(manager):
    report = manager.update_assets_batch([BTC], "2030-01-01")[BTC]
    assert (report.success, report.rows) == (True, 0)
    assert "finished" in str(report.plan.notes[0])


def test_dry_run_tells_the_cause_of_what_it_will_not_fetch(manager, source):
    source.held[BTC] = minutes(T0 + 10 * HOUR, 2000)
    report = manager.update_assets_batch([BTC], DAY_1, DAY_1, dry_run=True)[BTC]
    assert report.gaps == (
        Gap(Interval(T0, T0 + 10 * HOUR), GapCause.NOT_LISTED),
        Gap(Interval(T0 + 10 * HOUR, T0 + 24 * HOUR), GapCause.NOT_FETCHED),
    )


def test_failure_report_carries_the_plan_and_what_was_done(manager, source):
    def fail(symbol, start_ms):
        if start_ms >= T0 + 2000 * MINUTE:
            raise SourceUnavailableError("no answer")

    source.on_page = fail
    report = manager.update_assets_batch([BTC], DAY_1, DAY_3)[BTC]
    assert (report.success, report.rows, report.plan.rows) == (False, 2000, 3 * 1440)
    assert isinstance(report.failure, SourceUnavailableError)
