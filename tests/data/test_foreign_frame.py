from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from threadx.data.foreign_frame import symbol_of_path, udfi_frame
from threadx.errors import UDFIColumnError, UDFIError, UDFIIndexError, UDFITypeError, UDFIValueError

TIMES = pd.date_range("2024-01-01", periods=3, freq="min", tz="UTC")


def bars(index=TIMES, **columns):
    values = {"open": 1.0, "high": 2.0, "low": 1.0, "close": 1.5, "volume": 3.0} | columns
    return pd.DataFrame(values, index=index)


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Paris"])
def test_an_index_of_any_unit_and_zone_becomes_utc_milliseconds(unit, zone):
    index = TIMES.as_unit(unit)
    index = index.tz_localize(None) if zone is None else index.tz_convert(zone)
    frame = udfi_frame(bars(index), where="x")
    assert frame.index.dtype == "datetime64[ms, UTC]"
    assert frame.index.name == "timestamp"
    assert list(frame.index) == list(TIMES)


@pytest.mark.parametrize("name", ["timestamp", "open_time", "datetime", "date", "time"])
def test_a_column_of_open_times_becomes_the_index(name):
    frame = udfi_frame(bars().reset_index(names=name), where="x")
    assert list(frame.index) == list(TIMES)
    assert name not in frame.columns


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_numbers_are_read_by_their_size(unit):
    numbers = TIMES.as_unit(unit).asi8
    frame = udfi_frame(bars(None, open_time=numbers), where="x")
    assert list(frame.index) == list(TIMES)


def test_text_with_or_without_a_zone_is_read():
    frame = udfi_frame(
        bars(None, date=["2024-01-01 00:00", "2024-01-01T00:01:00Z", "2024-01-01 01:02+01:00"]), where="x"
    )
    assert list(frame.index) == list(TIMES)


def test_dtypes_are_those_of_the_contract_and_foreign_columns_stay():
    frame = udfi_frame(
        bars(volume=[1, 2, 3], trades=[1.0, 2.0, 3.0], note=["a", "b", "c"]), where="x", symbol="BTCUSDT"
    )
    assert frame["volume"].dtype == np.float64
    assert frame["trades"].dtype == np.int64
    assert frame["note"].tolist() == ["a", "b", "c"]
    assert frame["symbol"].unique().tolist() == ["BTCUSDT"]


def test_unknown_trades_are_nullable_integers():
    frame = udfi_frame(bars(trades=[1.0, np.nan, 3.0]), where="x")
    assert str(frame["trades"].dtype) == "Int64"


def test_the_callers_frame_is_not_changed():
    given = bars().reset_index(names="timestamp")
    before = given.copy()
    udfi_frame(given, where="x", symbol="BTCUSDT")
    pd.testing.assert_frame_equal(given, before)


@pytest.mark.parametrize(
    ("frame", "error"),
    [
        (bars().drop(columns="close"), UDFIColumnError),
        (pd.concat([bars(), bars()[["close"]]], axis=1), UDFIColumnError),
        (bars(None, x=[1, 2, 3]), UDFIIndexError),
        (bars(None, date=["a", "b", "c"]), UDFIIndexError),
        (bars(volume=["1", "2", "3"]), UDFITypeError),
        (bars(high=0.5), UDFIValueError),
        (bars(TIMES[[0, 0, 1]]), UDFIValueError),
        (bars(TIMES[::-1]), UDFIValueError),
        (bars(TIMES + pd.Timedelta(nanoseconds=1)), UDFIIndexError),
        (bars(trades=[0.5, 1.0, 2.0]), UDFIError),
    ],
)
def test_what_is_no_bars_is_refused_by_name(frame, error):
    with pytest.raises(error, match=r"file\.parquet"):
        udfi_frame(frame, where="file.parquet")


@pytest.mark.parametrize(
    ("path", "symbol"),
    [
        ("processed/BTCUSDT/1h.parquet", "BTCUSDT"),
        ("x/BTCUSDT.parquet", "BTCUSDT"),
        ("BTC-USD.csv", "BTC-USD"),
        ("x/prices.parquet", None),
        ("prices/1h.parquet", None),
    ],
)
def test_a_path_names_the_symbol_by_its_folder_or_its_name(path, symbol):
    assert symbol_of_path(Path(path)) == symbol
