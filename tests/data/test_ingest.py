"""The public doors: ranges, frames, dry runs, words that are refused."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.data.conftest import BTC, DAY_1, DAY_2, DAY_3, ETH, HOUR, MINUTE, NOW
from tests.data.memory_source import DAY_MS, T0, MemorySource, minutes, without
from threadx.bars.intervals import Interval, intersect, subtract, total_minutes
from threadx.bars.schema import OPEN_TIME, frame_from_columns, ms_from_index
from threadx.config import Settings
from threadx.data.ingest import IngestionManager
from threadx.errors import (
    DataError,
    DataNotFoundError,
    UnsupportedTimeframeError,
)


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


def test_range_before_listing_has_no_bars(manager, source):
    source.held[BTC] = minutes(T0 + 10 * HOUR, 2000)
    with pytest.raises(DataNotFoundError) as caught:
        manager.download_ohlcv_1m(BTC, "2023-01-01", "2023-01-31")
    assert "2023-03-20 10:00" in caught.value.message


def test_dry_run_plans_and_writes_nothing(manager, source, tmp_path):
    manager.download_ohlcv_1m(BTC, DAY_1, DAY_1)
    source.asked.clear()
    before = tree(tmp_path)
    reports = manager.update_assets_batch([BTC, ETH], DAY_1, DAY_2, ["4h"], None, True)
    assert tree(tmp_path) == before
    assert source.asked == []
    assert [reports[name].plan.rows for name in (BTC, ETH)] == [1440, 2880]
    assert all(report.dry_run and report.success and report.rows == 0 for report in reports.values())


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


ranges = st.lists(st.tuples(st.integers(0, 3000), st.integers(1, 1500)), min_size=1, max_size=4)


@hypothesis_settings(max_examples=8, deadline=None)
@given(ranges, st.integers(0, 2500), st.integers(0, 400))
@example(spans=[(0, 1), (0, 2)], hole=0, length=2)  # both end before the first bar
def test_any_sequence_of_ranges_asks_each_minute_once_and_holds_what_exists(spans, hole, length):
    columns = without(minutes(T0, 5 * 1440), T0 + hole * MINUTE, T0 + (hole + length) * MINUTE)
    source = MemorySource({BTC: columns}, now_ms=NOW)
    asked = [Interval(T0 + first * MINUTE, T0 + (first + count) * MINUTE) for first, count in spans]
    with tempfile.TemporaryDirectory() as folder:
        manager = IngestionManager(Settings.under(folder), source=source)
        for each in asked:
            assert manager.update_assets_batch([BTC], each.start_ms, each.end_ms)[BTC].success
        stored = manager.store.coverage("memory", BTC).stored
    there = subtract([Interval(T0, T0 + 5 * DAY_MS)], [Interval(T0 + hole * MINUTE, T0 + (hole + length) * MINUTE)])
    listed = [Interval(int(columns[OPEN_TIME][0]), T0 + 5 * DAY_MS)]
    assert stored == intersect(asked, there)
    assert source.minutes_asked(BTC) == total_minutes(intersect(asked, listed))
