"""One symbol from what is asked to a report."""

from __future__ import annotations

import dataclasses
import errno
import time

import pandas as pd
import pytest

from tests.data.conftest import BTC, DAY_1, DAY_2, DAY_3, HOUR, MINUTE, NOW
from tests.data.memory_source import DAY_MS, T0, minutes, without
from threadx.bars.gaps import Gap, GapCause
from threadx.bars.intervals import Interval
from threadx.bars.resample import resample
from threadx.bars.schema import empty_frame, frame_from_columns
from threadx.data.ingest import IngestionManager
from threadx.data.update import Request, SymbolUpdate, Tools
from threadx.errors import (
    SourceUnavailableError,
    StoreError,
    UnknownSymbolError,
)
from threadx.progress import Progress
from threadx.store import Store
from threadx.store.fsio import CHANGES, Fs


def test_unfinished_minute_is_never_stored(manager, source):
    report = manager.update_assets_batch([BTC], "2023-04-08")[BTC]
    assert report.plan.wanted.end_ms == T0 + 20 * DAY_MS + MINUTE
    frame = manager.store.read("memory", BTC, "1m")
    assert frame.index[-1] == pd.Timestamp("2023-04-09 00:00", tz="UTC")


def _read_only(operation):
    if operation.name in CHANGES:
        raise OSError(errno.EROFS, "Read-only file system", str(operation.path))


def test_what_a_read_only_bank_has_is_given(bank_settings, source, manager):
    want = manager.download_ohlcv_1m(BTC, DAY_1, DAY_1)
    store = Store(bank_settings.paths.data_root, settings=bank_settings, fs=Fs(_read_only))
    again = IngestionManager(bank_settings, source=source, store=store).download_ohlcv_1m(BTC, DAY_1, DAY_1)
    pd.testing.assert_frame_equal(again, want)


def test_a_bank_that_cannot_be_written_is_told_before_a_bar_is_fetched(bank_settings, source):
    """Hours of bars had been fetched before the first commit failed."""
    store = Store(bank_settings.paths.data_root, settings=bank_settings, fs=Fs(_read_only))
    manager = IngestionManager(bank_settings, source=source, store=store)
    with pytest.raises(StoreError, match="cannot be written"):
        manager.download_ohlcv_1m(BTC, DAY_1, DAY_1)
    assert source.asked == []
    assert manager.update_assets_batch([BTC], DAY_1, DAY_1, dry_run=True)[BTC].success


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


def refetch(manager, source, start_ms, end_ms):
    tools = Tools(manager.settings, source, manager.store, time.monotonic)
    return SymbolUpdate(tools, BTC, Request(start_ms, end_ms, refetch=True)).run(Progress())


def test_refetch_asks_for_stored_minutes_again_and_changes_nothing_where_nothing_changed(manager, source):
    manager.update_assets_batch([BTC], DAY_1, DAY_2)
    before = manager.store.manifest("memory", BTC)
    source.asked.clear()
    report = refetch(manager, source, T0, T0 + DAY_MS)
    assert source.minutes_asked(BTC) == 1440
    assert (report.rows, report.conflicts, report.plan.stored_again) == (0, 0, 1440)
    assert manager.store.manifest("memory", BTC).gen == before.gen


def test_refetch_lets_the_newest_value_win_and_counts_it(manager, source):
    manager.update_assets_batch([BTC], DAY_1, DAY_2)
    source.held[BTC]["quote_volume"][10:13] += 1.0
    report = refetch(manager, source, T0, T0 + DAY_MS)
    assert (report.rows, report.conflicts) == (3, 3)
    stored = manager.store.read("memory", BTC, "1m", T0, T0 + DAY_MS)
    assert list(stored["quote_volume"][10:13]) == list(source.held[BTC]["quote_volume"][10:13])


def test_refetch_loses_nothing_that_the_exchange_no_longer_has(manager, source):
    manager.update_assets_batch([BTC], DAY_1, DAY_2)
    before = manager.store.read("memory", BTC)
    source.held[BTC] = without(source.held[BTC], T0 + HOUR, T0 + 2 * HOUR)
    report = refetch(manager, source, T0, T0 + 2 * DAY_MS)
    pd.testing.assert_frame_equal(manager.store.read("memory", BTC), before)
    assert (report.rows, report.gaps) == (0, ())


def test_refetch_fills_a_gap_that_was_believed_and_keeps_the_cause_of_one_that_stays(manager, source):
    full = source.held[BTC]
    source.held[BTC] = without(full, T0 + HOUR, T0 + 2 * HOUR)
    manager.update_assets_batch([BTC], DAY_1, DAY_1)
    stays = Interval(T0 + DAY_MS, T0 + DAY_MS + HOUR)
    manager.store.write("memory", BTC, empty_frame(), empty=[Gap(stays, GapCause.OUTAGE)])
    source.held[BTC] = without(full, stays.start_ms, stays.end_ms)
    report = refetch(manager, source, T0, T0 + 2 * DAY_MS)
    assert report.gaps == (Gap(stays, GapCause.OUTAGE),)


def test_refetch_without_a_start_takes_what_is_stored(manager, source):
    manager.update_assets_batch([BTC], DAY_2, DAY_3)
    source.asked.clear()
    report = refetch(manager, source, None, T0 + 2 * DAY_MS)
    assert report.plan.wanted == Interval(T0 + DAY_MS, T0 + 2 * DAY_MS)
    assert source.minutes_asked(BTC) == 1440


def test_only_the_asked_timeframes_are_derived_beside_those_that_are_kept_already(manager, source):
    tools = Tools(manager.settings, source, manager.store, time.monotonic)
    report = SymbolUpdate(tools, BTC, Request(T0, T0 + DAY_MS, ("1h",), only=True)).run(Progress())
    assert report.timeframes == ("1m", "1h")
    report = SymbolUpdate(tools, BTC, Request(T0, T0 + 2 * DAY_MS, ("4h",), only=True)).run(Progress())
    assert report.timeframes == ("1m", "1h", "4h")
    assert len(manager.store.read("memory", BTC, "1h", T0, T0 + 2 * DAY_MS)) == 48
