"""Bars of a timeframe held against 1m bars: true, or false and where."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.real import needs_real, real_frame
from threadx.bars.resample import resample
from threadx.bars.schema import OPEN_TIME, empty_frame, frame_from_columns
from threadx.bars.timeframe import Timeframe
from threadx.data.consistency import compare
from threadx.errors import UDFIColumnError, UDFIIndexError

T0 = 1_679_270_400_000  # 2023-03-20 00:00 UTC, a Monday
MINUTE = 60_000


def minutes(count, *, first=T0):
    steps = np.arange(count)
    close = 100 + np.sin(steps / 7)
    return frame_from_columns(
        {
            OPEN_TIME: first + steps * MINUTE,
            "open": close,
            "high": close + 1,
            "low": close - 1,
            "close": close,
            "volume": np.where(steps % 3 == 0, 0.0, 1.5),
            "trades": steps % 5,
        },
        "BTCUSDC",
    )


def test_own_bars_agree():
    frame = minutes(240)
    report = compare(frame, resample(frame, "1h"), Timeframe.parse("1h"))
    assert report
    assert report.ok
    assert report.compared == 4
    assert "all equal" in report.describe()[0]


@pytest.mark.parametrize("column", ["open", "high", "volume", "trades", "minutes"])
def test_one_changed_value_is_named(column):
    frame = minutes(240)
    bars = resample(frame, "1h")
    bars.iloc[2, bars.columns.get_loc(column)] += 1
    report = compare(frame, bars, Timeframe.parse("1h"))
    assert not report
    assert list(report.differing["column"]) == [column]
    assert report.differing["timestamp"][0] == pd.Timestamp("2023-03-20 02:00", tz="UTC")
    assert "2023-03-20 02:00" in report.describe()[1]


def test_missing_and_made_up_bars_are_told_apart():
    frame = minutes(240).drop(minutes(240).index[60:120])
    bars = resample(minutes(240), "1h").drop(pd.Timestamp("2023-03-20 02:00", tz="UTC"))
    report = compare(frame, bars, Timeframe.parse("1h"))
    assert list(report.unexpected) == [pd.Timestamp("2023-03-20 01:00", tz="UTC")]
    assert list(report.missing) == [pd.Timestamp("2023-03-20 02:00", tz="UTC")]
    assert len(report.describe()) == 3
    assert not report


def test_buckets_at_the_edges_are_not_judged():
    frame = minutes(240)
    bars = resample(frame, "1h")
    inner = frame.iloc[30:210]
    assert compare(inner, bars, Timeframe.parse("1h")).compared == 2
    assert compare(inner, bars, Timeframe.parse("1h"))


def test_noise_below_the_exchanges_precision_is_not_a_difference():
    frame = minutes(240)
    bars = resample(frame, "1h")
    bars["volume"] += 1e-9
    assert compare(frame, bars, Timeframe.parse("1h"))


def test_nothing_to_compare_is_not_true():
    nothing = compare(empty_frame(), resample(minutes(240), "1h"), Timeframe.parse("1h"))
    assert not nothing
    assert "nothing to compare" in nothing.describe()[0]
    assert not compare(minutes(30), resample(minutes(30), "1h"), Timeframe.parse("1h"))


def test_disordered_bars_are_refused():
    frame = minutes(240)
    with pytest.raises(UDFIIndexError):
        compare(frame, resample(frame, "1h").iloc[::-1], Timeframe.parse("1h"))


@pytest.mark.parametrize("lacking", [["close"], ["volume"], ["open", "high", "low", "close", "volume"]])
def test_bars_without_a_required_column_are_refused_not_called_equal(lacking):
    frame = minutes(240)
    with pytest.raises(UDFIColumnError, match=", ".join(lacking)):
        compare(frame, resample(frame, "1h").drop(columns=lacking), Timeframe.parse("1h"))


@needs_real
@pytest.mark.parametrize("interval", ["5m", "15m", "1h"])
def test_thin_pair_agrees_with_the_exchanges_own_bars(interval):
    name = "2023-04-10_16"
    report = compare(real_frame(f"SUSHIBTC_1m_{name}"), real_frame(f"SUSHIBTC_{interval}_{name}"), _tf(interval))
    assert report.ok
    assert report.compared == {"5m": 2016, "15m": 672, "1h": 168}[interval]


def _tf(name):
    return Timeframe.parse(name)
