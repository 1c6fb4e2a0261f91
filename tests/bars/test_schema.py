"""Frames and columns: the two forms of bars, and the way between them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.bars.frames import MIDNIGHT, minute_frame, minutes
from threadx.bars.schema import (
    EXPECTED_DTYPES,
    INDEX_DTYPE,
    INDEX_NAME,
    VALUE_COLS,
    columns_from_frame,
    empty_frame,
    frame_from_columns,
    ms_from_index,
)
from threadx.errors import UDFIIndexError


def test_an_empty_frame_has_the_dtypes_of_the_contract():
    frame = empty_frame(list(EXPECTED_DTYPES))
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == EXPECTED_DTYPES
    assert (str(frame.index.dtype), frame.index.name, len(frame)) == (INDEX_DTYPE, INDEX_NAME, 0)


def test_columns_become_a_frame_without_being_copied():
    columns = minutes(10)
    frame = frame_from_columns(columns)
    assert np.shares_memory(frame["close"].to_numpy(), columns["close"])
    assert (str(frame.index.dtype), frame.index.name) == (INDEX_DTYPE, INDEX_NAME)


def test_a_symbol_comes_first_and_is_left_out_on_the_way_back():
    frame = frame_from_columns(minutes(3), "BTCUSDC")
    assert frame.columns[0] == "symbol"
    assert str(frame["symbol"].dtype) == "str"
    assert frame["symbol"].tolist() == ["BTCUSDC"] * 3
    assert "symbol" not in columns_from_frame(frame)


def test_columns_come_in_the_order_of_the_contract_and_foreign_ones_stay_out():
    columns = {**dict(reversed(minutes(2).items())), "close_time": np.zeros(2)}
    frame = frame_from_columns(columns).assign(ema=1.0)
    assert [name for name in frame if name != "ema"] == [name for name in VALUE_COLS if name in columns]
    assert set(columns_from_frame(frame)) == set(minutes(2))


@pytest.mark.parametrize(
    ("trades", "dtype"),
    [(np.array([1, 2]), "int64"), (np.array([1.0, np.nan]), "Int64"), (np.array([1.0, 2.0]), "Int64")],
)
def test_integers_stay_integers_and_nullable_ones_nullable(trades, dtype):
    frame = frame_from_columns({**minutes(2), "trades": trades})
    assert str(frame["trades"].dtype) == dtype
    back = columns_from_frame(frame)["trades"]
    assert back.dtype == trades.dtype
    np.testing.assert_array_equal(back, trades)


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_any_unit_of_the_index_gives_milliseconds(unit):
    assert ms_from_index(minute_frame(2).index.as_unit(unit)).tolist() == [MIDNIGHT, MIDNIGHT + 60_000]


def test_another_zone_names_the_same_instants():
    assert ms_from_index(minute_frame(1).index.tz_convert("Asia/Kolkata")).tolist() == [MIDNIGHT]


@pytest.mark.parametrize(
    "index",
    [
        pd.RangeIndex(2),
        pd.date_range("2024-01-01", periods=2),
        minute_frame(2).index.as_unit("ns") + pd.Timedelta("1us"),
    ],
)
def test_an_index_that_is_no_aware_open_time_is_refused(index):
    with pytest.raises(UDFIIndexError):
        ms_from_index(index)


@pytest.mark.parametrize(("unit", "per_second"), [("s", 1), ("ms", 10**3), ("us", 10**6)])
def test_times_beyond_the_calendar_are_refused_in_any_unit(unit, per_second):
    """Microseconds read as milliseconds lie in the year 57111. A write of the very last ones said it went well, and
    had stored nothing."""

    def times(second):
        values = np.array([second * per_second]).astype(f"datetime64[{unit}]")
        return pd.DatetimeIndex(values).tz_localize("UTC")

    first_s, end_s = -62_135_596_800, 253_402_300_800  # of the year 1, of 10000
    assert ms_from_index(times(first_s)).tolist() == [first_s * 1000]
    assert ms_from_index(times(end_s - 60)).tolist() == [(end_s - 60) * 1000]
    for second in (first_s - 60, end_s, 1_735_689_600_000, 2**62 // per_second // 60 * 60):
        with pytest.raises(UDFIIndexError):
            ms_from_index(times(second))


def test_frames_of_the_same_columns_have_names_of_their_own():
    first, second = frame_from_columns(minutes(2)), frame_from_columns(minutes(2))
    first.columns.name = "mine"
    assert [second.columns.name, frame_from_columns(minutes(2)).columns.name] == [None, None]
