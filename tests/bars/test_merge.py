"""Fetched over stored: who wins, what is kept, what is reported."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.bars.frames import MIDNIGHT, MINUTE, minute_frame, minutes
from tests.real import needs_real, real_frame
from threadx.bars.merge import deduplicate, merge
from threadx.bars.schema import CRITICAL_COLS, empty_frame, frame_from_columns
from threadx.errors import ConflictError, UDFIIndexError


def test_bars_after_the_stored_ones_are_appended():
    stored, fetched = minute_frame(3), minute_frame(2, start_ms=MIDNIGHT + 3 * MINUTE)
    merged = merge(stored, fetched)
    pd.testing.assert_frame_equal(merged.frame, pd.concat([stored, fetched]))
    assert (merged.added, merged.changed, merged.unchanged, len(merged.conflicts)) == (2, 0, 0, 0)


def test_bars_before_and_between_find_their_place():
    whole = minute_frame(6)
    merged = merge(whole.iloc[[1, 4]], whole.iloc[[0, 2, 3, 5]])
    pd.testing.assert_frame_equal(merged.frame, whole)
    assert merged.added == 4


def test_the_newest_wins_and_each_value_it_overruled_is_reported():
    stored = minute_frame(4)
    fetched = stored.iloc[1:3].assign(close=[101.0, 103.5], volume=[7.0, 1.0])
    merged = merge(stored, fetched)
    assert merged.frame["close"].tolist() == [101.0, 101.0, 103.5, 104.0]
    assert (merged.added, merged.changed, merged.unchanged) == (0, 2, 0)
    time = [stored.index[1], stored.index[1], stored.index[2]]
    assert merged.conflicts.to_numpy().tolist() == [
        [time[0], "close", 102.0, 101.0],
        [time[1], "volume", 1.0, 7.0],
        [time[2], "close", 103.0, 103.5],
    ]


def test_merging_again_changes_nothing():
    stored, fetched = minute_frame(5), minute_frame(5, start_ms=MIDNIGHT + 3 * MINUTE)
    once = merge(stored, fetched)
    twice = merge(once.frame, fetched)
    pd.testing.assert_frame_equal(twice.frame, once.frame)
    assert (once.added, once.changed, twice.added, twice.changed, twice.unchanged) == (3, 2, 0, 0, 5)


def test_columns_that_were_not_fetched_keep_their_values_and_are_null_in_new_rows():
    stored = frame_from_columns({**minutes(3), "trades": np.array([4, 5, 6]), "quote_volume": np.full(3, 2.5)})
    merged = merge(stored, minute_frame(3, start_ms=MIDNIGHT + 2 * MINUTE))
    assert str(merged.frame["trades"].dtype) == "Int64"
    assert merged.frame["trades"].isna().tolist() == [False, False, False, True, True]
    assert merged.frame["quote_volume"].tolist()[:3] == [2.5] * 3
    assert merged.frame["quote_volume"].isna().tolist()[3:] == [True, True]


def test_columns_that_were_not_stored_come_in_without_a_conflict():
    fetched = frame_from_columns({**minutes(2), "trades": np.array([4, 5])})
    merged = merge(minute_frame(3), fetched)
    assert merged.frame["trades"].isna().tolist() == [False, False, True]
    assert (merged.changed, merged.unchanged, len(merged.conflicts)) == (2, 0, 0)
    full = merge(minute_frame(2), fetched).frame
    assert str(full["trades"].dtype) == "Int64"


def test_a_fetched_null_does_not_wipe_out_what_is_known():
    stored = frame_from_columns({**minutes(2), "quote_volume": np.array([1.0, 2.0])})
    fetched = frame_from_columns({**minutes(2), "quote_volume": np.array([np.nan, 3.0])})
    assert merge(stored, fetched).frame["quote_volume"].tolist() == [1.0, 3.0]


def test_integers_stay_integers_where_every_row_has_one():
    bars = frame_from_columns({**minutes(2), "trades": np.array([4, 5])})
    later = frame_from_columns({**minutes(2, start_ms=MIDNIGHT + MINUTE), "trades": np.array([5, 6])})
    assert str(merge(bars, later).frame["trades"].dtype) == "int64"


@pytest.mark.parametrize("empty", [empty_frame(), empty_frame(CRITICAL_COLS), empty_frame(["symbol", *CRITICAL_COLS])])
def test_an_empty_side_has_no_say(empty):
    bars = frame_from_columns({**minutes(2), "trades": np.array([4, 5])}, "X")
    pd.testing.assert_frame_equal(merge(empty, bars).frame, bars)
    pd.testing.assert_frame_equal(merge(bars, empty).frame, bars)
    assert merge(empty, bars).added == 2


def test_the_symbol_is_kept_and_two_symbols_do_not_merge():
    bars = frame_from_columns(minutes(2), "A")
    assert merge(bars, minute_frame(3)).frame["symbol"].tolist() == ["A"] * 3
    with pytest.raises(ConflictError, match="A, B"):
        merge(bars, frame_from_columns(minutes(2), "B"))


def test_stored_bars_out_of_order_are_refused():
    with pytest.raises(UDFIIndexError):
        merge(minute_frame(3).iloc[::-1], minute_frame(1))


def test_the_inputs_are_left_alone():
    stored, fetched = minute_frame(3), minute_frame(3).assign(close=1.0)
    before = stored.copy()
    merge(stored, fetched)
    pd.testing.assert_frame_equal(stored, before)


def test_where_an_open_time_stands_twice_the_later_row_wins():
    frame = pd.concat([minute_frame(3), minute_frame(3).iloc[[1, 2]].assign(close=[102.0, 0.5])])
    clean = deduplicate(frame)
    assert clean.frame["close"].tolist() == [101.0, 102.0, 0.5]
    assert clean.dropped == 2
    assert clean.conflicts.to_numpy().tolist() == [[frame.index[2], "close", 103.0, 0.5]]


def test_of_three_rows_the_last_wins_over_each():
    frame = pd.concat([minute_frame(1).assign(volume=float(n)) for n in (1, 2, 3)])
    clean = deduplicate(frame)
    assert clean.frame["volume"].tolist() == [3.0]
    assert clean.conflicts[["stored", "fetched"]].to_numpy().tolist() == [[1.0, 3.0], [2.0, 3.0]]


def test_clean_bars_are_returned_as_they_are():
    frame = minute_frame(3)
    assert deduplicate(frame).frame is frame


def test_fetched_rows_may_come_in_any_order_and_twice():
    fetched = pd.concat([minute_frame(3).iloc[::-1], minute_frame(1).assign(close=99.0)])
    merged = merge(minute_frame(2), fetched)
    assert merged.frame["close"].tolist() == [99.0, 102.0, 103.0]
    assert (merged.added, merged.changed, merged.unchanged) == (1, 1, 1)
    assert merged.conflicts["stored"].tolist() == [101.0, 101.0]


@needs_real
def test_the_dirty_month_ends_with_each_open_time_once_and_its_finished_value():
    frame = real_frame("BTCUSDT_1m_2024-03_DIRTY")
    clean = deduplicate(frame)
    expected = frame[~frame.index.duplicated(keep="last")].sort_index()
    pd.testing.assert_frame_equal(clean.frame, expected)
    assert clean.dropped == 54
    assert clean.conflicts["timestamp"].nunique() == 24
